//! The laws of matching, and what others computed.
#![expect(clippy::float_arithmetic, reason = "probabilities are real numbers")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use rapidfuzz::distance::{jaro, jaro_winkler, levenshtein, osa};
use serde_json::Value;

use super::fields::{FIELDS, LEVELS, MISSING};
use super::model::{Group, Learning, Model, probability};
use super::{Index, LIKELY, Matcher, Pair, Party, Profile};

/// A file of vectors that others computed; `CRM_SHARED` says where they lie.
#[expect(clippy::disallowed_methods, reason = "a test may read its vectors")]
fn vectors(name: &str) -> Option<Value> {
    let required = std::env::var("CRM_REQUIRE").is_ok_and(|what| what == "all");
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let beside = beside.ancestors().skip(1).take(3).map(|folder| folder.join("shared"));
    let named = std::env::var_os("CRM_SHARED").map(PathBuf::from);
    let mut places = named.into_iter().chain(beside).map(|at| at.join("vectors").join(name));
    let found = places.find(|path| path.exists());
    assert!(found.is_some() || !required, "there is no {name}, and CRM_REQUIRE=all");
    if found.is_none() {
        println!("skipped: there is no shared/vectors/{name}");
    }
    Some(serde_json::from_str(&std::fs::read_to_string(found?).unwrap()).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// A model of fields that agree (level 0) or not (level 1).
fn two_levels(prior: f64, m: &[f64], u: &[f64]) -> Model {
    let zero = [[0.0; LEVELS]; FIELDS];
    let most = [0.0; FIELDS];
    let shared = [false; FIELDS];
    let mut model = Model { prior, m: zero, u: zero, odds: 0.0, weights: zero, most, shared };
    for (at, (m, u)) in m.iter().zip(u).enumerate() {
        (model.m[at][0], model.m[at][1]) = (*m, 1.0 - m);
        (model.u[at][0], model.u[at][1]) = (*u, 1.0 - u);
    }
    model.weigh();
    model
}

fn pattern(agrees: impl Iterator<Item = bool>) -> [u8; FIELDS] {
    let mut levels = [MISSING; FIELDS];
    levels.iter_mut().zip(agrees).for_each(|(level, agrees)| *level = u8::from(!agrees));
    levels
}

#[test]
fn weights_and_probabilities_are_those_of_the_paper() {
    let Some(vectors) = vectors("fellegi_sunter.json") else { return };
    let known = &vectors["known_parameters"];
    let (m, u) = (numbers(&known["m_agree"]), numbers(&known["u_agree"]));
    let model = two_levels(known["prior"].as_f64().unwrap(), &m, &u);
    for row in known["patterns"].as_array().unwrap() {
        let levels = pattern(numbers(&row["pattern"]).into_iter().map(|agrees| agrees > 0.5));
        let odds = model.odds(&levels, 0.0);
        let weight = odds - model.prior_odds();
        assert!((weight - row["weight_log2"].as_f64().unwrap()).abs() < 1e-12, "{row}");
        assert!((probability(odds) - row["probability"].as_f64().unwrap()).abs() < 1e-12, "{row}");
    }
    for row in vectors["classic"]["derived"].as_array().unwrap() {
        let number = |name: &str| row[name].as_f64().unwrap();
        let model = two_levels(0.5, &[number("m")], &[number("u")]);
        assert!((model.weight(0, 0) - number("agree")).abs() < 1e-12, "{row}");
        assert!((model.weight(0, 1) - number("disagree")).abs() < 1e-12, "{row}");
        assert!(model.weight(0, MISSING).abs() < f64::EPSILON, "what is unsaid weighs nothing");
    }
    let single = &vectors["single_pair"];
    let factors = single["factors"].as_object().unwrap().values();
    let bits: f64 = factors.map(|factor| factor.as_f64().unwrap().log2()).sum();
    let prior = single["prior_bayes_factor"].as_f64().unwrap();
    let model = two_levels(prior / (1.0 + prior), &[], &[]);
    let odds = model.odds(&[MISSING; FIELDS], bits);
    assert!((odds - single["match_weight"].as_f64().unwrap()).abs() < 1e-12);
    assert!((probability(odds) - single["match_probability"].as_f64().unwrap()).abs() < 1e-12);
}

#[test]
fn learning_finds_the_known_optimum_from_afar() {
    let Some(vectors) = vectors("fellegi_sunter.json") else { return };
    let known = &vectors["known_parameters"];
    let groups: Vec<Group> = known["patterns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| Group {
            levels: pattern(numbers(&row["pattern"]).into_iter().map(|agrees| agrees > 0.5)),
            rarity: 0.0,
            count: row["matches"].as_f64().unwrap() + row["non_matches"].as_f64().unwrap(),
        })
        .collect();
    let total = groups.iter().map(|group| group.count).sum();
    let mut model = two_levels(0.3, &[0.8; 3], &[0.3; 3]);
    let how = Learning { total, belief: 0.0, rounds: 50_000, still: 0.0, both: true };
    model.learn(&groups, how);
    let optimum = &known["em_optimum_derived"];
    assert!((model.prior - optimum["prior"].as_f64().unwrap()).abs() < 1e-12, "{}", model.prior);
    let (m, u) = (numbers(&optimum["m"]), numbers(&optimum["u"]));
    for at in 0..3 {
        assert!((model.m[at][0] - m[at]).abs() < 1e-12, "m {at}: {}", model.m[at][0]);
        assert!((model.u[at][0] - u[at]).abs() < 1e-12, "u {at}: {}", model.u[at][0]);
    }
}

#[test]
fn distances_are_those_of_winkler_and_of_a_second_library() {
    let Some(vectors) = vectors("string_similarity.json") else { return };
    let rows = vectors["jaro"].as_array().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let (a, b) = (row["a"].as_str().unwrap(), row["b"].as_str().unwrap());
        let own = jaro::similarity(a.chars(), b.chars());
        let winkler = jaro_winkler::similarity(a.chars(), b.chars());
        assert!((own - row["jaro"].as_f64().unwrap()).abs() < 1e-6, "{row}");
        assert!((winkler - row["jaro_winkler"].as_f64().unwrap()).abs() < 1e-6, "{row}");
        assert!((own - strsim::jaro(a, b)).abs() < 1e-12, "{row}");
        let edits = osa::distance(a.chars(), b.chars());
        assert_eq!(edits, strsim::osa_distance(a, b), "{row}");
        assert!(levenshtein::distance(a.chars(), b.chars()) >= edits, "{row}");
    }
    let soundex = [
        ("robert", "R163"),
        ("rupert", "R163"),
        ("rubin", "R150"),
        ("ashcraft", "A261"),
        ("tymczak", "T522"),
        ("pfister", "P236"),
        ("honeyman", "H555"),
    ];
    for (name, code) in soundex {
        assert_eq!(super::normalize::soundex(name), code, "{name}");
    }
}

