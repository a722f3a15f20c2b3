//! A domain type and its table, written once.

use super::{
    Column, Corrupt, Decodes, Ext, FieldDef, FieldId, IndexDef, Kind, KindDef, Personal, Record,
    Val,
};
use crate::value::Id;

/// A domain type that is stored as records of one kind.
pub trait Entity: Clone + Sized + Send + Sync + 'static {
    /// The kind of its records.
    const KIND: Kind;

    /// The metadata of that kind.
    fn def() -> &'static KindDef;

    /// Its identity.
    fn id(&self) -> Id<Self>;

    /// Values beside its declared fields.
    fn ext(&self) -> &Ext;

    /// The values of its columns, in the order of the metadata.
    fn vals(&self) -> Vec<Val>;

    /// The value that a row holds.
    ///
    /// # Errors
    ///
    /// The first column that does not decode.
    fn from_record(record: &Record) -> Result<Self, Corrupt>;

    /// Its row as version `version`.
    fn record(&self, version: u64) -> Record {
        Record {
            def: Self::def(),
            id: self.id().uuid(),
            version,
            deleted: false,
            ext: self.ext().clone(),
            vals: self.vals(),
        }
    }
}

/// Reads a row's values one field after another.
#[derive(Debug)]
pub struct Columns<'a> {
    record: &'a Record,
    rest: &'a [Val],
}

impl<'a> Columns<'a> {
    /// The values of `record`, from its first field on.
    pub fn of(record: &'a Record) -> Self {
        Self { record, rest: &record.vals }
    }

    /// The next field's value.
    ///
    /// # Errors
    ///
    /// What does not decode, named by `field`.
    pub fn take<C: Column>(&mut self, field: &str) -> Result<C, Corrupt> {
        let corrupt = |what: String| Corrupt {
            kind: self.record.def.kind,
            id: self.record.id,
            what: format!("{field}: {what}"),
        };
        let (vals, rest) = self
            .rest
            .split_at_checked(C::WIDTH)
            .ok_or_else(|| corrupt("the row is too short".to_owned()))?;
        let value = C::take(vals).map_err(corrupt)?;
        self.rest = rest;
        Ok(value)
    }
}

/// A listing as declared: number, name, columns by name, unique or not.
type Listing<'a> = (u16, &'static str, &'a [&'a str], bool);

impl KindDef {
    /// The columns of a field of type `C`, numbered from `number` on.
    pub fn columns_of<C: Column>(
        number: u16,
        field: &str,
        personal: Option<Personal>,
    ) -> Vec<FieldDef> {
        let numbered = (number..).zip(C::specs());
        let columns = numbered.map(|(number, spec)| FieldDef {
            id: FieldId(number),
            name: format!("{field}{}", spec.suffix),
            ty: spec.ty,
            required: spec.required,
            personal,
            references: spec.references,
            codes: spec.codes,
        });
        columns.collect()
    }

    /// The metadata of a kind. A listing of columns that do not exist has none; a test finds it.
    pub fn new(
        kind: Kind,
        fields: Vec<FieldDef>,
        listings: &[Listing<'_>],
        append_only: bool,
        decodes: Decodes,
    ) -> Self {
        let column = |name: &&str| match *name {
            "seq" => Some(FieldId::SEQ),
            name => fields.iter().find(|def| def.name == name).map(|def| def.id),
        };
        let indexes = listings.iter().map(|(id, name, cols, unique)| {
            let cols = cols.iter().map(column).collect::<Option<Vec<_>>>().unwrap_or_default();
            IndexDef { id: *id, name, cols, unique: *unique }
        });
        let indexes = indexes.collect();
        Self { kind, name: kind.name(), fields, indexes, append_only, decodes }
    }
}

/// A domain type with its table: `number field: Type`, optionally `personal(purpose, days)`; then the listings.
///
/// A value of several columns takes consecutive numbers, and its columns are named `field_suffix`. Every record type
/// has an `id` and an `ext` besides.
///
/// ```text
/// record! {
///     /// A person reachable at a customer.
///     pub struct Contact: Contact {
///         /// Where.
///         1 customer: Id<Customer>;
///         /// Who.
///         2 name: Name, personal("contact", 1095);
///     }
///     listings {
///         1 "by_customer" ["customer"];
///         2 unique "by_code" ["code"];
///     }
/// }
/// ```
///
/// A kind whose rows are never changed says `append_only` after its kind.
#[macro_export]
macro_rules! record {
    (
        $(#[$doc:meta])*
        pub struct $name:ident: $kind:ident $(, $append:ident)? {
            $($(#[$field_doc:meta])* $number:literal $field:ident: $ty:ty
                $(, personal($purpose:literal, $days:literal))?;)+
        }
        listings { $($index:literal $($unique:ident)? $index_name:literal [$($col:literal),+ $(,)?];)* }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub struct $name {
            /// Its identity.
            pub id: $crate::value::Id<$name>,
            $($(#[$field_doc])* pub $field: $ty,)+
            /// Custom values by the code of their field.
            #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
            pub ext: $crate::record::Ext,
        }

        impl $crate::record::Entity for $name {
            const KIND: $crate::record::Kind = $crate::record::Kind::$kind;

            fn def() -> &'static $crate::record::KindDef {
                static DEF: std::sync::LazyLock<$crate::record::KindDef> =
                    std::sync::LazyLock::new(|| {
                        let fields = [$($crate::record::KindDef::columns_of::<$ty>(
                            $number, stringify!($field),
                            None::<$crate::record::Personal>$(.or(Some($crate::record::Personal {
                                purpose: $purpose, retention_days: $days,
                            })))?),)+];
                        let fields = fields.into_iter().flatten().collect();
                        $crate::record::KindDef::new(
                            $crate::record::Kind::$kind, fields,
                            &[$(($index, $index_name, &[$($col),+],
                                stringify!($($unique)?) == "unique"),)*],
                            stringify!($($append)?) == "append_only",
                            |record| <$name as $crate::record::Entity>::from_record(record).map(drop))
                    });
                &DEF
            }

            fn id(&self) -> $crate::value::Id<Self> {
                self.id
            }

            fn ext(&self) -> &$crate::record::Ext {
                &self.ext
            }

            fn vals(&self) -> Vec<$crate::record::Val> {
                let mut out = Vec::with_capacity(Self::def().fields.len());
                $($crate::record::Column::put(&self.$field, &mut out);)+
                out
            }

            fn from_record(record: &$crate::record::Record) -> Result<Self, $crate::record::Corrupt> {
                let mut rest = $crate::record::Columns::of(record);
                Ok(Self {
                    id: $crate::value::Id::new(record.id),
                    $($field: rest.take::<$ty>(stringify!($field))?,)+
                    ext: record.ext.clone(),
                })
            }
        }
    };
}
