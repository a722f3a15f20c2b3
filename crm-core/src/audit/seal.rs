//! The chain over facts, in the order of their commits, and its checkpoints.

use sha2::{Digest, Sha256};

use super::{Fact, Seal, root};
use crate::value::{Id, Timestamp};

/// Why the audit chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A fact's contents do not give its root: it was edited.
    Root(Id<Fact>),
    /// A seal's number or predecessor does not fit: one is missing, was added or exchanged.
    Order(i64),
    /// The facts under a seal are not the ones that were sealed: one was edited, added, removed or moved.
    Chain(i64),
}

/// The chain value after one more fact.
fn link(chain: &[u8], fact: &Fact) -> Vec<u8> {
    Sha256::new().chain_update(chain).chain_update(&fact.root).finalize().to_vec()
}

/// The next seal over `facts`, which follow `previous` in the order of their commits; `through` is the last commit.
pub fn seal(
    id: Id<Seal>,
    previous: Option<&Seal>,
    facts: &[Fact],
    through: i64,
    now: Timestamp,
) -> Seal {
    let before = previous.map(|seal| seal.chain.clone()).unwrap_or_default();
    let chain = facts.iter().fold(before.clone(), |chain, fact| link(&chain, fact));
    let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
    Seal {
        id,
        ordinal: previous.map_or(0, |seal| seal.ordinal).saturating_add(1),
        through,
        facts: previous.map_or(0, |seal| seal.facts).saturating_add(count),
        previous: before,
        chain,
        sealed_at: now,
        ext: Default::default(),
    }
}

/// Checks facts and seals in order, without holding more than one of each. Rule AUD-3 (F202, B04).
#[derive(Debug, Default)]
pub struct Verifier {
    chain: Vec<u8>,
    facts: i64,
    ordinal: i64,
    /// What does not hold, in the order in which it was found.
    pub broken: Vec<Broken>,
}

impl Verifier {
    /// The next fact.
    pub fn fact(&mut self, fact: &Fact) {
        if root(fact).as_slice() != fact.root {
            self.broken.push(Broken::Root(fact.id));
        }
        self.chain = link(&self.chain, fact);
        self.facts = self.facts.saturating_add(1);
    }

    /// The next seal, after the last fact that it covers.
    pub fn seal(&mut self, seal: &Seal, previous: Option<&Seal>) {
        let before = previous.map(|seal| seal.chain.as_slice()).unwrap_or_default();
        if seal.ordinal != self.ordinal.saturating_add(1) || seal.previous != before {
            self.broken.push(Broken::Order(seal.ordinal));
        }
        if seal.chain != self.chain || seal.facts != self.facts {
            self.broken.push(Broken::Chain(seal.ordinal));
        }
        self.ordinal = seal.ordinal;
    }
}
