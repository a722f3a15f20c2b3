//! The ERP's own tables: how much of each product there is, and what each order holds of goods and money.
//!
//! Figures are whole numbers of ten-thousandths, so that SQL adds them exactly.

use crm_core::outbox::{Account, Moves};
use rusqlite::{Connection, OptionalExtension as _, params};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Between, Failure};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS erp_stock (
        product  TEXT PRIMARY KEY,
        on_hand  INTEGER NOT NULL DEFAULT 0,
        reserved INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS erp_book (
        document TEXT NOT NULL,
        account  TEXT NOT NULL,
        subject  TEXT NOT NULL,
        level    INTEGER NOT NULL,
        PRIMARY KEY (document, account, subject)
    );";

/// The tables, in whatever transaction `conn` is in.
pub struct Books<'a> {
    conn: &'a Connection,
    between: Between,
}

impl<'a> Books<'a> {
    /// The tables that `conn` reaches.
    pub fn new(conn: &'a Connection, between: Between) -> Self {
        Self { conn, between }
    }

    /// Makes the tables.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn create(&self) -> Result<(), Failure> {
        Ok(self.conn.execute_batch(TABLES)?)
    }

    /// Goods came in.
    ///
    /// # Errors
    ///
    /// More than four decimals; SQLite's.
    pub fn arrive(&self, product: Uuid, quantity: Decimal) -> Result<(), Failure> {
        let sql = "INSERT INTO erp_stock (product, on_hand) VALUES (?1, ?2)
            ON CONFLICT (product) DO UPDATE SET on_hand = on_hand + excluded.on_hand";
        self.conn.execute(sql, params![product.to_string(), fixed(quantity)?])?;
        Ok(())
    }

    /// Books what an order moved: in the order's own books, and goods in the stock.
    ///
    /// # Errors
    ///
    /// More than four decimals; SQLite's.
    pub fn book(&self, document: Uuid, moves: &Moves) -> Result<(), Failure> {
        for moved in &moves.0 {
            let by = fixed(moved.by)?;
            let sql = "INSERT INTO erp_book VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT DO UPDATE SET level = level + excluded.level";
            let account = moved.account.code();
            self.conn.execute(sql, params![document.to_string(), account, moved.subject, by])?;
            (self.between)();
            let stock = match moved.account {
                Account::Reserved => "reserved = reserved + ?2",
                Account::Issued => "on_hand = on_hand - ?2",
                Account::Receivable | Account::Received => continue,
            };
            self.conn.execute(
                "INSERT INTO erp_stock (product) VALUES (?1) ON CONFLICT DO NOTHING",
                [&moved.subject],
            )?;
            (self.between)();
            let sql = format!("UPDATE erp_stock SET {stock} WHERE product = ?1");
            self.conn.execute(&sql, params![moved.subject, by])?;
            (self.between)();
        }
        Ok(())
    }

    /// The first product of these movements of which more is reserved now than there is, and how much is missing.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn shortage(&self, moves: &Moves) -> Result<Option<(String, Decimal)>, Failure> {
        let reserves = |account| account == Account::Reserved;
        for moved in moves.0.iter().filter(|m| reserves(m.account) && m.by > Decimal::ZERO) {
            let sql = "SELECT reserved - on_hand FROM erp_stock WHERE product = ?1 AND reserved > on_hand";
            let missing = self.conn.query_row(sql, [&moved.subject], |row| row.get::<_, i64>(0));
            if let Some(missing) = missing.optional()? {
                return Ok(Some((moved.subject.clone(), number(missing).min(moved.by))));
            }
        }
        Ok(None)
    }

    /// What the books say of every order: the rows that `outbox.reconcile` compares.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn levels(&self) -> Result<Vec<Value>, Failure> {
        let mut rows =
            self.conn.prepare("SELECT document, account, subject, level FROM erp_book")?;
        let rows = rows.query_map([], |row| {
            let (document, account): (String, String) = (row.get(0)?, row.get(1)?);
            let (subject, level): (String, i64) = (row.get(2)?, row.get(3)?);
            let level = number(level);
            Ok(json!({"document": document, "account": account, "subject": subject, "level": level}))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Of every product, how much there is and how much of that is reserved.
    ///
    /// # Errors
    ///
    /// SQLite's.
    pub fn stock(&self) -> Result<Vec<(String, Decimal, Decimal)>, Failure> {
        let sql = "SELECT product, on_hand, reserved FROM erp_stock ORDER BY product";
        let mut rows = self.conn.prepare(sql)?;
        let rows =
            rows.query_map([], |row| Ok((row.get(0)?, number(row.get(1)?), number(row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A figure as ten-thousandths.
///
/// # Errors
///
/// One that has more decimals, or is too large.
pub fn fixed(figure: Decimal) -> Result<i64, Failure> {
    let scaled =
        figure.checked_mul(Decimal::from(10_000)).filter(|scaled| scaled.fract().is_zero());
    let scaled = scaled.and_then(|scaled| scaled.to_i64());
    scaled.ok_or_else(|| Failure::Other(format!("{figure} does not fit the books")))
}

/// Ten-thousandths as a figure.
pub fn number(fixed: i64) -> Decimal {
    Decimal::new(fixed, 4).normalize()
}
