//! An ERP with a file of its own: it reads the feed, books each message once, and answers.

use std::path::Path;
use std::time::Duration;

use crm_core::api::{Outbox, ReadOutbox};
use crm_core::engine::{Env, Session};
use crm_core::outbox::{Outcome, SetReply, Shortage};
use crm_core::value::Id;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Between, Books, Failure, fixed, number};

/// `erp_effect` says which messages took effect. It needs no unique key: the cursor alone makes each of them effective
/// once, and the proof counts them here. An answer that is not `sent` is sent again: twice the same is once.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS erp_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS erp_effect (message TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS erp_answer (
        message TEXT PRIMARY KEY,
        product TEXT,
        missing INTEGER NOT NULL DEFAULT 0,
        sent    INTEGER NOT NULL DEFAULT 0
    );";

/// The ERP and its way to the engine.
pub struct Reader {
    conn: Connection,
    session: Session,
    between: Between,
}

impl Reader {
    /// Opens the ERP's own file, and makes what is not there.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn open(path: &Path, session: Session, between: Between) -> Result<Self, Failure> {
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::from_secs(30))?;
        conn.execute_batch(TABLES)?;
        Books::new(&conn, between).create()?;
        Ok(Self { conn, session, between })
    }

    /// The ERP's tables.
    pub fn books(&self) -> Books<'_> {
        Books::new(&self.conn, self.between)
    }

    /// The last commit of the engine whose messages are booked.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn through(&self) -> Result<u64, Failure> {
        let sql = "SELECT through FROM erp_cursor";
        let through = self.conn.query_row(sql, [], |row| row.get::<_, i64>(0)).optional()?;
        Ok(through.unwrap_or(0).cast_unsigned())
    }

    /// Books everything that was said since, and answers. How many messages took effect.
    ///
    /// # Errors
    ///
    /// The engine's; SQLite's. What was booked is booked, and the rest comes with the next call.
    pub fn catch_up(&mut self) -> Result<usize, Failure> {
        let mut booked = 0;
        loop {
            let read = ReadOutbox { after: self.through()?, limit: None };
            let page = self.session.run(&Env::system()?, &read)?;
            (self.between)();
            self.take(&page)?;
            self.answer()?;
            booked += page.messages.len();
            if !page.more {
                return Ok(booked);
            }
        }
    }

    /// Books a page, and remembers how far it goes, in one transaction.
    fn take(&mut self, page: &Outbox) -> Result<(), Failure> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        (self.between)();
        let books = Books::new(&tx, self.between);
        for message in page.messages.iter().map(|sent| &sent.message) {
            books.book(message.document, &message.moves)?;
            let id = message.id.to_string();
            tx.execute("INSERT INTO erp_effect VALUES (?1)", [&id])?;
            (self.between)();
            // The engine confirmed it: what is missing is promised all the same, and said.
            let short = books.shortage(&message.moves)?;
            let (product, missing) = short.map_or((None, Decimal::ZERO), |(of, by)| (Some(of), by));
            tx.execute(
                "INSERT INTO erp_answer (message, product, missing) VALUES (?1, ?2, ?3)",
                params![id, product, fixed(missing)?],
            )?;
            (self.between)();
        }
        let sql = "INSERT INTO erp_cursor VALUES (1, ?1) ON CONFLICT DO UPDATE SET through = ?1";
        tx.execute(sql, [page.through.cast_signed()])?;
        (self.between)();
        tx.commit()?;
        (self.between)();
        Ok(())
    }

    /// Sends the answers that were not sent.
    fn answer(&self) -> Result<(), Failure> {
        let sql = "SELECT message, product, missing FROM erp_answer WHERE sent = 0 ORDER BY rowid";
        let mut waiting = self.conn.prepare(sql)?;
        let waiting: Vec<(String, Option<String>, i64)> = waiting
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for (message, product, missing) in waiting {
            let shortage = |subject| Shortage { subject, missing: number(missing) };
            let shortages: Vec<Shortage> = product.map(shortage).into_iter().collect();
            let outcome = if shortages.is_empty() { Outcome::Done } else { Outcome::Short };
            let id = message.parse::<Uuid>().map_err(|e| Failure::Other(e.to_string()))?;
            let reply = SetReply { message: Id::new(id), outcome, shortages, note: None };
            self.session.run(&Env::system()?, &reply)?;
            (self.between)();
            self.conn.execute("UPDATE erp_answer SET sent = 1 WHERE message = ?1", [&message])?;
            (self.between)();
        }
        Ok(())
    }

    /// Goods came in: what was short of this product and fits now is done.
    ///
    /// # Errors
    ///
    /// As [`Reader::catch_up`].
    pub fn arrive(&mut self, product: Uuid, quantity: Decimal) -> Result<(), Failure> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Books::new(&tx, self.between).arrive(product, quantity)?;
        let sql = "UPDATE erp_answer SET product = NULL, missing = 0, sent = 0 WHERE product = ?1
            AND (SELECT reserved <= on_hand FROM erp_stock WHERE product = ?1)";
        tx.execute(sql, [product.to_string()])?;
        tx.commit()?;
        self.answer()
    }
}
