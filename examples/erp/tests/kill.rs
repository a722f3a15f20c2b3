//! ERP processes confirm, ship and call off orders and are killed with signal 9, at random instants and between any two
//! statements. Afterwards an ERP in the store's file and the engine say the same, and an ERP that reads the feed has
//! booked each message up to its cursor once.
//!
//! The same harness with an ERP that books in a second transaction, and with one that keeps its cursor apart, must find
//! differences, else it proves nothing. 40 rounds; 500 with `CRM_PROOF=full`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crm_core::engine::{Engine, Env, Session, SessionOptions};
use crm_core::outbox::{Account, Moves};
use crm_erp::{Books, House, Reader, fixed, messages, number};
use crm_sqlite::{SqliteStore, apply_in};
use rusqlite::{Connection, TransactionBehavior};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

/// Statements of one round that a kill can come between; later ones are left to chance.
const STEPS: u64 = 48;
const STOCK: i64 = 1_000_000;

static LEFT: AtomicU64 = AtomicU64::new(u64::MAX);

fn main() {
    if let Ok(child) = std::env::var("CRM_ERP_CHILD") {
        return work(&child);
    }
    let names = ["house", "reader"];
    if std::env::args().any(|arg| arg == "--list") {
        return names.iter().for_each(|name| println!("{name}: test"));
    }
    let full = std::env::var("CRM_PROOF").is_ok_and(|proof| proof == "full");
    let rounds = if full { 500 } else { 40 };

    let house = in_the_file("house", rounds);
    println!("kill -9, {rounds} rounds of an ERP in the store's file: {house:?}");
    assert!(house.documents > rounds / 4 && house.at_a_step > 0 && house.by_chance > 0);
    assert_eq!(house.wrong, 0, "one side without the other");
    let torn = in_the_file("torn", 12);
    println!("control, stock in a second transaction: {torn:?}");
    assert!(torn.wrong > 0, "the harness does not see a torn decision");

    let reader = by_the_feed("reader", rounds);
    println!("kill -9, {rounds} rounds of an ERP that reads the feed: {reader:?}");
    assert!(reader.documents > rounds && reader.at_a_step > 0 && reader.by_chance > 0);
    assert_eq!(reader.wrong, 0, "a message took effect not once");
    let apart = by_the_feed("apart", 4);
    println!("control, the cursor in a second transaction: {apart:?}");
    assert!(apart.wrong > 0, "the harness does not see a message that took effect twice");
}

/// What the rounds found.
#[derive(Debug, Default)]
struct Found {
    documents: u64,
    at_a_step: u64,
    by_chance: u64,
    wrong: u64,
}

// ---- the process that is killed

/// `mode|folder|step`: counts down from `step` between any two statements; never dies by itself for 0.
fn work(child: &str) {
    let [mode, folder, step] = child.split('|').collect::<Vec<_>>().try_into().unwrap();
    let folder = Path::new(folder);
    let step: u64 = step.parse().unwrap();
    match mode {
        "house" | "torn" => {
            let mut house = House::open(&folder.join("crm.db"), between).unwrap();
            let mut second = Connection::open(folder.join("crm.db")).unwrap();
            let session = session(folder);
            arm(step);
            loop {
                let order = draft(&house);
                let mut decide = |op: &str, request: Value| match mode {
                    "house" => drop(house.decide(op, &request).unwrap()),
                    _ => torn(&mut second, &session, op, &request),
                };
                live(order, &mut decide);
            }
        }
        _ => {
            let file = folder.join("books.db");
            let mut reader = Reader::open(&file, session(folder), between).unwrap();
            let mut conn = Connection::open(&file).unwrap();
            arm(step);
            match mode {
                "reader" => drop(reader.catch_up().unwrap()),
                _ => apart(&mut conn, &reader, &session(folder)),
            }
            // All is read: waits for its end.
            std::thread::sleep(Duration::from_secs(60));
        }
    }
}

fn arm(step: u64) {
    LEFT.store(if step == 0 { u64::MAX } else { step }, Ordering::SeqCst);
    println!("ready");
    std::io::stdout().flush().unwrap();
}

fn between() {
    if LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        let me = std::process::id().to_string();
        Command::new("kill").args(["-9", &me]).status().unwrap();
        std::thread::sleep(Duration::from_secs(60));
    }
}

/// The life of an order, a third of them called off.
fn live(order: Uuid, decide: &mut dyn FnMut(&str, Value)) {
    decide("order.confirm", json!({"id": order}));
    if order.as_u128().is_multiple_of(3) {
        return decide("order.cancel", json!({"id": order, "reason": "x"}));
    }
    decide("order.submit", json!({"id": order}));
    for (at, quantity) in ["2", "1.5"].into_iter().enumerate() {
        let key = format!("{order} {at}");
        let shipped = json!({"source": "erp", "key": key, "order_number": order.simple().to_string(),
            "kind": "shipped", "line": at, "quantity": quantity});
        decide("order.record_event", shipped);
    }
    let pay = json!({"order": order, "amount": {"amount": "12.34", "currency": "CNY"}});
    decide("payment.receive", pay);
}

