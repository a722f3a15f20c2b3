//! Operations on duplicates: find them, explain a pair, say that two are not one.

mod beginnings;
mod gather;
mod likely;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Access;
use crate::audit::SourceKey;
use crate::codes;
use crate::decision::Check;
use crate::dedupe::{CERTAIN, MatchVerdict, Matcher, Pair, Party};
use crate::engine::{Cx, Error, Operation, each};
use crate::lead::Lead;
use crate::party::{Contact, Customer};
use crate::record::{Entity, Kind, Val};
use crate::store::Scan;
use crate::value::{Id, Invalid, Note};

use gather::Gathered;
pub use likely::{Entered, LikelyMatch};

codes! {
    /// Whether people or companies are looked for.
    pub enum PartyKind {
        /// Customers who are persons, contacts, leads with a name.
        Person = "person",
        /// Business customers, and the companies that leads work for.
        Company = "company",
    }
}

impl PartyKind {
    const fn party(self) -> Party {
        match self {
            Self::Person => Party::Person,
            Self::Company => Party::Company,
        }
    }
}

codes! {
    /// What may be done about a pair.
    pub enum Likeness {
        /// Somebody should look at it: from 9,500 basis points on.
        Likely = "likely",
        /// It may be merged without asking: from 9,990 basis points on.
        Certain = "certain",
    }
}

/// Pairs in a page at most, and where nobody says how many.
const PAIRS_MAX: u32 = 100_000;

/// Finds records that are likely one person or company among all that are stored. Every pair of a group is listed, by
/// the ids of its records; the chance that two are one is that of the weakest link of the strongest chain between them.
///
/// Weights are learned from the records themselves, without answers, so they differ from store to store; one setting
/// serves all of them. The order in which records were stored changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindDuplicates {
    /// `person` or `company`.
    pub party: PartyKind,
    /// Only pairs that may be merged without asking.
    #[serde(default)]
    pub certain: bool,
    /// Pairs in a page: 1 to 100,000; 100,000 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub after: Option<String>,
}

/// One record of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Twin {
    /// `customer`, `contact` or `lead`.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// Its key in the system from which it was imported; the first where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Two records that are likely one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicate {
    /// The one with the lower id.
    pub left: Twin,
    /// The other.
    pub right: Twin,
    /// How likely they are one, in basis points.
    pub probability_bp: u16,
    /// What may be done about it.
    pub likeness: Likeness,
    /// The fields that speak for it, the heaviest first; none where only other records of the group do.
    pub reasons: Vec<String>,
}

/// Duplicates, a page at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicates {
    /// The pairs, by the ids of their records.
    pub pairs: Vec<Duplicate>,
    /// How many pairs there are in all.
    pub found: u64,
    /// How many records were looked at.
    pub records: u64,
    /// How many pairs of them were compared.
    pub compared: u64,
    /// Say it as `after` for the next page; none where nothing follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Operation for FindDuplicates {
    const NAME: &'static str = "duplicates.find";
    const ACCESS: Access = Access::Read;
    type Response = Duplicates;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Duplicates, Error> {
        let limit = self.limit.unwrap_or(PAIRS_MAX);
        if !(1..=PAIRS_MAX).contains(&limit) {
            let invalid = Invalid::new("page.limit", &limit.to_string());
            return Err(Error::invalid("limit", invalid.limit(format!("1 to {PAIRS_MAX}"))));
        }
        let after = self.after.as_deref().map(opened).transpose()?;
        let gathered = gather::all(cx, self.party.party())?;
        let matcher = learned(cx, self.party.party(), &gathered)?;
        let matches = matcher.matches();
        let id = |place: usize| gathered.keys.get(place).map(|(_, id)| *id).unwrap_or_default();
        let least = if self.certain { CERTAIN } else { 0 };
        let all = || matches.pairs.iter().filter(|pair| pair.probability >= least);
        let mut rest = all()
            .filter(|pair| after.is_none_or(|after| (id(pair.left), id(pair.right)) > after))
            .peekable();
        let mut pairs = Vec::new();
        while let Some(pair) = rest.next_if(|_| pairs.len() < limit as usize) {
            pairs.push(duplicate(cx, &gathered, pair)?);
        }
        let more = rest.peek().is_some();
        let last = pairs.last().map(|pair| format!("{}:{}", pair.left.id, pair.right.id));
        Ok(Duplicates {
            pairs,
            found: all().count() as u64,
            records: gathered.keys.len() as u64,
            compared: matches.compared as u64,
            next: last.filter(|_| more),
        })
    }
}

/// What was learned from everybody, with those apart of whom somebody said so.
fn learned(cx: &Cx<'_>, party: Party, gathered: &Gathered) -> Result<Matcher, Error> {
    let mut apart = BTreeSet::new();
    let mut fault = None;
    each(cx.store(), &Scan::of(cx.tenant(), Kind::MatchVerdict, 0, &[]), |_, record| {
        match MatchVerdict::from_record(record) {
            Ok(verdict) => {
                apart.extend(gathered.place(verdict.left).zip(gathered.place(verdict.right)))
            }
            Err(corrupt) => fault = Some(corrupt),
        }
    })?;
    fault.map_or(Ok(()), |corrupt| Err(Error::from(corrupt)))?;
    Ok(Matcher::learn(party, &gathered.profiles, &gathered.identifiers, &apart))
}

