//! `crm verify`: whether what is stored is sound.

use clap::Args;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, HostArgs};

#[derive(Args)]
pub(crate) struct VerifyArgs {}

pub(crate) fn run(args: &HostArgs, _: &VerifyArgs) -> Result<(), Failure> {
    let found = args.open()?.call("store.verify", &json!({}))?;
    if args.format == Some(Format::Json) {
        println!("{found:#}");
    } else {
        print(&found);
    }
    let faults = found["faults"].as_array().map(Vec::as_slice).unwrap_or_default();
    match faults.len() {
        0 => Ok(()),
        many => Err(Failure::of(
            "store.unsound",
            format!("{many} things are not as they must be"),
            faults,
        )),
    }
}

fn print(found: &Value) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (kind, count) in found["records"].as_object().into_iter().flatten() {
        println!("{kind:<24}{:>10}", text(count));
    }
    println!("commits                 {:>10}", text(&found["head"]));
    println!("sealed through          {:>10}", text(&found["sealed_through"]));
    for fault in found["faults"].as_array().into_iter().flatten() {
        let [invariant, kind, id, what] =
            ["invariant", "kind", "id", "what"].map(|key| text(&fault[key]));
        println!("{invariant}: {kind} {id}: {what}");
    }
    if found["faults"].as_array().is_none_or(Vec::is_empty) {
        println!("sound");
    }
}
