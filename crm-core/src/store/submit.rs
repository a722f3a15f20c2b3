//! Group commit without a thread: callers that wait share one durable write.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{Applied, Batch, Store, StoreError, StoreExt, StoreResult};

/// Commits the batches of many threads in groups.
///
/// Whoever comes first leads: it applies its own batch. Those that come meanwhile queue up; when the leader is done,
/// one of them leads and applies all that wait, up to [`Committer::GROUP_MAX`], as one call of [`Store::apply`]. A
/// program with one caller pays two uncontended locks.
#[derive(Debug)]
pub struct Committer<S> {
    store: S,
    queue: Mutex<Queue>,
    turn: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    leading: bool,
    tickets: u64,
    waiting: VecDeque<(u64, Batch)>,
    done: BTreeMap<u64, StoreResult<Applied>>,
}

impl<S: Store> Committer<S> {
    /// Batches in one group at most.
    pub const GROUP_MAX: usize = 64;

    /// Commits to `store`.
    pub fn new(store: S) -> Self {
        Self { store, queue: Mutex::default(), turn: Condvar::new() }
    }

    /// The store, for reading.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Applies a batch, in a group where others wait; blocks until it is decided.
    ///
    /// # Errors
    ///
    /// See [`StoreError`]. `Unknown` also where another thread panicked while it led.
    pub fn submit(&self, batch: &Batch) -> StoreResult<Applied> {
        let mut queue = self.lock();
        if !queue.leading && queue.waiting.is_empty() {
            queue.leading = true;
            drop(queue);
            let _term = Term { committer: self, tickets: Vec::new() };
            return self.store.apply_one(batch);
        }
        let ticket = queue.tickets;
        queue.tickets = ticket.wrapping_add(1);
        queue.waiting.push_back((ticket, batch.clone()));
        loop {
            if let Some(result) = queue.done.remove(&ticket) {
                return result;
            }
            queue = if queue.leading {
                self.turn.wait(queue).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.lead(queue)
            };
        }
    }

    /// Applies what waits, as one group.
    fn lead<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        queue.leading = true;
        let size = queue.waiting.len().min(Self::GROUP_MAX);
        let (tickets, batches): (Vec<u64>, Vec<Batch>) = queue.waiting.drain(..size).unzip();
        drop(queue);
        let mut term = Term { committer: self, tickets };
        let results = self.store.apply(&batches);
        let mut queue = self.lock();
        queue.done.extend(term.tickets.drain(..results.len().min(size)).zip(results));
        drop(queue);
        drop(term);
        self.lock()
    }

    // Every change under the lock is complete in itself, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One leader's term. It ends when it is dropped, after a panic too: then its tickets are undecided.
struct Term<'a, S: Store> {
    committer: &'a Committer<S>,
    tickets: Vec<u64>,
}

impl<S: Store> Drop for Term<'_, S> {
    fn drop(&mut self) {
        let mut queue = self.committer.lock();
        queue.leading = false;
        for ticket in self.tickets.drain(..) {
            let unknown = StoreError::Unknown("the leader of the group gave no answer".to_owned());
            queue.done.insert(ticket, Err(unknown));
        }
        let idle = queue.waiting.is_empty() && queue.done.is_empty();
        drop(queue);
        if !idle {
            self.committer.turn.notify_all();
        }
    }
}
