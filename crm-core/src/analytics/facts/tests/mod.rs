//! The dashboard beside its slow twin: the same questions asked of plain histories, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

mod laws;

use laws::{END, reports_at, unexplained};

const ZONE: Tz = Tz::Asia__Shanghai;
/// 2024-01-01 in Shanghai.
const BEGIN: i64 = 1_704_038_400;
const DAY: i64 = 86_400;

/// A deal as a history of things that happened to it: what the columns are a faster form of.
#[derive(Clone, Debug)]
struct Plain {
    id: Uuid,
    owner: u8,
    region: u8,
    source: u8,
    products: Vec<u8>,
    /// Stage 0 to 4, 5 won, 6 lost; when; in the order in which they were made.
    path: Vec<(u8, i64)>,
    amount: Option<(i64, bool)>,
    odds: Option<u32>,
    expected: Option<i32>,
    has_history: bool,
}

fn stage_id(stage: u8) -> Uuid {
    Uuid::from_u128(0x5000 + u128::from(stage))
}

fn other(kind: u128, code: u8) -> Uuid {
    if code == 0 { Uuid::nil() } else { Uuid::from_u128(kind + u128::from(code)) }
}

fn text(code: u8) -> String {
    if code == 0 { String::new() } else { format!("v{code}") }
}

fn outcome(stage: u8) -> Outcome {
    match stage {
        5 => Outcome::Won,
        6 => Outcome::Lost,
        _ => Outcome::Open,
    }
}

impl Plain {
    fn stands(&self) -> (u8, i64) {
        self.path.last().copied().unwrap()
    }

    fn steps(&self) -> Vec<FactMove> {
        let before = [None].into_iter().chain(self.path.iter().map(|(stage, _)| Some(*stage)));
        let steps = before.zip(&self.path).map(|(from, (to, at))| {
            let ended = |stage: u8| outcome(stage) != Outcome::Open;
            let kind = match (from, outcome(*to)) {
                (None, _) => MoveKind::Created,
                (_, Outcome::Won) => MoveKind::Won,
                (_, Outcome::Lost) => MoveKind::Lost,
                (Some(from), Outcome::Open) if ended(from) => MoveKind::Reopened,
                (Some(_), Outcome::Open) => MoveKind::Moved,
            };
            FactMove { kind, from: from.map_or(Uuid::nil(), stage_id), to: stage_id(*to), at: *at }
        });
        steps.collect()
    }

    fn put(&self, facts: &mut Facts) {
        let (stage, since) = self.stands();
        let closed_from = self.path.iter().rev().map(|(stage, _)| *stage).find(|stage| *stage < 5);
        let (source, region) = (text(self.source), text(self.region));
        facts.put(&FactDeal {
            id: self.id,
            owner: other(0x1000, self.owner),
            customer: Uuid::from_u128(7),
            pipeline: Uuid::from_u128(8),
            stage: stage_id(closed_from.unwrap_or(0)),
            outcome: outcome(stage),
            end: if stage < 5 { Uuid::nil() } else { stage_id(stage) },
            source: &source,
            region: &region,
            reason: if stage == 6 { "price" } else { "" },
            competitor: "",
            amount: self.amount.map(|(minor, base)| (minor, if base { "CNY" } else { "USD" })),
            odds: self.odds,
            created_at: self.path.first().map_or(0, |(_, at)| *at),
            since,
            expected_day: self.expected,
            has_history: self.has_history,
        });
    }

    fn all(&self, facts: &mut Facts) {
        self.put(facts);
        facts.set_moves(self.id, &self.steps());
        self.lines(facts);
    }

    fn lines(&self, facts: &mut Facts) {
        let lines: Vec<FactLine> = self
            .products
            .iter()
            .map(|product| FactLine {
                product: other(0x2000, *product),
                rounded_minor: 100,
                exact: Decimal::ONE,
            })
            .collect();
        facts.set_lines(self.id, &lines);
    }

    /// Whether a deal can have gone this way: one that has ended is reopened before it ends again.
    fn is_possible(&self) -> bool {
        self.path.windows(2).all(|pair| pair.iter().any(|(stage, _)| *stage < 5))
    }

