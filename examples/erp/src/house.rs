//! An ERP whose tables are in the store's file: a decision and what it moves are one transaction.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crm_core::engine::{CallOptions, Engine, Env, Session, SessionOptions};
use crm_core::outbox::OutboxMessage;
use crm_core::record::{Entity as _, Kind};
use crm_core::store::{Batch, Op};
use crm_sqlite::{SqliteStore, apply_in};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Between, Books, Failure};

/// The ERP and the engine on one file.
pub struct House {
    conn: Connection,
    session: Session,
    between: Between,
}

impl House {
    /// Opens the file, and makes what is not there.
    ///
    /// # Errors
    ///
    /// The store's; SQLite's.
    pub fn open(path: &Path, between: Between) -> Result<Self, Failure> {
        let store = Arc::new(SqliteStore::open(path)?);
        let session = Engine::open(store).session(SessionOptions::default());
        // The first call of a new store makes its settings: not while we hold the file.
        session.call(&Env::system()?, "settings.get", b"{}", &CallOptions::default())?;
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::from_secs(30))?;
        Books::new(&conn, between).create()?;
        Ok(Self { conn, session, between })
    }

    /// The ERP's tables.
    pub fn books(&self) -> Books<'_> {
        Books::new(&self.conn, self.between)
    }

    /// What moves nothing: the engine commits it.
    ///
    /// # Errors
    ///
    /// The engine's.
    pub fn call(&self, op: &str, request: &Value) -> Result<Value, Failure> {
        let request = serde_json::to_vec(request)?;
        let answer = self.session.call(&Env::system()?, op, &request, &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// What moves goods or money: decided by the engine, booked by the ERP, committed at once.
    ///
    /// # Errors
    ///
    /// [`Failure::Short`] where it reserves more than there is; the engine's; SQLite's. Nothing has happened then.
    pub fn decide(&mut self, op: &str, request: &Value) -> Result<Value, Failure> {
        let request = serde_json::to_vec(request)?;
        // Nobody else writes from here on, so the plan holds when it is applied.
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        (self.between)();
        let plan = self.session.plan(&Env::system()?, op, &request)?;
        (self.between)();
        if let Some(batch) = &plan.batch {
            let books = Books::new(&tx, self.between);
            for message in messages(batch)? {
                books.book(message.document, &message.moves)?;
                if let Some((product, missing)) = books.shortage(&message.moves)? {
                    return Err(Failure::Short { product, missing });
                }
            }
            apply_in(&tx, batch)?;
            (self.between)();
        }
        tx.commit()?;
        (self.between)();
        Ok(serde_json::from_slice(&plan.answer)?)
    }

    /// Confirms an order and reserves its goods.
    ///
    /// # Errors
    ///
    /// As [`House::decide`].
    pub fn confirm(&mut self, order: Uuid) -> Result<Value, Failure> {
        self.decide("order.confirm", &json!({"id": order}))
    }
}

/// The messages that a plan would write.
///
/// # Errors
///
/// A row that is none, which a plan does not have.
pub fn messages(batch: &Batch) -> Result<Vec<OutboxMessage>, Failure> {
    let puts = batch.ops.iter().filter_map(|op| match op {
        Op::Put { rec, .. } if rec.def.kind == Kind::OutboxMessage => Some(rec),
        Op::Put { .. } | Op::Purge { .. } => None,
    });
    puts.map(|rec| OutboxMessage::from_record(rec).map_err(|e| Failure::Other(format!("{e:?}"))))
        .collect()
}
