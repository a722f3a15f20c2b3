//! Text from the host: borrowed for the call, its length and its UTF-8 checked.

use core::ffi::{CStr, c_char};

use crate::error::Fault;

/// Text or bytes that are borrowed for the call: UTF-8, `len` bytes, or `len` = `CRM_ZSTR` and a NUL at the end.
/// Empty and absent are the same: `len` 0, with `ptr` NULL or not. Frozen for ever.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    /// Its first byte.
    pub ptr: *const c_char,
    /// How many bytes, or `CRM_ZSTR`.
    pub len: usize,
}

/// The `len` of text that ends with a NUL.
pub const CRM_ZSTR: usize = usize::MAX;

/// Bytes in an argument at most, but for requests.
pub const CRM_TEXT_BYTES_MAX: usize = 65_536;
/// Bytes in a request or a line at most.
pub const CRM_REQUEST_BYTES_MAX: usize = 16_777_216;

impl Str {
    /// The text; `name` is the argument's, for the error.
    ///
    /// # Safety
    ///
    /// `ptr` is NULL, or readable for `len` bytes (up to its NUL, for `CRM_ZSTR`) and unchanged during `'a`.
    #[expect(unsafe_code, reason = "reads what the host points to")]
    pub(crate) unsafe fn read<'a>(self, name: &'static str, max: usize) -> Result<&'a str, Fault> {
        let bytes = match self {
            Self { len: 0, .. } => &[],
            Self { ptr, .. } if ptr.is_null() => return Err(Fault::Null(name)),
            // SAFETY: not NULL, and the caller promises a NUL.
            Self { ptr, len: CRM_ZSTR } => unsafe { CStr::from_ptr(ptr) }.to_bytes(),
            Self { len, .. } if len > max => return Err(Fault::TooLong(name, max)),
            // SAFETY: not NULL, not over `max`, and the caller promises `len` bytes.
            Self { ptr, len } => unsafe { core::slice::from_raw_parts(ptr.cast(), len) },
        };
        if bytes.len() > max {
            return Err(Fault::TooLong(name, max));
        }
        core::str::from_utf8(bytes).map_err(|_| Fault::Utf8(name))
    }
}