    fn worth(&self) -> i64 {
        self.amount.filter(|(_, base)| *base).map_or(0, |(minor, _)| minor)
    }
}

/// What the dashboard says with keys for codes, so that two tables of facts can be compared.
#[derive(Debug, PartialEq, Eq, Default)]
struct Answers {
    stages: BTreeMap<Uuid, (u64, i128)>,
    transitions: BTreeMap<(Option<Uuid>, Uuid), u64>,
    reached: BTreeMap<Uuid, u64>,
    owners: BTreeMap<Option<Uuid>, (u64, u64)>,
    regions: BTreeMap<String, (u64, u64)>,
    sources: BTreeMap<String, (u64, u64)>,
    products: BTreeMap<Option<Uuid>, (u64, u64)>,
    /// Count, sum, median and ninth decile in hundredths.
    cycle: (u64, u128, u64, u64),
    won: BTreeMap<NaiveDate, (u64, i128)>,
    forecast: BTreeMap<Option<NaiveDate>, (u64, i128)>,
    top: Vec<(Option<Uuid>, u64, i128)>,
    dwell: BTreeMap<Uuid, (u64, u128, u64)>,
    stale: BTreeMap<Uuid, (u64, i128)>,
    unpriced: u64,
}

fn keyed(facts: &Facts, found: &Dashboard) -> Answers {
    let stage = |code: u32| facts.stage(code).unwrap();
    let [owners, regions, sources, products] = &found.wins;
    let text = |of: fn(&Facts, u32) -> &str, wins: &[WinCount]| -> BTreeMap<String, (u64, u64)> {
        wins.iter().map(|win| (of(facts, win.code).to_owned(), (win.won, win.lost))).collect()
    };
    let id = |of: fn(&Facts, u32) -> Option<Uuid>, wins: &[WinCount]| -> BTreeMap<_, _> {
        wins.iter().map(|win| (of(facts, win.code), (win.won, win.lost))).collect()
    };
    Answers {
        stages: found.stages.iter().map(|t| (stage(t.place), (t.deals, t.minor))).collect(),
        transitions: found
            .transitions
            .iter()
            .map(|t| ((facts.stage(t.from), stage(t.to)), t.moves))
            .collect(),
        reached: found.reached.iter().map(|(code, deals)| (stage(*code), *deals)).collect(),
        owners: id(Facts::owner, owners),
        regions: text(Facts::region, regions),
        sources: text(Facts::source, sources),
        products: id(Facts::product, products),
        cycle: (found.cycle.count, found.cycle.sum, found.cycle.median, found.cycle.p90),
        won: found.won.iter().map(|t| (t.month.unwrap(), (t.deals, t.minor))).collect(),
        forecast: found.forecast.iter().map(|t| (t.month, (t.deals, t.minor))).collect(),
        top: found.top.iter().map(|t| (facts.owner(t.owner), t.deals, t.minor)).collect(),
        dwell: found.dwell.iter().map(|(c, s)| (stage(*c), (s.count, s.sum, s.p90))).collect(),
        stale: found.stale.iter().map(|t| (stage(t.place), (t.deals, t.minor))).collect(),
        unpriced: found.unpriced,
    }
}

