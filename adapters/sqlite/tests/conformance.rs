//! The SQLite store keeps every promise.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crm_core::store::Store;
use crm_sqlite::SqliteStore;
use crm_store_testkit::Target;

/// A new file is a copy of one that was made once, since making fifty tables takes longer than a program.
fn fresh(dir: &Path) -> Box<dyn Store> {
    static EMPTY: OnceLock<Vec<u8>> = OnceLock::new();
    let file = path(dir);
    let empty = EMPTY.get_or_init(|| {
        drop(SqliteStore::open(&file).unwrap());
        std::fs::read(&file).unwrap()
    });
    std::fs::write(&file, empty).unwrap();
    open(dir)
}

fn path(dir: &Path) -> PathBuf {
    dir.join("crm.db")
}

fn open(dir: &Path) -> Box<dyn Store> {
    Box::new(SqliteStore::open(path(dir)).unwrap())
}

fn main() {
    crm_store_testkit::main(Target::new("sqlite").fresh(fresh).reopen(open).second_handle(true));
}
