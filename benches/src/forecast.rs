//! Forecasting months: error, coverage of the intervals, and time a series.
//!
//! The series are those of a file, one a line, `SEASON HORIZON | history | sequel` (`benches/peers/months.py` writes the
//! monthly ones of the M3 competition so), or made: a level that wanders, with a season and noise, whose sequel is known.
//! The peer is the forecast that repeats the last year.

use std::path::Path;

use crm_core::analytics::forecast::{self, accuracy};
use serde_json::{Value, json};

use crate::data::Random;
use crate::measure::{Cost, Series, load, ms, rounded};
use crate::{Failure, Findings, Line, Options};

/// One series and what came of it.
struct Months {
    season: usize,
    history: Vec<f64>,
    sequel: Vec<f64>,
}

fn read(path: &Path) -> Result<Vec<Months>, Failure> {
    let text = std::fs::read_to_string(path)?;
    text.lines().filter(|line| !line.trim().is_empty()).map(months).collect()
}

fn months(line: &str) -> Result<Months, Failure> {
    let numbers =
        |part: &str| part.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>();
    let parts: Vec<&str> = line.split('|').collect();
    let [head, history, sequel] = parts[..] else {
        return Err(format!("a line is SEASON HORIZON | history | sequel, not {line:.60}").into());
    };
    let season = head.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(Months { season, history: numbers(history)?, sequel: numbers(sequel)? })
}

fn unit(random: &mut Random) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

fn normal(random: &mut Random) -> f64 {
    let (radius, turn) = (unit(random).max(1e-300), unit(random));
    (-2.0 * radius.ln()).sqrt() * (core::f64::consts::TAU * turn).cos()
}

fn made(count: u64, seed: u64) -> Vec<Months> {
    let random = &mut Random::new(seed);
    let year = [0.7, 0.6, 0.9, 1.0, 1.1, 1.0, 0.9, 1.0, 1.2, 1.1, 1.2, 1.3];
    let one = |random: &mut Random| {
        let (length, seasonal) = (48 + random.below(60) as usize, random.below(2) == 1);
        let mut level = 1_000.0 + 4_000.0 * unit(random);
        let (step, noise, slope) =
            (0.01 * level, 0.02 + 0.08 * unit(random), level * 0.006 * (unit(random) - 0.3));
        let values: Vec<f64> = (0..length + 18)
            .map(|at| {
                level = (level + slope + step * normal(random)).max(50.0);
                let index = if seasonal { year[at % 12] } else { 1.0 };
                level * index * (1.0 + noise * normal(random)).max(0.05)
            })
            .collect();
        let (history, sequel) = values.split_at(length);
        Months { season: 12, history: history.to_vec(), sequel: sequel.to_vec() }
    };
    (0..count).map(|_| one(random)).collect()
}

/// Errors and coverage over all series.
#[derive(Default)]
struct Found {
    smape: f64,
    mase: f64,
    naive_smape: f64,
    naive_mase: f64,
    told: f64,
    in_80: f64,
    in_95: f64,
    series: f64,
    refused: u64,
}

fn scored(all: &[Months]) -> Found {
    let mut found = Found::default();
    for one in all {
        let horizon = one.sequel.len();
        let Ok(ahead) = forecast::forecast(&one.history, one.season, horizon) else {
            found.refused += 1;
            continue;
        };
        let means: Vec<f64> = ahead.ahead.iter().map(|step| step.mean).collect();
        let from = one.history.len().saturating_sub(one.season);
        let naive: Vec<f64> = one.history[from..].iter().cycle().take(horizon).copied().collect();
        let score = |foreseen: &[f64]| {
            let smape = accuracy::smape(&one.sequel, foreseen)?;
            Some((smape, accuracy::mase(&one.history, one.season, &one.sequel, foreseen)?))
        };
        let (Some(own), Some(other)) = (score(&means), score(&naive)) else { continue };
        found.series += 1.0;
        found.smape += own.0;
        found.mase += own.1;
        found.naive_smape += other.0;
        found.naive_mase += other.1;
        for (value, step) in one.sequel.iter().zip(&ahead.ahead) {
            let within =
                |(low, high): (f64, f64)| f64::from(u8::from(low <= *value && *value <= high));
            found.told += 1.0;
            found.in_80 += within(step.likely());
            found.in_95 += within(step.wide());
        }
    }
    found
}

/// Forecasts every series; `rows` of made ones where no file is named.
///
/// # Errors
///
/// A file that cannot be read or is none of series.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let (all, source) = match &options.series {
        Some(path) => (read(path)?, path.display().to_string()),
        None => (made(options.rows_or(1_000), options.seed), "generated".to_owned()),
    };
    let count = all.len().max(1) as f64;
    let mut times = Series::default();
    let mut found = Found::default();
    for _ in 0..options.rounds {
        let (scores, cost) = Cost::of(|| scored(&all));
        times.push(ms(cost.cpu) / count);
        found = scores;
    }
    let n = found.series.max(1.0);
    let line = |what: &str, unit: &'static str, engine: f64, peer: f64| Line {
        what: what.to_owned(),
        unit,
        engine: engine / n,
        peer: peer / n,
        against: "the last year repeated".to_owned(),
    };
    let figures = json!({
        "source": source, "series": all.len(), "refused": found.refused,
        "smape": rounded(found.smape / n), "mase": rounded4(found.mase / n),
        "naive_smape": rounded(found.naive_smape / n), "naive_mase": rounded4(found.naive_mase / n),
        "in_80": rounded4(found.in_80 / found.told.max(1.0)),
        "in_95": rounded4(found.in_95 / found.told.max(1.0)),
        "ms_per_series_min": rounded4(times.min()), "ms_per_series_median": rounded4(times.median()),
        "load": load(),
    });
    let json = match figures {
        Value::Object(map) => map,
        _ => return Err("figures are an object".into()),
    };
    Ok(Findings {
        name: "forecast",
        lines: vec![
            line("forecast of months, MASE", "", found.mase, found.naive_mase),
            line("the same, sMAPE", "", found.smape, found.naive_smape),
        ],
        json,
    })
}

/// A figure at four places.
fn rounded4(figure: f64) -> f64 {
    (figure * 10_000.0).round() / 10_000.0
}
