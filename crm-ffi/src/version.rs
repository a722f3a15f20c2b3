//! Which library this is, and what it can.

use core::ffi::c_char;
use std::{ffi::CString, sync::LazyLock};

use crate::boundary::quiet;
use crate::text::{CRM_TEXT_BYTES_MAX, Str};

/// The version of this header: major in the upper 16 bits, minor in the lower. A major that differs is another library.
pub const CRM_ABI_VERSION: u32 = 1;

/// What this build has.
pub(crate) const FEATURES: &[&str] = if cfg!(feature = "sqlite") {
    &["describe", "memory", "plan", "run_line", "sqlite"]
} else {
    &["describe", "memory", "plan", "run_line"]
};

/// The version of the library.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a release build was built of: its environment says `CRM_BUILD_ID`.
pub(crate) const BUILD_ID: &str = match option_env!("CRM_BUILD_ID") {
    Some(id) => id,
    None => "unreleased",
};

static VERSION_TEXT: LazyLock<CString> =
    LazyLock::new(|| CString::new(VERSION).unwrap_or_default());
static BUILD_ID_TEXT: LazyLock<CString> =
    LazyLock::new(|| CString::new(BUILD_ID).unwrap_or_default());

/// The ABI version of the library that is loaded: compare its upper 16 bits with those of `CRM_ABI_VERSION`.
///
/// Returns: major << 16 | minor. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_abi_version() -> u32 {
    CRM_ABI_VERSION
}

/// The version of the library, such as `0.1.0`.
///
/// Returns: static text, NUL-terminated, never NULL, never freed. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_version_string() -> *const c_char {
    quiet(c"".as_ptr(), || VERSION_TEXT.as_ptr())
}

/// What the library was built of: a commit, or `unreleased`.
///
/// Returns: static text, NUL-terminated, never NULL, never freed. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub extern "C" fn crm_build_id() -> *const c_char {
    quiet(c"".as_ptr(), || BUILD_ID_TEXT.as_ptr())
}

/// Whether this build has a feature: `memory`, `sqlite`, `plan`, `run_line`, `describe`.
///
/// `name`: in. Returns: 1 where it has it, 0 where not, or where `name` is no text. Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_has_feature(name: Str) -> i32 {
    quiet(0, || {
        // SAFETY: by the rules of the header.
        let name = unsafe { name.read("name", CRM_TEXT_BYTES_MAX) };
        i32::from(name.is_ok_and(|name| FEATURES.contains(&name)))
    })
}
