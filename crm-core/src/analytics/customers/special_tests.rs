use super::*;

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
}

#[test]
fn the_hypergeometric_function_has_its_closed_forms() {
    for z in [0.0, 0.1, 0.5, 0.9, 0.99] {
        // Abramowitz and Stegun 15.1.8 and 15.1.3.
        near(
            hypergeometric(1.7, 2.5, 2.5, z),
            libm::pow(1.0 - z, -1.7),
            1e-9 * libm::pow(1.0 - z, -1.7),
        );
        let log = if z == 0.0 { 1.0 } else { -libm::log1p(-z) / z };
        near(hypergeometric(1.0, 1.0, 2.0, z), log, 1e-12 * log);
    }
}

#[test]
fn a_search_finds_the_bottom_of_a_bent_valley() {
    // Rosenbrock's valley, and one of four dimensions.
    let found = minimise(
        |[x, y]: &[f64; 2]| {
            let (a, b) = (1.0 - x, y - x * x);
            a * a + 100.0 * b * b
        },
        [-1.2, 1.0],
        0.5,
    );
    assert!(found.converged);
    near(found.at[0], 1.0, 1e-6);
    near(found.at[1], 1.0, 1e-6);
    let found = minimise(
        |at: &[f64; 4]| at.iter().zip([1.0, -2.0, 3.0, 0.5]).map(|(x, y)| (x - y) * (x - y)).sum(),
        [0.0; 4],
        0.5,
    );
    for (found, expected) in found.at.iter().zip([1.0, -2.0, 3.0, 0.5]) {
        near(*found, expected, 1e-6);
    }
}

#[test]
fn exact_tests_agree_with_published_ones() {
    // The lady tasting tea (Fisher 1935): 4 of 8 cups, 3 right and 4 right.
    near(fisher_at_least(8, 4, 4, 3), 17.0 / 70.0, 1e-12);
    near(fisher_at_least(8, 4, 4, 4), 1.0 / 70.0, 1e-12);
    near(fisher_at_least(8, 4, 4, 0), 1.0, 1e-12);
    // More marked and drawn than there are others: at least 3 are both.
    near(fisher_at_least(10, 8, 5, 3), 1.0, 1e-12);
    near(binomial_two_sided(10, 0.5, 1), 22.0 / 1024.0, 1e-12);
    near(binomial_two_sided(10, 0.5, 5), 1.0, 1e-12);
    near(binomial_two_sided(0, 0.25, 0), 1.0, 1e-12);
}

/// The fifteen chances of Benjamini and Hochberg (1995), section 3: at 5 % the first four are findings.
#[test]
fn false_findings_are_reckoned_as_published() {
    let chances = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ];
    let found = false_discovery(&chances, 15);
    assert_eq!(found.iter().filter(|share| **share <= 0.05).count(), 4);
    near(found[3], 0.0095 * 15.0 / 4.0, 1e-12);
    near(found[14], 1.0, 0.0);
    // Tests that found nothing count, too.
    assert_eq!(false_discovery(&chances, 150).iter().filter(|share| **share <= 0.05).count(), 2);
}

#[test]
fn basis_points_are_not_smaller_than_the_chance() {
    let table =
        [(0.0, 0), (0.00001, 1), (0.05, 500), (0.050_01, 501), (1.0, 10_000), (7.0, 10_000)];
    for (chance, expected) in table {
        assert_eq!(basis_points_up(chance), expected, "{chance}");
    }
    assert_eq!(basis_points(0.123_45), 1235);
}
