//! What deals were before: who had them and what they were worth at an instant, by the audit trail.
//!
//! A deal's row says what is true now, and the trail says what every later decision changed from what to what. So the past
//! is the present with the changes since then undone, the latest first. An import tells the trail only that it wrote a
//! row: where a value is not what the trail last made it, it is dated at the last instant at which the one before is
//! known, and counted.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Kept;
use super::read::{self, Beside, Cells, Projection};
use crate::analytics::{
    Dimension, FactTable, FactTableBuilder, Happening, Keys, MoveKind, Past, Query, TableError,
};
use crate::audit::{Fact, RecordChange, What};
use crate::engine::{Cx, Error};
use crate::opportunity::{Opportunity, StageMove};
use crate::record::{Entity, Kind, Val};
use crate::store::{Cursor, Scan};

/// Properties of a deal whose past is read.
const FIELDS: [&str; 8] = [
    "amount_minor",
    "amount_currency",
    "owner",
    "customer",
    "pipeline",
    "source",
    "region",
    "competitor",
];

const MINOR: usize = 0;
const CURRENCY: usize = 1;
const OWNER: usize = 2;
const CUSTOMER: usize = 3;
const PIPELINE: usize = 4;
const SOURCE: usize = 5;
const REGION: usize = 6;
const COMPETITOR: usize = 7;

/// What is read beside them.
const BESIDE: [&str; 6] =
    ["name", "phase", "phase_stage", "phase_closed_at", "created_at", "has_history"];

/// What those properties are, as text; "" is none.
type Traits = [String; FIELDS.len()];

/// The dimensions whose past is known, or that are told as of now.
pub(in crate::api) const DIMENSIONS: [Dimension; 9] = [
    Dimension::Owner,
    Dimension::Team,
    Dimension::Customer,
    Dimension::Pipeline,
    Dimension::Stage,
    Dimension::Source,
    Dimension::Region,
    Dimension::Industry,
    Dimension::Competitor,
];

/// A deal as the store tells it.
struct Told {
    id: Uuid,
    name: String,
    now: Traits,
    stage: Uuid,
    /// Whether it was won, and when it was closed.
    closed: Option<(bool, i64)>,
    created_at: i64,
    has_history: bool,
}

/// One change of one property.
struct Recorded {
    seq: u64,
    at: i64,
    field: usize,
    from: String,
    to: String,
    is_creation: bool,
}

/// Everything that was read of deals and of their past.
pub(in crate::api) struct Read {
    deals: Vec<Told>,
    moves: BTreeMap<Uuid, Vec<crate::analytics::FactMove>>,
    recorded: BTreeMap<Uuid, Vec<Recorded>>,
}

/// The pasts of all deals, and what their groups are.
pub(in crate::api) struct Pasts {
    /// Deal by deal.
    pub(in crate::api) pasts: Vec<Past>,
    /// The codes of each group in `table`.
    pub(in crate::api) groups: BTreeMap<u32, Vec<u32>>,
    /// What keys mean.
    pub(in crate::api) table: FactTable,
    /// What each deal is called.
    pub(in crate::api) names: BTreeMap<Uuid, String>,
    /// Deals whose moves are not known.
    pub(in crate::api) without_history: u64,
    /// Deals that changed without a record of when.
    pub(in crate::api) unrecorded: u64,
}

/// Reads all deals with their moves, and what was recorded of them since second `since`.
pub(in crate::api) fn read(cx: &mut Cx<'_>, since: i64) -> Result<Read, Error> {
    let names: Vec<&str> = FIELDS.into_iter().chain(BESIDE).collect();
    let mut deals = Vec::new();
    read::scan::<Opportunity>(cx, &Projection::of::<Opportunity>(&names), |cells| {
        deals.push(told(cells));
    })?;
    deals.sort_unstable_by_key(|deal| deal.id);
    let mut sorted = Vec::new();
    read::scan::<StageMove>(cx, read::moves(), |cells| sorted.push(read::step(cells)))?;
    sorted.sort_unstable_by_key(|(deal, ordinal, _)| (*deal, *ordinal));
    let mut moves: BTreeMap<Uuid, Vec<_>> = BTreeMap::new();
    for (deal, _, step) in sorted {
        moves.entry(deal).or_default().push(step);
    }
    Ok(Read { deals, moves, recorded: recorded(cx, since)? })
}

