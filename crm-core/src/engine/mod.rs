//! The thin shell: may this actor? read, decide, commit. No rule of selling lives here.

mod actor;
mod amend;
mod cx;
mod env;
mod error;
mod fit;
mod init;
mod kept;
mod masked;
mod page;
mod places;
mod recent;
mod rewind;
mod session;
mod verify;
mod whose;

pub use crate::decision::{Edit, Edits};
pub use amend::amended;
pub use cx::Cx;
pub(crate) use cx::known::Known;
pub use env::Env;
pub use error::{Error, Problem};
pub(crate) use fit::{fitted, tree};
pub use page::Page;
pub use session::{CallOptions, Engine, Operation, Planned, Session, SessionOptions};
pub(crate) use verify::each;
pub use verify::{Fault, INVARIANTS, Invariant, Verification, state_hash, verify};
#[cfg(test)]
pub(crate) use whose::TOLD_THEMSELVES;

#[cfg(test)]
mod recent_tests;
#[cfg(test)]
mod tests;
