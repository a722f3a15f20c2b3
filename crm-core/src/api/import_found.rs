//! Which record a row means that no earlier row made: the one with the same phone, e-mail address, code or name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::catalog::Product;
use crate::custom::{CustomField, CustomIndex, key};
use crate::decision::Check;
use crate::engine::{Cx, Error};
use crate::party::{Contact, ContactPoint, Customer, Medium, PointOwner, Reach};
use crate::record::{Entity, Kind, Val};
use crate::settings::{Settings, Team, User};
use crate::store::{Cursor, Flow, Row, Scan};
use crate::value::{Id, Invalid, Name};

/// The fields by which rows of a kind may be matched, besides `custom.CODE` of an indexed field.
pub(super) fn fields(kind: Kind) -> &'static [&'static str] {
    match kind.name() {
        "customer" => &["credit_code", "name", "phones", "emails"],
        "contact" => &["name", "phones", "emails"],
        "lead" => &["phones", "emails"],
        "product" => &["code"],
        "user" => &["login"],
        "team" => &["name"],
        _ => &[],
    }
}

/// Refuses fields that rows of this kind cannot be matched by.
pub(super) fn judged(kind: Kind, by: &[String], check: &mut Check) {
    let known = fields(kind);
    for (at, field) in by.iter().enumerate() {
        let custom = field.starts_with("custom.");
        check.rule(custom || known.contains(&field.as_str()), &format!("match[{at}]"), || {
            Invalid::new("import.match", field).allowed(known.iter().copied())
        });
    }
}

/// The one record that the first telling field of `by` means; nothing where none does.
///
/// # Errors
///
/// `import.ambiguous` where a field means several. Rule IMP-1 (F212, W32).
pub(super) fn found(
    cx: &mut Cx<'_>,
    kind: Kind,
    by: &[String],
    set: &Map<String, Value>,
    codes: &mut CreditCodes,
) -> Result<Option<Uuid>, Error> {
    for field in by {
        let said = said(set, field);
        let mut ids = BTreeSet::new();
        for text in &said {
            ids.extend(holders(cx, (kind, field), text, codes)?);
        }
        match ids.len() {
            0 => {}
            1 => return Ok(ids.pop_first()),
            several => {
                let invalid = Invalid::new("import.ambiguous", &said.join(", "));
                let limit = format!("a value that one record has; {several} have it");
                return Err(Error::invalid(field, invalid.limit(limit)));
            }
        }
    }
    Ok(None)
}

/// What a row says in a field.
fn said(set: &Map<String, Value>, field: &str) -> Vec<String> {
    match set.get(field) {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        Some(Value::Number(number)) => vec![number.to_string()],
        Some(Value::Null | Value::Bool(_) | Value::Object(_)) | None => Vec::new(),
    }
}

fn holders(
    cx: &mut Cx<'_>,
    (kind, field): (Kind, &str),
    text: &str,
    codes: &mut CreditCodes,
) -> Result<Vec<Uuid>, Error> {
    if let Some(code) = field.strip_prefix("custom.") {
        return custom(cx, kind, code, text);
    }
    let name = || Name::parse(text).map_or_else(|_| text.to_owned(), |name| name.to_string());
    match (kind.name(), field) {
        (_, "phones" | "emails") => {
            let home = cx.get(Settings::ID)?.home();
            let reach =
                if field == "phones" { Reach::phone(text, home) } else { Reach::email(text) };
            // What is no number at all is refused when the row is decided.
            reach.map_or(Ok(Vec::new()), |reach| reached(cx, kind, &reach))
        }
        ("customer", "credit_code") => codes.holders(cx, text),
        ("customer", _) => {
            ids(cx.list::<Customer>(Customer::BY_NAME, &[Val::Text(name())])?, |it| it.id.uuid())
        }
        ("contact", _) => {
            ids(cx.list::<Contact>(Contact::BY_NAME, &[Val::Text(name())])?, |it| it.id.uuid())
        }
        ("team", _) => {
            ids(cx.list::<Team>(Team::BY_NAME, &[Val::Text(name())])?, |it| it.id.uuid())
        }
        ("user", _) => ids(cx.list::<User>(User::BY_LOGIN, &[Val::from(text)])?, |it| it.id.uuid()),
        ("product", _) => {
            ids(cx.list::<Product>(Product::BY_CODE, &[Val::from(text)])?, |it| it.id.uuid())
        }
        _ => Ok(Vec::new()),
    }
}

