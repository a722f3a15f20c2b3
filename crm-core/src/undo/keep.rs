//! What is kept of a decision so that it can be undone.

use uuid::Uuid;

use super::{Action, Reversal, ReversalEntry};
use crate::audit::record_leaf;
use crate::record::{Corrupt, Ext, Key, Kind, KindDef, Record, canonical};
use crate::value::{Id, Timestamp};

/// That a decision can be undone.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The reversal's identity; a further commit of the same import brings the same again.
    pub id: Id<Reversal>,
    /// What is done.
    pub action: Action,
    /// The record it is about; the first one written where none is named.
    pub subject: Option<Key>,
    /// Until when.
    pub until: Timestamp,
    /// Where it came from.
    pub source: Option<String>,
}

/// What was done to one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// It was made.
    Made {
        /// Which.
        key: Key,
        /// The first bytes of the digest of what it then was.
        digest: [u8; 8],
    },
    /// It was changed.
    Changed {
        /// What it was.
        before: Record,
        /// What it became.
        after: Record,
    },
}

impl Entry {
    /// Which record.
    pub fn key(&self) -> Key {
        match self {
            Self::Made { key, .. } => *key,
            Self::Changed { before, .. } => before.key(),
        }
    }
}

/// Bytes of one made record in a packed row: kind, id, digest.
const PACKED: usize = 26;

/// Made records in one packed row; a value may have 1 MiB.
const PACKED_MAX: usize = 4_000;

/// The digest by which a made record is told from one that was changed since: the first bytes of its leaf in a fact.
pub(super) fn digest(record: &Record) -> [u8; 8] {
    short(&record_leaf(record))
}

fn short(leaf: &[u8; 32]) -> [u8; 8] {
    leaf.first_chunk().copied().unwrap_or_default()
}

/// The entries of a commit: records before and after, in the order of writing. Records that were made are packed, many to
/// a row; a record that was made and removed again leaves nothing. `leaves` are those of the records after, in the same
/// order, where they are known. Rule REV-2 (B11).
pub fn capture<'a>(
    reversal: Id<Reversal>,
    part: u32,
    changes: impl Iterator<Item = (Option<&'a Record>, &'a Record)>,
    leaves: &[[u8; 32]],
    id_of: &dyn Fn(u64) -> Id<ReversalEntry>,
) -> Vec<ReversalEntry> {
    let mut made = Vec::new();
    let mut entries = Vec::new();
    let mut entry = |subject, before, after, made| {
        let ordinal = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let (id, ext) = (id_of(entries.len() as u64), Ext::new());
        entries.push(ReversalEntry {
            id,
            reversal,
            part,
            ordinal,
            subject,
            before,
            after,
            made,
            ext,
        });
    };
    for (at, (before, after)) in changes.enumerate() {
        match before.filter(|before| !before.deleted) {
            Some(before) => {
                let (before, after) = (canonical::encode(before), canonical::encode(after));
                // Of an equal record there is nothing to undo.
                if before != after {
                    entry(subject_of(&before), Some(before), Some(after), None);
                }
            }
            None if after.deleted => {}
            None => {
                made.extend(after.def.kind.code().to_be_bytes());
                made.extend(after.id.as_bytes());
                made.extend(leaves.get(at).map_or_else(|| digest(after), short));
            }
        }
    }
    for packed in made.chunks(PACKED.saturating_mul(PACKED_MAX)) {
        entry(Uuid::nil(), None, None, Some(packed.to_vec()));
    }
    entries
}

/// The id in canonical bytes: it follows the two bytes of the kind.
fn subject_of(bytes: &[u8]) -> Uuid {
    bytes.get(2..18).and_then(|id| Uuid::from_slice(id).ok()).unwrap_or_default()
}

/// What an entry says.
///
/// # Errors
///
/// Bytes that do not decode.
pub fn read(
    row: &ReversalEntry,
    def_of: impl Fn(Kind) -> Option<&'static KindDef> + Copy,
) -> Result<Vec<Entry>, Corrupt> {
    let corrupt = |what: &str| Corrupt {
        kind: Kind::ReversalEntry,
        id: row.id.uuid(),
        what: what.to_owned(),
    };
    let mut entries = Vec::new();
    if let Some(before) = &row.before {
        let after = row.after.as_ref().ok_or_else(|| corrupt("before without after"))?;
        let (before, after) =
            (canonical::decode(before, 0, def_of)?, canonical::decode(after, 0, def_of)?);
        entries.push(Entry::Changed { before, after });
    }
    for packed in row.made.as_deref().unwrap_or_default().chunks(PACKED) {
        entries.push(unpacked(packed).ok_or_else(|| corrupt("what was made is cut off"))?);
    }
    Ok(entries)
}

fn unpacked(packed: &[u8]) -> Option<Entry> {
    let (code, rest) = packed.split_first_chunk::<2>()?;
    let (id, digest) = rest.split_first_chunk::<16>()?;
    let kind = Kind::from_code(u16::from_be_bytes(*code))?;
    let digest = digest.try_into().ok()?;
    Some(Entry::Made { key: Key { kind, id: Uuid::from_bytes(*id) }, digest })
}
