//! A page around the page: it sets filters, waits, and writes down what it sees.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};

use crate::repository::{Scratch, required};

/// What is done to the page before it is read.
pub struct Step {
    /// Names of controls and what they are set to.
    pub set: Vec<(String, String)>,
    /// What the address ends with, if it is changed.
    pub hash: Option<String>,
    /// Pixels.
    pub width: u64,
}

impl Step {
    /// Sets the filters of a question, and no others.
    pub fn filter(question: &Value, width: u64) -> Self {
        let only = question["only"].as_object().into_iter().flatten();
        let mut set: Vec<(String, String)> = only
            .map(|(name, keys)| (name.clone(), format!("k{}", keys[0].as_str().unwrap())))
            .collect();
        for name in ["from", "to"] {
            set.extend(question[name].as_str().map(|day| (name.to_owned(), day.to_owned())));
        }
        Self { set, hash: None, width }
    }
}

/// What a step came to.
pub struct Seen {
    pub tables: BTreeMap<String, Vec<Vec<String>>>,
    pub figures: BTreeMap<String, String>,
    /// How wide the page is.
    pub wide: u64,
    /// Elements that no page of ours has.
    pub strangers: u64,
    pub pictures: u64,
    pub language: String,
    pub text: String,
}

const AROUND: &str = include_str!("around.html");

/// Opens the page in Chromium and takes the steps; nothing where there is no Chromium, which `CRM_REQUIRE=all` forbids.
///
/// # Panics
///
/// The browser said something on its console, or did not come to an end.
pub fn browse(name: &str, page: &str, steps: &[Step]) -> Option<Vec<Seen>> {
    let folder = Scratch::new(&format!("dashboard-{name}"));
    std::fs::write(folder.path("page.html"), page).unwrap();
    let steps: Vec<Value> = steps
        .iter()
        .map(|step| json!({"set": step.set, "hash": step.hash, "width": step.width}))
        .collect();
    let steps = Value::from(steps).to_string().replace('<', "\\u003c");
    std::fs::write(folder.path("around.html"), AROUND.replace("STEPS", &steps)).unwrap();
    let ran = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .args([
            "--allow-file-access-from-files",
            "--virtual-time-budget=60000",
            "--window-size=1400,1000",
        ])
        .arg(format!("--user-data-dir={}", folder.path("profile").display()))
        .arg(format!("file://{}", folder.path("around.html").display()))
        .output();
    let ran = match ran {
        Ok(ran) => ran,
        Err(error) => {
            assert!(!required(), "chromium: {error}, and CRM_REQUIRE=all");
            eprintln!("skipped: there is no chromium");
            return None;
        }
    };
    let told = String::from_utf8_lossy(&ran.stderr);
    let console: Vec<&str> = told.lines().filter(|line| line.contains("CONSOLE")).collect();
    let (ours, others): (Vec<&str>, Vec<&str>) =
        console.into_iter().partition(|line| line.contains("harness is done"));
    assert!(others.is_empty(), "the console of {name} says: {}", others.join("\n"));
    let dom = String::from_utf8_lossy(&ran.stdout);
    let text = dom.split("<pre id=\"out\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let text = text.unwrap_or_default();
    assert!(!text.is_empty() && ours.len() == 1, "the page {name} did not come to an end: {told}");
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&");
    let seen: Vec<Value> = serde_json::from_str(&text).unwrap();
    Some(seen.iter().map(read).collect())
}

fn read(seen: &Value) -> Seen {
    let number = |key: &str| seen[key].as_u64().unwrap();
    let text = |key: &str| seen[key].as_str().unwrap().to_owned();
    Seen {
        tables: serde_json::from_value(seen["tables"].clone()).unwrap(),
        figures: serde_json::from_value(seen["figures"].clone()).unwrap(),
        wide: number("wide"),
        strangers: number("strangers"),
        pictures: number("pictures"),
        language: text("language"),
        text: text("text"),
    }
}
