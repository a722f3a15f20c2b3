//! From the tables of a TOML text to a plan.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use toml::{Table, Value};

use super::node::{Node, Part, text_of};
use super::{
    ChildPlan, Computed, Condition, Currency, CustomField, FieldPlan, FilePlan, From, Lookup,
    Operation, Piece, Plan, SCALE_MAX, Sheet, Source, Test, Unmapped,
};
use crate::import::expr::Expr;
use crate::import::fault::PlanFault;
use crate::import::format::{Cut, DateFormat, Format, SCALES, scale_of};
use crate::import::read::{Dialect, SheetName};
use crate::import::target::{CUSTOM_SHAPES, ENTITIES, Entity, Shape};
use crate::value::{Currency as Iso, Rounding};

type Faults = Vec<PlanFault>;

/// The plan, where at least its source could be read; mistakes are in `faults`.
pub(super) fn plan(table: Table, usual: Tz, faults: &mut Faults) -> Option<Plan> {
    let mut node = Node::new((table, String::new()), faults);
    let source = node.needed("source");
    let zone = node.text("zone");
    let zone = zone.and_then(|name| zone_named(&mut node, &name)).unwrap_or(usual);
    let currency = node.text("currency").filter(|code| currency_known(&mut node, "currency", code));
    let plan_format = Format { zone, ..Format::default() };
    let plan_format = format(&mut node, &plan_format).unwrap_or(plan_format);
    let operations: Vec<_> = node
        .parts("operation")
        .into_iter()
        .filter_map(|part| operation(part, node.faults))
        .collect();
    let custom_fields: Vec<_> = node
        .parts("custom_field")
        .into_iter()
        .filter_map(|p| custom_field(p, node.faults))
        .collect();
    let parts = node.parts("file");
    if parts.is_empty() {
        node.fault("plan.key.missing", "file", "").limit = Some("at least one [[file]]".to_owned());
    }
    let context = Context { format: &plan_format, custom: &custom_fields };
    let files = parts.into_iter().filter_map(|part| file(part, context, node.faults)).collect();
    node.finish();
    Some(Plan { source: source?, currency, operations, custom_fields, files })
}

#[derive(Clone, Copy)]
struct Context<'a> {
    format: &'a Format,
    custom: &'a [CustomField],
}

fn zone_named(node: &mut Node<'_>, name: &str) -> Option<Tz> {
    let zone = name.parse().ok();
    if zone.is_none() {
        node.fault("plan.zone", "zone", name).limit = Some("a name like Asia/Shanghai".to_owned());
    }
    zone
}

fn currency_known(node: &mut Node<'_>, key: &str, code: &str) -> bool {
    let known = Iso::parse(code).is_ok();
    if !known {
        node.fault("plan.currency", key, code).limit = Some("an ISO 4217 code".to_owned());
    }
    known
}

fn operation(part: Part, faults: &mut Faults) -> Option<Operation> {
    let mut node = Node::new(part, faults);
    let op = node.needed("op");
    let request =
        node.value("request").map_or_else(|| Ok(serde_json::json!({})), serde_json::to_value);
    let accept = node.texts("accept").unwrap_or_default();
    node.finish();
    Some(Operation { op: op?, request: request.ok()?, accept })
}

/// The engine judges what the definition says beyond entity, code and type.
fn custom_field(part: Part, faults: &mut Faults) -> Option<CustomField> {
    let request = serde_json::to_value(&part.0);
    let mut node = Node::new(part, faults);
    let entity = entity(&mut node);
    let code = node.needed("code");
    let field_type = node.needed("field_type");
    let found = field_type.and_then(|field_type| {
        let found = CUSTOM_SHAPES.iter().find(|(name, _)| *name == field_type);
        if found.is_none() {
            let names = CUSTOM_SHAPES.iter().map(|(name, _)| (*name).to_owned());
            node.fault("plan.custom_field.type", "field_type", &field_type).allowed =
                names.collect();
        }
        found
    });
    let (_, shape) = *found?;
    Some(CustomField { entity: entity?.name, code: code?, request: request.ok()?, shape })
}