/// The wrong way: the engine's rows first, the ERP's in a transaction of their own.
fn torn(conn: &mut Connection, session: &Session, op: &str, request: &Value) {
    let request = serde_json::to_vec(request).unwrap();
    conn.busy_timeout(Duration::from_secs(30)).unwrap();
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    let batch = session.plan(&Env::system().unwrap(), op, &request).unwrap().batch.unwrap();
    between();
    apply_in(&tx, &batch).unwrap();
    between();
    tx.commit().unwrap();
    between();
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    for message in messages(&batch).unwrap() {
        Books::new(&tx, between).book(message.document, &message.moves).unwrap();
    }
    between();
    tx.commit().unwrap();
    between();
}

/// The wrong way: what is booked first, how far it goes in a transaction of its own.
fn apart(conn: &mut Connection, reader: &Reader, session: &Session) {
    let read = crm_core::api::ReadOutbox { after: reader.through().unwrap(), limit: None };
    let page = session.run(&Env::system().unwrap(), &read).unwrap();
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    for message in page.messages.iter().map(|sent| &sent.message) {
        Books::new(&tx, || {}).book(message.document, &message.moves).unwrap();
        tx.execute("INSERT INTO erp_effect VALUES (?1)", [message.id.to_string()]).unwrap();
    }
    between();
    tx.commit().unwrap();
    between();
    let sql = "INSERT INTO erp_cursor VALUES (1, ?1) ON CONFLICT DO UPDATE SET through = ?1";
    conn.execute(sql, [page.through.cast_signed()]).unwrap();
    between();
}

// ---- the harness

fn folder(mode: &str) -> PathBuf {
    let name = format!("erp-{mode}-{}", std::process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let house = House::open(&folder.join("crm.db"), || {}).unwrap();
    let customer = json!({"id": id(1), "name": "C"});
    house.call("customer.create", &customer).unwrap();
    house.call("series.define", &json!({"entity": "order", "by": "host"})).unwrap();
    for product in [2, 3] {
        let price = json!({"amount": "9.99", "currency": "CNY"});
        let code = format!("P{product}");
        let wish = json!({"id": id(product), "code": code, "name": "P", "price": price});
        house.call("product.create", &wish).unwrap();
        house.books().arrive(id(product), Decimal::from(STOCK)).unwrap();
    }
    folder
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0189_0000_0000_7000_8000_0000_0000_0000 | n)
}

fn session(folder: &Path) -> Session {
    let store = SqliteStore::open(folder.join("crm.db")).unwrap();
    Engine::open(Arc::new(store)).session(SessionOptions::default())
}

/// A draft of two products that somebody looked through; its number is its id.
fn draft(house: &House) -> Uuid {
    let order = Uuid::from_bytes(*Env::system().unwrap().entropy.first_chunk().unwrap());
    let line = |n, quantity: &str| json!({"product": id(n), "quantity": quantity});
    let order_ = json!({"id": order, "number": order.simple().to_string(), "customer": id(1),
        "lines": [line(2, "2"), line(3, "2.5")]});
    house.call("order.create", &order_).unwrap();
    house.call("order.request_review", &json!({"id": order})).unwrap();
    order
}

