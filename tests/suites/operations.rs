//! The manual of the operations is the one that the types generate.

use crate::repository::expect_file;

#[test]
fn states_manual_is_generated() {
    expect_file("docs/states.md", &crm_core::api::states_manual());
}

#[test]
fn operations_manual_is_generated() {
    expect_file("docs/operations.md", &crm_core::api::manual());
}
