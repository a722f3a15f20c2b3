//! Records of real kinds, made from their metadata: samples with chosen values, and random ones from small domains.

use crm_core::record::{ColumnType, Ext, FieldDef, Kind, KindDef, Record, Val};
use crm_core::store;
use uuid::Uuid;

/// A small generator of pseudo-random numbers (SplitMix64): the same seed, the same program, everywhere.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator that begins at `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of some.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// The metadata of a kind that the kit needs.
pub fn def(kind: Kind) -> &'static KindDef {
    store::def(kind).expect("the kit's own kinds are stored")
}

/// Every kind that is stored.
pub fn kinds() -> Vec<&'static KindDef> {
    store::KINDS.iter().map(|(_, def)| def()).collect()
}

/// A small id.
pub fn id(n: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000 | n)
}

/// A record of `kind` with the simplest values.
pub fn sample(kind: Kind, id: Uuid) -> Record {
    let def = def(kind);
    let vals = def.fields.iter().map(simplest).collect();
    Record { def, id, version: 1, deleted: false, ext: Ext::new(), vals }
}

fn simplest(field: &FieldDef) -> Val {
    if !field.required {
        return Val::Null;
    }
    match field.ty {
        ColumnType::Bool => Val::Bool(false),
        ColumnType::Int | ColumnType::MoneyMinor | ColumnType::Instant => Val::Int(0),
        ColumnType::Day => Val::from("2026-01-01"),
        ColumnType::Decimal => Val::from("0"),
        ColumnType::Json => Val::from("{}"),
        ColumnType::Text | ColumnType::Code => {
            Val::from(field.codes.first().copied().unwrap_or(""))
        }
        ColumnType::Bytes => Val::Bytes(Vec::new()),
        ColumnType::Id => Val::Id(Uuid::nil()),
    }
}

/// The same record with another value in one field.
pub trait With: Sized {
    /// With `val` in the field `name`.
    fn with(self, name: &str, val: Val) -> Self;
    /// As version `version`.
    fn version(self, version: u64) -> Self;
    /// Soft-deleted.
    fn deleted(self) -> Self;
    /// With a custom value.
    fn ext(self, code: &str, val: Val) -> Self;
}

impl With for Record {
    fn with(mut self, name: &str, val: Val) -> Self {
        let at = self.def.fields.iter().position(|field| field.name == name);
        self.vals[at.unwrap_or_else(|| panic!("{} has no field {name}", self.def.name))] = val;
        self
    }

    fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }

    fn ext(mut self, code: &str, val: Val) -> Self {
        self.ext.insert(code.to_owned(), val);
        self
    }
}

const TEXTS: &[&str] = &["", "a", "A", "aa", "b", "ä", "a\0b", "𝄞", "\u{FFFD}", "'\"%_"];
const INTS: &[i64] = &[0, 1, 2, 3, -1, i64::MIN, i64::MAX, 1 << 53, -(1 << 32)];
const DAYS: &[&str] = &["2026-02-28", "2024-02-29", "0001-01-01", "9999-12-31"];
const DECIMALS: &[&str] = &["0", "1.5", "-0.01", "79228162514264337593543950335"];

/// A value for a field, out of a small domain so that values meet.
pub fn value(field: &FieldDef, rng: &mut Rng) -> Val {
    if !field.required && rng.one_in(3) {
        return Val::Null;
    }
    any_value(field.ty, field.codes, rng)
}

/// A value of a type, never `Null`.
pub fn any_value(ty: ColumnType, codes: &[&str], rng: &mut Rng) -> Val {
    match ty {
        ColumnType::Bool => Val::Bool(rng.one_in(2)),
        ColumnType::Int | ColumnType::MoneyMinor | ColumnType::Instant => {
            let narrow = rng.one_in(2);
            Val::Int(if narrow { rng.below(4) as i64 } else { *rng.pick(INTS) })
        }
        ColumnType::Day => Val::from(*rng.pick(DAYS)),
        ColumnType::Decimal => Val::from(*rng.pick(DECIMALS)),
        ColumnType::Json => Val::from(*rng.pick(&["{}", "[1,\"a\"]", "null"])),
        ColumnType::Text | ColumnType::Code if codes.is_empty() => Val::from(*rng.pick(TEXTS)),
        ColumnType::Text | ColumnType::Code => Val::from(*rng.pick(codes)),
        ColumnType::Bytes => {
            Val::Bytes(rng.pick(&[vec![], vec![0], vec![0, 255], vec![1, 2, 3]]).clone())
        }
        ColumnType::Id => Val::Id(any_id(rng)),
    }
}

fn any_id(rng: &mut Rng) -> Uuid {
    match rng.below(6) {
        0 => Uuid::nil(),
        1 => Uuid::max(),
        n => id(n as u64),
    }
}

/// A random record of a kind.
pub fn record(def: &'static KindDef, id: Uuid, rng: &mut Rng) -> Record {
    let vals = def.fields.iter().map(|field| value(field, rng)).collect();
    let mut ext = Ext::new();
    if rng.one_in(4) {
        ext.insert((*rng.pick(&["x", "ü", "#900", "a.b"])).to_owned(), ext_value(rng));
    }
    Record { def, id, version: 1, deleted: rng.one_in(6), ext, vals }
}

fn ext_value(rng: &mut Rng) -> Val {
    let ty = rng.pick(&[
        ColumnType::Bool,
        ColumnType::Int,
        ColumnType::Text,
        ColumnType::Bytes,
        ColumnType::Id,
    ]);
    any_value(*ty, &[], rng)
}