fn ids<T>(found: Vec<T>, id: impl Fn(&T) -> Uuid) -> Result<Vec<Uuid>, Error> {
    Ok(found.iter().map(id).collect())
}

fn reached(cx: &mut Cx<'_>, kind: Kind, reach: &Reach) -> Result<Vec<Uuid>, Error> {
    let prefix = [Val::from(reach.medium.code()), Val::from(reach.normal.as_str())];
    let points = cx.list::<ContactPoint>(ContactPoint::BY_NORMAL, &prefix)?;
    let medium: fn(&ContactPoint) -> Medium = |point| point.medium;
    let of = points.iter().filter(|point| {
        let owner: PointOwner = point.owner_kind;
        owner.code() == kind.name() && medium(point) == reach.medium
    });
    Ok(of.map(|point| point.owner).collect())
}

/// Who has which credit code. Customers have no listing by it: they are looked through once in a call.
#[derive(Default)]
pub(super) struct CreditCodes(Option<BTreeMap<String, Vec<Id<Customer>>>>);

impl CreditCodes {
    fn holders(&mut self, cx: &Cx<'_>, text: &str) -> Result<Vec<Uuid>, Error> {
        let wanted = text.trim().to_ascii_uppercase();
        let stored = match &mut self.0 {
            Some(stored) => stored,
            none => none.insert(stored_codes(cx)?),
        };
        let stored = stored.get(&wanted).into_iter().flatten();
        let stored = stored.filter(|id| !cx.is_written(**id)).map(|id| id.uuid());
        let wanted = Val::Text(wanted);
        let here = cx.written_here(Kind::Customer);
        let here = here.filter(|record| record.at(Customer::CREDIT_CODE) == Some(&wanted));
        Ok(stored.chain(here.map(|record| record.id)).collect())
    }
}

fn stored_codes(cx: &Cx<'_>) -> Result<BTreeMap<String, Vec<Id<Customer>>>, Error> {
    let mut codes = BTreeMap::<String, Vec<Id<Customer>>>::new();
    let mut after = None::<Cursor>;
    loop {
        cx.checkpoint()?;
        let scan = Scan { after: after.as_ref(), ..Scan::of(cx.tenant(), Customer::KIND, 0, &[]) };
        let end = cx.scan(&scan, &mut |row| {
            if let Row::Rec(_, record) = row
                && let Some(Val::Text(code)) = record.at(Customer::CREDIT_CODE)
            {
                codes.entry(code.clone()).or_default().push(Id::new(record.id));
            }
            Flow::Continue(())
        })?;
        match end.next {
            Some(next) => after = Some(next),
            None => return Ok(codes),
        }
    }
}

fn custom(cx: &mut Cx<'_>, kind: Kind, code: &str, text: &str) -> Result<Vec<Uuid>, Error> {
    let named = [Val::from(kind.name()), Val::from(code)];
    let field = cx.unique::<CustomField>(CustomField::BY_CODE, &named)?;
    let Some(field) = field.filter(|field| field.active && field.indexed) else {
        let invalid = Invalid::new("import.match", code).limit("an indexed custom field");
        return Err(Error::invalid("match", invalid));
    };
    let Ok(value) = field.read(&Val::from(text)) else { return Ok(Vec::new()) };
    let prefix = [Val::Id(field.id.uuid()), Val::Text(key(&value))];
    let rows = cx.list::<CustomIndex>(CustomIndex::BY_VALUE, &prefix)?;
    Ok(rows.iter().map(|row| row.subject).collect())
}
