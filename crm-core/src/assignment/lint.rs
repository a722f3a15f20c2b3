//! What is wrong with a set of rules before any lead comes: each finding with a lead that shows it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::axes::{Axes, Axis, MISSING, slot_of};
use super::condition::{Facts, FieldKind, Slots};
use super::filter::{Datum, Test};
use super::policy::{Compiled, Rule};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::value::{Code, Invalid};

/// So many boxes one question may be compared with before it is left open.
const STEPS_MAX: u32 = 20_000;

codes! {
    /// A kind of defect.
    pub enum FindingCode {
        /// No lead can pass the filter of the rule: its tests contradict each other. The policy is refused.
        Contradiction = "contradiction",
        /// Every lead that passes the filter is taken by earlier rules. The policy is refused.
        Unreachable = "unreachable",
        /// A lead that no rule takes: it would wait in the queue.
        Gap = "gap",
        /// Some leads that pass the filter are taken by an earlier rule.
        Overlap = "overlap",
        /// The rules are too many or too entangled to say whether earlier ones take everything.
        Undecided = "undecided",
    }
}

impl FindingCode {
    /// Whether a policy with such a finding is refused.
    pub const fn is_error(self) -> bool {
        matches!(self, Self::Contradiction | Self::Unreachable)
    }
}

/// One defect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Which kind.
    pub code: FindingCode,
    /// The rule; none where it is about all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Code>,
    /// The earlier rule that takes the witness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Code>,
    /// A lead that shows it, by its fields; a field that is left out has no value. Of a contradiction there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Facts>,
    /// The field whose tests contradict each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Finding {
    const fn of(code: FindingCode, rule: Option<Code>) -> Self {
        Self { code, rule, other: None, witness: None, field: None }
    }
}

/// A rule as the values it takes: for each field the classes it accepts.
struct Taken {
    /// By place of the field; a field that is not named accepts every class.
    sides: Vec<Option<Vec<bool>>>,
    /// Whether it has tests besides: then it may take less than the box.
    more: bool,
}

/// The classes that are still open, by place of the field.
type Region = Vec<Vec<bool>>;

impl Taken {
    fn of(tests: &[Test], axes: &Axes, slots: usize) -> Self {
        let mut sides: Vec<Option<Vec<bool>>> = vec![None; slots];
        for (slot, classes) in tests.iter().filter_map(|test| axes.accepts(test)) {
            let Some(side) = sides.get_mut(slot) else { continue };
            match side {
                None => *side = Some(classes),
                Some(own) => own.iter_mut().zip(classes).for_each(|(own, other)| *own &= other),
            }
        }
        Self { sides, more: tests.iter().any(|test| slot_of(test).is_none()) }
    }

    /// The field on which it accepts nothing.
    fn empty_side(&self) -> Option<usize> {
        self.sides.iter().position(|side| {
            side.as_ref().is_some_and(|classes| !classes.iter().any(|accepted| *accepted))
        })
    }

    /// The part of a region that it takes; nothing where it takes none.
    fn within(&self, region: &Region) -> Option<Region> {
        let cut = region.iter().zip(&self.sides).map(|(open, side)| match side {
            None => Some(open.clone()),
            Some(side) => {
                let both: Vec<bool> = open.iter().zip(side).map(|(a, b)| *a && *b).collect();
                both.iter().any(|open| *open).then_some(both)
            }
        });
        cut.collect()
    }
}

/// Whether some point of a region lies in none of these boxes, and which.
enum Free {
    Point(Vec<usize>),
    Nowhere,
    Unknown,
}

/// Searches a point outside all boxes: the first box that meets the region has to be left on one of its sides.
fn free(region: &Region, boxes: &[&Taken], steps: &mut u32) -> Free {
    for (at, one) in (0_usize..).zip(boxes) {
        let Some(left) = steps.checked_sub(1) else { return Free::Unknown };
        *steps = left;
        if one.within(region).is_none() {
            continue;
        }
        let rest = boxes.get(at.saturating_add(1)..).unwrap_or_default();
        let mut narrowed = region.clone();
        for (slot, side) in (0_usize..).zip(&one.sides) {
            let Some(side) = side else { continue };
            let Some(own) = narrowed.get_mut(slot) else { continue };
            let before = own.clone();
            own.iter_mut().zip(side).for_each(|(open, taken)| *open &= !taken);
            if own.iter().any(|open| *open) {
                match free(&narrowed, rest, steps) {
                    Free::Nowhere => {}
                    found @ (Free::Point(_) | Free::Unknown) => return found,
                }
            }
            // What is left of this side leads nowhere: the point must be inside it, and leave the box by another.
            let Some(own) = narrowed.get_mut(slot) else { continue };
            *own = before.iter().zip(side).map(|(open, taken)| *open && *taken).collect();
        }
        return Free::Nowhere;
    }
    Free::Point(region.iter().map(|open| preferred(open)).collect())
}

/// A class of those open: a value that is named before any other value, and a value before none.
fn preferred(open: &[bool]) -> usize {
    let at = |from: usize| (from..open.len()).find(|class| open.get(*class) == Some(&true));
    at(2).or_else(|| at(1)).unwrap_or(MISSING)
}

struct Ground<'a> {
    slots: &'a Slots,
    axes: Axes,
}

