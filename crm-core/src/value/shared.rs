//! A value that many hold and few change.

use core::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that costs nothing to copy; whoever changes one that others hold gets their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared<T>(Arc<T>);

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> From<Arc<T>> for Shared<T> {
    fn from(value: Arc<T>) -> Self {
        Self(value)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_not_seen_by_those_who_held_it_before() {
        let mut own = Shared::from(vec![1]);
        let held = own.clone();
        own.push(2);
        assert_eq!((held.len(), own.len()), (1, 2));
    }
}
