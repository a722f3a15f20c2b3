//! A CSV file of customers into an empty store: through the engine's import, and by hand.
//!
//! By hand means the `csv` crate and prepared statements: the same rows (customer, phone, e-mail, source key, journal
//! lines, and for every 1,000 rows a fact, a commit, and what `reversal.undo` needs) into the same tables, indexes made
//! last or live. It checks nothing, takes every cell as it is, and its fact's root and digests are made up.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use chrono_tz::Tz;
use crm_core::api::{ImportMode, ImportRow, ImportRows, ListRule, RowStatus};
use crm_core::import::{Dialect, ImportRows as Chunk, Mapped, Mapping, Plan, Rows, Shelf};
use crm_core::record::Kind;
use crm_core::undo::Reversal;
use crm_core::value::Id;
use crm_sqlite::SqliteStore;
use rusqlite::{CachedStatement, Connection, params};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::data::{Host, Random};
use crate::import_maps::filled;
use crate::measure::{Cost, Series, load, ms, rounded};
use crate::{Failure, Findings, Line, Options, Scratch};

const PLAN: &str = "source = 'bench'\n[[file]]\nname = 'customers.csv'\nentity = 'customer'\nkey = 'id'\n\
    [file.fields]\nname = { column = 'name', required = true }\nregion = 'region'\nwebsite = 'website'\n\
    phones = ['phone']\nemails = ['email']\n";
const CHUNK: usize = Chunk::ROWS_MAX;
const ROUNDS_MAX: usize = 3;
/// How long an import can be undone: 30 days.
const UNDO_MICROS: i64 = 30 * 86_400_000_000;

/// Runs the benchmark; [`Options::rows`] is the rows of the file, 100,000 where nothing is said. At most three rounds.
///
/// # Errors
///
/// What a store or the file reports; rows that differ.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let scratch = Scratch::new(options)?;
    let file = scratch.file("customers.csv");
    let rows = options.rows_or(100_000);
    write_file(&file, rows, options.seed)?;
    let bytes = std::fs::metadata(&file)?.len();
    let per_row = |cost: Cost| ms(cost.wall) * 1e3 / rows as f64;
    let mut series: [Series; 8] = Default::default();
    let mut cpu: [Series; 2] = Default::default();
    let before = load();
    for round in 0..options.rounds.min(ROUNDS_MAX) {
        let (counted, cost) = Cost::of(|| parsed(&file));
        assert_eq!(counted?, rows);
        series[0].push(per_row(cost));
        let (counted, cost) = Cost::of(|| mapped(&file));
        assert_eq!(counted?, rows);
        series[1].push(per_row(cost));
        for (at, live) in [(3, false), (4, true)] {
            let engine = scratch.file(&format!("engine-{live}-{round}.db"));
            let (done, cost) = Cost::of(|| by_engine(&engine, &file, live));
            done?;
            series[if live { 7 } else { 2 }].push(per_row(cost));
            if !live {
                cpu[0].push(cost.cpu.as_secs_f64() * 1e6 / rows as f64);
            }
            let path = scratch.file(&format!("hand-{live}-{round}.db"));
            prepared(&path)?;
            let (done, cost) = Cost::of(|| by_hand(&path, &file, live));
            done?;
            series[at].push(per_row(cost));
            if !live {
                cpu[1].push(cost.cpu.as_secs_f64() * 1e6 / rows as f64);
            }
            compare(&engine, &path)?;
            remove(&path);
            remove(&engine);
        }
        let store = Arc::new(crm_core::store::MemoryStore::default());
        let (done, cost) = Cost::of(|| import(Host::new(store.clone()), &file));
        done?;
        series[5].push(per_row(cost));
        // What it takes to free the maps is no part of either.
        drop(store);
        let (maps, cost) = Cost::of(|| filled(&file));
        assert_eq!(maps?.weight().0 as u64, rows * 4);
        series[6].push(per_row(cost));
    }
    let [parse, map, engine, last, live, memory, maps, engine_live] =
        series.map(|series| series.min());
    let [engine_cpu, hand_cpu] = cpu.map(|series| series.min());
    let line = |what: &str, engine, peer, against: &str| Line {
        what: what.to_owned(),
        unit: "µs/row",
        engine,
        peer,
        against: against.to_owned(),
    };
    // Of the whole file; to the millisecond, or what parsing takes would be 0.
    let seconds = |per_row: f64| (per_row * rows as f64 / 1e3).round() / 1e3;
    let json = json!({
        "rows": rows, "csv_bytes": bytes, "engine_us_row": rounded(engine),
        "by_hand_indexes_last_us_row": rounded(last), "by_hand_live_indexes_us_row": rounded(live),
        "csv_parse_us_row": rounded(parse), "read_and_map_us_row": rounded(map),
        "memory_store_us_row": rounded(memory),
        "maps_by_hand_us_row": rounded(maps), "ratio_memory": rounded(memory / maps),
        "sqlite_s": seconds(engine), "by_hand_s": seconds(last), "memory_s": seconds(memory), "csv_parse_s": seconds(parse),
        "ratio_indexes_last": rounded(engine / last), "ratio_live_indexes": rounded(engine / live), "engine_live_us_row": rounded(engine_live),
        "engine_cpu_us_row": rounded(engine_cpu), "by_hand_cpu_us_row": rounded(hand_cpu),
        "figures": "minimum of the rounds", "load": [before, load()],
    });
    Ok(Findings {
        name: "import",
        lines: vec![
            line("import of customers", engine, last, "csv + prepared inserts, indexes last"),
            line("the same", engine_live, live, "both with live indexes"),
            line("the same, CPU", engine_cpu, hand_cpu, "by hand, indexes last"),
            line("of it: read and mapped", map, parse, "csv crate, parse only"),
            line("the same into the memory store", memory, maps, "csv and the same maps by hand"),
        ],
        json: match json {
            Value::Object(map) => map,
            _ => Default::default(),
        },
    })
}