/// Starts a process and kills it: at a step in two rounds of three, else at a random instant.
fn round(mode: &str, folder: &Path, round: u64, found: &mut Found) {
    let step = if round % 3 == 2 { 0 } else { (round - round / 3) % STEPS + 1 };
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .env("CRM_ERP_CHILD", format!("{mode}|{}|{step}", folder.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    if step == 0 {
        let micros = Env::system().unwrap().entropy.first_chunk().map(|b| u32::from_le_bytes(*b));
        std::thread::sleep(Duration::from_micros(u64::from(micros.unwrap() % 400_000)));
    }
    // At a step it dies by itself; one that takes long to come there, on a busy machine, is killed where it is.
    let deadline = Instant::now() + Duration::from_secs(if step == 0 { 0 } else { 20 });
    let mut died = false;
    while !died && Instant::now() < deadline {
        died = child.try_wait().unwrap().is_some();
        std::thread::sleep(Duration::from_millis(2));
    }
    found.at_a_step += u64::from(died);
    found.by_chance += u64::from(!died);
    let _ = child.kill();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "round {round}: it was killed, and did not fail");
}

/// An ERP in the store's file: after each kill both sides say the same.
fn in_the_file(mode: &str, rounds: u64) -> Found {
    let folder = folder(mode);
    let mut found = Found::default();
    for n in 0..rounds {
        round(mode, &folder, n, &mut found);
        let house = House::open(&folder.join("crm.db"), || {}).unwrap();
        found.documents = compared(&house, &house.books(), &mut found.wrong);
    }
    let house = House::open(&folder.join("crm.db"), || {}).unwrap();
    let faults = house.call("store.verify", &json!({})).unwrap()["faults"].clone();
    assert_eq!(faults, json!([]), "the engine's own rows are sound");
    std::fs::remove_dir_all(&folder).unwrap();
    found
}

/// Compares the books with the engine's to the last digit, and the stock with the books; how many orders there are.
fn compared(house: &House, books: &Books<'_>, wrong: &mut u64) -> u64 {
    let rows = books.levels().unwrap();
    let found = house.call("outbox.reconcile", &json!({"rows": rows})).unwrap();
    let mut reserved: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for row in &rows {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        let level: Decimal = text("level").parse().unwrap();
        let sums = reserved.entry(text("subject")).or_default();
        match text("account").parse::<Account>().unwrap() {
            Account::Reserved => sums.0 += level,
            Account::Issued => sums.1 += level,
            Account::Receivable | Account::Received => {}
        }
    }
    let stock = books.stock().unwrap().into_iter().all(|(product, on_hand, kept)| {
        let (reserved, issued) = reserved.get(&product).copied().unwrap_or_default();
        kept == reserved && on_hand == Decimal::from(STOCK) - issued
    });
    *wrong += u64::from(!stock || found["differences"] != json!([]));
    found["documents"].as_u64().unwrap()
}

/// An ERP that reads the feed: after each kill its books are the messages up to its cursor, each once; in the end, all.
fn by_the_feed(mode: &str, rounds: u64) -> Found {
    let folder = folder(mode);
    let house = House::open(&folder.join("crm.db"), || {}).unwrap();
    let reader = || Reader::open(&folder.join("books.db"), session(&folder), || {}).unwrap();
    for product in [2, 3] {
        reader().arrive(id(product), Decimal::from(STOCK)).unwrap();
    }
    let mut found = Found::default();
    for n in 0..rounds {
        for _ in 0..2 {
            let order = draft(&house);
            live(order, &mut |op, request| drop(house.call(op, &request).unwrap()));
        }
        round(mode, &folder, n, &mut found);
        found.wrong += u64::from(!once(&folder, &house));
    }
    let mut last = reader();
    last.catch_up().unwrap();
    found.wrong += u64::from(!once(&folder, &house));
    found.documents = compared(&house, &last.books(), &mut found.wrong);
    if mode == "reader" {
        let done =
            house.call("outbox.replies", &json!({"outcome": "done", "limit": 1000})).unwrap();
        assert!(!done["rows"].as_array().unwrap().is_empty(), "every message was answered");
        assert_eq!(unanswered(&folder), 0);
    }
    drop(last);
    std::fs::remove_dir_all(&folder).unwrap();
    found
}

fn unanswered(folder: &Path) -> i64 {
    let conn = Connection::open(folder.join("books.db")).unwrap();
    let sql = "SELECT count(*) FROM erp_answer WHERE sent = 0";
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Whether what took effect is what was said up to the cursor, each message once, and the books their sum.
fn once(folder: &Path, house: &House) -> bool {
    let conn = Connection::open(folder.join("books.db")).unwrap();
    let sql = "SELECT coalesce(max(through), 0) FROM erp_cursor";
    let through: u64 = conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned();
    let mut effects = conn.prepare("SELECT message FROM erp_effect ORDER BY message").unwrap();
    let effects: Vec<String> =
        effects.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let (mut said, mut after) = (Vec::new(), 0);
    let mut sums: BTreeMap<(String, String, String), i64> = BTreeMap::new();
    while after < through {
        let page = house.call("outbox.read", &json!({"after": after, "limit": 1000})).unwrap();
        after = page["through"].as_u64().unwrap();
        for row in page["messages"].as_array().unwrap() {
            if row["seq"].as_u64() > Some(through) {
                continue;
            }
            said.push(row["id"].as_str().unwrap().to_owned());
            let moves: Moves = serde_json::from_value(row["moves"].clone()).unwrap();
            for moved in moves.0 {
                let account = moved.account.code().to_owned();
                let place = (row["document"].as_str().unwrap().to_owned(), account, moved.subject);
                *sums.entry(place).or_default() += fixed(moved.by).unwrap();
            }
        }
        if page["more"] == json!(false) {
            break;
        }
    }
    said.sort_unstable();
    let booked = Books::new(&conn, || {}).levels().unwrap();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let booked: BTreeMap<_, _> = (booked.iter())
        .map(|row| {
            let level: Decimal = text(row, "level").parse().unwrap();
            let place = (text(row, "document"), text(row, "account"), text(row, "subject"));
            (place, number(fixed(level).unwrap()))
        })
        .collect();
    let sums: BTreeMap<_, _> = sums.into_iter().map(|(place, sum)| (place, number(sum))).collect();
    said == effects && sums == booked
}