fn entity(node: &mut Node<'_>) -> Option<&'static Entity> {
    let name = node.needed("entity")?;
    let entity = Entity::find(&name);
    if entity.is_none() {
        let names = ENTITIES.iter().map(|entity| entity.name.to_owned()).collect();
        node.fault("plan.entity.unknown", "entity", &name).allowed = names;
    }
    entity
}

fn file(part: Part, context: Context<'_>, faults: &mut Faults) -> Option<FilePlan> {
    let mut node = Node::new(part, faults);
    let name = node.needed("name");
    let entity = entity(&mut node);
    let key = node.texts("key").unwrap_or_default();
    if key.is_empty() {
        node.fault("plan.key_column.missing", "key", "").limit =
            Some("the column or columns that identify a row; $row where there is none".to_owned());
    }
    let mode = one_of(&mut node, "mode", &["upsert", "create", "update"]);
    let match_by = node.texts("match").unwrap_or_default();
    let lists = one_of(&mut node, "lists", &["replace", "append"]);
    let clear = one_of(&mut node, "blank", &["keep", "clear"]) == "clear";
    let escaped = node.flag("escaped").unwrap_or(false);
    let dialect = dialect(&mut node);
    let children = node.named_parts("child");
    let fields = |name: &str| entity.map(|entity| field_list(entity, name, context.custom));
    let own = fields("").unwrap_or_default();
    let sheet = sheet(&mut node, &own, entity.is_some(), context.format);
    if !node.was_given("fields") {
        node.fault("plan.key.missing", "fields", "").limit = Some("at least one field".to_owned());
    }
    let path = node.path.clone();
    let children = children.into_iter().filter_map(|(name, part)| {
        let format = &sheet.format;
        let child = child(part, &fields(&name).unwrap_or_default(), format, node.faults);
        child.map(|child| (name, child))
    });
    let children: BTreeMap<_, _> = children.collect();
    node.finish();
    let (name, entity) = (name?, entity?);
    Some(FilePlan {
        path,
        name,
        entity,
        key,
        mode,
        match_by,
        lists,
        clear,
        escaped,
        dialect,
        sheet,
        children,
    })
}

/// One of a few words; the first where nothing is said.
fn one_of(node: &mut Node<'_>, key: &'static str, words: &'static [&'static str]) -> &'static str {
    let usual = words.first().copied().unwrap_or_default();
    let Some(said) = node.text(key) else { return usual };
    let found = words.iter().find(|word| **word == said);
    if found.is_none() {
        let allowed = words.iter().map(|word| (*word).to_owned()).collect();
        node.fault("plan.word", key, &said).allowed = allowed;
    }
    found.copied().unwrap_or(usual)
}

/// The fields that the plan may fill: an entity's own and custom ones, or those of its lines.
fn field_list(entity: &Entity, child: &str, custom: &[CustomField]) -> Vec<(String, Shape)> {
    let owned = |list: &[(&str, Shape)]| -> Vec<(String, Shape)> {
        list.iter().map(|(name, shape)| ((*name).to_owned(), *shape)).collect()
    };
    match child {
        "" => {
            let custom = custom.iter().filter(|field| field.entity == entity.name);
            let custom = custom.map(|field| (format!("custom.{}", field.code), field.shape));
            owned(entity.fields).into_iter().chain(custom).collect()
        }
        child => {
            let known = entity.children.iter().find(|(name, _)| *name == child);
            known.map(|(_, fields)| owned(fields)).unwrap_or_default()
        }
    }
}

