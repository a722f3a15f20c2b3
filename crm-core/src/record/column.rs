//! How a value of the domain becomes columns, and back.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{ColumnType, Entity, Kind, Val};
use crate::value::{
    Code, Currency, Id, Money, Percent, Quantity, Text as TextValue, Timestamp, UnitPrice,
};

/// A closed set of codes; [`codes!`](crate::codes!) writes it.
pub trait ClosedSet: Copy + 'static {
    /// Every member, in order.
    const ALL: &'static [Self];

    /// Its code.
    fn code(self) -> &'static str;
}

/// One column that a value needs.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// What is appended to the field's name; empty for values of one column.
    pub suffix: &'static str,
    /// The column's type.
    pub ty: ColumnType,
    /// Never `Null`.
    pub required: bool,
    /// The kind that an id in it names.
    pub references: Option<Kind>,
    /// The codes of a closed set.
    pub codes: &'static [&'static str],
}

impl Spec {
    /// A required column of type `ty`.
    pub const fn of(ty: ColumnType) -> Self {
        Self { suffix: "", ty, required: true, references: None, codes: &[] }
    }

    /// The same column with a suffix to its name.
    #[must_use]
    pub const fn suffix(mut self, suffix: &'static str) -> Self {
        self.suffix = suffix;
        self
    }

    /// The same column, which may be `Null`.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.required = false;
        self
    }

    /// The same column, naming records of `kind`.
    #[must_use]
    pub const fn references(mut self, kind: Kind) -> Self {
        self.references = Some(kind);
        self
    }
}

/// A value that is stored in one or more columns.
pub trait Column: Sized {
    /// How many columns it has.
    const WIDTH: usize = 1;

    /// Its columns, always the same [`Column::WIDTH`].
    fn specs() -> Vec<Spec>;

    /// Appends exactly as many values as it has columns.
    fn put(&self, out: &mut Vec<Val>);

    /// The value of its columns, or what is wrong with them.
    ///
    /// # Errors
    ///
    /// What does not decode, in words.
    fn take(vals: &[Val]) -> Result<Self, String>;

    /// Appends what stands for "none" in an optional field.
    fn put_none(out: &mut Vec<Val>) {
        out.extend((0..Self::WIDTH).map(|_| Val::Null));
    }

    /// Whether the columns of an optional field say "none".
    fn is_none(vals: &[Val]) -> bool {
        vals.iter().all(Val::is_null)
    }

    /// Whether "none" of an optional field is `Null`; an id uses the nil UUID, so that it can be indexed.
    fn none_is_null() -> bool {
        true
    }
}

/// What a column should have held.
fn wrong<T>(expected: &str, vals: &[Val]) -> Result<T, String> {
    Err(format!("expected {expected}, found {vals:?}"))
}

impl<C: Column> Column for Option<C> {
    const WIDTH: usize = C::WIDTH;

    fn specs() -> Vec<Spec> {
        let specs = C::specs().into_iter();
        if C::none_is_null() { specs.map(Spec::nullable).collect() } else { specs.collect() }
    }

    fn put(&self, out: &mut Vec<Val>) {
        match self {
            Some(value) => value.put(out),
            None => C::put_none(out),
        }
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        if C::is_none(vals) { Ok(None) } else { C::take(vals).map(Some) }
    }
}

impl<K: Entity> Column for Id<K> {
    fn specs() -> Vec<Spec> {
        vec![Spec::of(ColumnType::Id).references(K::KIND)]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.push(Val::Id(self.uuid()));
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        match vals {
            [Val::Id(uuid)] => Ok(Self::new(*uuid)),
            _ => wrong("an id", vals),
        }
    }

    fn put_none(out: &mut Vec<Val>) {
        out.push(Val::Id(Uuid::nil()));
    }

    fn is_none(vals: &[Val]) -> bool {
        matches!(vals, [Val::Id(uuid)] if uuid.is_nil())
    }

    fn none_is_null() -> bool {
        false
    }
}

macro_rules! one_column {
    ($($ty:ty, $column:ident, $expected:literal, |$value:ident| $put:expr, $pattern:pat => $take:expr;)+) => {$(
        impl Column for $ty {
            fn specs() -> Vec<Spec> {
                vec![Spec::of(ColumnType::$column)]
            }

            fn put(&self, out: &mut Vec<Val>) {
                let $value = self;
                out.push($put);
            }

            fn take(vals: &[Val]) -> Result<Self, String> {
                match vals {
                    [$pattern] => $take,
                    _ => wrong($expected, vals),
                }
            }
        }
    )+};
}

one_column! {
    bool, Bool, "true or false", |value| Val::Bool(*value), Val::Bool(value) => Ok(*value);
    i64, Int, "a number", |value| Val::Int(*value), Val::Int(value) => Ok(*value);
    u32, Int, "a number", |value| Val::Int(i64::from(*value)),
        Val::Int(value) => u32::try_from(*value).map_err(|_| format!("{value} is no 32-bit count"));
    String, Text, "text", |value| Val::Text(value.clone()), Val::Text(value) => Ok(value.clone());
    Vec<u8>, Bytes, "bytes", |value| Val::Bytes(value.clone()), Val::Bytes(value) => Ok(value.clone());
    Uuid, Id, "an id", |value| Val::Id(*value), Val::Id(value) => Ok(*value);
    Timestamp, Instant, "an instant", |value| Val::Int(value.micros()),
        Val::Int(value) => Self::from_micros(*value).map_err(|e| e.to_string());
    NaiveDate, Day, "a day", |value| Val::Text(value.to_string()),
        Val::Text(value) => value.parse().map_err(|_| format!("{value:?} is no day"));
    Decimal, Decimal, "a decimal", |value| Val::Text(value.to_string()),
        Val::Text(value) => value.parse().map_err(|_| format!("{value:?} is no decimal"));
}