fn remove(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(end);
        // The whole folder goes in the end.
        drop(std::fs::remove_file(file));
    }
}

fn write_file(path: &Path, rows: u64, seed: u64) -> Result<(), Failure> {
    let mut random = Random::new(seed);
    let mut file = csv::Writer::from_path(path)?;
    file.write_record(["id", "name", "region", "website", "phone", "email"])?;
    let kinds = ["精密机械", "电子科技", "Trading", "物流", "Machines", "建材"];
    let regions = ["华东", "华南", "North", "West"];
    for at in 0..rows {
        let kind = random.one(&kinds);
        file.write_record([
            format!("C{at:07}"),
            format!("{kind} {:06}-{at}", random.below(1_000_000)),
            (*random.one(&regions)).to_owned(),
            format!(
                "https://www.customer{}.example.com/fair/{}",
                random.below(100_000),
                random.below(9)
            ),
            format!("138{:08}", at),
            format!("buyer{at}@customer{}.example.com", random.below(100_000)),
        ])?;
    }
    file.flush()?;
    Ok(())
}

/// The `csv` crate alone: every cell is looked at.
fn parsed(file: &Path) -> Result<u64, Failure> {
    let mut rows = csv::Reader::from_reader(BufReader::with_capacity(1 << 16, File::open(file)?));
    let mut row = csv::StringRecord::new();
    let (mut count, mut bytes) = (0, 0);
    while rows.read_record(&mut row)? {
        count += 1;
        bytes += row.iter().map(str::len).sum::<usize>();
    }
    std::hint::black_box(bytes);
    Ok(count)
}

/// Does something with each chunk of a file's rows.
fn chunks(
    file: &Path,
    mut send: impl FnMut(Vec<ImportRow>) -> Result<(), Failure>,
) -> Result<u64, Failure> {
    let plan = Plan::parse(PLAN, Tz::UTC).map_err(|faults| format!("{faults:?}"))?;
    let entry = plan.files_named("customers.csv").next().ok_or("no entry")?;
    let mut rows = Rows::open(File::open(file)?, &Dialect::default())?;
    let header = rows.header().to_vec();
    let shelf = Shelf::default();
    let mapping = Mapping::bind(&plan, entry, ("customers.csv", &header), &shelf);
    let mapping = mapping.map_err(|faults| format!("{faults:?}"))?;
    let mut items = Vec::with_capacity(CHUNK);
    let mut count = 0;
    while let Some(row) = rows.next_row()? {
        let Mapped::Item(item) = mapping.map(&row) else {
            return Err(format!("row {} is no item", row.number).into());
        };
        items.push(ImportRow::of(item)?);
        count += 1;
        if items.len() == CHUNK {
            send(std::mem::replace(&mut items, Vec::with_capacity(CHUNK)))?;
        }
    }
    if !items.is_empty() {
        send(items)?;
    }
    Ok(count)
}

