//! What requests name: records that must be there, keys that must be free, chains that must end.

use crate::engine::{Cx, Error};
use crate::record::{Entity, Key, Val};
use crate::value::{Id, Invalid};

/// How long a chain of records above one another may be.
const CHAIN_MAX: usize = 100;

impl Cx<'_> {
    /// The record that a field of the request names.
    pub(crate) fn known<T: Entity>(&mut self, path: &str, id: Id<T>) -> Result<T, Error> {
        if let Some(found) = self.find(id)? {
            return Ok(found);
        }
        let key = Key { kind: T::KIND, id: id.uuid() };
        Err(self.merged_into(key, path)?.unwrap_or_else(|| {
            let invalid = Invalid::new("reference.unknown", &id.to_string());
            Error::invalid(path, invalid.limit(format!("the id of a {}", T::KIND.name())))
        }))
    }

    /// The same of a field that may be empty.
    pub(crate) fn known_if<T: Entity>(
        &mut self,
        path: &str,
        id: Option<Id<T>>,
    ) -> Result<Option<T>, Error> {
        id.map(|id| self.known(path, id)).transpose()
    }

    /// Refuses a key that another record has.
    pub(crate) fn free<T: Entity>(
        &mut self,
        path: &str,
        key: &str,
        index: u16,
        vals: &[Val],
        own: Id<T>,
    ) -> Result<(), Error> {
        match self.unique::<T>(index, vals)?.map(|holder| holder.id()) {
            Some(holder) if holder != own => {
                let taken = Invalid::new("record.key_taken", key);
                Err(Error::invalid(path, taken.limit(format!("it is that of {holder}"))))
            }
            _ => Ok(()),
        }
    }

    /// The ids from `start` upwards, the nearest first; it ends where the chain does, or where it closes a circle.
    pub(crate) fn chain<T: Entity>(
        &mut self,
        path: &str,
        start: Option<Id<T>>,
        above: impl Fn(&T) -> Option<Id<T>>,
    ) -> Result<Vec<Id<T>>, Error> {
        let mut chain = Vec::new();
        let mut next = start;
        while let Some(id) = next.filter(|id| !chain.contains(id)) {
            if chain.len() >= CHAIN_MAX {
                return Err(Error::Limit {
                    what: "records above one another",
                    limit: CHAIN_MAX as u64,
                });
            }
            chain.push(id);
            next = above(&self.known(path, id)?);
        }
        Ok(chain)
    }
}
