//! What can go wrong.

use rust_decimal::Decimal;

/// Why something did not happen. Nothing of it did.
#[derive(Debug)]
pub enum Failure {
    /// There is not enough of a product.
    Short {
        /// Which.
        product: String,
        /// How much is missing.
        missing: Decimal,
    },
    /// The engine refused.
    Refused(crm_core::engine::Error),
    /// The store did not take it.
    Store(crm_core::store::StoreError),
    /// SQLite did not.
    Sql(rusqlite::Error),
    /// Something else is not as it should be.
    Other(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short { product, missing } => write!(f, "{missing} of {product} are missing"),
            Self::Refused(error) => write!(f, "refused: {:?}", error.problem()),
            Self::Store(error) => write!(f, "the store: {error}"),
            Self::Sql(error) => write!(f, "SQLite: {error}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Failure {}

impl From<crm_core::engine::Error> for Failure {
    fn from(error: crm_core::engine::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<crm_core::store::StoreError> for Failure {
    fn from(error: crm_core::store::StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<String> for Failure {
    fn from(what: String) -> Self {
        Self::Other(what)
    }
}