fn mapped(file: &Path) -> Result<u64, Failure> {
    chunks(file, |rows| {
        std::hint::black_box(rows.len());
        Ok(())
    })
}

/// Indexes are made last, as `crm import` does, or with each row.
fn by_engine(path: &Path, file: &Path, live: bool) -> Result<(), Failure> {
    let store = if live { SqliteStore::open(path)? } else { SqliteStore::load(path)? };
    let store = Arc::new(store);
    import(Host::new(store.clone()), file)?;
    Ok(store.finish_load()?)
}

/// The file as `crm import` brings it in: all chunks are one import, which can be undone.
fn import(mut host: Host, file: &Path) -> Result<(), Failure> {
    let mut import: Option<Id<Reversal>> = None;
    chunks(file, |rows| {
        let count = rows.len() as u64;
        let request = ImportRows {
            source: "bench".to_owned(),
            entity: "customer".to_owned(),
            file: "customers.csv".to_owned(),
            mode: ImportMode::Upsert,
            match_by: Vec::new(),
            lists: ListRule::Replace,
            rows,
            import,
        };
        let env = host.env()?;
        let answer = host.session.run(&env, &request)?;
        import = answer.import;
        if answer.stored == count {
            return Ok(());
        }
        let refused = answer.results.iter().find(|row| row.status == RowStatus::Rejected);
        Err(format!("a row was refused: {refused:?}").into())
    })?;
    Ok(())
}

/// An empty store with the tenant's first settings, so that both sides begin alike.
fn prepared(path: &Path) -> Result<(), Failure> {
    Host::new(Arc::new(SqliteStore::open(path)?)).call("settings.get", &json!({})).map(drop)
}

/// The statements of one kind by hand.
const CUSTOMER: &str = "INSERT INTO customer (tenant, id, seq, version, deleted, ext, customer_type, name, region, \
    owner, website, status, created_at, parent, primary_contact, merged_into, pool) VALUES \
    (1, ?1, ?2, 1, 0, '{}', 'business', ?3, ?4, ?5, ?6, 'active', ?7, ?8, ?8, ?8, ?8)";
const POINT: &str = "INSERT INTO contact_point (tenant, id, seq, version, deleted, ext, owner_kind, owner, medium, \
    raw, normal, country, network, label) VALUES (1, ?1, ?2, 1, 0, '{}', 'customer', ?3, ?4, ?5, ?6, ?7, NULL, NULL)";
const SOURCE_KEY: &str = "INSERT INTO source_key (tenant, id, seq, version, deleted, ext, source, entity, key, target, \
    place) VALUES (1, ?1, ?2, 1, 0, '{}', 'bench', 'customer', ?3, ?4, ?5)";
const FACT: &str = "INSERT INTO fact (tenant, id, seq, version, deleted, ext, subject_kind, subject, operation, actor, \
    purpose, happened_at, recorded_at, rules, changes, source, root, customer) VALUES (1, ?1, ?2, 1, 0, '{}', 'customer', ?3, \
    'import.rows', ?4, 'sales', ?5, ?5, NULL, ?6, 'bench:customers.csv', ?7, ?3)";
const MADE: &str = "INSERT INTO reversal_entry (tenant, id, seq, version, deleted, ext, reversal, part, ordinal, subject, \
    before, after, made) VALUES (1, ?1, ?2, 1, 0, '{}', ?3, ?6, 0, ?4, NULL, NULL, ?5)";
const REVERSAL: &str = "INSERT INTO reversal (tenant, id, seq, version, deleted, ext, action, subject_kind, subject, by, at, \
    until, parts, left, records, undone_at, undone_by, source, forgotten) VALUES (1, ?1, ?2, 1, 0, '{}', 'import', \
    'reversal', ?1, ?3, ?4, ?5, 1, 1, ?6, NULL, ?7, 'bench:customers.csv', 0) \
    ON CONFLICT (tenant, id) DO UPDATE SET seq = excluded.seq, version = version + 1, until = excluded.until, \
    parts = parts + 1, left = left + 1, records = records + excluded.records";