/// The slow twin: the same questions asked of plain histories, one after the other, with nothing shared.
fn twin(deals: &[Plain], ask: &DashboardAsk) -> Answers {
    let past: Vec<Plain> = deals.iter().filter_map(|deal| back_to(deal, ask.as_of)).collect();
    let mut found = Answers::default();
    let (mut cycles, mut dwell) = (Vec::new(), BTreeMap::<Uuid, Vec<i64>>::new());
    let mut top: BTreeMap<Option<Uuid>, (u64, i128)> = BTreeMap::new();
    let id = |kind, code: u8| (code != 0).then(|| other(kind, code));
    for deal in &past {
        let (stage, since) = deal.stands();
        let worth = i128::from(deal.worth());
        add(&mut found.stages, stage_id(stage), worth);
        found.unpriced += u64::from(deal.amount.is_none_or(|(_, base)| !base));
        if deal.has_history {
            let reached: BTreeSet<u8> = deal.path.iter().map(|(stage, _)| *stage).collect();
            for stage in reached {
                *found.reached.entry(stage_id(stage)).or_default() += 1;
            }
            for step in deal.steps() {
                let from = (!step.from.is_nil()).then_some(step.from);
                *found.transitions.entry((from, step.to)).or_default() += 1;
            }
            for pair in deal.path.windows(2) {
                if let [(from, left), (_, at)] = pair
                    && *from < 5
                {
                    dwell.entry(stage_id(*from)).or_default().push((at - left) * 100);
                }
            }
        }
        let owner = id(0x1000, deal.owner);
        if stage >= 5 {
            let one = (u64::from(stage == 5), u64::from(stage == 6));
            let more = |of: &mut (u64, u64)| *of = (of.0 + one.0, of.1 + one.1);
            more(found.owners.entry(owner).or_default());
            more(found.regions.entry(text(deal.region)).or_default());
            more(found.sources.entry(text(deal.source)).or_default());
            let products: BTreeSet<Option<Uuid>> =
                deal.products.iter().map(|product| id(0x2000, *product)).collect();
            let products = if products.is_empty() { BTreeSet::from([None]) } else { products };
            products
                .into_iter()
                .for_each(|product| more(found.products.entry(product).or_default()));
        }
        if stage == 5 {
            cycles.push((since - deal.path[0].1) * 100);
            let day = ZONE.timestamp_opt(since, 0).unwrap().date_naive();
            add(&mut found.won, day.with_day(1).unwrap(), worth);
            add(&mut top, owner, worth);
        }
        if stage < 5 {
            let day = deal.expected.map(|day| {
                NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()
                    + chrono::Days::new(u64::from(day.unsigned_abs()))
            });
            let points = i128::from(deal.odds.unwrap_or_else(|| odds_of(stage)));
            add(&mut found.forecast, day.map(|day| day.with_day(1).unwrap()), worth * points);
            if since < ask.as_of - i64::from(ask.stale_days) * DAY {
                add(&mut found.stale, stage_id(stage), worth);
            }
        }
    }
    let percent = |values: &mut Vec<i64>, percent: usize| -> u64 {
        values.sort_unstable();
        let Some(last) = values.len().checked_sub(1) else { return 0 };
        let (rank, part) = (last * percent / 100, (last * percent % 100) as i64);
        let (low, high) = (values[rank], values[(rank + 1).min(last)]);
        (low + (high - low) / 100 * part).unsigned_abs()
    };
    found.cycle = (
        cycles.len() as u64,
        cycles.iter().map(|c| u128::from((*c / 100).unsigned_abs())).sum(),
        percent(&mut cycles, 50),
        percent(&mut cycles, 90),
    );
    for (stage, mut values) in dwell {
        let sum = values.iter().map(|value| u128::from((*value / 100).unsigned_abs())).sum();
        found.dwell.insert(stage, (values.len() as u64, sum, percent(&mut values, 90)));
    }
    let mut best: Vec<_> =
        top.into_iter().map(|(owner, (deals, minor))| (owner, deals, minor)).collect();
    best.sort_by_key(|(owner, _, minor)| (core::cmp::Reverse(*minor), owner.unwrap_or_default()));
    best.truncate(ask.top);
    found.top = best;
    found
}

fn add<K: Ord>(to: &mut BTreeMap<K, (u64, i128)>, key: K, worth: i128) {
    let of = to.entry(key).or_default();
    *of = (of.0 + 1, of.1 + worth);
}

/// A deal as it stood at a second; nothing before it was made. One without known moves was open until its last second.
fn back_to(deal: &Plain, at: i64) -> Option<Plain> {
    if deal.path[0].1 > at {
        return None;
    }
    let mut past = deal.clone();
    past.path.retain(|(_, made)| *made <= at);
    if !deal.has_history && past.path.len() < deal.path.len() {
        // Only that it was open is known, in the stage that its row names.
        let row = deal.path.iter().rev().map(|(stage, _)| *stage).find(|stage| *stage < 5).unwrap();
        past.path = vec![(row, deal.path[0].1)];
    }
    Some(past)
}

