//! The thin shell: may this actor? read, decide, commit. No rule of selling lives here.

mod cx;
mod env;
mod error;
mod session;

pub use cx::Cx;
pub use env::Env;
pub use error::{Error, Problem};
pub use session::{CallOptions, Engine, Operation, Session, SessionOptions};
