//! Bytes that the library gives to the host.

use core::ffi::c_void;
use core::ptr;

use crate::boundary::quiet;
use crate::error::Fault;
use crate::handle::{self, Held, Token};

/// Bytes that the host owns: `crm_buf_free`. `data[len]` is always 0, so text can be read as a C string. Zero-filled it
/// is empty. Frozen for ever.
#[repr(C)]
pub struct Buf {
    /// The first byte; NULL where there is no buffer.
    pub data: *const u8,
    /// How many bytes, the 0 behind them not counted.
    pub len: usize,
    /// The library's; leave it alone.
    pub _owner: *mut c_void,
}

/// The bytes, and a 0 behind them.
pub(crate) struct BufferObject(#[expect(dead_code, reason = "the host reads it")] Vec<u8>);

impl Held for BufferObject {
    const KIND: usize = 5;
}

impl Buf {
    pub(crate) const EMPTY: Self = Self { data: ptr::null(), len: 0, _owner: ptr::null_mut() };

    /// Hands bytes to the host.
    pub(crate) fn of(mut bytes: Vec<u8>) -> Result<Self, Fault> {
        let len = bytes.len();
        bytes.push(0);
        // The bytes stay where they are when the vector moves into the table.
        let data = bytes.as_ptr();
        Ok(Self { data, len, _owner: handle::insert(BufferObject(bytes))?.handle() })
    }
}

/// Frees a buffer and zeroes `*buf`.
///
/// `buf`: in and out; NULL, an empty buffer, one that was freed and a copy of one that was freed are harmless.
/// Threads: any. Fails: never.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_buf_free(buf: *mut Buf) {
    quiet((), || {
        if buf.is_null() {
            return;
        }
        // SAFETY: not NULL, and readable and writable by the rules of the header.
        let buf = unsafe { ptr::replace(buf, Buf::EMPTY) };
        drop(handle::remove::<BufferObject>(Token::of(buf._owner)));
    });
}