fn told(cells: Cells<'_>) -> Told {
    let beside = |at: usize| FIELDS.len().saturating_add(at);
    let second = |at: usize| cells.int(beside(at)).map(|micros| micros.div_euclid(1_000_000));
    let is_won = match cells.text(beside(1)) {
        "won" => Some(true),
        "lost" => Some(false),
        _ => None,
    };
    let created_at = second(4).unwrap_or(0);
    Told {
        id: cells.id,
        name: cells.text(beside(0)).to_owned(),
        now: core::array::from_fn(|field| text(cells.at(field))),
        stage: cells.id(beside(2)),
        closed: is_won.map(|won| (won, second(3).unwrap_or(created_at))),
        created_at,
        has_history: *cells.at(beside(5)) == Val::Bool(true),
    }
}

fn text(val: &Val) -> String {
    match val {
        Val::Null => String::new(),
        Val::Bool(is) => is.to_string(),
        Val::Int(number) => number.to_string(),
        Val::Text(text) => text.clone(),
        Val::Bytes(_) => String::new(),
        Val::Id(id) if id.is_nil() => String::new(),
        Val::Id(id) => id.to_string(),
    }
}

/// What the trail says of deals since second `since`, the latest first: read from its end until a whole page is older.
fn recorded(cx: &Cx<'_>, since: i64) -> Result<BTreeMap<Uuid, Vec<Recorded>>, Error> {
    let mut found: BTreeMap<Uuid, Vec<Recorded>> = BTreeMap::new();
    let mut after: Option<Cursor> = None;
    loop {
        let scan = Scan {
            desc: true,
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), Kind::Fact, Fact::BY_SEQ, &[])
        };
        let page = cx.page::<Fact>(&scan)?;
        let mut is_older = true;
        for (seq, fact) in &page.rows {
            is_older &= fact.recorded_at.utc().timestamp() < since;
            note(seq.0, fact, &mut found);
        }
        cx.checkpoint()?;
        match page.next {
            Some(next) if !is_older => after = Some(next),
            Some(_) | None => return Ok(found),
        }
    }
}

fn note(seq: u64, fact: &Fact, found: &mut BTreeMap<Uuid, Vec<Recorded>>) {
    let kind = Opportunity::def().name;
    if !fact.changes.contains(&format!("\"kind\":\"{kind}\"")) {
        return;
    }
    let Ok(records) = serde_json::from_str::<Vec<RecordChange>>(&fact.changes) else { return };
    for record in records.into_iter().filter(|record| record.kind == kind) {
        for change in record.fields {
            let Some(field) = FIELDS.iter().position(|field| *field == change.field) else {
                continue;
            };
            found.entry(record.id).or_default().push(Recorded {
                seq,
                at: fact.happened_at.utc().timestamp(),
                field,
                from: text(&change.from),
                to: text(&change.to),
                is_creation: record.what == What::Created,
            });
        }
    }
}

/// What a deal was when it was made, and what became of its properties: commit, instant, property, value.
struct Undone {
    first: Traits,
    steps: Vec<(u64, i64, usize, String)>,
    is_whole: bool,
}

/// Undoes what was recorded of a deal, the latest first.
fn undone(now: &Traits, recorded: Option<&Vec<Recorded>>) -> Undone {
    let mut found = Undone { first: now.clone(), steps: Vec::new(), is_whole: true };
    let mut rows: Vec<&Recorded> = recorded.into_iter().flatten().collect();
    rows.sort_by_key(|row| core::cmp::Reverse(row.seq));
    for (field, value) in found.first.iter_mut().enumerate() {
        let mut left: Vec<&Recorded> =
            rows.iter().copied().filter(|row| row.field == field).collect();
        while let Some(latest) = left.first().map(|row| row.seq) {
            // Several decisions of one commit: the one that made the value.
            let of_commit = || left.iter().take_while(|row| row.seq == latest);
            let made = of_commit().position(|row| row.to == *value);
            found.is_whole &= made.is_some();
            let row = left.remove(made.unwrap_or(0));
            if row.is_creation {
                break;
            }
            found.steps.push((row.seq, row.at, field, value.clone()));
            row.from.clone_into(value);
        }
    }
    found.steps.reverse();
    found.steps.sort_by_key(|(seq, ..)| *seq);
    found
}

/// What a deal's group follows from.
struct Place<'a> {
    kept: &'a Kept,
    query: &'a Query,
    groups: BTreeMap<Vec<String>, u32>,
}