const JOURNAL: &str = "INSERT INTO crm_journal (tenant, seq, line, commit_id, at, kind, id, version, purged) \
    VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)";

fn by_hand(path: &Path, file: &Path, live: bool) -> Result<(), Failure> {
    let conn = Connection::open(path)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -64000; PRAGMA temp_store = MEMORY",
    )?;
    let mut indexes: Vec<String> = Vec::new();
    if !live {
        let mut found = conn.prepare(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
             AND tbl_name IN ('customer', 'contact_point', 'source_key', 'fact', 'reversal', 'reversal_entry')",
        )?;
        let found = found.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        for index in found.collect::<Result<Vec<_>, _>>()? {
            conn.execute_batch(&format!("DROP INDEX \"{}\"", index.0))?;
            indexes.push(index.1);
        }
    }
    let owner: Vec<u8> = conn.query_row("SELECT id FROM user", [], |row| row.get(0))?;
    let mut seq: i64 = conn.query_row("SELECT seq FROM crm_head", [], |row| row.get(0))?;
    let mut ids = Ids::default();
    let (reversal, first_seq) = (ids.next(), seq + 1);
    let mut rows = csv::Reader::from_reader(BufReader::with_capacity(1 << 16, File::open(file)?));
    let mut row = csv::StringRecord::new();
    let mut number = 1_u64;
    let mut more = rows.read_record(&mut row)?;
    while more {
        seq += 1;
        let at = 1_795_395_600_000_000_i64 + seq * 1_000_000;
        let commit = ids.next();
        conn.execute_batch("BEGIN IMMEDIATE")?;
        let journal = conn.prepare_cached(JOURNAL)?;
        let mut lines = Lines { journal, seq, commit, at, line: 0, made: Vec::new() };
        let mut customer = conn.prepare_cached(CUSTOMER)?;
        let mut point = conn.prepare_cached(POINT)?;
        let mut source_key = conn.prepare_cached(SOURCE_KEY)?;
        let (mut first, mut records) = (None, 0);
        for _ in 0..CHUNK {
            (number, records) = (number + 1, records + 4);
            let cell = |at: usize| row.get(at).unwrap_or_default();
            let id = ids.next();
            first.get_or_insert(id);
            let target = id.as_bytes().as_slice();
            customer.execute(params![
                target,
                seq,
                cell(1),
                cell(2),
                owner,
                cell(3),
                at,
                [0_u8; 16].as_slice()
            ])?;
            lines.noted(Kind::Customer, &id)?;
            let phone = format!("+86{}", cell(4));
            let email = cell(5);
            for (medium, text, normal, country) in
                [("phone", cell(4), phone.as_str(), Some("CN")), ("email", email, email, None)]
            {
                let id = ids.next();
                point.execute(params![
                    id.as_bytes().as_slice(),
                    seq,
                    target,
                    medium,
                    text,
                    normal,
                    country
                ])?;
                lines.noted(Kind::ContactPoint, &id)?;
            }
            // Known by its key in the other system, so it comes in no order.
            let key = ids.scattered();
            let place = format!("customers.csv:{number}");
            source_key.execute(params![key.as_bytes().as_slice(), seq, cell(0), target, place])?;
            lines.noted(Kind::SourceKey, &key)?;
            more = rows.read_record(&mut row)?;
            if !more {
                break;
            }
        }
        let id = ids.next();
        let changes = format!(r#"{{"records":{},"root":"{}"}}"#, records, "0".repeat(64));
        let first = first.unwrap_or_default();
        conn.prepare_cached(FACT)?.execute(params![
            id.as_bytes().as_slice(),
            seq,
            first.as_bytes().as_slice(),
            owner,
            at,
            changes,
            [0_u8; 32].as_slice()
        ])?;
        let made = std::mem::take(&mut lines.made);
        lines.noted(Kind::Fact, &id)?;
        let (entry, part) = (ids.next(), seq - first_seq);
        conn.prepare_cached(MADE)?.execute(params![
            entry.as_bytes().as_slice(),
            seq,
            reversal.as_bytes().as_slice(),
            [0_u8; 16].as_slice(),
            made,
            part
        ])?;
        lines.noted(Kind::ReversalEntry, &entry)?;
        conn.prepare_cached(REVERSAL)?.execute(params![
            reversal.as_bytes().as_slice(),
            seq,
            owner,
            at,
            at + UNDO_MICROS,
            records,
            [0_u8; 16].as_slice()
        ])?;
        lines.noted_as(Kind::Reversal, &reversal, part + 1)?;
        conn.prepare_cached("UPDATE crm_head SET seq = ?1 WHERE tenant = 1")?.execute([seq])?;
        conn.prepare_cached(
            "INSERT INTO crm_commit (tenant, commit_id, seq, digest) VALUES (1, ?1, ?2, ?3)",
        )?
        .execute(params![commit.as_bytes().as_slice(), seq, i64::MAX - seq])?;
        conn.execute_batch("COMMIT")?;
    }
    for sql in indexes {
        conn.execute_batch(&sql)?;
    }
    Ok(())
}