impl Ground<'_> {
    fn all(&self) -> Region {
        let classes = |slot: usize| self.axes.0.get(&slot).map_or(1, Axis::len);
        (0..self.slots.fields.len()).map(|slot| vec![true; classes(slot)]).collect()
    }

    /// A lead in these classes.
    fn witness(&self, point: &[usize]) -> Facts {
        let value = |(slot, class): (usize, &usize)| {
            let axis = self.axes.0.get(&slot);
            let kind = self.slots.fields.get(slot).map(|(_, field)| field.kind);
            match (axis, kind, class) {
                (None, ..) => Datum::Missing,
                (Some(Axis::Named(named)), Some(kind), 1) => other_than(named, kind),
                // Below every bound: just below the first that counts.
                (Some(Axis::Bounds(bounds)), _, 1) => {
                    let first = bounds.get(1).copied().unwrap_or(1);
                    Datum::Int(first.saturating_sub(1))
                }
                (Some(axis), _, class) => axis.value(*class),
            }
        };
        let row: Vec<Datum> = (0_usize..).zip(point).map(value).collect();
        self.slots.facts(&row)
    }
}

/// A value of a field that is none of these.
fn other_than(named: &[Datum], kind: FieldKind) -> Datum {
    let free = |datum: &Datum| !named.contains(datum);
    match kind {
        FieldKind::Bool => {
            [true, false].map(Datum::Bool).into_iter().find(free).unwrap_or_default()
        }
        FieldKind::Int | FieldKind::Day | FieldKind::Instant => {
            (1..).map(Datum::Int).find(free).unwrap_or_default()
        }
        FieldKind::Decimal => {
            (1_i64..).map(|n| Datum::Decimal(n.into())).find(free).unwrap_or_default()
        }
        FieldKind::Text => {
            let texts =
                (0..).map(|n| Datum::Text(if n == 0 { "x".into() } else { format!("x{n}") }));
            texts.into_iter().find(free).unwrap_or_default()
        }
    }
}

/// Everything that is found in rules, in their order; what is about all of them comes last. Tests of several fields and
/// of words in texts are taken to hold for some leads and not for others: a rule with such tests is never said to take
/// what another wants. Rule ASG-10 (B16).
pub fn lint_rules(rules: &[Rule], compiled: &Compiled) -> Vec<Finding> {
    let slots = compiled.slots.fields.len();
    let ground = Ground { slots: &compiled.slots, axes: Axes::of(compiled.rules.iter().flatten()) };
    let boxes: Vec<Taken> =
        compiled.rules.iter().map(|tests| Taken::of(tests, &ground.axes, slots)).collect();
    let mut findings = Vec::new();
    for (at, (rule, own)) in (0_usize..).zip(rules.iter().zip(&boxes)) {
        let code = || Some(rule.code.clone());
        if let Some(slot) = own.empty_side() {
            let field = compiled.slots.fields.get(slot).map(|(name, _)| name.clone());
            findings.push(Finding { field, ..Finding::of(FindingCode::Contradiction, code()) });
            continue;
        }
        let earlier = boxes.get(..at).unwrap_or_default();
        let sound = |one: &&Taken| !one.more && one.empty_side().is_none();
        let taking: Vec<&Taken> = earlier.iter().filter(sound).collect();
        let Some(region) = own.within(&ground.all()) else { continue };
        let met = taking.iter().find_map(|one| {
            let shared = one.within(&region)?;
            let point: Vec<usize> = shared.iter().map(|open| preferred(open)).collect();
            let witness = ground.witness(&point);
            let row = compiled.slots.row(&witness);
            let taker = rules.get(compiled.first(&row).hit?)?.code.clone();
            let passes = compiled.rules.get(at)?.iter().all(|test| test.holds(&row));
            Some((taker, passes.then_some(witness)))
        });
        let finding = match free(&region, &taking, &mut STEPS_MAX.clone()) {
            Free::Nowhere => FindingCode::Unreachable,
            Free::Unknown => FindingCode::Undecided,
            Free::Point(_) if met.is_some() => FindingCode::Overlap,
            Free::Point(_) => continue,
        };
        let (other, witness) = met.unzip();
        let witness = witness.flatten();
        findings.push(Finding { other, witness, ..Finding::of(finding, code()) });
    }
    let taking: Vec<&Taken> =
        boxes.iter().filter(|one| !one.more && one.empty_side().is_none()).collect();
    match free(&ground.all(), &taking, &mut STEPS_MAX.clone()) {
        Free::Point(point) => {
            let witness = ground.witness(&point);
            let taken = compiled.first(&compiled.slots.row(&witness)).hit.is_some();
            let code = if taken { FindingCode::Undecided } else { FindingCode::Gap };
            let witness = (!taken).then_some(witness);
            findings.push(Finding { witness, ..Finding::of(code, None) });
        }
        Free::Unknown => findings.push(Finding::of(FindingCode::Undecided, None)),
        Free::Nowhere => {}
    }
    findings
}

/// Refuses rules with an error among their findings.
///
/// # Errors
///
/// `assignment.contradiction` and `assignment.unreachable`, at each rule, with the witness.
pub fn refuse_defects(rules: &[Rule], findings: &[Finding]) -> Result<(), Refusal> {
    let mut check = Check::default();
    for finding in findings.iter().filter(|finding| finding.code.is_error()) {
        let at = rules.iter().position(|rule| Some(&rule.code) == finding.rule.as_ref());
        let path = format!("rules[{}].when", at.unwrap_or(0));
        let code = format!("assignment.{}", finding.code);
        let shown = finding.witness.as_ref().map(|facts| {
            let facts = serde_json::to_string(facts).unwrap_or_default();
            let other = finding.other.as_ref().map_or("", Code::as_str);
            format!("{facts} goes to {other}")
        });
        let field = finding.field.as_ref().map(|field| format!("no value of {field} passes"));
        let invalid = Invalid::new(&code, finding.rule.as_ref().map_or("", Code::as_str));
        check.refuse(path, invalid.limit(shown.or(field).unwrap_or_default()));
    }
    check.done()
}
