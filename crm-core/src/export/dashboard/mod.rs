//! The dashboard as one page that works by itself: the deals are in it as columns, and it counts anew whatever its
//! filters admit.
//!
//! Nothing is loaded from anywhere, and a content security policy says so: the page may run its own script, wear its own
//! style, and nothing else. Names stand in a block of JSON without `<`, and become text and nothing but text.
//!
//! The page says what `report.dashboard` says, cell by cell, whatever is filtered. Rule OUT-4.

mod data;

use sha2::{Digest as _, Sha256};

pub use data::{
    DashboardData, DashboardDeals, DashboardMoves, DashboardOwner, DashboardStage, DashboardStep,
    DashboardValue,
};

use super::document::{Label, Language};
use super::escaped;
use super::number::local;

const STYLE: &str = concat!(include_str!("../page.css"), include_str!("page.css"));
const SCRIPT: &str = include_str!("page.js");

/// The page; it opens in `language`. Its address may name what is filtered, after `#`: `lang`, `owner`, `team`,
/// `region`, `source`, `product`, `stage` by key, `from` and `to` by day, such as `#lang=en&owner=anna&from=2026-01-01`.
pub fn dashboard_page(data: &DashboardData, language: Language) -> String {
    let (tag, en, zh) = match language {
        Language::En => ("en", " checked", ""),
        Language::Zh => ("zh-CN", "", " checked"),
    };
    let title = Label::new("Sales dashboard", "销售仪表盘");
    let time = local(data.as_of, &data.zone);
    let asof = Label::new(
        format!("As of {time} · {} · {}", data.zone, data.currency),
        format!("截至 {time} · {} · {}", data.zone, data.currency),
    );
    let asked: String = data
        .parameters
        .iter()
        .map(|one| format!("<span>{} {}</span>", both(&one.label), both(&one.shown)))
        .collect();
    let definitions: String = data
        .definitions
        .iter()
        .map(|one| format!("<dt>{}</dt><dd>{}</dd>", both(&one.term), both(&one.text)))
        .collect();
    let about = both(&Label::new("Definitions", "指标定义"));
    let needs = both(&Label::new(
        "This page counts by a script of its own; scripts are switched off here.",
        "本页面由自带脚本计算，当前浏览器已停用脚本。",
    ));
    let inside = both(&Label::new(
        "The page holds one line a deal (owner, team, region, source, products, stages, amount, dates), no customer and no \
         contact. Whoever has the file can read them.",
        "页面内含每个商机的一行数据（负责人、团队、地区、来源、产品、阶段、金额、日期），不含客户与联系人；持有文件者均可读取。",
    ));
    format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{script}'; \
         style-src '{style}'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <div class=\"top\">\n<h1>{title}</h1>\n<div class=\"switch\">\
         <input type=\"radio\" name=\"language\" id=\"en\"{en}><label for=\"en\">English</label>\
         <input type=\"radio\" name=\"language\" id=\"zh\"{zh}><label for=\"zh\">中文</label></div>\n</div>\n\
         <p class=\"asof\">{asof}</p>\n<p class=\"asked\">{asked}</p>\n<form id=\"filters\" autocomplete=\"off\"></form>\n\
         <div class=\"said\"><p id=\"told\" role=\"status\"></p><button id=\"reset\" type=\"button\" hidden></button></div>\n<noscript><p>{needs}</p></noscript>\n</header>\n\
         <main><div id=\"page\"></div>\n<details class=\"about\"><summary>{about}</summary><dl>{definitions}</dl></details>\n</main>\n\
         <footer>{inside}</footer>\n<script type=\"application/json\" id=\"data\">{json}</script>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        script = digest(SCRIPT),
        style = digest(STYLE),
        name = escaped(title.get(language)),
        title = both(&title),
        asof = both(&asof),
        json = embedded(data),
    )
}

fn both(label: &Label) -> String {
    if label.en == label.zh {
        return escaped(&label.en);
    }
    let (en, zh) = (escaped(&label.en), escaped(&label.zh));
    format!("<span lang=\"en\">{en}</span><span lang=\"zh\">{zh}</span>")
}

/// As JSON that no parser of HTML can take for the end of the block it stands in.
fn embedded(data: &DashboardData) -> String {
    let json = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    safe
}

/// What a content security policy calls a text by.
///
/// # Source
///
/// W3C, Content Security Policy Level 3, section 2.3.1: `hash-source`.
fn digest(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| three.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18_u32, 12, 6, 0].into_iter().enumerate() {
            let letter = usize::try_from(bits >> shift & 63).ok().and_then(|at| LETTERS.get(at));
            let is_there = at <= three.len();
            text.push(letter.copied().filter(|_| is_there).map_or('=', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_as_the_rfc_has_it() {
        let table = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, expected) in table {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    /// The example of the MDN page on CSP `script-src`: `<script>var inline = 1;</script>`.
    #[test]
    fn a_script_is_called_as_browsers_call_it() {
        assert_eq!(
            digest("var inline = 1;"),
            "sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8="
        );
    }
}