fn dialect(node: &mut Node<'_>) -> Dialect {
    let ascii = |node: &mut Node<'_>, key| {
        let char = node.char(key)?;
        let byte = u8::try_from(char).ok().filter(u8::is_ascii);
        if byte.is_none() {
            node.fault("plan.type", key, &char.to_string()).limit =
                Some("one ASCII character".to_owned());
        }
        byte
    };
    let delimiter = ascii(node, "delimiter");
    let quote = ascii(node, "quote");
    let encoding = node.text("encoding").and_then(|label| {
        let encoding = Dialect::encoding_named(&label);
        if encoding.is_none() {
            node.fault("plan.encoding", "encoding", &label).limit =
                Some("a name like utf-8, gb18030, utf-16le, windows-1252".to_owned());
        }
        encoding
    });
    let columns = node.texts("columns");
    let header_row = node.value("header_row").and_then(|value| {
        let row = value.as_integer().and_then(|row| u64::try_from(row).ok()).filter(|row| *row > 0);
        if row.is_none() {
            node.fault("plan.type", "header_row", &value.to_string()).limit =
                Some("the number of the row that names the columns".to_owned());
        }
        row
    });
    let sheet = node.value("sheet").and_then(|value| sheet_name(node, &value));
    Dialect { delimiter, quote: quote.unwrap_or(b'"'), encoding, columns, sheet, header_row }
}

/// A sheet by the text on its tab or by its place from 1.
fn sheet_name(node: &mut Node<'_>, value: &Value) -> Option<SheetName> {
    let number = value.as_integer().map(|number| usize::try_from(number).ok().filter(|at| *at > 0));
    let sheet = match (value.as_str().filter(|name| !name.is_empty()), number) {
        (Some(name), _) => Some(SheetName::Called(name.to_owned())),
        (None, Some(Some(number))) => Some(SheetName::Number(number)),
        (None, Some(None) | None) => None,
    };
    if sheet.is_none() {
        node.fault("plan.type", "sheet", &value.to_string()).limit =
            Some("the name of a sheet, or its place from 1".to_owned());
    }
    sheet
}

fn child(
    part: Part,
    fields: &[(String, Shape)],
    outer: &Format,
    faults: &mut Faults,
) -> Option<ChildPlan> {
    let mut node = Node::new(part, faults);
    let file = node.needed("file");
    let parent = node.needed("parent");
    let sheet = sheet(&mut node, fields, true, outer);
    node.finish();
    Some(ChildPlan { file: file?, parent: parent?, sheet })
}

fn sheet(node: &mut Node<'_>, allowed: &[(String, Shape)], known: bool, outer: &Format) -> Sheet {
    let format = format(node, outer).unwrap_or_else(|| outer.clone());
    let conditions = conditions(node, "where");
    let computed = node.part("compute").map(|part| computed(part, node.faults)).unwrap_or_default();
    let mut lookups = BTreeMap::new();
    for (name, part) in node.named_parts("lookup") {
        if let Some(lookup) = lookup(part, node.faults) {
            lookups.insert(name, lookup);
        }
    }
    let mut fields = Vec::new();
    if let Some((table, path)) = node.part("fields") {
        let mut flat = Vec::new();
        flatten(table, "", &mut flat);
        for (target, value) in flat {
            let path = format!("{path}.{target}");
            match allowed.iter().find(|(name, _)| *name == target) {
                Some((_, shape)) => {
                    let sources = sources(value, &path, *shape, &format, node.faults);
                    fields.push(FieldPlan { target, path, shape: *shape, sources });
                }
                None if known => node.faults.push(
                    PlanFault::new("plan.field.unknown", path, &target)
                        .allowed(allowed.iter().map(|(name, _)| name.clone())),
                ),
                None => {}
            }
        }
    }
    Sheet { format, conditions, computed, lookups, fields }
}

/// `address.city = …` and `custom.freight = …` are tables in TOML and one path here.
fn flatten(table: Table, prefix: &str, flat: &mut Vec<(String, Value)>) {
    for (key, value) in table {
        let is_group = prefix.is_empty() && matches!(key.as_str(), "address" | "custom");
        if let Value::Table(inner) = value.clone()
            && is_group
        {
            flatten(inner, &format!("{key}."), flat);
        } else {
            flat.push((format!("{prefix}{key}"), value));
        }
    }
}