fn odds_of(stage: u8) -> u32 {
    1_000 + u32::from(stage) * 1_500
}

fn odds(facts: &Facts) -> impl Fn(u32) -> u32 + '_ {
    |code| {
        let stage = facts.stage(code).map_or(0, |id| u8::try_from(id.as_u128() & 0xFF).unwrap());
        odds_of(stage)
    }
}

fn deal() -> impl Strategy<Value = Plain> {
    let path = prop::collection::vec((0u8..7, 0i64..40 * DAY), 0..6);
    let who = (0u8..5, 0u8..4, 0u8..3, prop::collection::vec(1u8..5, 0..3));
    let money = prop_oneof![
        8 => (1i64..1_000_000).prop_map(|minor| Some((minor, true))),
        1 => (1i64..1_000_000).prop_map(|minor| Some((minor, false))),
        1 => Just(None),
        1 => Just(Some((i64::MAX / 2, true))),
    ];
    let rest =
        (money, prop::option::weighted(0.2, 0u32..=10_000), prop::option::of(19_000i32..21_000));
    (path, who, rest, prop::bool::weighted(0.9), 0i64..700 * DAY).prop_map(
        |(
            path,
            (owner, region, source, products),
            (amount, odds, expected),
            has_history,
            begin,
        )| {
            let mut at = BEGIN + begin;
            let mut stages = vec![(0, at)];
            for (stage, after) in path {
                if stages.last().is_some_and(|(last, _)| *last != stage) {
                    at += after;
                    stages.push((stage, at));
                }
            }
            let id = Uuid::nil();
            let path = stages;
            Plain { id, owner, region, source, products, path, amount, odds, expected, has_history }
        },
    )
}

fn histories() -> impl Strategy<Value = Vec<Plain>> {
    prop::collection::vec((deal(), any::<u32>()), 1..40).prop_map(|deals| {
        let numbered = (0_u128..).zip(deals).map(|(number, (deal, spread))| {
            let id = Uuid::from_u128((u128::from(spread) << 64) | (number + 1));
            Plain { id, ..deal }
        });
        numbered.collect()
    })
}

fn poured(deals: &[Plain]) -> Facts {
    let mut facts = Facts::new("CNY", 2);
    deals.iter().for_each(|deal| deal.all(&mut facts));
    facts
}

fn asked() -> DashboardAsk {
    DashboardAsk { top: 3, threads: 2, ..DashboardAsk::new(ZONE, BEGIN + 1000 * DAY) }
}

fn anew(facts: &Facts, ask: &DashboardAsk) -> Answers {
    keyed(facts, &facts.counted_anew(ask, &odds(facts)))
}

/// The answers to some of the questions.
fn only(all: &Dashboard, asked: Questions) -> Dashboard {
    let empty = || Dashboard { unpriced: all.unpriced, ..Dashboard::default() };
    Question::ALL.iter().filter(|one| asked.has(**one)).fold(empty(), |told, one| match one {
        Question::Stages => Dashboard { stages: all.stages.clone(), ..told },
        Question::Transitions => Dashboard { transitions: all.transitions.clone(), ..told },
        Question::Reached => Dashboard { reached: all.reached.clone(), ..told },
        Question::WinRates => Dashboard { wins: all.wins.clone(), ..told },
        Question::Cycle => Dashboard { cycle: all.cycle, ..told },
        Question::Won => Dashboard { won: all.won.clone(), ..told },
        Question::Forecast => Dashboard { forecast: all.forecast.clone(), ..told },
        Question::Top => Dashboard { top: all.top.clone(), ..told },
        Question::Dwell => Dashboard { dwell: all.dwell.clone(), ..told },
        Question::Stale => Dashboard { stale: all.stale.clone(), ..told },
    })
}

/// Whether some questions are answered as they are among all, from the columns and from kept counters.
fn answers_alone(facts: &Facts, ask: &DashboardAsk, questions: Questions) {
    let odds = odds(facts);
    let wanted = only(&facts.counted_anew(ask, &odds), questions);
    let ask = DashboardAsk { questions, ..*ask };
    assert_eq!(facts.counted_anew(&ask, &odds), wanted, "{questions:?}");
    if let Some(board) = &facts.board {
        assert_eq!(board.dashboard(facts, &ask, &odds), wanted, "{questions:?}");
    }
}

