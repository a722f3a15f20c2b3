//! The page of the dashboard in headless Chromium: its filters are driven as a reader drives them, and every figure of
//! every table is compared with what the engine answers to the same question.

mod harness;
mod world;

use std::collections::BTreeMap;

use crm_core::export::dashboard::DashboardData;
use crm_core::export::dashboard_page;
use crm_core::export::document::Language;
use serde_json::{Value, json};

use harness::{Step, browse};
use world::World;

/// What is asked of the engine, and set in the page.
fn questions(world: &World) -> Vec<Value> {
    let only = |name: &str, key: &str| json!({"only": {name: [key]}});
    vec![
        json!({}),
        only("owner", "rep1"),
        only("owner", world::HOSTILE_LOGIN),
        only("team", "East team"),
        only("region", "华南"),
        only("region", ""),
        only("source", "web"),
        only("product", "P2"),
        only("product", ""),
        only("stage", "negotiation"),
        json!({"from": "2026-02-01", "to": "2026-04-15"}),
        json!({"from": "2026-03-01", "only": {"region": ["华东"], "product": ["P1"]}}),
        json!({"to": "2026-03-01", "only": {"owner": ["rep0"], "stage": ["proposal"], "source": ["web"]}}),
        json!({"from": "2030-01-01"}),
    ]
}

/// Tables by key, their rows sorted, each cell as the page has it: absent is empty, a label is in English.
fn of_engine(report: &Value) -> BTreeMap<String, Vec<Vec<String>>> {
    let cell = |cell: &Value| match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(label) => label["en"].as_str().unwrap().to_owned(),
        other => other.to_string(),
    };
    let tables = report["tables"].as_array().unwrap().iter().map(|table| {
        let rows = table["rows"].as_array().unwrap().iter();
        let mut rows: Vec<Vec<String>> =
            rows.map(|row| row.as_array().unwrap().iter().map(cell).collect()).collect();
        rows.sort();
        (table["key"].as_str().unwrap().to_owned(), rows)
    });
    tables.collect()
}

fn figure(report: &Value, key: &str) -> String {
    let figures = report["figures"].as_array().unwrap().iter();
    let value = figures.clone().find(|figure| figure["key"] == key).unwrap()["value"].clone();
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// OUT-4: whatever is filtered, the page says what the engine says, cell by cell.
#[test]
fn the_page_says_what_the_engine_says() {
    let mut world = World::new();
    let page = world.page();
    let questions = questions(&world);
    let steps: Vec<Step> = questions.iter().map(|question| Step::filter(question, 1280)).collect();
    let Some(seen) = browse("figures", &page, &steps) else { return };
    assert_eq!(seen.len(), questions.len());
    let mut different = std::collections::BTreeSet::new();
    for (question, seen) in questions.iter().zip(&seen) {
        let report = world.ask("report.dashboard", question);
        let expected = of_engine(&report);
        assert_eq!(seen.tables.len(), expected.len(), "{question}");
        for (key, rows) in &expected {
            let mut found = seen.tables.get(key).cloned().unwrap_or_default();
            found.sort();
            assert_eq!(&found, rows, "{key} of {question}");
        }
        for key in ["deals", "won_amount", "win_rate", "stale"] {
            assert_eq!(seen.figures[key], figure(&report, key), "{key} of {question}");
        }
        different.insert(report["figures"].to_string());
    }
    assert!(different.len() > 8, "the questions have answers of their own: {}", different.len());
}

/// A page of some deals counts from them alone, and its address opens it filtered.
#[test]
fn an_address_opens_the_page_filtered() {
    let mut world = World::new();
    let question = json!({"only": {"region": ["华东"]}});
    let data: DashboardData =
        serde_json::from_value(world.ask("dashboard.extract", &question)).unwrap();
    let page = dashboard_page(&data, Language::En);
    let step = Step {
        hash: Some("lang=zh&source=web&from=2026-02-01".to_owned()),
        ..Step::filter(&json!({}), 1280)
    };
    let Some(seen) = browse("address", &page, &[step]) else { return };
    let both = json!({"from": "2026-02-01", "only": {"region": ["华东"], "source": ["web"]}});
    let report = world.ask("report.dashboard", &both);
    assert_eq!(seen[0].figures["deals"], figure(&report, "deals"));
    assert_eq!(seen[0].language, "zh-CN");
    assert!(
        seen[0].text.contains("赢单率") && !seen[0].text.contains("Win rate"),
        "{}",
        seen[0].text
    );
}

/// Names of others are names: no markup, no script, nothing loaded; nothing is wider than the screen of a desk or a phone.
#[test]
fn the_page_is_whole_on_a_desk_and_on_a_phone() {
    let page = World::new().page();
    assert!(!page.contains("<img") && page.matches("</script>").count() == 2);
    for outside in ["url(", "@import", "<iframe", "https://"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // The only address is the name of SVG.
    let addresses = page.match_indices("http://").map(|(at, _)| &page[at..]);
    assert!(addresses.into_iter().all(|text| text.starts_with("http://www.w3.org/2000/svg")));
    let mut steps = Vec::new();
    for width in [1280, 390] {
        for language in ["en", "zh"] {
            let hash = Some(format!("lang={language}"));
            steps.push(Step { hash, ..Step::filter(&json!({}), width) });
        }
    }
    let Some(seen) = browse("whole", &page, &steps) else { return };
    for (step, seen) in steps.iter().zip(&seen) {
        assert!(
            seen.wide <= step.width,
            "{} pixels on {} ({:?})",
            seen.wide,
            step.width,
            step.hash
        );
        assert_eq!(seen.strangers, 0, "elements that the page did not make");
        assert!(seen.text.contains(world::HOSTILE_NAME), "{}", seen.text);
        assert!(seen.pictures >= 2, "a line and a ring");
    }
}

/// A page whose policy is broken is heard: else "no error" would prove nothing.
#[test]
fn what_the_policy_forbids_is_heard() {
    let page = World::new().page();
    let broken = page.replace("</main>", "<b onclick=\"0\" style=\"color:red\">x</b></main>");
    assert_ne!(broken, page);
    let steps = [Step::filter(&json!({}), 1280)];
    let heard = std::panic::catch_unwind(|| browse("broken", &broken, &steps));
    match heard {
        Ok(None) => {}
        Ok(Some(_)) => panic!("an inline style went unheard"),
        Err(said) => {
            let said = said.downcast_ref::<String>().cloned().unwrap_or_default();
            assert!(said.contains("Content Security Policy"), "{said}");
        }
    }
}