fn format(node: &mut Node<'_>, outer: &Format) -> Option<Format> {
    let part = node.part("format")?;
    let mut node = Node::new(part, node.faults);
    let mut format = outer.clone();
    if let Some(dates) = node.texts("dates") {
        format.dates = dates.iter().filter_map(|text| date_format(&mut node, text)).collect();
    }
    format.decimal = node.char("decimal").unwrap_or(format.decimal);
    format.thousands = node.char("thousands").or(format.thousands);
    format.symbols = node.texts("symbols").unwrap_or(format.symbols);
    format.parentheses = node.flag("parentheses").unwrap_or(format.parentheses);
    if let Some(scales) = node.texts("scales") {
        for unknown in scales.iter().filter(|word| scale_of(word).is_none()) {
            let known = SCALES.iter().map(|(word, _)| (*word).to_owned()).collect();
            node.fault("plan.format.scale", "scales", unknown).allowed = known;
        }
        format.scales = scales;
    }
    format.yes = node.texts("yes").unwrap_or(format.yes);
    format.no = node.texts("no").unwrap_or(format.no);
    format.empty = node.texts("empty").unwrap_or(format.empty);
    if let Some(zone) = node.text("zone").and_then(|name| zone_named(&mut node, &name)) {
        format.zone = zone;
    }
    let twice = format.dates.iter().enumerate().find_map(|(at, one)| {
        let rest = format.dates.get(at.saturating_add(1)..).unwrap_or_default();
        rest.iter().any(|two| one.contradicts(two)).then_some(one)
    });
    if let Some(one) = twice {
        let limit = "formats that never read one text as two days; say which it is, field by field";
        node.fault("plan.format.ambiguous", "dates", &format!("{one:?}")).limit =
            Some(limit.to_owned());
    }
    if format.thousands == Some(format.decimal) {
        node.fault("plan.format.ambiguous", "thousands", &format.decimal.to_string()).limit =
            Some("another sign than the decimal sign".to_owned());
    }
    node.finish();
    Some(format)
}

fn date_format(node: &mut Node<'_>, text: &str) -> Option<DateFormat> {
    let format = DateFormat::parse(text);
    if format.is_none() {
        node.fault("plan.format.date", "dates", text).limit = Some(
            "iso, excel, letters like m/d/yyyy hh:mi, or a pattern like %Y年%m月%d日".to_owned(),
        );
    }
    format
}

fn conditions(node: &mut Node<'_>, key: &'static str) -> Vec<Condition> {
    node.parts(key).into_iter().filter_map(|part| condition(part, node.faults)).collect()
}

fn condition(part: Part, faults: &mut Faults) -> Option<Condition> {
    let mut node = Node::new(part, faults);
    let column = node.needed("column");
    let is = node.texts("is").map(Test::Is);
    let not = node.texts("not").map(Test::Not);
    let empty = node.flag("empty").map(Test::Empty);
    let mut tests: Vec<Test> = [is, not, empty].into_iter().flatten().collect();
    if tests.len() != 1 {
        node.fault("plan.where", "", "").limit = Some("one of is, not, empty".to_owned());
    }
    let path = node.path.clone();
    node.finish();
    Some(Condition { path, column: column?, test: tests.pop()? })
}

fn computed((table, path): Part, faults: &mut Faults) -> BTreeMap<String, Computed> {
    let mut columns = BTreeMap::new();
    for (name, value) in table {
        let path = format!("{path}.{name}");
        let (text, round) = if let Value::Table(table) = value {
            let mut node = Node::new((table, path.clone()), faults);
            let (text, round) = (node.needed("compute"), round(&mut node, "round"));
            node.finish();
            (text, round)
        } else {
            (text_of(&value), None)
        };
        if let Some(expr) = text.and_then(|text| expression(&text, &path, faults)) {
            columns.insert(name, Computed { expr, round });
        }
    }
    columns
}