/// A value that is stored as its own text: what it prints, it parses.
#[macro_export]
macro_rules! text_column {
    ($($ty:ty => $column:ident),+ $(,)?) => {$(
        impl $crate::record::Column for $ty {
            fn specs() -> Vec<$crate::record::Spec> {
                vec![$crate::record::Spec::of($crate::record::ColumnType::$column)]
            }

            fn put(&self, out: &mut Vec<$crate::record::Val>) {
                out.push($crate::record::Val::Text(self.to_string()));
            }

            fn take(vals: &[$crate::record::Val]) -> Result<Self, String> {
                match vals {
                    [$crate::record::Val::Text(text)] => {
                        text.parse().map_err(|e: $crate::value::Invalid| e.to_string())
                    }
                    _ => Err(format!("expected text, found {vals:?}")),
                }
            }
        }
    )+};
}

/// A value that is stored as one JSON document in canonical form: what serde writes, it reads.
#[macro_export]
macro_rules! json_column {
    ($($ty:ty),+ $(,)?) => {$(
        impl $crate::record::Column for $ty {
            fn specs() -> Vec<$crate::record::Spec> {
                vec![$crate::record::Spec::of($crate::record::ColumnType::Json)]
            }

            fn put(&self, out: &mut Vec<$crate::record::Val>) {
                let text = serde_json::to_string(self).unwrap_or_default();
                out.push($crate::record::Val::Text(text));
            }

            fn take(vals: &[$crate::record::Val]) -> Result<Self, String> {
                match vals {
                    [$crate::record::Val::Text(text)] => {
                        serde_json::from_str(text).map_err(|e| e.to_string())
                    }
                    _ => Err(format!("expected a JSON document, found {vals:?}")),
                }
            }
        }
    )+};
}

/// A closed set of codes: one spelling in JSON, tables and documents.
#[macro_export]
macro_rules! codes {
    ($(#[$doc:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)+
    }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize,
            serde::Deserialize, schemars::JsonSchema,
        )]
        $vis enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// Every member, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The codes of all members, in order.
            pub const CODES: &'static [&'static str] = &[$($code,)+];

            /// Its code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl $crate::record::ClosedSet for $name {
            const ALL: &'static [Self] = Self::ALL;

            fn code(self) -> &'static str {
                Self::code(self)
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::value::Invalid;

            fn from_str(text: &str) -> Result<Self, $crate::value::Invalid> {
                match text {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::value::Invalid::new("code.unknown", text)
                        .allowed(Self::CODES.iter().copied())),
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl $crate::record::Column for $name {
            fn specs() -> Vec<$crate::record::Spec> {
                let mut spec = $crate::record::Spec::of($crate::record::ColumnType::Code);
                spec.codes = Self::CODES;
                vec![spec]
            }

            fn put(&self, out: &mut Vec<$crate::record::Val>) {
                out.push($crate::record::Val::from(self.code()));
            }

            fn take(vals: &[$crate::record::Val]) -> Result<Self, String> {
                match vals {
                    [$crate::record::Val::Text(text)] => {
                        text.parse().map_err(|e: $crate::value::Invalid| e.to_string())
                    }
                    _ => Err(format!("expected a code, found {vals:?}")),
                }
            }
        }
    };
}

text_column! {
    Code => Code,
    Currency => Code,
    Quantity => Decimal,
    Percent => Decimal,
}

impl<const CHARS_MAX: usize, const LINES: bool> Column for TextValue<CHARS_MAX, LINES> {
    fn specs() -> Vec<Spec> {
        vec![Spec::of(ColumnType::Text)]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.push(Val::from(self.as_str()));
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        match vals {
            [Val::Text(text)] => Self::parse(text).map_err(|e| e.to_string()),
            _ => wrong("text", vals),
        }
    }
}

impl Column for Money {
    const WIDTH: usize = 2;

    fn specs() -> Vec<Spec> {
        vec![
            Spec::of(ColumnType::MoneyMinor).suffix("_minor"),
            Spec::of(ColumnType::Code).suffix("_currency"),
        ]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.extend([Val::Int(self.minor()), Val::from(self.currency().code())]);
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        match vals {
            [Val::Int(minor), Val::Text(code)] => Currency::parse(code)
                .and_then(|currency| Self::from_minor(*minor, currency))
                .map_err(|e| e.to_string()),
            _ => wrong("minor units and a currency", vals),
        }
    }
}

impl Column for UnitPrice {
    const WIDTH: usize = 2;

    fn specs() -> Vec<Spec> {
        vec![
            Spec::of(ColumnType::Decimal).suffix("_amount"),
            Spec::of(ColumnType::Code).suffix("_currency"),
        ]
    }

    fn put(&self, out: &mut Vec<Val>) {
        out.extend([Val::Text(self.amount().to_string()), Val::from(self.currency().code())]);
    }

    fn take(vals: &[Val]) -> Result<Self, String> {
        match vals {
            [Val::Text(amount), Val::Text(code)] => {
                let amount = amount.parse().map_err(|_| format!("{amount:?} is no decimal"))?;
                Currency::parse(code)
                    .and_then(|currency| Self::new(amount, currency))
                    .map_err(|e| e.to_string())
            }
            _ => wrong("an amount and a currency", vals),
        }
    }
}
