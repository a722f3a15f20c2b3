//! Assignment rules: which rule takes a lead, and who gets it.
//!
//! 200 rules of two to four tests over five texts and three numbers, and one for all that is left; leads drawn evenly.
//! The rules are data and go through the engine's own compiler. Beside it stand two programs written for this one shape
//! of data: a bitmap of 256 rules (as near to the limit as a few lines get), and typed predicates tried in order. All
//! three must find the same rule for every lead. Then the whole decision: 1,000 reps with capacities, work that ends,
//! turns by weight within the pool of the rule that fits.

use std::collections::BTreeSet;

use crm_core::assignment::{
    Compiled, Desk, Field, FieldKind, FindingCode, Given, Index, Rep, Rule, Schema, Strategy,
    lint_rules,
};
use serde_json::{Map, Value, json};

use crate::assigned::{self, Given as Stored, Work};
use crate::measure::{Cost, Series, load, rounded};
use crate::{Failure, Findings, Line, Options};

/// The texts: name, and how many values there are.
const TEXTS: [(&str, u64); 5] =
    [("region", 30), ("source", 12), ("product", 50), ("industry", 20), ("country", 60)];
/// The numbers: name, and below what they lie.
const NUMBERS: [(&str, u64); 3] = [("employees", 5_000), ("score", 101), ("revenue", 100_000)];
const REPS: usize = 1_000;
/// So many leads later the work of one is done.
const OPEN: usize = 20_000;

/// Numbers drawn evenly, the same for the same seed (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(mixed ^ (mixed >> 31)) * u128::from(limit)) >> 64) as u64
    }
}

/// One test of a rule.
enum Test {
    Among(usize, Vec<u64>),
    Between(usize, u64, u64),
}

/// Rules of two to four tests, none of them twice over one field; the last one takes everything.
fn rules(count: usize, seed: u64) -> Vec<Vec<Test>> {
    let mut draw = Draw(seed);
    let mut rule = || {
        let mut fields: Vec<usize> = (0..8).collect();
        let tests = 2 + draw.below(3);
        let mut test = || {
            let field = fields.swap_remove(draw.below(fields.len() as u64) as usize);
            if let Some((_, values)) = TEXTS.get(field) {
                let several = 1 + draw.below(4);
                return Test::Among(field, (0..several).map(|_| draw.below(*values)).collect());
            }
            let (number, (_, limit)) = (field - TEXTS.len(), NUMBERS[field - TEXTS.len()]);
            let from = draw.below(limit);
            let open = draw.below(2) == 0;
            let to = if open { u64::MAX } else { from + 1 + draw.below(limit / 2) };
            Test::Between(number, from, to)
        };
        (0..tests).map(|_| test()).collect()
    };
    let mut rules: Vec<Vec<Test>> = (1..count).map(|_| rule()).collect();
    rules.push(Vec::new());
    rules
}

fn text(field: usize, value: u64) -> String {
    format!("{}{value:02}", TEXTS[field].0)
}

/// The rules as the data that a host defines.
fn as_data(rules: &[Vec<Test>]) -> Result<Vec<Rule>, Failure> {
    let test = |test: &Test| match test {
        Test::Among(field, values) => {
            let values: Vec<String> = values.iter().map(|value| text(*field, *value)).collect();
            json!({"in": {"field": TEXTS[*field].0, "values": values}})
        }
        Test::Between(field, from, u64::MAX) => {
            json!({"range": {"field": NUMBERS[*field].0, "from": from}})
        }
        Test::Between(field, from, to) => {
            json!({"range": {"field": NUMBERS[*field].0, "from": from, "to": to}})
        }
    };
    let rule = |(at, tests): (usize, &Vec<Test>)| {
        let tests: Vec<Value> = tests.iter().map(test).collect();
        let rule = json!({"code": format!("r{at}"), "when": {"all": tests}, "pool": {},
            "strategy": "weighted"});
        serde_json::from_value(rule).map_err(Failure::from)
    };
    rules.iter().enumerate().map(rule).collect()
}

fn schema() -> Schema {
    let field = |kind| Field { kind, choices: Vec::new() };
    let texts = TEXTS.iter().map(|(name, _)| ((*name).to_owned(), field(FieldKind::Text)));
    let numbers = NUMBERS.iter().map(|(name, _)| ((*name).to_owned(), field(FieldKind::Int)));
    Schema(texts.chain(numbers).collect())
}

/// A lead: its texts as numbers of their values, and its numbers.
#[derive(Clone, Copy)]
struct Lead {
    texts: [u8; 5],
    numbers: [u32; 3],
}

fn leads(count: usize, seed: u64) -> Vec<Lead> {
    let mut draw = Draw(seed);
    let lead = |_| Lead {
        texts: std::array::from_fn(|field| draw.below(TEXTS[field].1) as u8),
        numbers: std::array::from_fn(|field| draw.below(NUMBERS[field].1) as u32),
    };
    (0..count).map(lead).collect()
}