fn expression(text: &str, path: &str, faults: &mut Faults) -> Option<Expr<String>> {
    match Expr::parse(text) {
        Ok(expr) => Some(expr),
        Err(misread) => {
            let limit = format!("{} at character {}", misread.expected, misread.at);
            faults.push(PlanFault::new("plan.expression", path, text).limit(limit));
            None
        }
    }
}

fn lookup(part: Part, faults: &mut Faults) -> Option<Lookup> {
    let mut node = Node::new(part, faults);
    let (file, by, on) = (node.needed("file"), node.needed("by"), node.text("on"));
    node.finish();
    let by = by?;
    Some(Lookup { file: file?, on: on.unwrap_or_else(|| by.clone()), by })
}

fn round(node: &mut Node<'_>, key: &'static str) -> Option<Cut> {
    let part = node.part(key)?;
    let mut node = Node::new(part, node.faults);
    let scale = node.value("scale").and_then(|value| u32::try_from(value.as_integer()?).ok());
    let scale = scale.filter(|scale| *scale <= SCALE_MAX);
    if scale.is_none() {
        node.fault("plan.round", "scale", "").limit = Some(format!("0 to {SCALE_MAX}"));
    }
    let name = node.needed("rule");
    let rule = name.and_then(|name| {
        let rule = Value::String(name.clone()).try_into::<Rounding>();
        rule.map_err(|error| {
            node.fault("plan.round", "rule", &name).limit = Some(error.message().to_owned());
        })
        .ok()
    });
    node.finish();
    Some(Cut { scale: scale?, rule: rule? })
}

fn sources(
    value: Value,
    path: &str,
    shape: Shape,
    format: &Format,
    faults: &mut Faults,
) -> Vec<Source> {
    if shape != Shape::Texts || !value.is_array() {
        return source(value, path, shape, format, faults).into_iter().collect();
    }
    let list: Vec<Value> = value.try_into().unwrap_or_default();
    let each = list
        .into_iter()
        .enumerate()
        .filter_map(|(at, value)| source(value, &format!("{path}[{at}]"), shape, format, faults));
    each.collect()
}

fn source(
    value: Value,
    path: &str,
    shape: Shape,
    format_of_file: &Format,
    faults: &mut Faults,
) -> Option<Source> {
    let column = value.as_str().filter(|column| !column.is_empty()).map(str::to_owned);
    let table = match (value, column) {
        (Value::Table(table), _) => table,
        (_, Some(column)) => Table::from_iter([("column".to_owned(), Value::String(column))]),
        (value, None) => {
            let limit = "a column name or a table with one of column, first, constant, template, \
                         compute, sum";
            faults.push(PlanFault::new("plan.type", path, &value.to_string()).limit(limit));
            return None;
        }
    };
    let mut node = Node::new((table, path.to_owned()), faults);
    let from = from(&mut node);
    link(&mut node, shape);
    let map = node.map("map");
    let unmapped = unmapped(&mut node);
    let when = conditions(&mut node, "when");
    let required = node.flag("required").unwrap_or(false);
    let split = node.texts("split").unwrap_or_default();
    if !split.is_empty() && shape != Shape::Texts {
        node.fault("plan.split", "split", "").limit = Some("of a field that is a list".to_owned());
    }
    let truncate = node.value("truncate");
    let truncate = truncate.and_then(|value| {
        let chars = value.as_integer().and_then(|chars| usize::try_from(chars).ok());
        if chars.is_none_or(|chars| chars == 0) {
            node.fault("plan.type", "truncate", &value.to_string()).limit =
                Some("a number of characters".to_owned());
        }
        chars
    });
    let round = round(&mut node, "round");
    let code = node.text("currency").filter(|code| currency_known(&mut node, "currency", code));
    let column = node.text("currency_column").map(Currency::Column);
    let currency = code.map(Currency::Code).or(column);
    let format = format(&mut node, format_of_file);
    let path = node.path.clone();
    node.finish();
    let from = from?;
    Some(Source {
        path,
        from,
        map,
        unmapped,
        when,
        required,
        split,
        truncate,
        round,
        currency,
        format,
    })
}

