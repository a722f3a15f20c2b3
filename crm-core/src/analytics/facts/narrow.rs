//! Columns of codes that grow wider when they must, and the tables of what the codes mean.

use std::collections::BTreeMap;

/// One code a row, in the fewest bytes that hold every code so far.
#[derive(Clone, Debug)]
pub(super) enum Narrow {
    /// Codes below 2^8.
    U8(Vec<u8>),
    /// Codes below 2^16.
    U16(Vec<u16>),
    /// Any.
    U32(Vec<u32>),
}

impl Default for Narrow {
    fn default() -> Self {
        Self::U8(Vec::new())
    }
}

impl Narrow {
    /// The code of `row`; 0 where there is no such row.
    pub(super) fn at(&self, row: usize) -> u32 {
        match self {
            Self::U8(codes) => codes.get(row).copied().map_or(0, u32::from),
            Self::U16(codes) => codes.get(row).copied().map_or(0, u32::from),
            Self::U32(codes) => codes.get(row).copied().unwrap_or(0),
        }
    }

    /// The same at a row of a 32-bit number.
    pub(super) fn of(&self, row: u32) -> u32 {
        self.at(usize::try_from(row).unwrap_or(usize::MAX))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    /// Bytes a row.
    pub(super) const fn width(&self) -> usize {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::U32(_) => 4,
        }
    }

    pub(super) fn push(&mut self, code: u32) {
        self.widen(code);
        match self {
            Self::U8(codes) => codes.push(u8::try_from(code).unwrap_or(0)),
            Self::U16(codes) => codes.push(u16::try_from(code).unwrap_or(0)),
            Self::U32(codes) => codes.push(code),
        }
    }

    pub(super) fn set(&mut self, row: usize, code: u32) {
        self.widen(code);
        match self {
            Self::U8(codes) => put(codes, row, u8::try_from(code).unwrap_or(0)),
            Self::U16(codes) => put(codes, row, u16::try_from(code).unwrap_or(0)),
            Self::U32(codes) => put(codes, row, code),
        }
    }

    fn widen(&mut self, code: u32) {
        let fits = match self {
            Self::U8(_) => u8::try_from(code).is_ok(),
            Self::U16(_) => u16::try_from(code).is_ok(),
            Self::U32(_) => true,
        };
        if fits {
            return;
        }
        let codes = (0..self.len()).map(|row| self.at(row));
        *self = if u16::try_from(code).is_ok() {
            Self::U16(codes.map(|code| u16::try_from(code).unwrap_or(0)).collect())
        } else {
            Self::U32(codes.collect())
        };
    }

    /// Codes are no longer added for a while: memory that was kept for them is given back.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::U8(codes) => codes.shrink_to_fit(),
            Self::U16(codes) => codes.shrink_to_fit(),
            Self::U32(codes) => codes.shrink_to_fit(),
        }
    }
}

/// Puts a value where there is a place for it.
pub(super) fn put<T>(column: &mut [T], row: usize, value: T) {
    if let Some(place) = column.get_mut(row) {
        *place = value;
    }
}

/// What codes mean, in the order of arrival; code 0 is `T::default()`, "none".
#[derive(Clone, Debug)]
pub(super) struct Interner<T> {
    codes: BTreeMap<T, u32>,
    values: Vec<T>,
}

impl<T: Ord + Clone + Default> Default for Interner<T> {
    fn default() -> Self {
        Self { codes: BTreeMap::from([(T::default(), 0)]), values: vec![T::default()] }
    }
}

impl<T: Ord + Clone> Interner<T> {
    /// The code of a value, a new one where it was never seen.
    pub(super) fn code<Q>(&mut self, value: &Q) -> u32
    where
        T: core::borrow::Borrow<Q>,
        Q: Ord + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(code) = self.codes.get(value) {
            return *code;
        }
        // More than 2^32 values would need more than 2^32 rows, of which there are none.
        let code = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.codes.insert(value.to_owned(), code);
        self.values.push(value.to_owned());
        code
    }

    pub(super) fn value(&self, code: u32) -> Option<&T> {
        self.values.get(usize::try_from(code).ok()?)
    }

    pub(super) fn values(&self) -> &[T] {
        &self.values
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }
}