/// Numbers that look like chance and are the same on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % most
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const GIVEN: &[&str] = &[
    "anna", "peter", "maria", "john", "lucy", "oliver", "grace", "henry", "paula", "simon",
    "victor", "sophie", "martin", "clara", "edgar", "fiona", "george", "helena", "ivan", "judith",
];
const FAMILY: &[&str] = &[
    "smith",
    "baker",
    "miller",
    "novak",
    "garcia",
    "rossi",
    "larsen",
    "dubois",
    "schneider",
    "kowalski",
    "fischer",
    "moreau",
    "jensen",
    "weber",
    "castillo",
    "hoffmann",
    "petrov",
    "lindqvist",
];
const ROADS: &[&str] = &["hill road", "station street", "church lane", "mill close", "park avenue"];

/// People, one in three of them a second time with a slip, and who each is.
pub(super) fn people(count: usize, seed: u64) -> (Vec<Profile>, Vec<usize>) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut profiles, mut who) = (Vec::new(), Vec::new());
    for at in 0..count {
        let (given, family) = (dice.pick(GIVEN), dice.pick(FAMILY));
        let one = Profile {
            name: format!("{given} {family}"),
            birthday: format!(
                "19{:02}-{:02}-{:02}",
                dice.below(90),
                1 + dice.below(12),
                1 + dice.below(28)
            ),
            street: format!("{} {}", 1 + dice.below(200), dice.pick(ROADS)),
            postal_code: format!("{:05}", dice.below(100_000)),
            emails: vec![format!(
                "{given}.{family}{}@example{}.com",
                dice.below(100),
                dice.below(9)
            )],
            ..Profile::default()
        };
        if dice.below(3) == 0 {
            let mut two = one.clone();
            match dice.below(4) {
                0 => two.name = format!("{family}, {given}"),
                1 => two.emails.clear(),
                2 => two.name.insert(2, 'x'),
                _ => two.birthday.clear(),
            }
            profiles.push(two);
            who.push(at);
        }
        profiles.push(one);
        who.push(at);
    }
    (profiles, who)
}