fn byte(number: u128) -> u8 {
    u8::try_from(number).unwrap()
}

struct Nameless;

impl Keys for Nameless {
    fn user(&self, id: Uuid) -> (&str, &str, &str) {
        if id.is_nil() { ("", "", "") } else { ("u", "t", "U") }
    }
    fn industry(&self, _customer: Uuid) -> &str {
        ""
    }
    fn stage(&self, id: Uuid) -> (&str, &str) {
        let at = usize::try_from(id.as_u128().saturating_sub(0x5000)).unwrap();
        STAGES.get(at).copied().unwrap_or_default()
    }
    fn order(&self, stage: Uuid) -> u32 {
        u32::try_from(stage.as_u128().saturating_sub(0x5000)).unwrap()
    }
    fn product(&self, _id: Uuid) -> (&str, &str, &str) {
        ("p", "c", "P")
    }
    fn source(&self, code: &str) -> crate::export::document::Label {
        crate::export::document::Label::same(code)
    }
}

const STAGES: [(&str, &str); 7] =
    [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E"), ("won", "Won"), ("lost", "Lost")];

/// As many histories as a proof has; few by default.
fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(crate::analytics::laws::proof(64))
}

proptest! {
    #![proptest_config(cases())]

    /// FT-3: one pass over the columns says what the plain histories say, whatever the order of rows and the threads.
    #[test]
    fn the_pass_equals_its_slow_twin(deals in histories(), turn in 0usize..40, threads in 1usize..5) {
        let ask = DashboardAsk { threads, ..asked() };
        let expected = twin(&deals, &ask);
        prop_assert_eq!(&anew(&poured(&deals), &ask), &expected);
        prop_assert_eq!(unexplained(&expected, deals.len()), None);
        let mut shuffled = deals.clone();
        shuffled.rotate_left(turn % deals.len());
        shuffled.reverse();
        prop_assert_eq!(&anew(&poured(&shuffled), &ask), &expected);
    }

    /// FT-3: counters that were kept through any changes say what a pass says.
    #[test]
    fn kept_counters_equal_a_pass_after_every_change(
        deals in histories(),
        later in prop::collection::vec((any::<prop::sample::Index>(), deal(), 0u8..4), 1..30),
    ) {
        let mut facts = Facts::new("CNY", 2);
        facts.keep_dashboard(ZONE);
        let mut now: BTreeMap<Uuid, Plain> = BTreeMap::new();
        for deal in &deals {
            deal.all(&mut facts);
            now.insert(deal.id, deal.clone());
        }
        for (which, new, how) in later {
            let id = deals[which.index(deals.len())].id;
            match how {
                0 => {
                    facts.remove(id);
                    now.remove(&id);
                }
                1 if now.get(&id).is_some_and(|deal| deal.has_history) => {
                    let deal = now.get_mut(&id).unwrap();
                    let (stage, at) = deal.stands();
                    deal.path.push(((stage + 1) % 7, at + DAY));
                    deal.put(&mut facts);
                    let steps = deal.steps();
                    let last = u32::try_from(steps.len() - 1).unwrap();
                    prop_assert!(facts.add_move(id, last, steps[steps.len() - 1]));
                    prop_assert!(!facts.add_move(id, last + 7, steps[steps.len() - 1]));
                }
                _ => {
                    let deal = Plain { id, ..new };
                    deal.all(&mut facts);
                    now.insert(id, deal);
                }
            }
            let ask = asked();
            let kept = facts.board.as_ref().unwrap().dashboard(&facts, &ask, &odds(&facts));
            prop_assert_eq!(&keyed(&facts, &kept), &anew(&facts, &ask));
        }
        let left: Vec<Plain> = now.into_values().collect();
        prop_assert_eq!(&anew(&facts, &asked()), &twin(&left, &asked()));
        prop_assert_eq!(facts.len(), left.len());
        // The reports over deals, too: those of facts that went through all of it are those of facts that are read anew.
        prop_assert_eq!(reports_at(&facts, END), reports_at(&poured(&left), END));
    }

    /// FT-5: what is asked is answered as if all were asked, and nothing else is.
    #[test]
    fn a_part_of_the_questions_is_answered_as_all_are(
        deals in histories(),
        asked in prop::collection::vec(prop::sample::select(Question::ALL), 0..10),
        threads in 1usize..4,
    ) {
        let mut facts = poured(&deals);
        facts.keep_dashboard(ZONE);
        let ask = DashboardAsk { threads, ..super::tests::asked() };
        answers_alone(&facts, &ask, asked.into_iter().collect());
        Question::ALL.iter().for_each(|one| answers_alone(&facts, &ask, Questions::of(*one)));
    }

    /// OUT-3: some of the deals count what they would count if there were no others, now and in the past.
    #[test]
    fn some_deals_count_as_if_there_were_no_others(
        deals in histories(),
        keep in prop::collection::vec(any::<bool>(), 40),
        day in 0i64..2000,
    ) {
        let facts = poured(&deals);
        let some: Vec<Plain> =
            deals.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(deal, _)| deal.clone()).collect();
        let ids: Vec<Uuid> = some.iter().map(|deal| deal.id).chain([Uuid::max()]).collect();
        let ask = DashboardAsk { as_of: BEGIN + day * DAY, ..asked() };
        let among = facts.among(&ids);
        prop_assert_eq!(anew(&among, &ask), twin(&some, &ask));
        prop_assert_eq!(among.len(), some.len());
        // What they were taken from is as it was.
        prop_assert_eq!(anew(&facts, &ask), twin(&deals, &ask));
    }

    /// FT-2: as of an instant, deals stand as they stood then, and what came later is not seen.
    #[test]
    fn the_past_is_that_of_its_day(deals in histories(), day in 0i64..1000) {
        let ask = DashboardAsk { as_of: BEGIN + day * DAY, ..asked() };
        prop_assert_eq!(anew(&poured(&deals), &ask), twin(&deals, &ask));
    }
}

