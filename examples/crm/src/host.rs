//! What a host owes the engine: a store, an actor, a clock, entropy.

use std::cell::Cell;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use crm_core::access::Purpose;
use crm_core::engine::{CallOptions, Engine, Env, Error, Session, SessionOptions};
use crm_core::store::{MemoryStore, Store, TenantId};
use crm_core::value::Timestamp;
use crm_sqlite::{Options, SqliteStore};
use serde_json::Value;

use crate::failure::Failure;

/// Options of every command.
#[derive(Args, Clone)]
#[command(next_help_heading = "Host options")]
pub(crate) struct HostArgs {
    /// Where the data is: sqlite:PATH or memory:, with ?tenant=N where it is not the first
    #[arg(long, global = true, value_name = "URI")]
    pub(crate) store: Option<String>,
    /// Who acts: a user's login or id; the owner where nobody is named
    #[arg(long, global = true)]
    pub(crate) actor: Option<String>,
    /// What for: sales, service, marketing, analysis, administration, migration
    #[arg(long, global = true)]
    pub(crate) purpose: Option<String>,
    /// Whose data, where a store has several tenants
    #[arg(long, global = true)]
    pub(crate) tenant: Option<u64>,
    /// The zone in which days and months are told apart, such as Asia/Shanghai
    #[arg(long, global = true)]
    pub(crate) zone: Option<Tz>,
    /// The time at which it happens (RFC 3339); the machine's where nothing is said
    #[arg(long, global = true)]
    pub(crate) now: Option<String>,
    /// Where ids come from; a run with --now and --seed can be repeated byte by byte
    #[arg(long, global = true)]
    pub(crate) seed: Option<u64>,
    /// How results are printed
    #[arg(long, global = true, value_enum)]
    pub(crate) format: Option<Format>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
    Svg,
    Html,
    /// One JSON object a line
    Jsonl,
    /// Contact cards
    Vcard,
    /// A workbook
    Xlsx,
    /// An Arrow stream of one table
    Arrow,
    /// A Parquet file of one table
    Parquet,
}

/// A host at work: an engine over a store, one actor.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) session: Session,
    now: Cell<Option<Timestamp>>,
    seed: Option<u64>,
    calls: Cell<u64>,
}

impl HostArgs {
    /// What was named as the store.
    pub(crate) fn uri(&self) -> Result<&str, Failure> {
        let missing = || Failure::Usage("the option --store URI is required".to_owned());
        self.store.as_deref().ok_or_else(missing)
    }

    /// Opens the store that was named.
    pub(crate) fn open(&self) -> Result<Host, Failure> {
        self.host(open_store(self.uri()?)?)
    }

    /// The file that was named as the store, if one was.
    pub(crate) fn file(&self) -> Result<Option<&str>, Failure> {
        let uri = self.uri()?;
        let (place, _) = uri.split_once('?').unwrap_or((uri, ""));
        Ok(place.strip_prefix("sqlite:").filter(|path| !path.is_empty()))
    }

    /// A host over a store that is already open.
    pub(crate) fn host(&self, store: Arc<dyn Store>) -> Result<Host, Failure> {
        let engine = Engine::open(store);
        let options = self.session()?;
        let session = engine.session(options);
        let now = self.time()?;
        Ok(Host { engine, session, now: Cell::new(now), seed: self.seed, calls: Cell::new(0) })
    }

    pub(crate) fn session(&self) -> Result<SessionOptions, Failure> {
        let usual = SessionOptions::default();
        let purpose = self.purpose.as_deref().map(Purpose::from_str).transpose();
        let purpose = purpose.map_err(|error| {
            Failure::Usage(format!(
                "--purpose: {} is none of {}",
                error.value,
                error.allowed.join(", ")
            ))
        })?;
        Ok(SessionOptions {
            tenant: TenantId(self.tenant()?),
            actor: self.actor.clone().unwrap_or(usual.actor),
            purpose: purpose.unwrap_or(usual.purpose),
        })
    }

    pub(crate) fn tenant(&self) -> Result<u64, Failure> {
        let in_uri = self.store.as_deref().and_then(|uri| uri.split_once('?'));
        let in_uri = match in_uri {
            None => None,
            Some((_, query)) => {
                let number = query.strip_prefix("tenant=").and_then(|number| number.parse().ok());
                Some(
                    number.ok_or_else(|| {
                        Failure::Usage(format!("--store: ?{query} is not ?tenant=N"))
                    })?,
                )
            }
        };
        Ok(self.tenant.or(in_uri).unwrap_or(1))
    }

    pub(crate) fn time(&self) -> Result<Option<Timestamp>, Failure> {
        let time = self.now.as_deref().map(Timestamp::from_str).transpose();
        time.map_err(|error| {
            Failure::Usage(format!("--now: {} is not an RFC 3339 time", error.value))
        })
    }
}

/// Opens what a URI names.
pub(crate) fn open_store(uri: &str) -> Result<Arc<dyn Store>, Failure> {
    let (place, _) = uri.split_once('?').unwrap_or((uri, ""));
    match place.split_once(':') {
        Some(("memory", "")) => Ok(Arc::new(MemoryStore::default())),
        Some(("sqlite", path)) if !path.is_empty() => Ok(Arc::new(open_file(path, false)?)),
        _ => Err(Failure::Usage(format!("--store: {uri} is neither sqlite:PATH nor memory:"))),
    }
}

/// Opens a file; `load` where many rows will be brought in. A command has nobody waiting at a window: where another
/// process writes, it waits for a minute.
pub(crate) fn open_file(path: impl AsRef<Path>, load: bool) -> Result<SqliteStore, Failure> {
    let options = Options { load, busy_timeout: Duration::from_secs(60), ..Options::default() };
    Ok(SqliteStore::open_with(path, options).map_err(Error::from)?)
}

impl Host {
    /// The clock and the entropy of the next call.
    pub(crate) fn env(&self) -> Result<Env, Failure> {
        let call = self.calls.get() + 1;
        self.calls.set(call);
        let mut env = Env::system().map_err(|error| Failure::new("host.entropy", error))?;
        env.now = self.now.get().unwrap_or(env.now);
        Ok(match self.seed {
            Some(seed) => seeded(seed, env.now).step(call),
            None => env,
        })
    }

    /// From now on it is `now`.
    pub(crate) fn set_now(&self, now: Timestamp) {
        self.now.set(Some(now));
    }

    /// Calls an operation.
    pub(crate) fn call(&self, op: &str, request: &Value) -> Result<Value, Failure> {
        let request = serde_json::to_vec(request)?;
        let answer = self.session.call(&self.env()?, op, &request, &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// The environment of a run that can be repeated.
pub(crate) fn seeded(seed: u64, now: Timestamp) -> Env {
    let mut entropy = [0; 32];
    entropy[..8].copy_from_slice(&seed.to_be_bytes());
    Env { now, entropy }
}