fn learned(profiles: &[Profile]) -> Matcher {
    Matcher::learn(Party::Person, profiles, &[], &BTreeSet::new())
}

/// Precision and recall of pairs.
pub(super) fn quality(pairs: &[Pair], who: &[usize]) -> (f64, f64) {
    let right = pairs.iter().filter(|pair| who[pair.left] == who[pair.right]).count() as f64;
    let mut sorted = who.to_vec();
    sorted.sort_unstable();
    let all: usize = sorted.chunk_by(|a, b| a == b).map(|g| g.len() * (g.len() - 1) / 2).sum();
    (right / pairs.len() as f64, right / all as f64)
}

#[test]
fn most_slips_are_found_and_next_to_nobody_is_confused() {
    let (profiles, who) = people(600, 7);
    let found = learned(&profiles).matches();
    let (precision, recall) = quality(&found.pairs, &who);
    assert!(precision >= 0.99 && recall >= 0.97, "precision {precision}, recall {recall}");
    assert!(found.pairs.iter().all(|pair| pair.probability >= LIKELY && pair.left < pair.right));
}

#[test]
fn the_parts_of_an_explanation_add_up() {
    let (profiles, _) = people(200, 3);
    let matcher = learned(&profiles);
    let found = matcher.matches();
    assert!(found.pairs.len() > 20);
    for pair in &found.pairs {
        let told = matcher.explain(pair.left, pair.right);
        let sum: i32 = told.fields.iter().map(|part| part.centibits).sum();
        assert_eq!(told.prior + sum + told.roof, told.odds);
        assert_eq!(told, matcher.explain(pair.right, pair.left), "whichever comes first");
        assert!(told.probability.abs_diff(pair.probability) <= 400 || told.probability < LIKELY);
    }
}

#[test]
fn whom_somebody_told_apart_stays_apart() {
    let (profiles, _) = people(200, 3);
    let all = learned(&profiles).matches().pairs;
    let apart: BTreeSet<(usize, usize)> =
        all.iter().map(|pair| (pair.left, pair.right)).take(5).collect();
    let matcher = Matcher::learn(Party::Person, &profiles, &[], &apart);
    let left = matcher.matches().pairs;
    assert!(left.iter().all(|pair| !apart.contains(&(pair.left, pair.right))));
    assert!(left.len() + 5 >= all.len() && left.len() < all.len());
}

#[test]
fn hostile_records_do_not_make_a_square_of_pairs() {
    // Everybody has the same name, street and city, and a number of their own.
    let profiles: Vec<Profile> = (0..3_000)
        .map(|at| Profile {
            name: "wang wei".into(),
            street: "1 main street".into(),
            city: "springfield".into(),
            phones: vec![format!("{:011}", 13_000_000_000_u64 + at * 7919)],
            ..Profile::default()
        })
        .collect();
    let found = learned(&profiles).matches();
    assert!(found.compared <= 3_000 * 64, "{} pairs compared", found.compared);
}

/// Which records are together, whatever their places: as names.
fn together(pairs: &[Pair], name: impl Fn(usize) -> String) -> BTreeSet<(String, String, u16)> {
    pairs
        .iter()
        .map(|pair| {
            let (a, b) = (name(pair.left), name(pair.right));
            (a.clone().min(b.clone()), a.max(b), pair.probability)
        })
        .collect()
}

