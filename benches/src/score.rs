//! Scoring leads: learning from a million closed ones, and scoring as many with reasons.
//!
//! Each lead has eight features of 12, 30, 50, 20, 60, 8, 5 and 4 levels, the low ones more often; its true log-odds are
//! a sum of one weight per level. By hand means the least that any program must do: counts by class in one pass, and
//! eight table look-ups with a logistic function (the standard library's), without reasons. Sums are compared. CPU time
//! of one thread counts, since the machine may be shared.

use crm_core::scoring::learn::{Method, fit_codes, kernel};
use crm_core::scoring::{Explained, Learned};
use serde_json::{Value, json};

use crate::data::Random;
use crate::measure::{Cost, Series, load, ms, rounded};
use crate::{Failure, Findings, Line, Options};

/// Levels of each feature.
const LEVELS: [usize; 8] = [12, 30, 50, 20, 60, 8, 5, 4];

/// Leads with what became of them.
struct Leads {
    columns: Vec<Vec<u8>>,
    outcomes: Vec<u8>,
    /// The log-loss of whoever knows the true odds.
    oracle: f64,
}

fn unit(random: &mut Random) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

fn normal(random: &mut Random) -> f64 {
    let (radius, turn) = (unit(random).max(1e-300), unit(random));
    (-2.0 * radius.ln()).sqrt() * (core::f64::consts::TAU * turn).cos()
}

impl Leads {
    fn new(rows: usize, seed: u64) -> Self {
        let random = &mut Random::new(seed);
        let level =
            |random: &mut Random, levels: usize| (unit(random).powi(2) * levels as f64) as u8;
        let columns: Vec<Vec<u8>> =
            LEVELS.iter().map(|n| (0..rows).map(|_| level(random, *n)).collect()).collect();
        let weights: Vec<Vec<f64>> =
            LEVELS.iter().map(|n| (0..*n).map(|_| 0.5 * normal(random)).collect()).collect();
        let mut oracle = 0.0;
        let mut outcomes = Vec::with_capacity(rows);
        for row in 0..rows {
            let sum: f64 =
                columns.iter().zip(&weights).map(|(codes, own)| own[codes[row] as usize]).sum();
            let p = 1.0 / (1.0 + (1.2 - sum).exp());
            let good = unit(random) < p;
            oracle -= if good { p.ln() } else { (1.0 - p).ln() };
            outcomes.push(u8::from(good));
        }
        Self { columns, outcomes, oracle: oracle / rows as f64 }
    }

    fn columns(&self) -> Vec<&[u8]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }

    /// The log-loss of scores in ten-thousandths of log-odds.
    fn loss(&self, scores: &[i32]) -> f64 {
        let of = |(score, outcome): (&i32, &u8)| {
            let z = f64::from(*score) * 1e-4;
            (if *outcome == 1 { -z } else { z }).exp().ln_1p()
        };
        scores.iter().zip(&self.outcomes).map(of).sum::<f64>() / scores.len() as f64
    }
}

/// Counts by class and level, by hand.
fn counted(leads: &Leads) -> Vec<[u32; 512]> {
    let of = |codes: &Vec<u8>| {
        let (mut even, mut odd) = ([0_u32; 512], [0_u32; 512]);
        let (pairs, ends) = (codes.chunks_exact(2), leads.outcomes.chunks_exact(2));
        for (code, outcome) in pairs.zip(ends) {
            even[usize::from(code[0]) << 1 | usize::from(outcome[0] & 1)] += 1;
            odd[usize::from(code[1]) << 1 | usize::from(outcome[1] & 1)] += 1;
        }
        even.iter_mut().zip(&odd).for_each(|(even, odd)| *even += odd);
        if let (Some(code), 1) = (codes.last(), codes.len() % 2) {
            even[usize::from(*code) << 1 | usize::from(leads.outcomes[codes.len() - 1] & 1)] += 1;
        }
        even
    };
    leads.columns.iter().map(of).collect()
}

/// The same as the engine counts, in the same form.
fn counted_by_engine(leads: &Leads) -> Vec<[u32; 512]> {
    let of = |codes: &Vec<u8>| {
        let mut flat = [0; 512];
        for (at, [bad, good]) in kernel::counts(codes, &leads.outcomes).iter().enumerate() {
            (flat[at << 1], flat[at << 1 | 1]) = (*bad, *good);
        }
        flat
    };
    leads.columns.iter().map(of).collect()
}

