//! The catalogue: what the library can do, in its own words.

use core::mem::{align_of, offset_of, size_of};

use crm_core::api::CATALOGUE;
use serde_json::{Map, Value, json};

use crate::boundary::{Out, error_out, guard};
use crate::buffer::Buf;
use crate::call::CallOpts;
use crate::engine::Options;
use crate::error::ErrorHandle;
use crate::status::{self, Status};
use crate::text::{CRM_REQUEST_BYTES_MAX, CRM_TEXT_BYTES_MAX, Str};
use crate::version::{BUILD_ID, CRM_ABI_VERSION, FEATURES, VERSION};

/// Size, alignment and offsets of a struct as the library has them.
macro_rules! layout {
    ($name:ty { $($field:ident),+ }) => {
        json!({
            "size": size_of::<$name>(),
            "align": align_of::<$name>(),
            "fields": { $(stringify!($field): offset_of!($name, $field)),+ },
        })
    };
}

/// Every public struct: what the layout checks of C, C++ and C# compare with.
fn layouts() -> Value {
    json!({
        "pointer_bytes": size_of::<usize>(),
        "structs": {
            "crm_str": layout!(Str { ptr, len }),
            "crm_buf": layout!(Buf { data, len, _owner }),
            "crm_options": layout!(Options {
                struct_size, abi_version, uri, log, log_destroy, log_ctx
            }),
            "crm_call_opts": layout!(CallOpts {
                struct_size, abi_version, key, now_micros, entropy, entropy_len, cancel, progress,
                progress_ctx
            }),
        },
    })
}

/// The description as JSON.
pub(crate) fn catalogue() -> Value {
    let operations: Map<_, _> = CATALOGUE
        .iter()
        .map(|entry| {
            let described = (entry.describe)();
            let of = json!({
                "access": described.access,
                "request": described.request,
                "response": described.response,
            });
            (described.name, of)
        })
        .collect();
    let statuses: Vec<_> = status::NAMES
        .iter()
        .map(|(status, name)| json!({"status": status, "name": name.to_string_lossy()}))
        .collect();
    json!({
        "version": VERSION,
        "build_id": BUILD_ID,
        "abi_version": CRM_ABI_VERSION,
        "features": FEATURES,
        "limits": {"text_bytes": CRM_TEXT_BYTES_MAX, "request_bytes": CRM_REQUEST_BYTES_MAX},
        "operations": operations,
        "statuses": statuses,
        "abi": layouts(),
    })
}

/// The catalogue as JSON: `operations` by name with the schemas of request and response, `statuses` with their names,
/// `features`, `limits`, `version`, and `abi`, the size and the offsets of every public struct. Hosts generate their
/// classes from it.
///
/// `out`: out, owned by the host: `crm_buf_free`; empty after a failure. `err`: out, may be NULL, as of `crm_open`.
/// Threads: any. Fails: `CRM_E_NULL`.
/// history: unstable since 0.1.0
#[expect(unsafe_code, reason = "a C symbol")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crm_describe(out: *mut Buf, err: *mut ErrorHandle) -> Status {
    // SAFETY: by the rules of the header.
    guard(unsafe { error_out(err) }, |_| {
        // SAFETY: by the rules of the header.
        let out = unsafe { Out::new(out, "out", Buf::EMPTY) }?;
        out.put(Buf::of(catalogue().to_string().into_bytes())?);
        Ok(())
    })
}