#[test]
fn the_order_of_records_changes_nothing() {
    let (profiles, _) = people(300, 11);
    let first = learned(&profiles);
    let mut order: Vec<usize> = (0..profiles.len()).collect();
    let mut dice = Dice(99);
    for at in (1..order.len()).rev() {
        order.swap(at, dice.below(at + 1));
    }
    // A caller sorts by a key of its own, as the operation does by id: then the order is the same again.
    let mut shuffled: Vec<(usize, Profile)> =
        order.iter().map(|at| (*at, profiles[*at].clone())).collect();
    shuffled.sort_by_key(|(key, _)| *key);
    let again: Vec<Profile> = shuffled.into_iter().map(|(_, profile)| profile).collect();
    assert_eq!(learned(&again).matches().pairs, first.matches().pairs);
    // One model, records in any order: the same pairs.
    let name = |at: usize| at.to_string();
    let straight = Index::over(first.clone(), &profiles);
    let expected = together(&straight.pairs(|at| u32::try_from(at).unwrap()), name);
    let mixed: Vec<Profile> = order.iter().map(|at| profiles[*at].clone()).collect();
    let mixed = Index::over(first, &mixed);
    let found = mixed.pairs(|at| u32::try_from(order[at]).unwrap());
    assert_eq!(together(&found, name), expected);
    assert!(expected.len() > 60);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]

    /// Any part at once and the rest one by one, in any order, is a batch.
    #[test]
    fn one_by_one_is_a_batch(seed in 1_u64..1_000_000, at_once in 0_usize..80) {
        let (profiles, _) = people(80, seed);
        let model = learned(&profiles);
        let rank = |at: usize| u32::try_from(at).unwrap();
        let batch = Index::over(model.clone(), &profiles);
        let mut dice = Dice(seed | 1);
        let mut order: Vec<usize> = (0..profiles.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
        let at_once = at_once.min(profiles.len());
        let begin: Vec<Profile> = order[..at_once].iter().map(|at| profiles[*at].clone()).collect();
        let mut index = Index::over(model, &begin);
        for at in &order[at_once..] {
            let asked = index.alike(&profiles[*at]);
            proptest::prop_assert_eq!(index.add(&profiles[*at]), asked);
        }
        proptest::prop_assert_eq!(index.len(), profiles.len());
        proptest::prop_assert_eq!(index.pairs(|at| rank(order[at])), batch.pairs(rank));
    }
}

#[test]
fn a_new_record_is_told_whom_it_is_like() {
    let (profiles, _) = people(400, 5);
    let mut index = Index::over(learned(&profiles), &profiles);
    let one = profiles[17].clone();
    let again = Profile { name: one.name.to_uppercase(), ..one };
    let alike = index.alike(&again);
    assert!(alike.iter().any(|alike| alike.place == 17), "{alike:?}");
    let stranger = Profile { name: "Zebulon Quark".into(), ..Profile::default() };
    assert_eq!(index.add(&stranger), []);
    assert_eq!(index.len(), profiles.len() + 1);
}

#[test]
fn a_chain_of_strangers_is_no_group() {
    use super::cluster::{Edge, groups};
    let edge = |left, right, odds| Edge { left, right, odds };
    let table: [(&str, &[Edge], usize); 5] = [
        ("a strong pair is one", &[edge(0, 1, 9.0)], 1),
        ("a weak pair is none", &[edge(0, 1, 1.0)], 0),
        ("a third joins by one strong link", &[edge(0, 1, 9.0), edge(1, 2, 8.0)], 3),
        (
            "two groups of four with one link between them stay two",
            &[
                edge(0, 1, 9.0),
                edge(0, 2, 9.0),
                edge(0, 3, 9.0),
                edge(1, 2, 9.0),
                edge(1, 3, 9.0),
                edge(2, 3, 9.0),
                edge(4, 5, 9.0),
                edge(4, 6, 9.0),
                edge(4, 7, 9.0),
                edge(5, 6, 9.0),
                edge(5, 7, 9.0),
                edge(6, 7, 9.0),
                edge(3, 4, 8.0),
            ],
            12,
        ),
        (
            "two groups of which most pairs are likely are one",
            &[edge(0, 1, 9.0), edge(2, 3, 9.0), edge(0, 2, 8.0), edge(1, 3, 2.0)],
            6,
        ),
    ];
    for (rule, edges, pairs) in table {
        let found = groups(edges, &BTreeSet::new(), super::matcher::odds_of(LIKELY));
        assert_eq!(found.len(), pairs, "{rule}: {found:?}");
    }
    // The odds of a pair are those of the weakest link of its strongest chain.
    let found = groups(&[edge(0, 1, 9.0), edge(1, 2, 8.0)], &BTreeSet::new(), 4.0);
    assert_eq!(found, [edge(0, 1, 9.0), edge(0, 2, 8.0), edge(1, 2, 8.0)]);
    let apart = BTreeSet::from([(0, 2)]);
    assert_eq!(groups(&[edge(0, 1, 9.0), edge(1, 2, 8.0)], &apart, 4.0), [edge(0, 1, 9.0)]);
}