impl Place<'_> {
    fn key(&self, of: Dimension, traits: &Traits, stage: Uuid) -> String {
        let names = &self.kept.names;
        let text = |field: usize| traits.get(field).map_or("", String::as_str);
        let id = |field: usize| text(field).parse::<Uuid>().unwrap_or_default();
        let own = |field: usize, other: &str| {
            let own = text(field);
            if own.is_empty() { other.to_owned() } else { own.to_owned() }
        };
        match of {
            Dimension::Owner => names.user(id(OWNER)).0.to_owned(),
            Dimension::Team => names.user(id(OWNER)).1.to_owned(),
            Dimension::Customer => text(CUSTOMER).to_owned(),
            Dimension::Pipeline => text(PIPELINE).to_owned(),
            Dimension::Stage => names.stage(stage).0.to_owned(),
            Dimension::Source => own(SOURCE, Beside::source(names, id(CUSTOMER))),
            Dimension::Region => own(REGION, Beside::region(names, id(CUSTOMER), id(OWNER))),
            Dimension::Industry => names.industry(id(CUSTOMER)).to_owned(),
            Dimension::Competitor => text(COMPETITOR).to_owned(),
            Dimension::Reason | Dimension::Product | Dimension::Category => String::new(),
        }
    }

    /// The group of a deal; nothing where it is not in the filter.
    fn group(&mut self, traits: &Traits, stage: Uuid) -> Option<u32> {
        let admitted = self
            .query
            .filter
            .is
            .iter()
            .all(|(of, keys)| keys.contains(&self.key(*of, traits, stage)));
        if !admitted {
            return None;
        }
        let by = &self.query.by;
        let keys: Vec<String> = by.iter().map(|of| self.key(*of, traits, stage)).collect();
        let next = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        Some(*self.groups.entry(keys).or_insert(next))
    }
}

impl Read {
    /// The pasts of all deals: what happened to each, in order, and the group that it belonged to.
    pub(in crate::api) fn pasts(self, kept: &Kept, query: &Query) -> Result<Pasts, TableError> {
        let mut place = Place { kept, query, groups: BTreeMap::new() };
        let (currency, scale) = kept.facts.currency();
        let mut pasts = Vec::with_capacity(self.deals.len());
        let mut names = BTreeMap::new();
        let (mut without_history, mut unrecorded) = (0_u64, 0_u64);
        for deal in &self.deals {
            let found = undone(&deal.now, self.recorded.get(&deal.id));
            unrecorded = unrecorded.saturating_add(u64::from(!found.is_whole));
            without_history = without_history.saturating_add(u64::from(!deal.has_history));
            let moves = self.moves.get(&deal.id).filter(|_| deal.has_history);
            pasts.push(past(deal, found, moves.map_or(&[], Vec::as_slice), currency, &mut place));
            names.insert(deal.id, deal.name.clone());
        }
        let mut builder = FactTable::builder(currency, scale);
        let keys: BTreeSet<(Dimension, &String)> =
            place.groups.keys().flat_map(|keys| query.by.iter().copied().zip(keys)).collect();
        label(&mut builder, kept, keys);
        let table = builder.finish()?;
        let code = |(of, key): (&Dimension, &String)| table.dictionary(*of).code(key).unwrap_or(0);
        let codes = |keys: &Vec<String>| query.by.iter().zip(keys).map(code).collect();
        let groups = place.groups.iter().map(|(keys, group)| (*group, codes(keys))).collect();
        Ok(Pasts { pasts, groups, table, names, without_history, unrecorded })
    }
}

fn label(builder: &mut FactTableBuilder, kept: &Kept, keys: BTreeSet<(Dimension, &String)>) {
    for (of, key) in keys.into_iter().filter(|(_, key)| !key.is_empty()) {
        builder.label(of, key, key);
    }
    kept.names.label(builder);
    kept.names.label_customers(builder);
}

