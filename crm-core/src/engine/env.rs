//! What the host gives to a call: the time and the entropy. The engine reads neither by itself.

use core::{cell::OnceCell, fmt};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::{Builder, Uuid};

use crate::value::Timestamp;

/// The clock and the entropy of one call. The same `Env` and request give the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Env {
    /// The instant at which the call is made.
    pub now: Timestamp,
    /// 32 unpredictable bytes, or a seed for a run that can be repeated. Ids and salts come from it.
    pub entropy: [u8; 32],
}

impl Env {
    /// The clock and entropy of this machine.
    ///
    /// # Errors
    ///
    /// The operating system has no entropy to give.
    #[cfg(feature = "system")]
    pub fn system() -> Result<Self, String> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|e| e.to_string())?;
        #[expect(clippy::disallowed_methods, reason = "the one place that a host may let us look")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let micros = since.map_err(|e| e.to_string())?.as_micros();
        let micros = i64::try_from(micros).map_err(|e| e.to_string())?;
        let now = Timestamp::from_micros(micros).map_err(|e| e.to_string())?;
        Ok(Self { now, entropy })
    }

    /// The same instant with entropy of its own for step `step` of several.
    #[must_use]
    pub fn step(&self, step: u64) -> Self {
        Self { now: self.now, entropy: self.bytes("step", step) }
    }

    /// 32 bytes for use `label`, number `ordinal`: HMAC-SHA-256 under the entropy.
    pub(crate) fn bytes(&self, label: &str, ordinal: u64) -> [u8; 32] {
        Source::of(self).bytes(label, ordinal)
    }
}

/// The bytes and ids of one call. Its key is made ready once, when the first are asked for.
#[derive(Clone)]
pub(crate) struct Source {
    env: Env,
    mac: OnceCell<Option<Hmac<Sha256>>>,
}

impl Source {
    pub(crate) fn of(env: &Env) -> Self {
        Self { env: env.clone(), mac: OnceCell::new() }
    }

    /// As [`Env::bytes`].
    pub(crate) fn bytes(&self, label: &str, ordinal: u64) -> [u8; 32] {
        let key = || <Hmac<Sha256> as KeyInit>::new_from_slice(&self.env.entropy).ok();
        // A key of 32 bytes is never refused; were it, all-zero bytes would collide and be refused as conflicts.
        let Some(mut mac) = self.mac.get_or_init(key).clone() else { return [0; 32] };
        mac.update(label.as_bytes());
        mac.update(&ordinal.to_be_bytes());
        mac.finalize().into_bytes().into()
    }

    /// A UUIDv7 under the instant of the call for use `label`, number `ordinal`.
    pub(crate) fn uuid(&self, label: &str, ordinal: u64) -> Uuid {
        let bytes = self.bytes(label, ordinal);
        let mut random = [0; 10];
        random.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
        let millis = u64::try_from(self.env.now.micros().div_euclid(1000)).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

/// Entropy is not for logs.
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("now", &self.now).finish_non_exhaustive()
    }
}