fn duplicate(cx: &Cx<'_>, gathered: &Gathered, pair: &Pair) -> Result<Duplicate, Error> {
    let likeness = if pair.probability >= CERTAIN { Likeness::Certain } else { Likeness::Likely };
    Ok(Duplicate {
        left: twin(cx, gathered, pair.left)?,
        right: twin(cx, gathered, pair.right)?,
        probability_bp: pair.probability,
        likeness,
        reasons: pair.reasons.clone(),
    })
}

fn twin(cx: &Cx<'_>, gathered: &Gathered, place: usize) -> Result<Twin, Error> {
    let (kind, id) = gathered.keys.get(place).copied().unwrap_or((Kind::Customer, Uuid::nil()));
    let target = [Val::Id(id)];
    let scan = Scan::of(cx.tenant(), Kind::SourceKey, SourceKey::BY_TARGET, &target);
    let page = cx.page::<SourceKey>(&scan)?;
    let keys = page.rows.into_iter().map(|(_, key)| (key.source, key.key));
    Ok(Twin { kind: kind.name().to_owned(), id, key: keys.min().map(|(_, key)| key) })
}

/// The two ids that a page ended with.
fn opened(text: &str) -> Result<(Uuid, Uuid), Error> {
    let ids = text.split_once(':');
    let ids = ids.and_then(|(a, b)| Some((Uuid::parse_str(a).ok()?, Uuid::parse_str(b).ok()?)));
    ids.ok_or_else(|| {
        let invalid = Invalid::new("page.after", text);
        Error::invalid("after", invalid.limit("what a page gave as `next`"))
    })
}

/// Says that two records are not one: they are not listed as duplicates any more, nor is any group of which both would
/// be. Saying it again changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DismissDuplicate {
    /// One record: a customer, contact or lead.
    pub left: Uuid,
    /// The other.
    pub right: Uuid,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dismissed {
    /// Its id.
    pub id: Id<MatchVerdict>,
}

impl Operation for DismissDuplicate {
    const NAME: &'static str = "duplicates.dismiss";
    const ACCESS: Access = Access::Record;
    type Response = Dismissed;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Dismissed, Error> {
        let mut check = Check::default();
        check.rule(self.left != self.right, "right", || {
            Invalid::new("duplicates.same_record", &self.right.to_string())
        });
        let note = check.parse::<Note>("note", self.note.as_deref());
        check.done()?;
        let one = kind_of(cx, "left", self.left)?;
        let two = kind_of(cx, "right", self.right)?;
        let id = MatchVerdict::id_of(self.left, self.right);
        if cx.find(id)?.is_none() {
            let by = (cx.actor()?.id, cx.now());
            let (one, two) = ((one.name(), self.left), (two.name(), self.right));
            cx.put(&MatchVerdict::of(one, two, by, note))?;
        }
        Ok(Dismissed { id })
    }
}

/// Which kind a record is that may have duplicates.
fn kind_of(cx: &mut Cx<'_>, path: &str, id: Uuid) -> Result<Kind, Error> {
    if cx.find(Id::<Customer>::new(id))?.is_some() {
        return Ok(Kind::Customer);
    }
    if cx.find(Id::<Contact>::new(id))?.is_some() {
        return Ok(Kind::Contact);
    }
    cx.known::<Lead>(path, Id::new(id))?;
    Ok(Kind::Lead)
}

/// Explains how likely two records are one: field by field on which level they agree and how many bits that weighs. Values
/// are not shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainDuplicate {
    /// `person` or `company`.
    pub party: PartyKind,
    /// One record.
    pub left: Uuid,
    /// The other.
    pub right: Uuid,
}

/// What one field says of a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weighed {
    /// The field.
    pub field: String,
    /// On which level the two agree.
    pub level: String,
    /// How much that weighs, in hundredths of a bit: 100 doubles the odds.
    pub centibits: i32,
    /// How much of that the rarity of the value adds.
    pub rarity_centibits: i32,
}

/// Why two records are likely one, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DuplicateExplained {
    /// How likely any two records are one, in hundredths of a bit of odds.
    pub prior_centibits: i32,
    /// What each field says that both fill.
    pub fields: Vec<Weighed>,
    /// What is taken away since those under one roof share the rest.
    pub roof_centibits: i32,
    /// The sum: the log2 odds in hundredths.
    pub odds_centibits: i32,
    /// The same as a probability, in basis points.
    pub probability_bp: u16,
}

impl Operation for ExplainDuplicate {
    const NAME: &'static str = "duplicates.explain";
    const ACCESS: Access = Access::Read;
    type Response = DuplicateExplained;

    fn run(&self, cx: &mut Cx<'_>) -> Result<DuplicateExplained, Error> {
        let gathered = gather::all(cx, self.party.party())?;
        let place = |path: &str, id: Uuid| {
            gathered.place(id).ok_or_else(|| {
                let invalid = Invalid::new("reference.unknown", &id.to_string());
                Error::invalid(path, invalid.limit(format!("the id of a {}", self.party)))
            })
        };
        let (left, right) = (place("left", self.left)?, place("right", self.right)?);
        let matcher = learned(cx, self.party.party(), &gathered)?;
        let explained = matcher.explain(left, right);
        let fields = explained.fields.into_iter().map(|part| Weighed {
            field: part.field,
            level: part.level,
            centibits: part.centibits,
            rarity_centibits: part.rarity,
        });
        Ok(DuplicateExplained {
            prior_centibits: explained.prior,
            fields: fields.collect(),
            roof_centibits: explained.roof,
            odds_centibits: explained.odds,
            probability_bp: explained.probability,
        })
    }
}

#[cfg(test)]
mod tests;