/// Eight look-ups and a logistic function, by hand.
fn looked_up(leads: &Leads, base: f32, tables: &[[f32; 256]; 8], out: &mut [f32]) {
    let columns: [&[u8]; 8] = core::array::from_fn(|at| &leads.columns[at][..out.len()]);
    for (row, out) in out.iter_mut().enumerate() {
        let mut sum = base;
        for (codes, table) in columns.iter().zip(tables) {
            sum += table[usize::from(codes[row])];
        }
        *out = 1.0 / (1.0 + (-sum).exp());
    }
}

/// CPU milliseconds of some work, round by round.
fn timed<T>(series: &mut Series, work: impl FnOnce() -> T) -> T {
    let (done, cost) = Cost::of(work);
    series.push(ms(cost.cpu));
    done
}

/// Runs the benchmark; [`Options::rows`] is the leads, a million where nothing is said.
///
/// # Errors
///
/// Answers that differ.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let rows = usize::try_from(options.rows_or(1_000_000))?.max(2);
    let leads = Leads::new(rows, options.seed);
    let columns = leads.columns();
    let learned = |method| -> Result<Learned, Failure> {
        fit_codes(&columns, &leads.outcomes, method).ok_or_else(|| "nothing was learned".into())
    };
    if counted(&leads) != counted_by_engine(&leads) {
        return Err("the engine counts otherwise".into());
    }
    let [mut count, mut bayes, mut logistic, mut hand, mut rank, mut explain] =
        core::array::from_fn(|_| Series::default());
    let model = learned(Method::Logistic)?;
    let tables: [[f32; 256]; 8] = core::array::from_fn(|at| {
        let table = model.features.get(at).map_or(&[][..], |one| one.table.as_slice());
        core::array::from_fn(|code| table.get(code).copied().unwrap_or(0) as f32 * 1e-4)
    });
    let base = model.base as f32 * 1e-4;
    let (mut odds, mut explained, mut scores) = (vec![0.0; rows], Explained::default(), Vec::new());
    for _ in 0..options.rounds {
        timed(&mut count, || counted(&leads));
        timed(&mut bayes, || learned(Method::NaiveBayes))?;
        timed(&mut logistic, || learned(Method::Logistic))?;
        timed(&mut hand, || looked_up(&leads, base, &tables, &mut odds));
        timed(&mut rank, || model.rank_codes(&columns, &mut scores));
        timed(&mut explain, || model.explain_codes(&columns, &mut explained));
    }
    for (row, (odds, basis_points)) in odds.iter().zip(&explained.probabilities).enumerate() {
        let sum: i64 = explained.reasons.iter().map(|reasons| i64::from(reasons[row])).sum();
        let same = (odds * 1e4 - f32::from(*basis_points)).abs() <= 1.5;
        if !same || model.base + sum != i64::from(explained.scores[row]) {
            return Err(format!("lead {row}: {odds} by hand, {basis_points} basis points").into());
        }
    }
    let mut of_bayes = Vec::new();
    learned(Method::NaiveBayes)?.rank_codes(&columns, &mut of_bayes);
    let each = |series: &Series| rounded(series.min() * 1e6 / rows as f64);
    let line = |what: &str, engine: &Series, peer: &Series, against: &str| Line {
        what: format!("{what}, {rows} leads, 8 features"),
        unit: "ms CPU",
        engine: engine.min(),
        peer: peer.min(),
        against: against.to_owned(),
    };
    let looks = "8 look-ups and a sigmoid, by hand";
    let lines = vec![
        line("learn: naive Bayes", &bayes, &count, "counts in one pass, by hand"),
        line("learn: logistic", &logistic, &count, "counts in one pass, by hand"),
        line("score, for an order only", &rank, &hand, looks),
        line("score, probability and every reason", &explain, &hand, looks),
    ];
    let places = |loss: f64| (loss * 1e6).round() / 1e6;
    let figures = json!({
        "train_ns": each(&logistic), "score_ns": each(&rank), "explain_ns": each(&explain),
        "naive_bayes_train_ns": each(&bayes),
        "limit_count_ns": each(&count), "limit_score_ns": each(&hand),
        "train_ns_median": rounded(logistic.median() * 1e6 / rows as f64),
        "explain_ns_median": rounded(explain.median() * 1e6 / rows as f64),
        "log_loss": places(leads.loss(&scores)),
        "naive_bayes_log_loss": places(leads.loss(&of_bayes)),
        "oracle_log_loss": places(leads.oracle),
        "leads": rows, "load": load(),
    });
    let Value::Object(json) = figures else { return Err("no figures".into()) };
    Ok(Findings { name: "score", lines, json })
}
