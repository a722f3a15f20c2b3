//! Ways to reach a party: phone, e-mail, web address, account in a social network.
//!
//! What was written is kept; beside it stands the normal form, by which two spellings are compared.

mod email;
mod host;
mod phone;
#[cfg(any(test, not(feature = "phone")))]
mod phone_china;
#[cfg(feature = "phone")]
mod phone_world;
mod url;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Code, Text};

pub use email::EmailAddress;
pub use phone::PhoneNumber;
pub use url::Url;

/// An account in a social network, such as a WeChat id, as written: each network compares its ids in its own way.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct SocialId {
    /// The host's code of the network: `wechat`, `linkedin`.
    pub network: Code,
    /// The account there, at most 128 characters.
    pub id: Text<128, false>,
}
