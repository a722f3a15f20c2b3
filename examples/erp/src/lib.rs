//! A small ERP beside the engine. It keeps stock and money in tables of its own, and never disagrees with the orders.
//!
//! - [`House`] keeps its tables in the store's own file and writes them in the transaction in which a decision is
//!   committed: both sides happen, or neither.
//! - [`Reader`] keeps its tables in a file of its own and reads the feed of messages after a cursor, which it stores in
//!   the transaction in which it books them: each message takes effect once.

mod books;
mod failure;
mod house;
mod reader;

pub use books::{Books, fixed, number};
pub use failure::Failure;
pub use house::{House, messages};
pub use reader::Reader;

/// Called between any two statements. The proof kills the process there; an ERP does nothing.
pub type Between = fn();
