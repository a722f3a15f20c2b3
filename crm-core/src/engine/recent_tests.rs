//! What is kept of rows and listings is what a reading of the store would give, or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::kept::Row;
use super::recent::{Recent, Written};
use crate::record::{Entity as _, Ext, Key, Kind, Record, Val};
use crate::schedule::{Timer, TimerCode};
use crate::store::{Cursor, Seq};
use crate::value::{Id, Timestamp};

/// One step of a history: rows are written by this engine or by another, or a row or a listing is asked for.
#[derive(Clone, Debug)]
enum Step {
    Commit { ours: bool, rows: BTreeMap<u8, Wrote> },
    Row(u8),
    Listing(u16, Option<u8>),
}

#[derive(Clone, Debug)]
enum Wrote {
    Put { subject: u8, due: u8, deleted: bool },
    Purge { read: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let put = (0..3_u8, 0..4_u8, prop::bool::weighted(0.2))
        .prop_map(|(subject, due, deleted)| Wrote::Put { subject, due, deleted });
    let wrote = prop_oneof![5 => put, 1 => any::<bool>().prop_map(|read| Wrote::Purge { read })];
    let rows = prop::collection::btree_map(0..6_u8, wrote, 1..4);
    prop_oneof![
        3 => (prop::bool::weighted(0.8), rows).prop_map(|(ours, rows)| Step::Commit { ours, rows }),
        2 => (0..6_u8).prop_map(Step::Row),
        4 => prop_oneof![Just((1, None)), (0..3_u8).prop_map(|subject| (2, Some(subject)))]
            .prop_map(|(index, subject)| Step::Listing(index, subject)),
    ]
}

fn key(id: u8) -> Key {
    Key { kind: Kind::Timer, id: Uuid::from_u128(u128::from(id) + 1) }
}

fn row(id: u8, version: u64, (subject, due, deleted): (u8, u8, bool)) -> Record {
    let timer = Timer {
        id: Id::new(key(id).id),
        due_at: Timestamp::from_micros(i64::from(due)).unwrap(),
        code: TimerCode::ALL[0],
        subject_kind: "lead".to_owned(),
        subject: Uuid::from_u128(u128::from(subject)),
        place: None,
        ext: Ext::new(),
    };
    Record { deleted, ..timer.record(version) }
}

/// The rows of a listing, by the model.
fn listed(stored: &BTreeMap<Key, Record>, index: u16, prefix: &[Val]) -> Vec<Record> {
    let place = |record: &Record| Cursor::of(record.def.index(index), Seq(u64::MAX), record);
    let live = stored.values().filter(|record| !record.deleted);
    let mut rows: Vec<Record> =
        live.filter(|record| place(record).vals.starts_with(prefix)).cloned().collect();
    rows.sort_by_cached_key(place);
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn what_is_kept_is_what_is_stored(steps in prop::collection::vec(step(), 1..40)) {
        let mut recent = Recent::default();
        let mut stored: BTreeMap<Key, Record> = BTreeMap::new();
        let mut head = 1;
        for step in steps {
            match step {
                Step::Commit { ours, rows } => {
                    head += 1;
                    let mut written = Vec::new();
                    for (id, wrote) in rows {
                        let before = stored.remove(&key(id)).map(Row::of);
                        let version = before.as_ref().map_or(1, |row| row.record.version + 1);
                        let (before, after) = match wrote {
                            Wrote::Put { subject, due, deleted } => {
                                let record = row(id, version, (subject, due, deleted));
                                stored.insert(key(id), record.clone());
                                (before, Some(Row::of(record)))
                            }
                            Wrote::Purge { read } => (before.filter(|_| read), None),
                        };
                        written.push(Written { key: key(id), before, after });
                    }
                    if ours {
                        recent.committed(Seq(head), &written);
                    } else {
                        written.iter().for_each(|row| recent.forget(row.key));
                    }
                }
                Step::Row(id) => {
                    let is = stored.get(&key(id));
                    match recent.row(key(id), Seq(head)) {
                        Some(kept) => {
                            prop_assert_eq!(kept.as_ref().map(|row| &row.record), is);
                        }
                        None => recent.keep_row(key(id), is.cloned().map(Row::of), Seq(head)),
                    }
                    // An older reading sees what was there then, or asks the store.
                    let older = recent.row(key(id), Seq(0));
                    prop_assert!(older.is_none());
                }
                Step::Listing(index, subject) => {
                    let prefix: Vec<Val> =
                        subject.map(|of| Val::Id(Uuid::from_u128(of.into()))).into_iter().collect();
                    let is = listed(&stored, index, &prefix);
                    let of = (Kind::Timer, index, prefix);
                    match recent.listing(&of, Seq(head)) {
                        Some(kept) => {
                            let kept: Vec<Record> =
                                kept.iter().map(|row| row.record.clone()).collect();
                            prop_assert_eq!(kept, is);
                        }
                        None => {
                            let rows: Vec<Arc<Row>> = is.into_iter().map(Row::of).collect();
                            recent.keep_listing(&of, &rows, Seq(head));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn the_second_time_nothing_is_read() {
    let mut recent = Recent::default();
    let of = (Kind::Timer, 2, vec![Val::Id(Uuid::from_u128(0))]);
    recent.keep_listing(&of, &[], Seq(1));
    recent.keep_row(key(0), None, Seq(1));
    let after = Some(Row::of(row(0, 1, (0, 0, false))));
    recent.committed(Seq(2), &[Written { key: key(0), before: None, after }]);
    // A new row joins the listing that was empty.
    let kept = recent.listing(&of, Seq(2)).unwrap();
    assert_eq!(kept.len(), 1);
    assert!(recent.row(key(0), Seq(2)).unwrap().is_some());
    assert!(recent.row(key(0), Seq(1)).is_none(), "what was there before is not kept");
}