/// The rules ready to decide: each field of a lead, and its place among what the rules read.
struct Ready {
    index: Index,
    places: [usize; 8],
}

impl Ready {
    fn new(rules: &[Rule]) -> Result<Self, Failure> {
        let compiled = Compiled::of(rules, &schema()).map_err(|refusal| refusal.to_string())?;
        let names = TEXTS.iter().map(|(name, _)| *name).chain(NUMBERS.map(|(name, _)| name));
        let mut places = [0; 8];
        for (place, name) in places.iter_mut().zip(names) {
            let found = compiled.slots.fields.iter().position(|(slot, _)| slot == name);
            *place = found.ok_or("a field that no rule reads")?;
        }
        Ok(Self { index: Index::of(&compiled.rules, compiled.slots.fields.len()), places })
    }

    #[inline]
    fn codes(&self, texts: [&str; 5], numbers: [u32; 3]) -> [i64; 8] {
        let mut codes = [0; 8];
        for (field, text) in texts.into_iter().enumerate() {
            codes[self.places[field]] = self.index.code(self.places[field], Given::Text(text));
        }
        for (field, number) in numbers.into_iter().enumerate() {
            codes[self.places[field + 5]] = i64::from(number);
        }
        codes
    }

    #[inline]
    fn first(&self, codes: &[i64; 8]) -> usize {
        self.index.first(codes, |_| true).unwrap_or(usize::MAX)
    }
}

/// Written for this shape of data: at most 256 rules, small numbers for texts.
struct ByHand {
    texts: [Vec<[u64; 4]>; 5],
    bounds: [Vec<u32>; 3],
    numbers: [Vec<[u64; 4]>; 3],
}

impl ByHand {
    fn new(rules: &[Vec<Test>]) -> Self {
        let mut all = [0_u64; 4];
        (0..rules.len()).for_each(|rule| all[rule / 64] |= 1 << (rule % 64));
        let mut hand = Self {
            texts: std::array::from_fn(|field| vec![all; TEXTS[field].1 as usize]),
            bounds: Default::default(),
            numbers: Default::default(),
        };
        for test in rules.iter().flatten() {
            if let Test::Between(field, from, to) = test {
                let bounds = [*from, *to].map(|bound| u32::try_from(bound).unwrap_or(u32::MAX));
                hand.bounds[*field].extend(bounds);
            }
        }
        for (field, bounds) in hand.bounds.iter_mut().enumerate() {
            bounds.sort_unstable();
            bounds.dedup();
            hand.numbers[field] = vec![all; bounds.len() + 1];
        }
        for (rule, tests) in rules.iter().enumerate() {
            let (word, bit) = (rule / 64, 1_u64 << (rule % 64));
            for test in tests {
                match test {
                    Test::Among(field, values) => {
                        let table = hand.texts[*field].iter_mut().enumerate();
                        let others = table.filter(|(value, _)| !values.contains(&(*value as u64)));
                        others.for_each(|(_, bits)| bits[word] &= !bit);
                    }
                    Test::Between(field, from, to) => {
                        let bounds = &hand.bounds[*field];
                        for (class, bits) in hand.numbers[*field].iter_mut().enumerate() {
                            let start = class.checked_sub(1).map_or(0, |at| u64::from(bounds[at]));
                            if start < *from || start >= *to {
                                bits[word] &= !bit;
                            }
                        }
                    }
                }
            }
        }
        hand
    }

    #[inline]
    fn first(&self, lead: &Lead) -> usize {
        let mut bits = [u64::MAX; 4];
        for field in 0..5 {
            let row = &self.texts[field][usize::from(lead.texts[field])];
            bits.iter_mut().zip(row).for_each(|(bits, row)| *bits &= row);
        }
        for field in 0..3 {
            let class = self.bounds[field].partition_point(|bound| *bound <= lead.numbers[field]);
            let row = &self.numbers[field][class];
            bits.iter_mut().zip(row).for_each(|(bits, row)| *bits &= row);
        }
        let word = bits.iter().position(|word| *word != 0).unwrap_or(0);
        word * 64 + bits[word].trailing_zeros() as usize
    }
}

/// One rule after the other, typed and without any data structure.
fn in_order(rules: &[Vec<Test>], lead: &Lead) -> usize {
    let holds = |test: &Test| match test {
        Test::Among(field, values) => values.contains(&u64::from(lead.texts[*field])),
        Test::Between(field, from, to) => (*from..*to).contains(&u64::from(lead.numbers[*field])),
    };
    rules.iter().position(|tests| tests.iter().all(holds)).unwrap_or(usize::MAX)
}

