//! The import: bytes to rows, rows to the items of operation `import.rows`, every mistake collected.
//!
//! A [`Plan`] says how the files of another system become records; it is data, written once for each system. The
//! rows of a file are read one by one ([`Rows`]), judged and translated ([`Mapping`]), and leave as [`ImportItem`]s.
//! A row either becomes an item, is left out by a condition of the plan, or is rejected with everything that is
//! wrong with it: none is ever lost. Nothing here knows the engine, the store or a file system.

mod expr;
mod fault;
mod format;
mod item;
mod map;
mod plan;
mod read;
mod suggest;
mod target;

pub use expr::{Expr, Operator};
pub use fault::{CellFault, PlanFault};
pub use format::{Cut, DateFormat, Format};
pub use item::{ImportItem, ImportRows};
pub use map::{ChildTable, LookupTable, Loss, Losses, Mapped, Mapping, Shelf, TYPED_COLUMN};
pub use plan::{
    ChildPlan, Computed, Condition, Currency, CustomField, FieldPlan, FilePlan, From, Lookup,
    Operation, Piece, Plan, Sheet, Source, Test, Unmapped, named,
};
pub use read::{
    COLUMNS_MAX, Dialect, FIELD_BYTES_MAX, ROW_BYTES_MAX, ReadError, Row, Rows, SheetName, Typed,
};
pub use suggest::{SuggestedColumn, Suggester, Suggestion};
pub use target::{ENTITIES, Entity, Shape};