#[test]
fn codes_wider_than_a_byte_count_the_same() {
    let mut facts = Facts::new("CNY", 2);
    let mut deals = Vec::new();
    for number in 0..700_u128 {
        let stage = byte(number % 7);
        let mut path = vec![(0, BEGIN)];
        if stage > 0 {
            path.push((stage, BEGIN + 5 * DAY + i64::try_from(number).unwrap()));
        }
        let deal = Plain {
            id: Uuid::from_u128(number + 1),
            owner: byte(number % 200),
            region: byte(number % 100),
            source: 1,
            products: vec![byte(number % 50) + 1, byte(number % 49) + 1],
            path,
            amount: Some((1000 + i64::try_from(number).unwrap(), true)),
            odds: None,
            expected: Some(20_000),
            has_history: true,
        };
        deal.all(&mut facts);
        deals.push(deal);
    }
    // More sets of products than a byte has codes.
    assert!(facts.rows.products.width() > 1, "{}", facts.books.product_sets.len());
    facts.keep_dashboard(ZONE);
    let ask = asked();
    let expected = twin(&deals, &ask);
    assert_eq!(anew(&facts, &ask), expected);
    assert_eq!(keyed(&facts, &facts.dashboard(&ask, &odds(&facts))), expected);
    Question::ALL.iter().for_each(|one| answers_alone(&facts, &ask, Questions::of(*one)));
}

