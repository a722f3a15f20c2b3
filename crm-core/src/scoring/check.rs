//! The small checker: derives a score again from its proof, without the code that made it.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "fading and odds are real numbers; what is compared are whole ones"
)]

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::model::{Definition, ScoreModel};
use super::proof::{Because, Bin, Line, Proof, Unit};
use crate::decision::{Check, Refusal};
use crate::value::Invalid;

/// Whether a proof is right in itself: its parts sum to the score, each part follows from the rule and the input that
/// it names, probability and grade follow from the score.
///
/// # Errors
///
/// `proof.sum` (value) · of each line `proof.future`, `proof.input`, `proof.adds` · `proof.probability` · `proof.grade`.
/// Rule SCO-14 (B02).
pub fn check(proof: &Proof) -> Result<(), Refusal> {
    let mut check = Check::default();
    let mut sum = i128::from(proof.base);
    for (at, line) in proof.lines.iter().enumerate() {
        line_follows(&mut check, &format!("lines[{at}]"), line, sum, proof);
        sum = sum.saturating_add(i128::from(line.adds));
    }
    let whole = sum == i128::from(proof.value);
    check.rule(whole, "value", || wrong("proof.sum", proof.value, sum));
    let odds = (proof.unit == Unit::LogOdds).then(|| {
        let p = 1.0 / (1.0 + libm::exp(-(proof.value as f64) / 10_000.0));
        (p * 10_000.0).clamp(1.0, 9_999.0)
    });
    let said = proof.probability_basis_points.map(|odds| f64::from(odds.basis_points()));
    // Within rounding of the last basis point.
    let follows = match (odds, said) {
        (Some(odds), Some(said)) => (odds - said).abs() <= 0.51,
        (None, None) => true,
        _ => false,
    };
    check.rule(follows, "probability_basis_points", || {
        Invalid::new("proof.probability", &said.unwrap_or_default().to_string())
    });
    let first = proof.grades.0.iter().find(|step| match step.from {
        Some(from) => from <= proof.value,
        None => true,
    });
    check.rule(first.map(|step| &step.grade) == proof.grade.as_ref(), "grade", || {
        Invalid::new("proof.grade", proof.grade.as_ref().map_or("", |grade| grade.as_str()))
    });
    check.done()
}

fn wrong(code: &'static str, said: i64, derived: i128) -> Invalid {
    Invalid::new(code, &said.to_string()).limit(derived.to_string())
}

/// Thousandths of points times a weight.
fn thousandths(points: Decimal, weight: Decimal) -> i128 {
    let product =
        points.checked_mul(weight).and_then(|points| points.checked_mul(Decimal::ONE_THOUSAND));
    product.and_then(|product| product.to_i128()).unwrap_or(i128::MAX)
}

fn line_follows(check: &mut Check, path: &str, line: &Line, sum: i128, proof: &Proof) {
    let adds = i128::from(line.adds);
    let derived = match &line.because {
        Because::Behaviour { at, points, half_life_seconds } => {
            check.rule(*at <= proof.at, &format!("{path}.because"), || {
                Invalid::new("proof.future", &at.to_string())
            });
            let whole = thousandths(*points, Decimal::ONE);
            let age = (proof.at.micros().saturating_sub(at.micros())) / 1_000_000;
            match half_life_seconds {
                Some(half) if *half > 0 => {
                    let left = libm::pow(0.5, age as f64 / *half as f64);
                    let exact = whole as f64 * left;
                    // Two ways to the same power may round a half apart.
                    let near = (exact - adds as f64).abs() <= 0.500_001;
                    if near { adds } else { libm::round(exact) as i128 }
                }
                _ => whole,
            }
        }
        Because::Floor { points } => thousandths(*points, Decimal::ONE).saturating_sub(sum).max(0),
        Because::Cap { points } => thousandths(*points, Decimal::ONE).saturating_sub(sum).min(0),
        Because::Row { input, when, points, weight } => {
            check.rule(when.holds(input.as_ref()), &format!("{path}.because.when"), || {
                let input = input.as_ref().map(|input| input.text().into_owned());
                Invalid::new("proof.input", &input.unwrap_or_default())
            });
            thousandths(*points, *weight)
        }
        Because::Learned { of } => {
            for (at, part) in of.iter().enumerate() {
                let holds = part.bin.holds(part.input.as_ref());
                check.rule(holds, &format!("{path}.because.of[{at}].bin"), || {
                    let input = part.input.as_ref().map(|input| input.text().into_owned());
                    Invalid::new("proof.input", &input.unwrap_or_default())
                });
            }
            adds
        }
        Because::Host { .. } => adds,
    };
    check
        .rule(adds == derived, &format!("{path}.adds"), || wrong("proof.adds", line.adds, derived));
}