fn link(node: &mut Node<'_>, shape: Shape) {
    let Some(named) = node.text("link") else { return };
    let wanted = match shape {
        Shape::Link(entity) => Some(entity),
        Shape::Text | Shape::Texts | Shape::Choice(_) | Shape::Number | Shape::Whole => None,
        Shape::Money | Shape::Price | Shape::Time | Shape::Day => None,
        Shape::Flag | Shape::Country => None,
    };
    if wanted != Some(named.as_str()) {
        let fault = node.fault("plan.link", "link", &named);
        fault.limit = Some("the entity that the field points at".to_owned());
        fault.allowed = wanted.iter().map(|name| (*name).to_owned()).collect();
    }
}

fn unmapped(node: &mut Node<'_>) -> Unmapped {
    let otherwise = node.text("otherwise").map(Unmapped::Value);
    let word = node.text("unmapped");
    if otherwise.is_some() && word.is_some() {
        node.fault("plan.source.several", "unmapped", "").limit =
            Some("either otherwise or unmapped".to_owned());
    }
    let word = word.map(|word| match word.as_str() {
        "reject" => Unmapped::Reject,
        "keep" => Unmapped::Keep,
        "empty" => Unmapped::Empty,
        _ => {
            let allowed = ["reject", "keep", "empty"].map(str::to_owned).to_vec();
            node.fault("plan.unmapped", "unmapped", &word).allowed = allowed;
            Unmapped::Reject
        }
    });
    otherwise.or(word).unwrap_or(Unmapped::Reject)
}

fn from(node: &mut Node<'_>) -> Option<From> {
    let column = node.text("column").map(From::Column);
    let first = node.texts("first").map(From::First);
    let constant = node.text("constant").map(From::Constant);
    let template = node.text("template").and_then(|text| template(node, &text)).map(From::Template);
    let path = node.path_of("compute");
    let compute = node.text("compute").and_then(|text| expression(&text, &path, node.faults));
    let compute = compute.map(From::Compute);
    let sum = sum(node);
    let mut given: Vec<From> =
        [column, first, constant, template, compute, sum].into_iter().flatten().collect();
    if given.len() > 1 {
        node.fault("plan.source.several", "", "").limit =
            Some("one of column, first, constant, template, compute, sum".to_owned());
    }
    let broken = node.faults.last().is_some_and(|fault| fault.path.starts_with(&node.path));
    if given.is_empty() && !broken {
        node.fault("plan.source.missing", "", "").limit =
            Some("one of column, first, constant, template, compute, sum".to_owned());
    }
    given.pop()
}

fn sum(node: &mut Node<'_>) -> Option<From> {
    let child = node.text("sum");
    let path = node.path_of("of");
    let of = node.text("of");
    let round_each = round(node, "round_each");
    let child = child?;
    let Some(of) = of else {
        node.fault("plan.key.missing", "of", "").limit = Some("what to add up".to_owned());
        return None;
    };
    Some(From::Sum { child, of: expression(&of, &path, node.faults)?, round_each })
}

/// `{first} {last}`; a brace is written twice.
fn template(node: &mut Node<'_>, text: &str) -> Option<Vec<Piece>> {
    let (mut pieces, mut plain) = (Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if matches!(char, '{' | '}') && chars.peek() == Some(&char) {
            plain.extend(chars.next());
        } else if char == '{' {
            let column: String = chars.by_ref().take_while(|char| *char != '}').collect();
            if !plain.is_empty() {
                pieces.push(Piece::Text(core::mem::take(&mut plain)));
            }
            pieces.push(Piece::Column(column));
        } else {
            plain.push(char);
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    let named = pieces.iter().any(|piece| matches!(piece, Piece::Column(name) if !name.is_empty()));
    if !named {
        node.fault("plan.template", "template", text).limit = Some("a column in braces".to_owned());
        return None;
    }
    Some(pieces)
}