/// The journal of one commit, and what it says was made.
struct Lines<'c> {
    journal: CachedStatement<'c>,
    seq: i64,
    commit: Uuid,
    at: i64,
    line: i64,
    made: Vec<u8>,
}

impl Lines<'_> {
    fn noted(&mut self, kind: Kind, id: &Uuid) -> rusqlite::Result<()> {
        self.noted_as(kind, id, 1)
    }

    fn noted_as(&mut self, kind: Kind, id: &Uuid, version: i64) -> rusqlite::Result<()> {
        let (commit, bytes) = (self.commit.as_bytes().as_slice(), id.as_bytes().as_slice());
        let kind_code = kind.code();
        let (seq, line, at) = (self.seq, self.line, self.at);
        self.journal.execute(params![seq, line, commit, at, kind_code, bytes, version])?;
        self.line += 1;
        self.made.extend(kind.code().to_be_bytes());
        self.made.extend(bytes);
        self.made.extend([0; 8]);
        Ok(())
    }
}

/// Ids as the engine's: in time, at random within a millisecond.
#[derive(Default)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) const fn next(&mut self) -> Uuid {
        self.0 += 1;
        let random = Random::new(self.0).next();
        Uuid::from_u64_pair(0x019A_AD00_0000_7000 + ((self.0 / 4001) << 16), random)
    }

    pub(crate) const fn scattered(&mut self) -> Uuid {
        self.0 += 1;
        Uuid::from_u64_pair(Random::new(self.0).next(), self.0)
    }
}

/// Refuses to go on where the two files differ in more than ids.
fn compare(engine: &Path, hand: &Path) -> Result<(), Failure> {
    let conn = Connection::open(hand)?;
    let engine = engine.to_str().ok_or("a folder whose name is no text")?;
    conn.execute("ATTACH ?1 AS engine", [engine])?;
    for (table, cols) in [
        (
            "customer",
            "version, deleted, ext, customer_type, name, region, owner, website, status, parent, primary_contact",
        ),
        (
            "contact_point",
            "version, deleted, ext, owner_kind, medium, raw, normal, country, network, label",
        ),
        ("source_key", "version, deleted, ext, source, entity, key, place"),
        ("fact", "version, deleted, operation, actor, length(changes), source, length(root)"),
        (
            "reversal",
            "version, deleted, ext, action, subject_kind, by, until - at, parts, left, records, undone_at, \
             undone_by, source, forgotten",
        ),
        (
            "reversal_entry",
            "version, deleted, ext, part, ordinal, subject, before, after, length(made)",
        ),
        ("crm_journal", "tenant, seq, kind, version, purged"),
        ("crm_head", "*"),
        ("crm_commit", "tenant, seq"),
    ] {
        let differ = |a: &str, b: &str| {
            format!(
                "(SELECT COUNT(*) FROM (SELECT {cols} FROM {a}.{table} EXCEPT SELECT {cols} FROM {b}.{table}))"
            )
        };
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM main.{table}) - (SELECT COUNT(*) FROM engine.{table}), {}, {}",
            differ("main", "engine"),
            differ("engine", "main")
        );
        let found: (i64, i64, i64) =
            conn.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        if found != (0, 0, 0) {
            return Err(format!("{table} differs between engine and hand: {found:?}").into());
        }
    }
    Ok(())
}
