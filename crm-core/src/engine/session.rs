//! The door: a session of one actor, in which operations run.

use core::any::Any;
use core::str::FromStr;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use super::cx::Noted;
use super::kept::{Row, Shelf};
use super::recent::Written;
use super::{Cx, Env, Error, fit, init};
use crate::access::{Access, Purpose};
use crate::audit::Receipt;
use crate::record::{Key, Kind, Val};
use crate::scoring::{Scorer, Scorers};
use crate::settings::{self, User};
use crate::store::{
    self, Applied, Batch, Committer, Flow, Next, Op, Scan, Store, StoreError, TenantId,
};
use crate::value::{Id, Timestamp};

/// How often a decision is made again because others changed what it read.
const ATTEMPTS: u64 = 16;

/// One command or query: a request that can be sent through every door under its name.
pub trait Operation: Serialize + DeserializeOwned + JsonSchema {
    /// Its name, such as `customer.create`.
    const NAME: &'static str;
    /// The right it needs.
    const ACCESS: Access;
    /// What it answers.
    type Response: Serialize + DeserializeOwned + JsonSchema;

    /// Reads, decides, and leaves what is to be written.
    ///
    /// # Errors
    ///
    /// See the operation.
    fn run(&self, cx: &mut Cx<'_>) -> Result<Self::Response, Error>;
}

/// What a call would answer and commit.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The JSON response, true once the batch is committed.
    pub answer: Vec<u8>,
    /// What is to be committed; nothing where nothing would be written.
    pub batch: Option<Batch>,
}

/// The engine over one store. Cheap to clone; every clone is the same engine.
#[derive(Clone)]
pub struct Engine {
    committer: Arc<Committer<Arc<dyn Store>>>,
    clocks: Arc<Mutex<BTreeMap<TenantId, i64>>>,
    shelf: Arc<Shelf>,
    scorers: Arc<Mutex<Arc<Scorers>>>,
    readers: Arc<Mutex<BTreeMap<TenantId, Slot>>>,
}

/// Where readers keep what they made of a tenant's records, between calls.
pub(crate) type Slot = Arc<Mutex<Option<Box<dyn Any + Send>>>>;

/// Tenants of whom readers keep something, at most; beyond, all is forgotten.
const READ_MAX: usize = 64;

/// Who acts, for whom, what for.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Whose data.
    pub tenant: TenantId,
    /// The login or the id of a user; the host has made sure that it is they.
    pub actor: String,
    /// What the data is used for.
    pub purpose: Purpose,
}

impl Default for SessionOptions {
    /// Tenant 1, its owner, selling.
    fn default() -> Self {
        let actor = settings::OWNER_LOGIN.to_owned();
        Self { tenant: TenantId(1), actor, purpose: Purpose::Sales }
    }
}

/// What a call may bring besides its request.
#[derive(Clone, Default)]
pub struct CallOptions<'a> {
    /// Makes the call idempotent: the same key and request give the first answer again, for 30 days.
    pub key: Option<&'a str>,
    /// Asked at least every 1,000 rows; `true` ends the call with [`Error::Cancelled`].
    pub cancelled: Option<&'a dyn Fn() -> bool>,
}

impl Engine {
    /// An engine over `store`. Does no I/O: a tenant that has no settings yet gets them with the first call.
    pub fn open(store: Arc<dyn Store>) -> Self {
        Self {
            committer: Arc::new(Committer::new(store)),
            clocks: Arc::default(),
            shelf: Arc::default(),
            scorers: Arc::default(),
            readers: Arc::default(),
        }
    }

    /// What readers keep of a tenant.
    fn slot(&self, tenant: TenantId) -> Slot {
        let mut slots = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= READ_MAX && !slots.contains_key(&tenant) {
            slots.clear();
        }
        Arc::clone(slots.entry(tenant).or_default())
    }

    /// The same engine with a scorer of the host's, for models of kind `host` that name it. A scorer of that name is
    /// replaced; calls that are at work finish with the one before.
    #[must_use]
    pub fn with_scorer(self, name: &str, scorer: Arc<dyn Scorer>) -> Self {
        self.set_scorer(name, Some(scorer));
        self
    }

