//! Calls in any order on any handle, living, dead or invented, against a model that knows which live.

use core::ptr;

use super::{call, options, opts, text};
use crate::cancel::{crm_cancel_free, crm_cancel_new, crm_cancel_trigger};
use crate::engine::{crm_close, crm_open};
use crate::error::{crm_error_code, crm_error_free};
use crate::session::{crm_session_close, crm_session_open};
use crate::status::{CRM_E_HANDLE, CRM_E_NULL, CRM_E_OPERATION, CRM_OK};

const STEPS: u32 = 50_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Engine,
    Session,
    Cancel,
    Error,
}

/// A handle that was given out, or was never; and whether it lives.
#[derive(Clone, Copy, Debug)]
struct Known {
    bits: usize,
    kind: Kind,
    alive: bool,
}

fn handle<T>(bits: usize) -> *mut T {
    ptr::without_provenance_mut(bits)
}

#[test]
#[expect(unsafe_code, reason = "a host calls")]
fn a_handle_works_exactly_as_long_as_it_is_open_and_as_what_it_is() {
    let mut random = 1_u64;
    let mut below = |end: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(random >> 33).unwrap() % end
    };
    let mut known = vec![Known { bits: usize::MAX, kind: Kind::Engine, alive: false }];
    let mut refused = 0;
    for step in 0..STEPS {
        let recent = known.len().saturating_sub(40);
        let at = recent + below(known.len() - recent);
        let Known { bits, kind, alive } = known[at];
        let expect = |wanted: Kind| match alive && kind == wanted {
            true => CRM_OK,
            false => CRM_E_HANDLE,
        };
        let mut made = ptr::null_mut();
        let mut err = ptr::null_mut();
        let choice = below(12);
        let (expected, status) = match choice {
            // SAFETY: pointers to locals; so everywhere here.
            0 => (CRM_OK, unsafe { crm_open(&options(), &mut made, &mut err) }),
            1 | 2 => {
                let (mut session, engine) = (ptr::null_mut(), handle(bits));
                // SAFETY: as above.
                let status = unsafe {
                    crm_session_open(engine, 1, text(""), text(""), &mut session, &mut err)
                };
                if status == CRM_OK {
                    known.push(Known { bits: session.addr(), kind: Kind::Session, alive: true });
                }
                (expect(Kind::Engine), status)
            }
            3 => {
                let mut cancel = ptr::null_mut();
                // SAFETY: as above.
                let status = unsafe { crm_cancel_new(&mut cancel, &mut err) };
                known.push(Known { bits: cancel.addr(), kind: Kind::Cancel, alive: true });
                (CRM_OK, status)
            }
            // SAFETY: as above.
            4 => (CRM_E_NULL, unsafe { crm_open(ptr::null(), &mut made, &mut err) }),
            5 => (expect(Kind::Cancel), crm_cancel_trigger(handle(bits))),
            6 | 7 => {
                let expected = expect(Kind::Session);
                let expected = if expected == CRM_OK { CRM_E_OPERATION } else { expected };
                (expected, call(handle(bits), "no.such", "", &opts()).0)
            }
            8 => (expect(Kind::Engine), crm_close(handle(bits))),
            9 => (expect(Kind::Session), crm_session_close(handle(bits))),
            10 => (expect(Kind::Cancel), crm_cancel_free(handle(bits))),
            _ => (expect(Kind::Error), crm_error_free(handle(bits))),
        };
        assert_eq!(status, expected, "step {step} on {:?}", known[at]);
        refused += u32::from(status == CRM_E_HANDLE);
        if !made.is_null() {
            known.push(Known { bits: made.addr(), kind: Kind::Engine, alive: true });
        }
        if !err.is_null() {
            assert_eq!(crm_error_code(err), status);
            known.push(Known { bits: err.addr(), kind: Kind::Error, alive: true });
        }
        // The last four close.
        if status == CRM_OK && choice >= 8 {
            known[at].alive = false;
        }
    }
    for Known { bits, .. } in known.iter().filter(|known| known.alive) {
        crm_session_close(handle(*bits));
        crm_close(handle(*bits));
        crm_cancel_free(handle(*bits));
        crm_error_free(handle(*bits));
    }
    println!("{STEPS} calls, {refused} of them on handles that were dead or of another kind");
}