/// Nanoseconds of CPU for each of `count` turns of some work; its sum of answers must be as wanted.
fn timed(
    series: &mut Series,
    count: usize,
    wanted: &mut Option<usize>,
    work: impl FnOnce() -> usize,
) -> Result<(), Failure> {
    let (sum, cost) = Cost::of(work);
    if *wanted.get_or_insert(sum) != sum {
        return Err("two ways of finding the rule disagree".into());
    }
    series.push(cost.cpu.as_secs_f64() * 1e9 / count as f64);
    Ok(())
}

/// A sum that tells answers apart, and in which place they came.
fn mixed(at: usize, rule: usize) -> usize {
    (rule + 1) * (at % 97 + 1)
}

/// Pools of all sizes: a rule's reps are those of one to ten of twenty teams, or all of them.
fn desk(rules: usize, seed: u64) -> Desk {
    let mut draw = Draw(seed);
    let capacity = |_| Rep { load: 0, capacity: Some(12 + draw.below(25) as i64), away: false };
    let reps: Vec<Rep> = (0..REPS).map(capacity).collect();
    let mut pool = |rule: usize| {
        let teams = if rule % 10 == 9 { 20 } else { 1 + draw.below(10) };
        let first = draw.below(20);
        let of = |rep: &usize| (*rep as u64 % 20 + 20 - first) % 20 < teams;
        (0..REPS).filter(of).map(|rep| (rep, 1 + draw.below(3) as i64)).collect()
    };
    let pools: Vec<(Strategy, Vec<(usize, i64)>)> =
        (0..rules).map(|rule| (Strategy::Weighted, pool(rule))).collect();
    Desk::new(reps, &pools)
}

/// Leads that go through a store, where nobody says how many.
const STORED: u64 = 20_000;

/// 200 rules of the same kind as a policy takes them: without those that the ones before leave nothing.
fn policy(seed: u64) -> Result<(Vec<Vec<Test>>, Vec<Value>), Failure> {
    let mut drawn = rules(250, seed);
    let data = as_data(&drawn)?;
    let compiled = Compiled::of(&data, &schema()).map_err(|refusal| refusal.to_string())?;
    let idle: BTreeSet<String> = lint_rules(&data, &compiled)
        .into_iter()
        .filter(|found| matches!(found.code, FindingCode::Unreachable | FindingCode::Contradiction))
        .filter_map(|found| found.rule.map(|code| code.to_string()))
        .collect();
    let last = drawn.pop().ok_or("no rules")?;
    let kept = drawn.into_iter().enumerate().filter(|(at, _)| !idle.contains(&format!("r{at}")));
    let kept = kept.map(|(_, tests)| tests).take(199).chain([last]);
    let kept: Vec<Vec<Test>> = kept.collect();
    let rule = |(at, rule): (usize, &Rule)| {
        let mut when = serde_json::to_value(&rule.when)?;
        for test in when["all"].as_array_mut().into_iter().flatten() {
            for test in test.as_object_mut().into_iter().flat_map(Map::values_mut) {
                let field = assigned::path(test["field"].as_str().unwrap_or_default());
                test["field"] = json!(field);
            }
        }
        Ok(json!({"code": format!("r{at}"), "when": when}))
    };
    let data: Result<Vec<Value>, Failure> = as_data(&kept)?.iter().enumerate().map(rule).collect();
    Ok((kept, data?))
}

/// The same leads end to end, through a store.
fn end_to_end(options: &Options, json: &mut Map<String, Value>) -> Result<Vec<Line>, Failure> {
    let count = usize::try_from(options.rows_or(STORED))?;
    let (few, as_rules) = policy(options.seed + 6)?;
    let leads = leads(count, options.seed + 10);
    let lead = |at: usize| {
        let lead = &leads[at];
        let texts = TEXTS.iter().enumerate();
        Stored {
            texts: texts.map(|(at, (name, _))| (*name, text(at, lead.texts[at].into()))).collect(),
            numbers: NUMBERS.iter().zip(lead.numbers).map(|((name, _), n)| (*name, n)).collect(),
            rule: in_order(&few, lead),
        }
    };
    let work = Work { rules: as_rules, reps: REPS, leads: &lead, count };
    assigned::run(options, &work, json)
}

