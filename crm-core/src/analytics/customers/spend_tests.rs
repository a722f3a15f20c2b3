use super::*;
use crate::analytics::shared;

/// p = 6.25, q = 3.74, γ = 15.44 (Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value", CDNOW sample, 946 customers);
/// 15.45 in the documentation of lifetimes.
#[test]
fn the_published_sample_gives_the_published_parameters() {
    let Some(summary) = shared::json("vectors/cdnow_summary.json") else { return };
    let rows = summary["rows"].as_array().unwrap().iter();
    let spent = rows.filter(|row| row[0].as_u64() > Some(0)).map(|row| Spent {
        count: u32::try_from(row[0].as_u64().unwrap()).unwrap(),
        mean: row[3].as_f64().unwrap(),
    });
    let spent: Vec<Spent> = spent.collect();
    assert_eq!(spent.len(), 946);
    let found = GammaGamma::fit(&spent).unwrap();
    for (found, published, tolerance) in
        [(found.p, 6.25, 0.01), (found.q, 3.74, 0.01), (found.v, 15.445, 0.02)]
    {
        assert!((found - published).abs() <= tolerance, "{found} against {published}");
    }
    // Whoever bought more often is judged more by their own purchases; nobody's own by everybody's.
    let everybody = found.expected(None);
    let own = |count| found.expected(Some(Spent { count, mean: 100.0 }));
    assert!(everybody < own(1) && own(1) < own(5) && own(5) < 100.0);
}

#[test]
fn amounts_that_never_vary_give_no_model() {
    let same: Vec<Spent> = (0..50).map(|_| Spent { count: 5, mean: 20.0 }).collect();
    assert_eq!(GammaGamma::fit(&same), None);
    assert_eq!(GammaGamma::fit(&[]), None);
}
