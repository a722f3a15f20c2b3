//! Ordinary maps: the model that the other stores are compared with.

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {}
