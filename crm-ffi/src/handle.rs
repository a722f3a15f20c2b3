//! Handles are tokens: index, generation and kind of an entry in one table, never an address.
//!
//! Whatever a host passes is looked up, so use after close, double close, a handle of another kind and garbage are
//! refused instead of followed. An object lives as long as its handle, or a child of it, or a call at work on it.

use core::any::Any;
use core::ptr;
use std::sync::{Arc, PoisonError, RwLock};

use crate::boundary::quiet;
use crate::error::Fault;

/// The bits of a handle, from the highest: the kind, the index, the generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(usize);

/// How many bits the index has, and the generation; the kind has the rest.
#[cfg(target_pointer_width = "64")]
const BITS: (u32, u32) = (24, 32);
#[cfg(target_pointer_width = "32")]
const BITS: (u32, u32) = (14, 14);

const INDEX_MAX: usize = (1 << BITS.0) - 1;
const GENERATION_MAX: usize = (1 << BITS.1) - 1;

/// What a handle may stand for.
pub(crate) trait Held: Any + Send + Sync {
    /// The kind in its tokens; never 0, so that no token is NULL.
    const KIND: usize;
}

struct Slot {
    kind: usize,
    generation: usize,
    object: Option<Arc<dyn Any + Send + Sync>>,
}

struct Table {
    slots: Vec<Slot>,
    free: Vec<usize>,
    live: u64,
}

static TABLE: RwLock<Table> = RwLock::new(Table { slots: Vec::new(), free: Vec::new(), live: 0 });

impl Token {
    /// The token in a handle.
    pub(crate) fn of<T>(handle: *mut T) -> Self {
        Self(handle.addr())
    }

    /// As a handle: a pointer that nobody can follow.
    pub(crate) const fn handle<T>(self) -> *mut T {
        ptr::without_provenance_mut(self.0)
    }

    pub(crate) const fn is_null(self) -> bool {
        self.0 == 0
    }

    const fn new(kind: usize, index: usize, generation: usize) -> Self {
        Self(kind << (BITS.0 + BITS.1) | index << BITS.1 | generation)
    }

    const fn index(self) -> usize {
        self.0 >> BITS.1 & INDEX_MAX
    }

    /// Whether it names what is in this slot, as this kind.
    fn names(self, kind: usize, slot: &Slot) -> bool {
        slot.kind == kind && self == Self::new(kind, self.index(), slot.generation)
    }
}

/// Gives an object a handle.
pub(crate) fn insert<T: Held>(object: T) -> Result<Token, Fault> {
    let object: Arc<dyn Any + Send + Sync> = Arc::new(object);
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    let index = match table.free.pop() {
        Some(index) => index,
        None if table.slots.len() > INDEX_MAX => return Err(Fault::HandlesExhausted),
        None => {
            table.slots.push(Slot { kind: 0, generation: 0, object: None });
            table.slots.len().saturating_sub(1)
        }
    };
    table.live = table.live.saturating_add(1);
    let slot = table.slots.get_mut(index).ok_or(Fault::HandlesExhausted)?;
    slot.kind = T::KIND;
    slot.object = Some(object);
    Ok(Token::new(T::KIND, index, slot.generation))
}

/// The object of a handle, where it is alive and of that kind.
pub(crate) fn find<T: Held>(token: Token) -> Option<Arc<T>> {
    let table = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let slot = table.slots.get(token.index()).filter(|slot| token.names(T::KIND, slot))?;
    slot.object.clone()?.downcast().ok()
}

/// The object of the handle that is argument `name`.
pub(crate) fn get<T: Held>(token: Token, name: &'static str) -> Result<Arc<T>, Fault> {
    if token.is_null() {
        return Err(Fault::Null(name));
    }
    find(token).ok_or(Fault::Handle(name))
}

/// Takes the object out of its handle, which is dead from now on.
pub(crate) fn remove<T: Held>(token: Token) -> Option<Arc<T>> {
    let mut table = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    let slot = table.slots.get_mut(token.index()).filter(|slot| token.names(T::KIND, slot))?;
    let object = slot.object.take()?;
    // A slot whose generations are used up is given up, so that no token ever comes twice.
    if slot.generation < GENERATION_MAX {
        slot.generation = slot.generation.saturating_add(1);
        table.free.push(token.index());
    } else {
        slot.kind = 0;
    }
    table.live = table.live.saturating_sub(1);
    object.downcast().ok()
}

/// How many engines, sessions, cancel tokens, errors and buffers the host has not closed or freed: 0 at the end of a
/// program without leaks.
///
/// Returns: the number, over all engines of the process. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_live_objects() -> u64 {
    quiet(0, || TABLE.read().unwrap_or_else(PoisonError::into_inner).live)
}