/// The rules alone, then rules, choice, capacities and reasons; then all of it end to end, through a store: 20,000 leads
/// where nobody says how many. A million need some 20 GB of disk.
///
/// # Errors
///
/// Answers that differ.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let count = usize::try_from(options.rows_or(1_000_000))?;
    let few = rules(200, options.seed + 6);
    let many = rules(2_000, options.seed + 6);
    let (ready, ready_many) = (Ready::new(&as_data(&few)?)?, Ready::new(&as_data(&many)?)?);
    let hand = ByHand::new(&few);
    let leads = leads(count, options.seed + 10);
    let names: Vec<Vec<String>> = TEXTS
        .iter()
        .enumerate()
        .map(|(field, (_, values))| (0..*values).map(|value| text(field, value)).collect())
        .collect();
    let texts = |lead: &Lead| -> [&str; 5] {
        std::array::from_fn(|field| names[field][usize::from(lead.texts[field])].as_str())
    };
    let coded = |ready: &Ready| -> Vec<[i64; 8]> {
        leads.iter().map(|lead| ready.codes(texts(lead), lead.numbers)).collect()
    };
    let (stored, stored_many) = (coded(&ready), coded(&ready_many));
    let mut wanted = None;
    let mut wanted_many =
        Some(leads.iter().enumerate().map(|(at, lead)| mixed(at, in_order(&many, lead))).sum());
    let (mut by_hand, mut plain, mut codes, mut raw, mut codes_many, mut whole) = (
        Series::default(),
        Series::default(),
        Series::default(),
        Series::default(),
        Series::default(),
        Series::default(),
    );
    let mut queued = 0_usize;
    let mut changes = 0_usize;
    for _ in 0..options.rounds {
        timed(&mut plain, count, &mut wanted, || {
            leads.iter().enumerate().map(|(at, lead)| mixed(at, in_order(&few, lead))).sum()
        })?;
        timed(&mut by_hand, count, &mut wanted, || {
            leads.iter().enumerate().map(|(at, lead)| mixed(at, hand.first(lead))).sum()
        })?;
        timed(&mut codes, count, &mut wanted, || {
            stored.iter().enumerate().map(|(at, lead)| mixed(at, ready.first(lead))).sum()
        })?;
        let mut trace: Vec<(usize, i64)> = Vec::new();
        let mut read = 0_usize;
        timed(&mut raw, count, &mut wanted, || {
            let answers = leads.iter().enumerate().map(|(at, lead)| {
                let codes = ready.codes(texts(lead), lead.numbers);
                let rule = ready.first(&codes);
                trace.clear();
                trace.extend(ready.index.trace(rule, &codes));
                read += trace.len();
                mixed(at, rule)
            });
            answers.sum()
        })?;
        timed(&mut codes_many, count, &mut wanted_many, || {
            let answers = stored_many.iter().enumerate();
            answers.map(|(at, lead)| mixed(at, ready_many.first(lead))).sum()
        })?;
        let mut desk = desk(few.len(), options.seed);
        let mut open: Vec<Option<usize>> = vec![None; OPEN];
        queued = 0;
        timed(&mut whole, count, &mut wanted, || {
            let answers = stored.iter().enumerate().map(|(at, lead)| {
                let slot = &mut open[at % OPEN];
                if let Some(done) = slot.take() {
                    desk.finish(done);
                }
                let rule = ready.first(lead);
                *slot = desk.assign(rule);
                queued += usize::from(slot.is_none());
                mixed(at, rule)
            });
            answers.sum()
        })?;
        changes = desk.changes().len();
    }
    let tried: usize = leads.iter().map(|lead| in_order(&few, lead) + 1).sum();
    let [plain, by_hand, codes, raw, codes_many, whole] =
        [plain, by_hand, codes, raw, codes_many, whole].map(|series| series.min());
    let choose = whole - codes;
    let line = |what: &str, engine: f64, peer: f64, against: &str| Line {
        what: what.to_owned(),
        unit: "ns",
        engine,
        peer,
        against: against.to_owned(),
    };
    let mut lines = vec![
        line("200 rules, stored leads", codes, by_hand, "a bitmap by hand"),
        line("200 rules, stored leads", codes, plain, "typed predicates in order"),
        line("200 rules, from texts, with trace", raw, plain, "typed predicates on codes"),
        line("2,000 rules, stored leads", codes_many, codes, "200 rules"),
        line("rules, choice, capacity, reasons", whole, codes, "rules alone"),
    ];
    let figures = [
        ("match_ns", codes),
        ("raw_ns", raw),
        ("match_2000_ns", codes_many),
        ("choose_ns", choose),
        ("end_to_end_ns", whole),
        ("by_hand_ns", by_hand),
        ("in_order_ns", plain),
    ];
    let mut json: Map<String, Value> = figures
        .into_iter()
        .map(|(name, figure)| (name.to_owned(), json!(rounded(figure))))
        .collect();
    json.insert("leads".into(), json!(count));
    json.insert("rules_tried".into(), json!(rounded(tried as f64 / count as f64)));
    json.insert("reps".into(), json!(REPS));
    json.insert("queued".into(), json!(queued));
    json.insert("changes".into(), json!(changes));
    json.insert("load".into(), json!(load()));
    lines.extend(end_to_end(options, &mut json)?);
    Ok(Findings { name: "assign", lines, json })
}
