//! Reports over many deals: through the engine, and as SQL over the same file.
//!
//! The engine answers each call from the store: it reads every deal, move and name into its fact table, then counts. By
//! hand means one statement over the tables of the same file, with their indexes, on a connection of its own that is
//! warm. Counts and amounts are compared before anything is timed; intervals, shares, growth, labels and charts are the
//! engine's alone.

use std::sync::Arc;

use crm_sqlite::SqliteStore;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::data::{self, Host};
use crate::measure::{Cost, Series, load, ms, rounded};
use crate::{Failure, Findings, Line, Options, Scratch};

const CUSTOMERS: u64 = 2_000;
const ROUNDS_MAX: usize = 7;
/// Deals that go on after the instant whose knowledge is asked for.
const CHANGES: usize = 1_000;

/// One report, twice.
struct Question {
    op: &'static str,
    request: &'static str,
    /// The table of the report that is compared, and its columns.
    table: &'static str,
    columns: &'static [&'static str],
    /// Its last row is that of all deals.
    totals: bool,
    sql: &'static str,
}

const QUESTIONS: [Question; 4] = [
    Question {
        op: "report.overview",
        request: "{}",
        table: "stages",
        columns: &["deals", "amount", "open", "open_amount", "won", "won_amount", "lost", "lost_amount"],
        totals: false,
        sql: "SELECT COUNT(*), SUM(amount_minor),
                SUM(phase = 'open'), SUM(amount_minor) FILTER (WHERE phase = 'open'),
                SUM(phase = 'won'), SUM(amount_minor) FILTER (WHERE phase = 'won'),
                SUM(phase = 'lost'), SUM(amount_minor) FILTER (WHERE phase = 'lost')
              FROM opportunity WHERE tenant = 1 AND deleted = 0 GROUP BY phase_stage",
    },
    Question {
        op: "report.funnel",
        request: "{}",
        table: "stages",
        columns: &["entered", "advanced", "won", "lost", "open"],
        totals: false,
        sql: "WITH stood AS (
                SELECT m.opportunity AS deal, m.\"to\" AS stage FROM stage_move m
                WHERE m.tenant = 1 AND m.deleted = 0 AND m.kind NOT IN ('won', 'lost')
                UNION SELECT id, phase_stage FROM opportunity WHERE tenant = 1 AND deleted = 0),
              placed AS (
                SELECT stood.deal, s.id AS stage, s.position,
                  MAX(s.position) OVER (PARTITION BY stood.deal) AS furthest
                FROM stood JOIN stage s ON s.tenant = 1 AND s.id = stood.stage)
              SELECT COUNT(*), SUM(p.position < p.furthest), SUM(p.position = p.furthest AND o.phase = 'won'),
                SUM(p.position = p.furthest AND o.phase = 'lost'), SUM(p.position = p.furthest AND o.phase = 'open')
              FROM placed p JOIN opportunity o ON o.tenant = 1 AND o.id = p.deal GROUP BY p.stage",
    },
    Question {
        op: "report.winrate",
        request: r#"{"by":["owner"]}"#,
        table: "win_rate",
        columns: &["won", "lost", "open", "won_amount"],
        totals: true,
        sql: "SELECT SUM(o.phase = 'won'), SUM(o.phase = 'lost'), SUM(o.phase = 'open'),
                SUM(o.amount_minor) FILTER (WHERE o.phase = 'won')
              FROM opportunity o JOIN user u ON u.tenant = 1 AND u.id = o.owner
              WHERE o.tenant = 1 AND o.deleted = 0 GROUP BY u.login",
    },
    Question {
        op: "report.trend",
        request: r#"{"grain":"month"}"#,
        table: "buckets",
        columns: &["deals", "amount"],
        totals: false,
        sql: "SELECT COUNT(*), SUM(amount_minor) FROM opportunity
              WHERE tenant = 1 AND deleted = 0 AND phase = 'won'
              GROUP BY strftime('%Y-%m', phase_closed_at / 1000000 + 28800, 'unixepoch')",
    },
];

