//! Structs that grow: they begin with their size and the version of the header that the host was compiled with.

use core::mem::{MaybeUninit, size_of};
use core::ptr;

use crate::error::Fault;
use crate::version::CRM_ABI_VERSION;

/// A struct that begins with `struct_size` and `abi_version` and may be all zeros.
///
/// # Safety
///
/// It is `repr(C)`, begins with two `u32`, and has a meaning where every byte is 0.
#[expect(unsafe_code, reason = "promises a layout")]
pub(crate) unsafe trait Versioned: Copy {}

/// Bytes of a struct of a newer header that are looked at, at most.
const STRUCT_BYTES_MAX: usize = 4096;

/// The struct that argument `name` points to; fields that the host's header did not have are 0.
///
/// A host that sets a field which this library does not know is refused, not half understood.
///
/// # Safety
///
/// `place` is NULL, or readable for as many bytes as its `struct_size` says.
#[expect(unsafe_code, reason = "reads what the host points to")]
pub(crate) unsafe fn read<T: Versioned>(place: *const T, name: &'static str) -> Result<T, Fault> {
    if place.is_null() {
        return Err(Fault::Null(name));
    }
    // SAFETY: not NULL, and it begins with these two.
    let [struct_size, abi_version] = unsafe { ptr::read(place.cast::<[u32; 2]>()) };
    let size = usize::try_from(struct_size).unwrap_or(usize::MAX);
    if !(8..=STRUCT_BYTES_MAX).contains(&size) {
        return Err(Fault::Version(name, struct_size));
    }
    if abi_version == 0 || abi_version >> 16 > CRM_ABI_VERSION >> 16 {
        return Err(Fault::Version(name, abi_version));
    }
    // SAFETY: readable for `struct_size` bytes by the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts(place.cast::<u8>(), size) };
    if bytes.iter().skip(size_of::<T>()).any(|byte| *byte != 0) {
        return Err(Fault::Version(name, struct_size));
    }
    let mut known = MaybeUninit::<T>::zeroed();
    // SAFETY: both are valid for the smaller size; all zeros mean something by the promise of `Versioned`.
    unsafe {
        ptr::copy_nonoverlapping(
            bytes.as_ptr(),
            known.as_mut_ptr().cast(),
            size.min(size_of::<T>()),
        );
        Ok(known.assume_init())
    }
}