    /// Registers a scorer of the host's under a name, for every clone and session of this engine, or takes it back.
    pub fn set_scorer(&self, name: &str, scorer: Option<Arc<dyn Scorer>>) {
        let mut scorers = self.scorers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Scorers::clone(&scorers);
        match scorer {
            Some(scorer) => drop(next.insert(name.to_owned(), scorer)),
            None => drop(next.remove(name)),
        }
        *scorers = Arc::new(next);
    }

    fn scorers(&self) -> Arc<Scorers> {
        Arc::clone(&self.scorers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The store under it.
    pub fn store(&self) -> &dyn Store {
        &**self.committer.store()
    }

    /// A session in which `options.actor` acts.
    pub fn session(&self, options: SessionOptions) -> Session {
        Session { engine: self.clone(), options, known: Arc::default() }
    }

    /// `now`, or the instant of the last commit of the tenant where that is later: time never runs backwards.
    fn clock(&self, tenant: TenantId, now: Timestamp) -> Result<Timestamp, Error> {
        let known =
            self.clocks.lock().unwrap_or_else(PoisonError::into_inner).get(&tenant).copied();
        match known {
            Some(last) => Ok(Timestamp::from_micros(last).map_or(now, |last| last.max(now))),
            None => self.clock_anew(tenant, now),
        }
    }

    /// The same, after others have written.
    fn clock_anew(&self, tenant: TenantId, now: Timestamp) -> Result<Timestamp, Error> {
        let last = self.last_recorded(tenant)?;
        self.advance(tenant, last);
        Ok(Timestamp::from_micros(last).map_or(now, |last| last.max(now)))
    }

    fn advance(&self, tenant: TenantId, at: i64) {
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        let last = clocks.entry(tenant).or_insert(i64::MIN);
        *last = at.max(*last);
    }

    /// Remembers what a commit means for the calls after it.
    fn note(&self, batch: Batch, known: Noted, applied: Applied) {
        self.advance(batch.tenant, batch.at);
        let written = batch.ops.into_iter().zip(known).map(|(op, (before, value))| {
            let key = op.key();
            let after = match op {
                Op::Put { rec, .. } => Some(Row::with(rec, value)),
                Op::Purge { .. } => None,
            };
            Written { key, before, after }
        });
        let commit = (applied.seq, batch.commit);
        self.shelf.committed(batch.tenant, commit, written.collect());
    }

    fn last_recorded(&self, tenant: TenantId) -> Result<i64, Error> {
        let newest = Scan { desc: true, limit: 1, ..Scan::of(tenant, Kind::Fact, 1, &[]) };
        let mut last = i64::MIN;
        self.store().scan(&newest, &mut |row| {
            if let store::Row::Rec(_, record) = row
                && let Some(Val::Int(at)) = record.at(crate::audit::RECORDED_AT)
            {
                last = *at;
            }
            Flow::Continue(())
        })?;
        Ok(last)
    }

    /// Commits a batch; an unknown outcome is resolved by sending the same batch again.
    fn commit(&self, (batch, known): (Batch, Noted)) -> Result<(), StoreError> {
        let mut sent = self.committer.submit(&batch);
        for _ in 1..ATTEMPTS {
            let Err(StoreError::Unknown(_)) = sent else { break };
            sent = self.committer.submit(&batch);
        }
        sent.map(|applied| self.note(batch, known, applied))
    }
}

/// One actor at work. Any thread may use it.
#[derive(Clone)]
pub struct Session {
    engine: Engine,
    options: SessionOptions,
    known: Arc<OnceLock<Id<User>>>,
}

impl Session {
    /// The engine it belongs to.
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Who acts, for whom, what for.
    pub const fn options(&self) -> &SessionOptions {
        &self.options
    }

    /// Runs one operation.
    ///
    /// # Errors
    ///
    /// [`Error::Actor`], [`Error::Denied`], then the operation's, then the store's.
    pub fn run<O: Operation>(&self, env: &Env, operation: &O) -> Result<O::Response, Error> {
        self.run_with(env, operation, &CallOptions::default())
    }

    /// Runs one operation with options.
    ///
    /// # Errors
    ///
    /// As [`Session::run`]; [`Error::KeyReused`]; [`Error::Cancelled`].
    pub fn run_with<O: Operation>(
        &self,
        env: &Env,
        operation: &O,
        options: &CallOptions<'_>,
    ) -> Result<O::Response, Error> {
        if options.key.is_none() {
            let decide = |cx: &mut Cx<'_>| {
                cx.unmasked_typed(operation)?;
                let answer = crate::api::decided(cx, operation).map(|(answer, _)| answer);
                cx.shown_typed(answer)
            };
            return self.attempts(env, O::ACCESS, None, options, decide);
        }
        let request = serde_json::to_vec(operation).map_err(|e| Error::Internal(e.to_string()))?;
        let request = fit::tree(&request)?;
        let decide = |cx: &mut Cx<'_>| crate::api::decide(cx, operation);
        let answer = self.execute(env, (O::NAME, O::ACCESS), &request, options, decide)?;
        serde_json::from_slice(&answer).map_err(|e| Error::Internal(e.to_string()))
    }

    /// Runs the operation of that name on a JSON request, and gives its JSON response.
    ///
    /// # Errors
    ///
    /// [`Error::Operation`], [`Error::Request`], then as [`Session::run_with`].
    pub fn call(
        &self,
        env: &Env,
        name: &str,
        request: &[u8],
        options: &CallOptions<'_>,
    ) -> Result<Vec<u8>, Error> {
        let entry = crate::api::find(name)?;
        self.call_on(env, entry, &fit::tree(request)?, options)
    }

    /// The same on a request that was read already.
    pub(crate) fn call_on(
        &self,
        env: &Env,
        entry: &crate::api::Entry,
        request: &Value,
        options: &CallOptions<'_>,
    ) -> Result<Vec<u8>, Error> {
        self.execute(env, (entry.name, entry.access), request, options, |cx| {
            (entry.run)(cx, request)
        })
    }

    /// What a call would commit, without committing it: for hosts that write it inside their own transaction. The answer
    /// is masked as the actor may see it; the batch is what is stored.
    ///
    /// # Errors
    ///
    /// As [`Session::call`].
    pub fn plan(&self, env: &Env, name: &str, request: &[u8]) -> Result<Planned, Error> {
        let entry = crate::api::find(name)?;
        let tree = fit::tree(request)?;
        let mut cx = self.open(env, Next::Other, None, &never)?;
        cx.unmasked(&tree)?;
        let answer = (entry.run)(&mut cx, &tree);
        let answer = cx.shown(answer)?;
        Ok(Planned { answer, batch: cx.batch(0).map(|(batch, _)| batch) })
    }

    /// Looks at what is stored, as the session's actor, who needs a right for it. Nothing is written.
    pub(crate) fn look<T>(
        &self,
        env: &Env,
        access: Access,
        look: impl FnOnce(&mut Cx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut cx = self.open(env, Next::Other, None, &never)?;
        cx.permit(access)?;
        look(&mut cx)
    }

    /// From JSON to JSON, once for each key.
    fn execute(
        &self,
        env: &Env,
        (name, access): (&str, Access),
        request: &Value,
        options: &CallOptions<'_>,
        decide: impl Fn(&mut Cx<'_>) -> Result<Vec<u8>, Error>,
    ) -> Result<Vec<u8>, Error> {
        let blank = |key| {
            let request = request.to_string();
            Receipt::blank(&self.options.actor, key, name, request.as_bytes(), env.now)
        };
        let blank = options.key.map(blank);
        let receipt = blank.as_ref().map(|blank| blank.id);
        // A receipt keeps the answer as it is; whoever gets it again sees it as they may see it then.
        let once = |cx: &mut Cx<'_>| {
            let Some(blank) = &blank else { return decide(cx) };
            match cx.find(blank.id)? {
                Some(first) if first.digest == blank.digest => return Ok(first.response),
                Some(_) => return Err(Error::KeyReused),
                None => {}
            }
            let response = decide(cx)?;
            cx.put(&Receipt { response: response.clone(), at: cx.now(), ..blank.clone() })?;
            Ok(response)
        };
        self.attempts(env, access, receipt, options, |cx| {
            cx.unmasked(request)?;
            let answer = once(cx);
            cx.shown(answer)
        })
    }

    /// The sandwich: read, decide, commit; again where others changed what was read.
    fn attempts<R>(
        &self,
        env: &Env,
        access: Access,
        receipt: Option<Id<Receipt>>,
        options: &CallOptions<'_>,
        decide: impl Fn(&mut Cx<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let cancelled = options.cancelled.unwrap_or(&never);
        let mut last = StoreError::Busy;
        // Short decisions; an import or a new process may read for long.
        let is_short = matches!(access, Access::Record | Access::Sell | Access::Money);
        let next = if is_short { Next::Commit } else { Next::Other };
        for attempt in 0..ATTEMPTS {
            let mut cx = self.open(env, next, receipt, cancelled)?;
            let response = decide(&mut cx)?;
            let Some(batch) = cx.batch(attempt) else { return Ok(response) };
            match self.engine.commit(batch) {
                Ok(()) => return Ok(response),
                Err(error @ StoreError::Conflict { .. }) => last = error,
                Err(error) => return Err(error.into()),
            }
        }
        if matches!(last, StoreError::Conflict { .. }) {
            return Err(Error::Conflict(Vec::new()));
        }
        Err(last.into())
    }

    /// A unit of work with its actor looked up; makes the tenant's settings where there are none. Settings, actor and
    /// receipt are one read.
    fn open<'a>(
        &'a self,
        env: &Env,
        next: Next,
        receipt: Option<Id<Receipt>>,
        cancelled: &'a dyn Fn() -> bool,
    ) -> Result<Cx<'a>, Error> {
        let now = self.engine.clock(self.options.tenant, env.now)?;
        let from = (self.engine.store(), &*self.engine.shelf, next);
        let (tenant, purpose) = (self.options.tenant, self.options.purpose);
        let fresh = || Cx::new(from, tenant, env, now, purpose, cancelled);
        let mut cx = fresh()?;
        let user = self.known.get().map(|id| Key { kind: Kind::User, id: id.uuid() });
        let settings = Key { kind: Kind::Settings, id: settings::Settings::ID.uuid() };
        let receipt = receipt.map(|id| Key { kind: Kind::Receipt, id: id.uuid() });
        cx.load(&[Some(settings), user, receipt].into_iter().flatten().collect::<Vec<_>>())?;
        if cx.find(settings::Settings::ID)?.is_none() {
            drop(cx);
            let env = Env { now, entropy: *init::ENTROPY };
            let mut first = Cx::new(from, tenant, &env, now, purpose, cancelled)?;
            init::init(&mut first)?;
            first.decided("store.init")?;
            if let Some(batch) = first.batch(0) {
                match self.engine.commit(batch) {
                    // Another process was first.
                    Ok(()) | Err(StoreError::Conflict { .. } | StoreError::CommitReused) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            cx = fresh()?;
        }
        if cx.others_wrote() {
            cx.set_now(self.engine.clock_anew(tenant, env.now)?);
        }
        cx.set_scorers(self.engine.scorers());
        cx.set_shelf(self.engine.slot(tenant));
        let user = self.actor(&mut cx)?;
        match user.filter(|user| user.active) {
            Some(user) => cx.set_actor(user),
            None => return Err(Error::Actor(self.options.actor.clone())),
        }
        cx.look_up_mask()?;
        Ok(cx)
    }
}

impl Session {
    /// The user who acts. Their id is remembered, so that settings and user are one read.
    fn actor(&self, cx: &mut Cx<'_>) -> Result<Option<User>, Error> {
        let actor = self.options.actor.as_str();
        if let Ok(id) = Uuid::from_str(actor) {
            return cx.find(Id::new(id));
        }
        if let Some(id) = self.known.get()
            && let Some(user) = cx.find(*id)?
            && user.login.as_str() == actor
        {
            return Ok(Some(user));
        }
        let user = cx.unique::<User>(User::BY_LOGIN, &[Val::from(actor)])?;
        if let Some(user) = &user {
            // Whoever was remembered first stays; the login is compared above.
            let _ = self.known.set(user.id);
        }
        Ok(user)
    }
}

/// Nobody cancels.
fn never() -> bool {
    false
}