/// Runs the benchmark; [`Options::rows`] is the deals, 100,000 where nothing is said. At most seven rounds.
///
/// # Errors
///
/// What a store reports; answers that differ.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let scratch = Scratch::new(options)?;
    let path = scratch.file("deals.db");
    let deals = options.rows_or(100_000);
    let store = Arc::new(SqliteStore::open(&path)?);
    let mut host = Host::new(store.clone());
    data::found(&mut host, CUSTOMERS)?;
    let (done, filled) = Cost::of(|| data::mixed_deals(&mut host, deals, CUSTOMERS, options.seed));
    done?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&path, flags)?;
    conn.execute_batch(
        "PRAGMA cache_size = -262144; PRAGMA mmap_size = 1073741824; PRAGMA temp_store = MEMORY",
    )?;
    let moves: i64 = conn.query_row("SELECT COUNT(*) FROM stage_move", [], |row| row.get(0))?;
    let mut findings = Findings { name: "report", lines: Vec::new(), json: Default::default() };
    for question in &QUESTIONS {
        let answer = host.call(question.op, &serde_json::from_str(question.request)?)?;
        let (ours, theirs) = (counted(&answer, question)?, asked(&conn, question)?);
        if ours != theirs {
            let op = question.op;
            return Err(format!("{op}: the engine says {ours:?}, SQL says {theirs:?}").into());
        }
        let (mut engine, mut sql, mut engine_cpu) = <(Series, Series, Series)>::default();
        for _ in 0..options.rounds.min(ROUNDS_MAX) {
            let env = host.env()?;
            let (done, cost) = Cost::of(|| {
                data::called(&host.session, &env, question.op, question.request.as_bytes(), None)
            });
            done?;
            engine.push(ms(cost.wall));
            engine_cpu.push(ms(cost.cpu));
            let (done, cost) = Cost::of(|| asked(&conn, question));
            done?;
            sql.push(ms(cost.wall));
        }
        findings.json.insert(question.op.to_owned(), json!({
            "engine_ms_min": rounded(engine.min()), "engine_ms_median": rounded(engine.median()),
            "engine_cpu_ms": rounded(engine_cpu.min()),
            "sql_ms_min": rounded(sql.min()), "sql_ms_median": rounded(sql.median()),
            "ratio": rounded(engine.min() / sql.min()),
        }));
        findings.lines.push(Line {
            what: format!("{} over {deals} deals", question.op),
            unit: "ms",
            engine: engine.min(),
            peer: sql.min(),
            against: "SQL over the same file, warm".to_owned(),
        });
    }
    known(&mut host, &data::deals(&*store)?, options, &mut findings)?;
    findings.json.extend([
        ("deals".to_owned(), Value::from(deals)),
        ("moves".to_owned(), Value::from(moves)),
        ("filled_us_deal".to_owned(), Value::from(rounded(ms(filled.wall) * 1e3 / deals as f64))),
        ("load".to_owned(), Value::from(load())),
    ]);
    Ok(findings)
}

/// What was known before a thousand deals went on, beside what is known now; it is found anew each time.
fn known(
    host: &mut Host,
    deals: &[Uuid],
    options: &Options,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let [overview, ..] = &QUESTIONS;
    let at = host.env()?.now.to_string();
    let before = counted(&host.call(overview.op, &json!({}))?, overview)?;
    // Those that are closed, or stand elsewhere, are refused and stay as they are.
    let go_on = |id: &&Uuid| {
        host.call("opportunity.advance", &json!({"id": id, "stage": data::STAGES[1]})).is_ok()
    };
    let changes = deals.iter().filter(go_on).take(CHANGES).count();
    if changes == 0 || counted(&host.call(overview.op, &json!({}))?, overview)? == before {
        return Err("no deal went on".into());
    }
    let (mut now, mut then, mut first) = (Series::default(), Series::default(), None);
    for _ in 0..options.rounds.min(ROUNDS_MAX) {
        let (done, cost) = Cost::of(|| host.call(overview.op, &json!({})));
        done?;
        now.push(ms(cost.wall));
        let (done, cost) = Cost::of(|| host.call(overview.op, &json!({"known_at": at})));
        let told = counted(&done?, overview)?;
        if told != before {
            return Err(format!("known then: {before:?}, told now: {told:?}").into());
        }
        first = first.or(Some(ms(cost.wall)));
        then.push(ms(cost.wall));
    }
    findings.json.insert("known_at".to_owned(), json!({
        "changes_since": changes, "first_ms": first.map(rounded),
        "ms_min": rounded(then.min()), "ms_median": rounded(then.median()), "now_ms_min": rounded(now.min()),
    }));
    findings.lines.push(Line {
        what: format!("report.overview, known_at before {changes} changes"),
        unit: "ms",
        engine: then.min(),
        peer: now.min(),
        against: "the engine itself, as is known now".to_owned(),
    });
    Ok(())
}

/// The figures of a report's table, row by row in an order of their own; rows without a deal are left out.
fn counted(answer: &Value, question: &Question) -> Result<Vec<Vec<i64>>, Failure> {
    let tables = answer["tables"].as_array().into_iter().flatten();
    let table = tables.clone().find(|table| table["key"] == question.table);
    let table = table.ok_or("a report without its table")?;
    let keys: Vec<&str> = table["columns"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|column| column["key"].as_str())
        .collect();
    let at: Vec<usize> = question
        .columns
        .iter()
        .filter_map(|column| keys.iter().position(|key| key == column))
        .collect();
    let figure = |cell: &Value| -> i64 {
        let cell = cell.as_object().and_then(|object| object.values().next()).unwrap_or(cell);
        match cell {
            Value::Number(number) => number.as_i64().unwrap_or(i64::MIN),
            // Money: as many decimals as the currency has.
            Value::String(text) => text.replace('.', "").parse().unwrap_or(i64::MIN),
            _ => 0,
        }
    };
    let rows = table["rows"].as_array().into_iter().flatten();
    let rows = rows.map(|row| at.iter().map(|at| figure(&row[*at])).collect::<Vec<i64>>());
    let all = table["rows"].as_array().map_or(0, Vec::len);
    let rows = rows.take(all - usize::from(question.totals));
    let mut rows: Vec<Vec<i64>> = rows.filter(|row| row.iter().any(|one| *one != 0)).collect();
    rows.sort();
    Ok(rows)
}

fn asked(conn: &Connection, question: &Question) -> Result<Vec<Vec<i64>>, Failure> {
    let mut statement = conn.prepare_cached(question.sql)?;
    let width = question.columns.len();
    let rows = statement.query_map([], |row| {
        (0..width).map(|at| Ok(row.get::<_, Option<i64>>(at)?.unwrap_or(0))).collect()
    })?;
    let mut rows: Vec<Vec<i64>> = rows.collect::<Result<_, _>>()?;
    rows.sort();
    Ok(rows)
}
