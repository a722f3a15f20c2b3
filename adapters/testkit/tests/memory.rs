//! The memory store keeps every promise.

use crm_core::store::MemoryStore;
use crm_store_testkit::Target;

fn main() {
    let target = Target::new("memory").fresh(|_| Box::new(MemoryStore::default()));
    crm_store_testkit::main(target);
}
