//! `crm undo`: takes back what was done.

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

#[derive(Args)]
pub(crate) struct UndoArgs {
    /// What: the id that the import, the merge or the conversion answered as its reversal; without it, what can be undone
    /// is listed
    id: Option<String>,
    /// Only say what would not become as it was
    #[arg(long)]
    dry_run: bool,
    /// What was made and is used since may stay
    #[arg(long)]
    confirm: bool,
}

pub(crate) fn run(args: &HostArgs, undo: &UndoArgs) -> Result<(), Failure> {
    let host = args.open()?;
    let as_json = args.format == Some(Format::Json);
    let Some(id) = &undo.id else {
        let listed = host.call("reversal.list", &json!({"limit": 1000}))?;
        match as_json {
            true => println!("{listed:#}"),
            false => list(&listed),
        }
        return Ok(());
    };
    if undo.dry_run {
        let plan = host.call("reversal.get", &json!({"id": id}))?;
        match as_json {
            true => println!("{plan:#}"),
            false => {
                println!("would write {} records", plan["records"]);
                tell(&plan["conflicts"]);
            }
        }
        return Ok(());
    }
    let (mut records, mut conflicts) = (0, Vec::new());
    loop {
        let done = host.call("reversal.undo", &json!({"id": id, "confirm": undo.confirm}))?;
        records += done["records"].as_u64().unwrap_or_default();
        conflicts.extend(done["conflicts"].as_array().into_iter().flatten().cloned());
        if done["more"] != true {
            break;
        }
    }
    let conflicts = Value::Array(conflicts);
    if as_json {
        println!("{:#}", json!({"records": records, "conflicts": conflicts}));
    } else {
        println!("undone: {records} records written");
        tell(&conflicts);
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn list(listed: &Value) {
    for row in listed["rows"].as_array().into_iter().flatten() {
        let source = row["source"].as_str().unwrap_or_default();
        let [id, action, at, until] = ["id", "action", "at", "until"].map(|key| text(&row[key]));
        println!("{id}  {action:<15} {at}  until {until}  {} records  {source}", row["records"]);
    }
}

/// What did not become as it was, a line each.
fn tell(conflicts: &Value) {
    for conflict in conflicts.as_array().into_iter().flatten() {
        let [kind, id, why] = ["kind", "id", "why"].map(|key| text(&conflict[key]));
        let field = conflict["field"].as_str().map(|field| format!(" {field}")).unwrap_or_default();
        let values = match conflict["field"].is_string() {
            true => format!(": was {}, is {}", conflict["before"], conflict["now"]),
            false => String::new(),
        };
        println!("{kind} {id}{field}: {why}{values}");
    }
}