/// Whether a proof is right in itself and is what this version of its model says: the digest, the scale, every line.
///
/// # Errors
///
/// `proof.digest` · `proof.lines` where lines are missing or too many · `proof.rule` of a line whose rule is not the
/// model's · those of [`check`]. What a host's scorer computed cannot be derived again: only that it sums.
/// Rule SCO-15 (B02).
pub fn check_against(model: &ScoreModel, proof: &Proof) -> Result<(), Refusal> {
    let definition = &model.definition;
    let mut check = Check::default();
    check.rule(definition.digest() == proof.digest, "digest", || {
        Invalid::new("proof.digest", &proof.digest).limit(definition.digest())
    });
    let expected = match definition {
        Definition::Points(_) | Definition::Host(_) => proof.lines.len(),
        Definition::Table(table) => table.criteria.len(),
        Definition::Learned(learned) => learned.features.len().saturating_add(learned.pairs.len()),
    };
    check.rule(proof.lines.len() == expected, "lines", || {
        Invalid::new("proof.lines", &proof.lines.len().to_string()).limit(expected.to_string())
    });
    let base = match definition {
        Definition::Learned(learned) => learned.base,
        Definition::Points(_) | Definition::Table(_) => 0,
        Definition::Host(_) => proof.base,
    };
    check.rule(proof.base == base, "base", || wrong("proof.rule", proof.base, base.into()));
    for (at, line) in proof.lines.iter().enumerate() {
        check.rule(is_rule(definition, at, line), &format!("lines[{at}]"), || {
            Invalid::new("proof.rule", &line.term)
        });
    }
    check.rule(model.grades == proof.grades, "grades", || Invalid::new("proof.rule", ""));
    check.rule(definition.unit() == proof.unit, "unit", || {
        Invalid::new("proof.rule", proof.unit.code())
    });
    if let Definition::Points(points) = definition {
        let whole = |limit: Option<Decimal>| limit.map(|points| thousandths(points, Decimal::ONE));
        let value = i128::from(proof.value);
        let above = whole(points.floor).is_none_or(|floor| floor <= value);
        let below = whole(points.cap).is_none_or(|cap| value <= cap);
        check.rule(above && below, "value", || wrong("proof.rule", proof.value, value));
    }
    check.below("", self::check(proof));
    check.done()
}

/// Whether line number `at` names a rule of the model.
fn is_rule(definition: &Definition, at: usize, line: &Line) -> bool {
    match (definition, &line.because) {
        (Definition::Points(model), Because::Behaviour { points, half_life_seconds, .. }) => {
            let known = model.behaviours.iter().find(|one| one.code.as_str() == line.term);
            let half_life = model.half_life_days.map(|days| i64::from(days).saturating_mul(86_400));
            let named = known.is_some_and(|known| known.points == *points);
            named && half_life == *half_life_seconds && !line.missing
        }
        (Definition::Points(model), Because::Floor { points }) => {
            model.floor == Some(*points) && line.term == "floor" && !line.missing
        }
        (Definition::Points(model), Because::Cap { points }) => {
            model.cap == Some(*points) && line.term == "cap" && !line.missing
        }
        (Definition::Table(table), Because::Row { input, when, points, weight }) => {
            let Some(own) = table.criteria.get(at).filter(|own| own.feature == line.term) else {
                return false;
            };
            let named = match when {
                Bin::Missing => own.missing == *points,
                Bin::Other => {
                    let free = own.rows.iter().all(|row| !row.when.holds(input.as_ref()));
                    free && own.otherwise.unwrap_or(own.missing) == *points
                }
                Bin::Level(_) | Bin::Levels(_) | Bin::Range { .. } => {
                    own.rows.iter().any(|row| row.when == *when && row.points == *points)
                }
            };
            named && own.weight == *weight && line.missing == (*when == Bin::Missing)
        }
        (Definition::Learned(_), Because::Learned { of })
            if line.missing != of.iter().any(|part| part.bin == Bin::Missing) =>
        {
            false
        }
        (Definition::Learned(learned), Because::Learned { of }) => match of.as_slice() {
            [one] => learned.features.get(at).is_some_and(|own| {
                own.feature == one.feature
                    && line.term == one.feature
                    && own.bins.shown(own.bins.bin(one.input.as_ref())) == one.bin
                    && own.table.get(own.bins.bin(one.input.as_ref())).map(|adds| i64::from(*adds))
                        == Some(line.adds)
            }),
            [first, second] => {
                let own =
                    at.checked_sub(learned.features.len()).and_then(|at| learned.pairs.get(at));
                let bin = |name: &str, part: &super::proof::Part| {
                    let feature = learned.features.iter().find(|one| one.feature == name)?;
                    let bin = feature.bins.bin(part.input.as_ref());
                    (part.feature == name && feature.bins.shown(bin) == part.bin).then_some(bin)
                };
                own.and_then(|own| {
                    let bins = (bin(&own.first, first)?, bin(&own.second, second)?);
                    let named = line.term == format!("{} × {}", own.first, own.second);
                    Some(named && i64::from(own.entry(bins.0, bins.1)) == line.adds)
                }) == Some(true)
            }
            _ => false,
        },
        (Definition::Host(_), Because::Host { .. }) => true,
        (
            Definition::Points(_)
            | Definition::Table(_)
            | Definition::Learned(_)
            | Definition::Host(_),
            _,
        ) => false,
    }
}