/// Deals that are gone again have taken the codes of a byte: of one column after the other, then of all.
#[test]
fn each_column_counts_the_same_whatever_its_codes_are() {
    let deals: Vec<Plain> = (0..60).map(of_every_kind).collect();
    for column in 0..=6_u128 {
        let mut facts = Facts::new("CNY", 2);
        for number in 0..300_u128 {
            let own = |of: u128| if column == of || column == 6 { number } else { 0 };
            let (source, region) = (format!("s{}", own(1)), format!("r{}", own(2)));
            let id = Uuid::from_u128(0xFFFF_0000 + number);
            let stage = Uuid::from_u128(0x9000 + own(3));
            facts.put(&FactDeal {
                id,
                owner: Uuid::from_u128(0x9000 + own(0)),
                customer: Uuid::nil(),
                pipeline: Uuid::nil(),
                stage,
                outcome: Outcome::Open,
                end: Uuid::nil(),
                source: &source,
                region: &region,
                reason: "",
                competitor: "",
                amount: Some((i64::MAX, "CNY")),
                odds: Some(7),
                created_at: BEGIN,
                since: BEGIN,
                expected_day: None,
                has_history: true,
            });
            let step = |to: u128| FactMove {
                kind: MoveKind::Created,
                from: Uuid::nil(),
                to: Uuid::from_u128(0x9000 + to),
                at: BEGIN,
            };
            facts.set_moves(id, &[step(own(4)), step(own(4) % 17 + 1)]);
            let product = Uuid::from_u128(0x9000 + own(5));
            facts.set_lines(id, &[FactLine { product, rounded_minor: 1, exact: Decimal::ONE }]);
            facts.remove(id);
        }
        facts.keep_dashboard(ZONE);
        deals.iter().for_each(|deal| deal.all(&mut facts));
        let rows = &facts.rows;
        let columns =
            [&rows.owner, &rows.source, &rows.region, &rows.place, &rows.reached, &rows.products];
        for (of, wide) in (0..).zip(columns) {
            // Stages that moves led to have taken codes of places, too.
            let is_wide = column == of || column == 6 || (column, of) == (4, 3);
            assert_eq!(wide.width() > 1, is_wide, "column {column}, width of {of}");
        }
        let ask = asked();
        let expected = twin(&deals, &ask);
        for threads in [1, 2] {
            let ask = DashboardAsk { threads, ..ask };
            assert_eq!(anew(&facts, &ask), expected, "column {column}");
            Question::ALL.iter().for_each(|one| answers_alone(&facts, &ask, Questions::of(*one)));
            answers_alone(&facts, &ask, Questions::DEALS);
            answers_alone(&facts, &ask, Questions::MOVES);
        }
        assert_eq!(keyed(&facts, &facts.dashboard(&ask, &odds(&facts))), expected);
    }
}

/// Open, won and lost, priced and not, with odds of its own and without.
fn of_every_kind(number: u128) -> Plain {
    let stage = byte(number % 7);
    let end = BEGIN + i64::try_from(number).unwrap() * 3 * DAY;
    let path = if stage == 0 { vec![(0, BEGIN)] } else { vec![(0, BEGIN), (stage, end)] };
    Plain {
        id: Uuid::from_u128(number + 1),
        owner: byte(number % 5),
        region: byte(number % 4),
        source: byte(number % 3),
        products: vec![byte(number % 4) + 1],
        path,
        amount: if number.is_multiple_of(11) {
            None
        } else {
            Some((1000, !number.is_multiple_of(13)))
        },
        odds: (number.is_multiple_of(6)).then_some(5_000),
        expected: Some(20_000),
        has_history: true,
    }
}

/// A deal like any other that went through these stages, each on a day counted from the first.
fn went_by_day(number: u128, path: &[(u8, i64)]) -> Plain {
    Plain {
        id: Uuid::from_u128(number),
        owner: 1,
        region: 1,
        source: 1,
        products: vec![1],
        path: path.iter().map(|(stage, day)| (*stage, BEGIN + day * DAY)).collect(),
        amount: Some((1_000, true)),
        odds: None,
        expected: None,
        has_history: true,
    }
}