fn past(
    deal: &Told,
    found: Undone,
    moves: &[crate::analytics::FactMove],
    currency: &str,
    place: &mut Place<'_>,
) -> Past {
    let mut traits = found.first;
    let mut stage = moves.first().map_or(deal.stage, |first| first.to);
    let worth = |traits: &Traits| {
        let text = |field: usize| traits.get(field).map_or("", String::as_str);
        text(MINOR).parse::<i64>().ok().filter(|_| text(CURRENCY) == currency)
    };
    let mut last = (worth(&traits), place.group(&traits, stage));
    let (first_worth, first_group) = last;
    let began = moves.first().map_or(deal.created_at, |first| first.at.min(deal.created_at));
    let mut steps = vec![(began, Happening::Created)];
    let mut changes = found.steps.into_iter().peekable();
    let is_making = |step: &&crate::analytics::FactMove| step.kind == MoveKind::Created;
    let mut moves = moves.iter().skip_while(is_making).peekable();
    let mut ended = deal.closed.filter(|_| !deal.has_history);
    let mut now = began;
    loop {
        let changed = changes.peek().map(|(_, at, ..)| (*at).max(now));
        let moved = moves.peek().map(|step| step.at.max(now));
        let closed = ended.map(|(_, at)| at.max(now));
        // Of one instant, what changed comes before the move.
        let next = [changed, moved, closed].into_iter().flatten().min();
        let Some(at) = next else { break };
        now = at;
        let mut after = None;
        if changed == Some(at) {
            let commit = changes.peek().map(|(seq, ..)| *seq);
            while let Some((_, _, field, value)) = changes.next_if(|(seq, ..)| Some(*seq) == commit)
            {
                if let Some(place) = traits.get_mut(field) {
                    *place = value;
                }
            }
        } else if moved == Some(at)
            && let Some(step) = moves.next()
        {
            after = match step.kind {
                MoveKind::Won => Some(Happening::Won),
                MoveKind::Lost => Some(Happening::Lost),
                MoveKind::Reopened => Some(Happening::Reopened),
                MoveKind::Created | MoveKind::Moved => None,
            };
            if !matches!(step.kind, MoveKind::Won | MoveKind::Lost) {
                stage = step.to;
            }
        } else if let Some((won, _)) = ended.take() {
            after = Some(if won { Happening::Won } else { Happening::Lost });
        }
        let new = (worth(&traits), place.group(&traits, stage));
        if new.0 != last.0 {
            steps.push((at, Happening::Worth(new.0)));
        }
        if new.1 != last.1 {
            steps.push((at, Happening::Group(new.1)));
        }
        last = new;
        steps.extend(after.map(|after| (at, after)));
    }
    Past { id: deal.id, worth: first_worth, group: first_group, steps }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits(minor: &str) -> Traits {
        let mut traits = Traits::default();
        traits[MINOR] = minor.to_owned();
        traits[CURRENCY] = "CNY".to_owned();
        traits
    }

    fn row(seq: u64, from: &str, to: &str, is_creation: bool) -> Recorded {
        let (from, to) = (from.to_owned(), to.to_owned());
        let at = i64::try_from(seq).unwrap() * 10;
        Recorded { seq, at, field: MINOR, from, to, is_creation }
    }

    #[test]
    fn the_past_is_the_present_with_every_later_change_undone() {
        type Case = (&'static str, Vec<Recorded>, &'static str, Vec<(i64, &'static str)>, bool);
        let table: [Case; 6] = [
            ("of which nothing is recorded was always so", vec![], "5", vec![], true),
            (
                "that changed twice was what it was before",
                vec![row(2, "3", "4", false), row(7, "4", "5", false)],
                "3",
                vec![(20, "4"), (70, "5")],
                true,
            ),
            (
                "is not older than its making",
                vec![row(1, "", "3", true), row(7, "3", "5", false)],
                "3",
                vec![(70, "5")],
                true,
            ),
            (
                "that changed twice in one commit did so in the order that fits",
                vec![row(7, "4", "5", false), row(7, "3", "4", false)],
                "3",
                vec![(70, "4"), (70, "5")],
                true,
            ),
            (
                "that an import changed did so after the last record",
                vec![row(2, "3", "4", false)],
                "3",
                vec![(20, "5")],
                false,
            ),
            (
                "that was unknown had no amount",
                vec![row(2, "", "5", false)],
                "",
                vec![(20, "5")],
                true,
            ),
        ];
        for (rule, rows, first, steps, is_whole) in table {
            let found = undone(&traits("5"), Some(&rows));
            let at: Vec<(i64, &str)> =
                found.steps.iter().map(|(_, at, _, value)| (*at, value.as_str())).collect();
            assert_eq!(found.first[MINOR], first, "a value {rule}");
            assert_eq!((at, found.is_whole), (steps, is_whole), "a value {rule}");
        }
    }

    #[test]
    fn every_property_is_there() {
        let names: Vec<&str> = FIELDS.into_iter().chain(BESIDE).collect();
        let def = Opportunity::def();
        assert!(names.iter().all(|name| def.field_named(name).is_some()));
    }
}
