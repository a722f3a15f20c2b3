use super::*;
use crate::analytics::{
    laws::reports,
    sample::{pour, sample},
};

fn page() -> String {
    html(&reports(&pour(&sample(7, 400))), Language::Zh)
}

#[test]
fn the_page_needs_nothing_from_anywhere() {
    let page = page();
    for outside in ["src=", "url(http", "<link", "@import", "//cdn", "<iframe"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page == self::page(), "the same reports are the same bytes");
}

#[test]
fn a_name_cannot_become_markup() {
    let mut report = reports(&pour(&sample(1, 10))).remove(0);
    let bad = "<script>alert('x')</script>\"&";
    report.title = Label::same(bad);
    report
        .tables
        .iter_mut()
        .flat_map(|table| &mut table.rows)
        .for_each(|row| row[0] = Cell::text(bad));
    report
        .charts
        .iter_mut()
        .flat_map(|chart| &mut chart.categories)
        .for_each(|name| *name = Label::same(bad));
    let page = html(&[report], Language::En);
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"));
}

#[test]
fn every_id_is_its_own() {
    let page = page();
    let ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len());
}

/// Writes the page for people to look at, where `CRM_SAMPLE_PAGE` says.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests read files and the environment; the core does not"
)]
fn a_page_to_look_at() {
    if let Some(path) = std::env::var_os("CRM_SAMPLE_PAGE") {
        std::fs::write(&path, page()).unwrap();
        #[cfg(feature = "charts")]
        for (at, chart) in
            reports(&pour(&sample(7, 400))).iter().flat_map(|report| &report.charts).enumerate()
        {
            let beside = std::path::Path::new(&path).with_extension(format!("{at}.svg"));
            std::fs::write(beside, crate::export::svg(chart, Language::Zh)).unwrap();
        }
    }
}