/// FT-3: each of these breaks what the counters mean; if one went unseen, the comparison above would prove nothing.
#[test]
fn a_mutant_is_seen() {
    let mut facts =
        poured(&[went_by_day(1, &[(0, 0), (1, 9), (5, 20)]), went_by_day(2, &[(0, 0)])]);
    facts.keep_dashboard(ZONE);
    let ask = asked();
    let same = |facts: &Facts| {
        let kept = facts.board.as_ref().unwrap().dashboard(facts, &ask, &odds(facts));
        keyed(facts, &kept) == anew(facts, &ask)
    };
    assert!(same(&facts));
    let reports = reports_at(&facts, END);
    let mutants: [(&str, fn(&mut Facts), bool); 4] = [
        (
            "a deal counted twice",
            |facts| {
                let mut board = facts.board.take().unwrap();
                board.count(facts, 0, Part::Both, true);
                facts.board = Some(board);
            },
            false,
        ),
        (
            "a deal taken away that is there",
            |facts| {
                let mut board = facts.board.take().unwrap();
                board.count(facts, 1, Part::Both, false);
                facts.board = Some(board);
            },
            false,
        ),
        ("a column changed behind the counters", |facts| facts.rows.amount[0] += 1, true),
        ("a move changed behind the counters", |facts| facts.moves.at[1] += 86_400, true),
    ];
    for (what, break_it, is_of_reports) in mutants {
        let mut broken = facts.clone();
        break_it(&mut broken);
        assert!(!same(&broken), "{what} is not seen");
        // Reports count from the columns, not from the counters.
        assert_eq!(reports_at(&broken, END) != reports, is_of_reports, "{what}, in the reports");
    }
}

/// FT-3: a process that is changed so that a stage in which deals stood, and through which they went, is an end.
#[test]
fn a_stage_that_becomes_an_end_is_counted_anew() {
    let plain = |number: u128, path: &[(u8, i64)]| Plain {
        odds: Some(5_000),
        expected: Some(20_000),
        ..went_by_day(number, path)
    };
    let went = [
        plain(1, &[(0, 0), (2, 3)]),
        plain(2, &[(0, 0), (2, 5), (3, 9)]),
        plain(3, &[(0, 1), (2, 2), (5, 7)]),
    ];
    let mut facts = poured(&went);
    facts.keep_dashboard(ZONE);
    let agree = |facts: &Facts, when: &str| {
        let ask = asked();
        let kept = facts.board.as_ref().unwrap().dashboard(facts, &ask, &odds(facts));
        assert_eq!(keyed(facts, &kept), anew(facts, &ask), "{when}");
    };
    agree(&facts, "before");
    // From now on who comes to stage 2 has won.
    let (id, at) = (Uuid::from_u128(4), BEGIN + 12 * DAY);
    plain(4, &[(0, 1)]).all(&mut facts);
    let won = FactMove { kind: MoveKind::Won, from: stage_id(0), to: stage_id(2), at };
    assert!(facts.add_move(id, 1, won));
    agree(&facts, "a move that wins there");
    let deal = FactDeal {
        id,
        owner: other(0x1000, 1),
        customer: Uuid::from_u128(7),
        pipeline: Uuid::from_u128(8),
        stage: stage_id(0),
        outcome: Outcome::Won,
        end: stage_id(2),
        source: "v1",
        region: "v1",
        reason: "",
        competitor: "",
        amount: Some((700, "CNY")),
        odds: None,
        created_at: BEGIN + DAY,
        since: at,
        expected_day: None,
        has_history: true,
    };
    facts.put(&deal);
    agree(&facts, "a deal that was won there");
    facts.remove(Uuid::from_u128(1));
    agree(&facts, "a deal that stood there is removed");
    went[1].all(&mut facts);
    agree(&facts, "a deal that went through it is written again");
}

#[test]
fn instants_that_do_not_fit_are_taken_as_the_nearest_that_do() {
    let table = [(-5, 0), (0, 0), (7, 7), (i64::from(u32::MAX), u32::MAX), (i64::MAX, u32::MAX)];
    for (given, expected) in table {
        assert_eq!(second(given), expected);
    }
}

#[test]
fn a_row_is_small() {
    let mut facts = Facts::new("CNY", 2);
    for number in 0..2000_u128 {
        let deal = Plain {
            id: Uuid::from_u128(number + 1),
            owner: byte(number % 200),
            region: byte(number % 30),
            source: byte(number % 12),
            products: Vec::new(),
            path: vec![(0, BEGIN), (1, BEGIN + DAY)],
            amount: Some((100, true)),
            odds: None,
            expected: Some(20_000),
            has_history: true,
        };
        deal.all(&mut facts);
    }
    let (deals, moves) = facts.bytes();
    assert!(deals <= 64 * facts.len(), "{} bytes a deal", deals / facts.len());
    assert!(moves <= 12 * facts.moves(), "{} bytes a move", moves / facts.moves());
}
