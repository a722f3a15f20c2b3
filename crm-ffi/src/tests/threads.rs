//! Eight threads on the same engines and sessions, which are closed under them.

use core::ptr;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use super::{call, open, opts, session};
use crate::engine::crm_close;
use crate::session::crm_session_close;
use crate::status::{CRM_E_BUSY, CRM_E_HANDLE, CRM_OK};

const THREADS: u64 = 8;
const CALLS: u64 = 1_000;

#[test]
fn handles_may_be_closed_while_others_call() {
    let shared: Vec<AtomicUsize> = (0..4).map(|_| AtomicUsize::new(only_session())).collect();
    let done = [const { AtomicU64::new(0) }; 3];
    thread::scope(|scope| {
        for seed in 1..=THREADS {
            let (shared, done) = (&shared, &done);
            scope.spawn(move || {
                let (mut random, mut stale) = (seed, 0);
                for _ in 0..CALLS {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                    let place = &shared[usize::try_from(random >> 33).unwrap() % shared.len()];
                    if random >> 40 & 31 == 0 {
                        let old = place.swap(only_session(), Ordering::Relaxed);
                        assert_eq!(crm_session_close(ptr::without_provenance_mut(old)), CRM_OK);
                        continue;
                    }
                    // Now and then the handle of a while ago, which may be closed by now.
                    if random >> 50 & 3 != 0 || stale == 0 {
                        stale = place.load(Ordering::Relaxed);
                    }
                    let session = ptr::without_provenance_mut(stale);
                    let (status, answer) =
                        call(session, "customer.create", r#"{"name":"A"}"#, &opts());
                    let outcome = match status {
                        CRM_OK => 0,
                        CRM_E_BUSY => 1,
                        CRM_E_HANDLE => 2,
                        other => panic!("{other}: {answer}"),
                    };
                    done[outcome].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let [fine, busy, gone] = done.map(AtomicU64::into_inner);
    println!("{fine} done, {busy} busy, {gone} on a handle that was closed");
    assert!(fine > 0);
}

fn only_session() -> usize {
    let engine = open();
    let session = session(engine);
    assert_eq!(crm_close(engine), CRM_OK);
    session.addr()
}
