//! Named cases for each line of the contract. Ids are stable: a team may quote them.
//!
//! long: one table, read from top to bottom beside the contract.

use std::cell::Cell;
use std::ops::{Bound, ControlFlow};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crm_core::record::{ColumnType, FieldId, Key, Kind, Record, Val};
use crm_core::store::{
    Admin, AdminRow, AggSpec, Applied, Batch, CommitId, Cursor, Expect, Guard, Next, Op, Reading,
    Row, Seq, Store, StoreError, StoreResult, TenantId,
};
use uuid::Uuid;

use crate::data::{self, With, id, sample};
use crate::model::{Got, Page, Query};
use crate::{Handle, Outcome, Target, apply, call, guarded};

/// One promise, as a test.
pub struct Case {
    /// Its stable name: contract line, then what.
    pub id: &'static str,
    /// What the target must offer.
    needs: Needs,
    run: fn(&mut Ctx<'_>) -> Verdict,
}

/// The seals that a reading gets, and the heads that its get and its scan report.
type Seen = (Vec<(Seq, Record)>, Seq, Seq);

fn seen(reading: &dyn Reading) -> Result<Seen, String> {
    let broken = |error: StoreError| format!("{error:?}");
    let mut rows = Vec::new();
    let end = reading
        .scan(&seals().scan(), &mut |row| {
            if let Row::Rec(seq, rec) = row {
                rows.push((seq, rec.clone()));
            }
            ControlFlow::Continue(())
        })
        .map_err(broken)?;
    let keys: Vec<Key> = rows.iter().map(|(_, rec)| rec.key()).collect();
    let mut got = Vec::new();
    let head = reading.get(T1, &keys, &mut |_, seq, rec| {
        got.push((seq, rec.clone()));
        ControlFlow::Continue(())
    });
    let head = head.map_err(broken)?;
    same(&got, &rows)?;
    Ok((rows, head, end.as_of))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Reopen,
    Second,
    Aggregate,
}

type Verdict = Result<(), String>;

const fn case(id: &'static str, run: fn(&mut Ctx<'_>) -> Verdict) -> Case {
    Case { id, needs: Needs::Nothing, run }
}

const fn needing(needs: Needs, id: &'static str, run: fn(&mut Ctx<'_>) -> Verdict) -> Case {
    Case { id, needs, run }
}

/// Runs one case on a fresh store.
pub fn run(case: &Case, target: &Target) -> Outcome {
    let result = guarded(|| {
        let mut ctx = Ctx { handle: target.handle(), commits: Cell::new(0) };
        match case.needs {
            Needs::Reopen if target.reopen.is_none() => Err(SKIP_REOPEN.to_owned()),
            Needs::Second if ctx.handle.second().is_none() => Err(SKIP_SECOND.to_owned()),
            Needs::Aggregate if !ctx.store().caps().push_agg => Err(SKIP_AGG.to_owned()),
            _ => (case.run)(&mut ctx),
        }
    });
    match result {
        Ok(()) => Outcome::Passed,
        Err(why) => {
            match [SKIP_REOPEN, SKIP_SECOND, SKIP_AGG].into_iter().find(|skip| *skip == why) {
                Some(skip) => Outcome::Skipped(skip),
                None => Outcome::Failed(why),
            }
        }
    }
}

const SKIP_REOPEN: &str = "the target cannot open a store again";
const SKIP_SECOND: &str = "the target has no second handle";
const SKIP_AGG: &str = "the store does not aggregate";

const T1: TenantId = TenantId(1);
const T2: TenantId = TenantId(2);

/// A fresh store, and short ways to ask it.
struct Ctx<'a> {
    handle: Handle<'a>,
    commits: Cell<u64>,
}

macro_rules! ensure {
    ($cond:expr, $($what:tt)+) => {
        if !$cond { return Err(format!($($what)+)); }
    };
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, wanted: T) -> Verdict {
    ensure!(found == wanted, "found  {found:?}\nwanted {wanted:?}");
    Ok(())
}

impl Ctx<'_> {
    fn store(&self) -> &dyn Store {
        self.handle.store()
    }

    fn reading(&self, next: Next) -> Result<Option<Box<dyn Reading + '_>>, String> {
        self.store().reading(next).map_err(|error| format!("{error:?}"))
    }

    fn commit(&self) -> CommitId {
        self.commits.set(self.commits.get() + 1);
        CommitId(Uuid::from_u64_pair(0xC, self.commits.get()))
    }

    fn batch(&self, ops: Vec<Op>) -> Batch {
        Batch { tenant: T1, commit: self.commit(), at: 1_000, guards: Vec::new(), as_of: None, ops }
    }

    fn apply(&self, batch: &Batch) -> StoreResult<Applied> {
        apply(self.store(), batch)
    }

    fn ops(&self, ops: Vec<Op>) -> StoreResult<Applied> {
        self.apply(&self.batch(ops))
    }

    /// Writes new rows, one batch each.
    fn add(&self, recs: impl IntoIterator<Item = Record>) -> Verdict {
        for rec in recs {
            self.ops(vec![new(rec)]).map_err(|error| format!("{error:?}"))?;
        }
        Ok(())
    }

    fn get(&self, key: Key) -> Result<Option<Record>, String> {
        let row = call::one(self.store(), T1, key).map_err(|error| format!("{error:?}"))?;
        Ok(row.map(|(_, rec)| rec))
    }

    fn scan(&self, query: &Query) -> Result<Page, String> {
        call::scan(self.store(), query, None).map_err(|error| format!("{error:?}"))
    }

    fn ids(&self, query: &Query) -> Result<Vec<Uuid>, String> {
        Ok(ids(&self.scan(query)?))
    }

    fn lines(&self) -> Result<Vec<crm_core::store::Change>, String> {
        let lines = call::changes(self.store(), T1, Seq(0), u32::MAX, None);
        Ok(lines.map_err(|error| format!("{error:?}"))?.0)
    }

    fn head(&self) -> Result<Seq, String> {
        let (_, head) = call::changes(self.store(), T1, Seq(u64::MAX), 1, None)
            .map_err(|error| format!("{error:?}"))?;
        Ok(head)
    }

    /// Nothing was written: no row, no line, no seq.
    fn untouched(&self) -> Verdict {
        same(self.head()?, Seq(0))?;
        same(self.lines()?, Vec::new())?;
        for def in data::kinds() {
            for index in [0].into_iter().chain(def.indexes.iter().map(|index| index.id)) {
                let query = Query { deleted: true, ..Query::all(T1, def.kind, index) };
                same(self.ids(&query)?, Vec::new())?;
            }
        }
        same(call::tenants(self.store()), Ok(Vec::new()))?;
        self.sound()
    }

    /// The store's own check finds no fault.
    fn sound(&self) -> Verdict {
        same(call::admin(self.store(), &Admin::Check), Ok(Vec::new()))
    }

    /// Writes a record, reads it back by id and by every listing.
    fn round_trip(&self, rec: Record) -> Verdict {
        let key = rec.key();
        self.add([rec.clone()])?;
        same(self.get(key)?, Some(rec.clone()))?;
        for index in [0].into_iter().chain(rec.def.indexes.iter().map(|index| index.id)) {
            let page = self.scan(&Query { deleted: true, ..Query::all(T1, key.kind, index) })?;
            let found =
                page.rows.iter().any(|row| matches!(row, Got::Rec(_, found) if *found == rec));
            ensure!(found, "listing {index} does not give the record back");
        }
        Ok(())
    }
}

fn ids(page: &Page) -> Vec<Uuid> {
    let id = |row: &Got| match row {
        Got::Rec(_, rec) => rec.id,
        Got::Cols(vals) => match vals.first() {
            Some(Val::Id(id)) => *id,
            _ => Uuid::nil(),
        },
    };
    page.rows.iter().map(id).collect()
}

fn new(rec: Record) -> Op {
    Op::Put { rec, expect: Expect::Absent }
}

/// Writes over the version before.
fn next(rec: Record) -> Op {
    let expect = Expect::Version(rec.version - 1);
    Op::Put { rec, expect }
}

/// Writes over a version.
fn over(rec: Record, version: u64) -> Op {
    Op::Put { rec: rec.version(version + 1), expect: Expect::Version(version) }
}

fn purge(rec: &Record) -> Op {
    Op::Purge { key: rec.key(), version: rec.version }
}

/// A record of a kind with a unique listing by one number.
fn seal(n: u64, ordinal: i64) -> Record {
    sample(Kind::Seal, id(n)).with("ordinal", Val::Int(ordinal))
}

/// A record of a kind with listings by text and by id, each with the commit behind.
fn fact(n: u64, operation: &str) -> Record {
    sample(Kind::Fact, id(n)).with("operation", Val::from(operation))
}

fn listing(kind: Kind, name: &str) -> u16 {
    let index = data::def(kind).indexes.iter().find(|index| index.name == name);
    index.unwrap_or_else(|| panic!("{kind:?} has no listing {name}")).id
}

fn field(kind: Kind, name: &str) -> FieldId {
    data::def(kind).field_named(name).unwrap_or_else(|| panic!("{kind:?} has no field {name}")).id
}

fn facts(index: &str) -> Query {
    Query::all(T1, Kind::Fact, listing(Kind::Fact, index))
}

fn seals() -> Query {
    Query::all(T1, Kind::Seal, listing(Kind::Seal, "by_ordinal"))
}

fn conflict(key: Key, wanted: Expect, found: Option<u64>) -> StoreResult<Applied> {
    Err(StoreError::Conflict { key, wanted, found })
}

fn is_invalid<T: std::fmt::Debug>(result: StoreResult<T>) -> Verdict {
    ensure!(matches!(result, Err(StoreError::Invalid(_))), "wanted Invalid, found {result:?}");
    Ok(())
}

fn is_too_large<T: std::fmt::Debug>(result: StoreResult<T>) -> Verdict {
    ensure!(
        matches!(result, Err(StoreError::TooLarge { .. })),
        "wanted TooLarge, found {result:?}"
    );
    Ok(())
}

fn ok(seq: u64) -> StoreResult<Applied> {
    Ok(Applied { seq: Seq(seq), replayed: false })
}

fn replayed(seq: u64) -> StoreResult<Applied> {
    Ok(Applied { seq: Seq(seq), replayed: true })
}

/// Facts whose operations are these, one commit each, ids from 1.
fn operations(ctx: &Ctx<'_>, operations: &[&str]) -> Verdict {
    ctx.add((1..).zip(operations).map(|(n, operation)| fact(n, operation)))
}

fn from_to(low: Bound<Val>, high: Bound<Val>) -> Query {
    Query { range: (low, high), ..seals() }
}

/// The ordinals that a listing of seals gives, in its order.
fn ordinals(ctx: &Ctx<'_>, query: &Query) -> Result<Vec<i64>, String> {
    let ordinal = |row: &Got| match row {
        Got::Rec(_, rec) => match rec.get(field(Kind::Seal, "ordinal")) {
            Val::Int(ordinal) => ordinal,
            _ => i64::MIN,
        },
        Got::Cols(_) => i64::MIN,
    };
    Ok(ctx.scan(query)?.rows.iter().map(ordinal).collect())
}

/// Every case there is.
pub static CASES: &[Case] = &[
    // C1: atomic.
    case("C1.all_of_a_batch", |t| {
        same(t.ops(vec![new(seal(1, 1)), new(seal(2, 2)), new(fact(3, "a"))]), ok(1))?;
        same(t.ids(&Query::all(T1, Kind::Seal, 0))?, vec![id(1), id(2)])?;
        same(t.lines()?.len(), 3)?;
        t.sound()
    }),
    case("C1.nothing_after_a_conflict_in_the_last_op", |t| {
        let last = next(seal(9, 9).version(2));
        let result = t.ops(vec![new(seal(1, 1)), new(fact(2, "a")), last]);
        same(result, conflict(seal(9, 9).key(), Expect::Version(1), None))?;
        t.untouched()
    }),
    case("C1.nothing_after_a_unique_clash_in_the_last_op", |t| {
        let result = t.ops(vec![new(fact(3, "a")), new(seal(1, 1)), new(seal(2, 1))]);
        let clash = StoreError::Unique { key: seal(2, 1).key(), index: "by_ordinal" };
        same(result, Err(clash))?;
        t.untouched()
    }),
    case("C1.a_failed_batch_restores_what_it_replaced", |t| {
        t.add([seal(1, 1)])?;
        let result = t.ops(vec![next(seal(1, 5).version(2)), new(seal(1, 1))]);
        same(result, conflict(seal(1, 1).key(), Expect::Absent, Some(2)))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1)))?;
        same(ordinals(t, &seals())?, vec![1])?;
        t.sound()
    }),
    case("C1.a_failed_batch_restores_what_it_purged", |t| {
        t.add([seal(1, 1)])?;
        let result = t.ops(vec![purge(&seal(1, 1)), purge(&seal(1, 1))]);
        same(result, conflict(seal(1, 1).key(), Expect::Version(1), None))?;
        same(ordinals(t, &seals())?, vec![1])?;
        same(t.lines()?.len(), 1)
    }),
    case("C1.a_failed_batch_takes_no_seq", |t| {
        t.add([seal(1, 1)])?;
        same(t.ops(vec![new(seal(1, 2))]).is_err(), true)?;
        same(t.ops(vec![new(seal(2, 2))]), ok(2))
    }),
    case("C1.a_failed_batch_keeps_no_commit_id", |t| {
        let first = t.batch(vec![next(seal(1, 1).version(2))]);
        same(t.apply(&first).is_err(), true)?;
        t.add([seal(1, 1)])?;
        same(t.apply(&first), ok(2))
    }),
    case("C1.batches_of_a_group_fail_alone", |t| {
        let group = [
            t.batch(vec![new(seal(1, 1))]),
            t.batch(vec![new(seal(2, 2)), new(seal(3, 1))]),
            t.batch(vec![new(seal(3, 3))]),
        ];
        let results = t.store().apply(&group);
        let clash = StoreError::Unique { key: seal(3, 1).key(), index: "by_ordinal" };
        same(results, vec![ok(1), Err(clash), ok(2)])?;
        same(ordinals(t, &seals())?, vec![1, 3])?;
        t.sound()
    }),
    case("C1.a_group_of_refusals_writes_nothing", |t| {
        let group = [t.batch(vec![next(seal(1, 1).version(2))]), t.batch(vec![purge(&seal(2, 2))])];
        let results = t.store().apply(&group);
        same(results.iter().filter(|result| result.is_err()).count(), 2)?;
        t.untouched()
    }),
    case("C1.an_empty_group", |t| {
        same(t.store().apply(&[]), Vec::new())?;
        t.untouched()
    }),
    case("C1.an_empty_batch_is_invalid", |t| {
        is_invalid(t.ops(Vec::new()))?;
        t.untouched()
    }),
    case("C1.a_batch_of_guards_alone_is_invalid", |t| {
        let guards = vec![Guard { key: seal(1, 1).key(), expect: Expect::Absent }];
        is_invalid(t.apply(&Batch { guards, ..t.batch(Vec::new()) }))?;
        t.untouched()
    }),
    case("C1.one_row_twice_in_a_batch", |t| {
        let result =
            t.ops(vec![new(seal(1, 1)), next(seal(1, 2).version(2)), next(seal(1, 3).version(3))]);
        same(result, ok(1))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 3).version(3)))?;
        same(ordinals(t, &seals())?, vec![3])?;
        same(t.lines()?.iter().map(|line| line.version).collect(), vec![1, 2, 3])?;
        t.sound()
    }),
    case("C1.put_and_purge_in_a_batch", |t| {
        same(t.ops(vec![new(seal(1, 1)), purge(&seal(1, 1))]), ok(1))?;
        same(t.get(seal(1, 1).key())?, None)?;
        same(t.lines()?.iter().map(|line| line.purged).collect(), vec![false, true])
    }),
    case("C1.purge_and_put_in_a_batch", |t| {
        t.add([seal(1, 1).version(7)])?;
        same(t.ops(vec![purge(&seal(1, 1).version(7)), new(seal(1, 2))]), ok(2))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 2)))?;
        same(ordinals(t, &seals())?, vec![2])
    }),
    // C2: one order.
    case("C2.seq_is_the_order_of_calls", |t| {
        for n in 1..=5 {
            same(t.ops(vec![new(seal(n, n as i64))]), ok(n))?;
        }
        same(t.lines()?.iter().map(|line| line.seq.0).collect(), vec![1, 2, 3, 4, 5])
    }),
    case("C2.a_group_is_judged_in_order", |t| {
        let group = [
            t.batch(vec![new(seal(1, 1))]),
            t.batch(vec![next(seal(1, 2).version(2))]),
            t.batch(vec![next(seal(1, 3).version(2))]),
            t.batch(vec![purge(&seal(1, 2).version(2))]),
            t.batch(vec![new(seal(2, 2))]),
        ];
        let found = conflict(seal(1, 1).key(), Expect::Version(1), Some(2));
        same(t.store().apply(&group), vec![ok(1), ok(2), found, ok(3), ok(4)])
    }),
    case("C2.the_seq_of_a_row_is_its_commit", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        t.ops(vec![next(seal(1, 1).version(2))]).map_err(|error| format!("{error:?}"))?;
        let row = |n| call::one(t.store(), T1, seal(n, 0).key()).map(|row| row.map(|(seq, _)| seq));
        same(row(1), Ok(Some(Seq(3))))?;
        same(row(2), Ok(Some(Seq(2))))
    }),
    case("C2.rows_of_a_commit_share_its_seq", |t| {
        t.ops(vec![new(fact(1, "a")), new(fact(2, "b")), new(seal(3, 3))])
            .map_err(|error| format!("{error:?}"))?;
        let page = t.scan(&facts("by_seq"))?;
        ensure!(page.rows.iter().all(|row| matches!(row, Got::Rec(Seq(1), _))), "{page:?}");
        Ok(())
    }),
    case("C2.tenants_count_for_themselves", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        let other = Batch { tenant: T2, ..t.batch(vec![new(seal(1, 1))]) };
        same(t.apply(&other), ok(1))?;
        same(t.ops(vec![new(seal(3, 3))]), ok(3))
    }),
    case("C2.a_group_of_two_tenants", |t| {
        let a = t.batch(vec![new(seal(1, 1))]);
        let b = Batch { tenant: T2, ..t.batch(vec![new(seal(1, 1))]) };
        let c = t.batch(vec![new(seal(2, 2))]);
        same(t.store().apply(&[a, b, c]), vec![ok(1), ok(1), ok(2)])
    }),
    // C3: expected versions.
    case("C3.absent_on_an_empty_store", |t| same(t.ops(vec![new(seal(1, 1))]), ok(1))),
    case("C3.absent_on_a_row", |t| {
        t.add([seal(1, 1)])?;
        same(t.ops(vec![new(seal(1, 2))]), conflict(seal(1, 1).key(), Expect::Absent, Some(1)))
    }),
    case("C3.absent_on_a_soft_deleted_row", |t| {
        t.add([seal(1, 1).deleted()])?;
        same(t.ops(vec![new(seal(1, 2))]), conflict(seal(1, 1).key(), Expect::Absent, Some(1)))
    }),
    case("C3.absent_after_a_purge", |t| {
        t.add([seal(1, 1)])?;
        same(t.ops(vec![purge(&seal(1, 1))]), ok(2))?;
        same(t.ops(vec![new(seal(1, 1))]), ok(3))
    }),
    case("C3.version_matches", |t| {
        t.add([seal(1, 1)])?;
        same(t.ops(vec![next(seal(1, 2).version(2))]), ok(2))
    }),
    case("C3.an_older_version", |t| {
        t.add([seal(1, 1).version(2)])?;
        let op = Op::Put { rec: seal(1, 1).version(3), expect: Expect::Version(1) };
        same(t.ops(vec![op]), conflict(seal(1, 1).key(), Expect::Version(1), Some(2)))
    }),
    case("C3.a_newer_version", |t| {
        t.add([seal(1, 1)])?;
        let op = Op::Put { rec: seal(1, 1).version(3), expect: Expect::Version(2) };
        same(t.ops(vec![op]), conflict(seal(1, 1).key(), Expect::Version(2), Some(1)))
    }),
    case("C3.version_of_an_absent_row", |t| {
        let result = t.ops(vec![next(seal(1, 1).version(2))]);
        same(result, conflict(seal(1, 1).key(), Expect::Version(1), None))?;
        t.untouched()
    }),
    case("C3.the_version_written_is_the_one_given", |t| {
        t.add([seal(1, 1).version(41)])?;
        let op = Op::Put { rec: seal(1, 1).version(99), expect: Expect::Version(41) };
        same(t.ops(vec![op]), ok(2))?;
        same(t.get(seal(1, 1).key())?.map(|rec| rec.version), Some(99))
    }),
    case("C3.the_greatest_version", |t| {
        let most = i64::MAX as u64;
        t.round_trip(seal(1, 1).version(most))?;
        same(t.ops(vec![purge(&seal(1, 1).version(most))]), ok(2))
    }),
    case("C3.a_version_beyond_63_bits_is_invalid", |t| {
        is_invalid(t.ops(vec![new(seal(1, 1).version(1 << 63))]))?;
        t.untouched()
    }),
    case("C3.version_0_is_invalid", |t| {
        is_invalid(t.ops(vec![new(seal(1, 1).version(0))]))?;
        t.untouched()
    }),
    case("C3.a_version_that_does_not_grow_is_invalid", |t| {
        t.add([seal(1, 1).version(2)])?;
        for version in [1, 2] {
            let op = Op::Put { rec: seal(1, 9).version(version), expect: Expect::Version(2) };
            is_invalid(t.ops(vec![op]))?;
        }
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1).version(2)))
    }),
    case("C3.ids_of_two_kinds_do_not_meet", |t| {
        t.add([seal(1, 1)])?;
        same(t.ops(vec![new(fact(1, "a"))]), ok(2))?;
        same(t.ops(vec![purge(&fact(1, "a"))]), ok(3))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1)))
    }),
    // C4: guards.
    case("C4.a_guard_holds", |t| {
        t.add([seal(1, 1)])?;
        let guards = vec![
            Guard { key: seal(1, 1).key(), expect: Expect::Version(1) },
            Guard { key: seal(2, 2).key(), expect: Expect::Absent },
        ];
        same(t.apply(&Batch { guards, ..t.batch(vec![new(fact(3, "a"))]) }), ok(2))
    }),
    case("C4.a_guard_on_an_older_version", |t| {
        t.add([seal(1, 1).version(2)])?;
        let guards = vec![Guard { key: seal(1, 1).key(), expect: Expect::Version(1) }];
        let result = t.apply(&Batch { guards, ..t.batch(vec![new(fact(3, "a"))]) });
        same(result, conflict(seal(1, 1).key(), Expect::Version(1), Some(2)))?;
        same(t.get(fact(3, "a").key())?, None)
    }),
    case("C4.a_guard_on_an_absent_row", |t| {
        let guards = vec![Guard { key: seal(1, 1).key(), expect: Expect::Version(1) }];
        let result = t.apply(&Batch { guards, ..t.batch(vec![new(fact(3, "a"))]) });
        same(result, conflict(seal(1, 1).key(), Expect::Version(1), None))?;
        t.untouched()
    }),
    case("C4.a_guard_of_absence", |t| {
        t.add([seal(1, 1).deleted()])?;
        let guards = vec![Guard { key: seal(1, 1).key(), expect: Expect::Absent }];
        let result = t.apply(&Batch { guards, ..t.batch(vec![new(fact(3, "a"))]) });
        same(result, conflict(seal(1, 1).key(), Expect::Absent, Some(1)))
    }),
    case("C4.guards_are_judged_before_the_ops", |t| {
        let guards = vec![Guard { key: seal(1, 1).key(), expect: Expect::Absent }];
        same(t.apply(&Batch { guards, ..t.batch(vec![new(seal(1, 1))]) }), ok(1))
    }),
    case("C4.the_first_guard_that_fails_is_named", |t| {
        let guard = |n| Guard { key: seal(n, 0).key(), expect: Expect::Version(1) };
        let batch = Batch {
            guards: vec![guard(4), guard(2)],
            ..t.batch(vec![next(seal(3, 3).version(2))])
        };
        same(t.apply(&batch), conflict(seal(4, 0).key(), Expect::Version(1), None))
    }),
    case("C4.a_guard_is_of_its_tenant", |t| {
        t.add([seal(1, 1)])?;
        let guards = vec![Guard { key: seal(1, 1).key(), expect: Expect::Version(1) }];
        let batch = Batch { tenant: T2, guards, ..t.batch(vec![new(fact(3, "a"))]) };
        same(t.apply(&batch), conflict(seal(1, 1).key(), Expect::Version(1), None))
    }),
    case("C4.write_skew_is_refused", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        let both = |guard: u64, write: u64| {
            let guards = vec![Guard { key: seal(guard, 0).key(), expect: Expect::Version(1) }];
            Batch { guards, ..t.batch(vec![next(seal(write, 10 + write as i64).version(2))]) }
        };
        let results = t.store().apply(&[both(1, 2), both(2, 1)]);
        same(results, vec![ok(3), conflict(seal(2, 0).key(), Expect::Version(1), Some(2))])
    }),
    case("C4.guards_that_were_read_before_another_commit", |t| {
        t.add([seal(1, 1)])?;
        let (guards, as_of) =
            (vec![Guard { key: seal(1, 0).key(), expect: Expect::Version(1) }], Some(Seq(1)));
        let late = |rec| Batch { guards: guards.clone(), as_of, ..t.batch(vec![new(rec)]) };
        same(t.apply(&late(fact(3, "a"))), ok(2))?;
        same(t.ops(vec![next(seal(1, 1).version(2))]), ok(3))?;
        let result = t.apply(&late(fact(4, "a")));
        same(result, conflict(seal(1, 1).key(), Expect::Version(1), Some(2)))?;
        same(t.get(fact(4, "a").key())?, None)
    }),
    case("C4.as_of_is_no_part_of_a_batch", |t| {
        t.add([seal(1, 1)])?;
        let batch = t.batch(vec![new(fact(3, "a"))]);
        same(t.apply(&batch), ok(2))?;
        same(
            t.apply(&Batch { as_of: Some(Seq(1)), ..batch }),
            Ok(Applied { seq: Seq(2), replayed: true }),
        )
    }),
    // C5: unique listings.
    case("C5.a_repeated_value", |t| {
        t.add([seal(1, 7)])?;
        let clash = StoreError::Unique { key: seal(2, 7).key(), index: "by_ordinal" };
        same(t.ops(vec![new(seal(2, 7))]), Err(clash))?;
        same(ordinals(t, &seals())?, vec![7])
    }),
    case("C5.a_row_keeps_its_own_value", |t| {
        t.add([seal(1, 7)])?;
        same(t.ops(vec![next(seal(1, 7).version(2))]), ok(2))
    }),
    case("C5.hand_over_releaser_first", |t| {
        t.add([seal(1, 7)])?;
        same(t.ops(vec![next(seal(1, 8).version(2)), new(seal(2, 7))]), ok(2))?;
        same(ordinals(t, &seals())?, vec![7, 8])
    }),
    case("C5.hand_over_taker_first", |t| {
        t.add([seal(1, 7)])?;
        let result = t.ops(vec![new(seal(2, 7)), next(seal(1, 8).version(2))]);
        same(result, Err(StoreError::Unique { key: seal(2, 7).key(), index: "by_ordinal" }))
    }),
    case("C5.a_swap_is_refused", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        let result = t.ops(vec![next(seal(1, 2).version(2)), next(seal(2, 1).version(2))]);
        same(result, Err(StoreError::Unique { key: seal(1, 2).key(), index: "by_ordinal" }))
    }),
    case("C5.soft_deletion_releases", |t| {
        t.add([seal(1, 7)])?;
        same(t.ops(vec![next(seal(1, 7).version(2).deleted()), new(seal(2, 7))]), ok(2))
    }),
    case("C5.soft_deleted_rows_may_share", |t| {
        t.add([seal(1, 7).deleted(), seal(2, 7).deleted(), seal(3, 7)])?;
        same(t.ids(&Query { deleted: true, ..seals() })?, vec![id(1), id(2), id(3)])
    }),
    case("C5.undeleting_takes_the_value_again", |t| {
        t.add([seal(1, 7).deleted(), seal(2, 7)])?;
        let result = t.ops(vec![next(seal(1, 7).version(2))]);
        same(result, Err(StoreError::Unique { key: seal(1, 7).key(), index: "by_ordinal" }))
    }),
    case("C5.purge_releases", |t| {
        t.add([seal(1, 7)])?;
        same(t.ops(vec![purge(&seal(1, 7)), new(seal(2, 7))]), ok(2))
    }),
    case("C5.unique_per_tenant", |t| {
        t.add([seal(1, 7)])?;
        same(t.apply(&Batch { tenant: T2, ..t.batch(vec![new(seal(2, 7))]) }), ok(1))
    }),
    case("C5.the_version_is_judged_before_the_value", |t| {
        t.add([seal(1, 7), seal(2, 8)])?;
        let result = t.ops(vec![new(seal(2, 7))]);
        same(result, conflict(seal(2, 7).key(), Expect::Absent, Some(1)))
    }),
    case("C5.two_batches_of_a_group", |t| {
        let group = [t.batch(vec![new(seal(1, 7))]), t.batch(vec![new(seal(2, 7))])];
        let clash = StoreError::Unique { key: seal(2, 7).key(), index: "by_ordinal" };
        same(t.store().apply(&group), vec![ok(1), Err(clash)])
    }),
    // C6: idempotent.
    case("C6.the_same_batch_again", |t| {
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.apply(&batch), ok(1))?;
        same(t.apply(&batch), replayed(1))?;
        same(t.lines()?.len(), 1)?;
        same(t.head()?, Seq(1))
    }),
    case("C6.again_after_others", |t| {
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.apply(&batch), ok(1))?;
        t.add([seal(2, 2)])?;
        same(t.ops(vec![next(seal(1, 3).version(2))]), ok(3))?;
        same(t.apply(&batch), replayed(1))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 3).version(2)))
    }),
    case("C6.twice_in_a_group", |t| {
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.store().apply(&[batch.clone(), batch]), vec![ok(1), replayed(1)])?;
        same(t.lines()?.len(), 1)
    }),
    case("C6.nothing_is_judged_again", |t| {
        let guards = vec![Guard { key: seal(2, 2).key(), expect: Expect::Absent }];
        let batch = Batch { guards, ..t.batch(vec![new(seal(1, 1))]) };
        same(t.apply(&batch), ok(1))?;
        t.add([seal(2, 2)])?;
        same(t.ops(vec![purge(&seal(1, 1))]), ok(3))?;
        same(t.apply(&batch), replayed(1))?;
        same(t.get(seal(1, 1).key())?, None)
    }),
    case("C6.other_rows_under_the_same_id", |t| {
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.apply(&batch), ok(1))?;
        let other = Batch { ops: vec![new(seal(2, 2))], ..batch };
        same(t.apply(&other), Err(StoreError::CommitReused))?;
        same(t.get(seal(2, 2).key())?, None)
    }),
    case("C6.another_value_under_the_same_id", |t| {
        let batch = t.batch(vec![new(fact(1, "a"))]);
        same(t.apply(&batch), ok(1))?;
        let other = Batch { ops: vec![new(fact(1, "b"))], ..batch };
        same(t.apply(&other), Err(StoreError::CommitReused))
    }),
    case("C6.every_part_of_a_batch_counts", |t| {
        let rec = seal(1, 1).ext("x", Val::Int(1));
        let batch = t.batch(vec![new(rec.clone())]);
        same(t.apply(&batch), ok(1))?;
        let put = |rec: Record| Batch { ops: vec![new(rec)], ..batch.clone() };
        let guards = vec![Guard { key: seal(2, 2).key(), expect: Expect::Absent }];
        let others = [
            Batch { at: batch.at + 1, ..batch.clone() },
            Batch { guards, ..batch.clone() },
            put(rec.clone().version(2)),
            put(rec.clone().deleted()),
            put(rec.clone().ext("x", Val::Int(2))),
            put(rec.clone().ext("y", Val::Int(1))),
            put(rec.clone().ext("x", Val::from("1"))),
            Batch { ops: vec![new(rec.clone()), new(seal(2, 2))], ..batch.clone() },
            Batch { ops: vec![next(rec.version(2))], ..batch.clone() },
        ];
        for other in &others {
            same(t.apply(other), Err(StoreError::CommitReused))?;
        }
        same(t.apply(&batch), replayed(1))
    }),
    case("C6.ids_are_per_tenant", |t| {
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.apply(&batch), ok(1))?;
        same(t.apply(&Batch { tenant: T2, ..batch }), ok(1))
    }),
    case("C6.a_nil_commit_id", |t| {
        let batch = Batch { commit: CommitId(Uuid::nil()), ..t.batch(vec![new(seal(1, 1))]) };
        same(t.apply(&batch), ok(1))?;
        same(t.apply(&batch), replayed(1))
    }),
    // C7: durable.
    needing(Needs::Reopen, "C7.rows_survive_reopening", |t| {
        let rec = seal(1, 1).ext("x", Val::Bytes(vec![0, 1]));
        t.add([rec.clone(), seal(2, 2).deleted()])?;
        t.handle.reopen();
        same(t.get(rec.key())?, Some(rec))?;
        same(t.get(seal(2, 2).key())?, Some(seal(2, 2).deleted()))
    }),
    needing(Needs::Reopen, "C7.the_journal_survives_reopening", |t| {
        t.add([seal(1, 1)])?;
        t.ops(vec![purge(&seal(1, 1))]).map_err(|error| format!("{error:?}"))?;
        let before = t.lines()?;
        t.handle.reopen();
        same(t.lines()?, before)?;
        same(t.ops(vec![new(seal(2, 2))]), ok(3))
    }),
    needing(Needs::Reopen, "C7.commit_ids_survive_reopening", |t| {
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.apply(&batch), ok(1))?;
        t.handle.reopen();
        same(t.apply(&batch), replayed(1))?;
        same(t.apply(&Batch { at: 5, ..batch }), Err(StoreError::CommitReused))
    }),
    needing(Needs::Reopen, "C7.refusals_leave_nothing_to_reopen", |t| {
        same(t.ops(vec![new(seal(1, 1)), new(seal(1, 2))]).is_err(), true)?;
        t.handle.reopen();
        t.untouched()
    }),
    needing(Needs::Reopen, "C7.trims_survive_reopening", |t| {
        t.add([seal(1, 1), seal(2, 2), seal(3, 3)])?;
        let trim = Admin::Trim { tenant: T1, through: Seq(2) };
        same(call::admin(t.store(), &trim), Ok(Vec::new()))?;
        t.handle.reopen();
        let lines = call::changes(t.store(), T1, Seq(1), 10, None);
        same(lines, Err(StoreError::Trimmed { first: Seq(3) }))?;
        t.sound()
    }),
    needing(Needs::Second, "C7.another_handle_sees_a_commit", |t| {
        let second = t.handle.second().ok_or("no second handle")?;
        for n in 1..=5 {
            t.add([seal(n, n as i64)])?;
            let row = call::one(second.as_ref(), T1, seal(n, 0).key());
            ensure!(row.as_ref().is_ok_and(Option::is_some), "{row:?}");
        }
        Ok(())
    }),
    needing(Needs::Second, "C7.two_handles_write_in_turns", |t| {
        let second = t.handle.second().ok_or("no second handle")?;
        for n in 1..=6 {
            let batch = t.batch(vec![new(seal(n, n as i64))]);
            let store = if n % 2 == 0 { second.as_ref() } else { t.store() };
            same(apply(store, &batch), ok(n))?;
        }
        same(ordinals(t, &seals())?, vec![1, 2, 3, 4, 5, 6])
    }),
    needing(Needs::Second, "C7.two_handles_judge_each_other", |t| {
        let second = t.handle.second().ok_or("no second handle")?;
        let batch = t.batch(vec![new(seal(1, 1))]);
        same(t.apply(&batch), ok(1))?;
        same(apply(second.as_ref(), &batch), replayed(1))?;
        let other = t.batch(vec![new(seal(1, 1))]);
        let found = conflict(seal(1, 1).key(), Expect::Absent, Some(1));
        same(apply(second.as_ref(), &other), found)
    }),
    // C8: dense, in order, whole commits.
    case("C8.an_unknown_tenant", |t| {
        same(call::changes(t.store(), TenantId(77), Seq(0), 10, None), Ok((Vec::new(), Seq(0))))
    }),
    case("C8.every_field_of_a_line", |t| {
        let batch = Batch { at: -5, ..t.batch(vec![new(seal(1, 1).version(3))]) };
        same(t.apply(&batch), ok(1))?;
        let key = seal(1, 1).key();
        let line = crm_core::store::Change {
            seq: Seq(1),
            commit: batch.commit,
            at: -5,
            key,
            version: 3,
            purged: false,
        };
        same(t.lines()?, vec![line])?;
        same(t.ops(vec![purge(&seal(1, 1).version(3))]), ok(2))?;
        let line = t.lines()?[1];
        same((line.key, line.version, line.purged), (key, 3, true))
    }),
    case("C8.lines_keep_the_order_of_the_ops", |t| {
        let recs = [seal(5, 5), seal(3, 3), seal(9, 9), seal(1, 1)];
        same(t.ops(recs.iter().cloned().map(new).collect()), ok(1))?;
        same(t.lines()?.iter().map(|line| line.key).collect(), recs.map(|rec| rec.key()).to_vec())
    }),
    case("C8.after_is_exclusive", |t| {
        t.add([seal(1, 1), seal(2, 2), seal(3, 3)])?;
        let (lines, head) =
            call::changes(t.store(), T1, Seq(2), 10, None).map_err(|e| format!("{e:?}"))?;
        same((lines.len(), lines[0].seq, head), (1, Seq(3), Seq(3)))?;
        same(call::changes(t.store(), T1, Seq(3), 10, None), Ok((Vec::new(), Seq(3))))
    }),
    case("C8.after_beyond_the_head", |t| {
        t.add([seal(1, 1)])?;
        same(call::changes(t.store(), T1, Seq(u64::MAX), 10, None), Ok((Vec::new(), Seq(1))))
    }),
    case("C8.a_commit_is_not_split_by_the_limit", |t| {
        for n in 0..3 {
            let ops = (0..3).map(|m| new(seal(n * 3 + m, (n * 3 + m) as i64))).collect();
            same(t.ops(ops), ok(n + 1))?;
        }
        for (limit, wanted) in
            [(0, 3), (1, 3), (3, 3), (4, 3), (5, 3), (6, 6), (8, 6), (9, 9), (99, 9)]
        {
            let lines =
                call::changes(t.store(), T1, Seq(0), limit, None).map(|(lines, _)| lines.len());
            same((limit, lines), (limit, Ok(wanted)))?;
        }
        Ok(())
    }),
    case("C8.the_whole_journal_by_small_steps", |t| {
        for n in 0..20_u64 {
            let ops = (0..1 + n % 3).map(|m| new(seal(n * 3 + m, (n * 3 + m) as i64))).collect();
            same(t.ops(ops), ok(n + 1))?;
        }
        let mut found = Vec::new();
        while let Ok((lines, _)) = call::changes(
            t.store(),
            T1,
            found.last().map_or(Seq(0), |l: &crm_core::store::Change| l.seq),
            2,
            None,
        ) {
            if lines.is_empty() {
                break;
            }
            found.extend(lines);
        }
        same(found, t.lines()?)
    }),
    case("C8.a_sink_that_breaks", |t| {
        t.add([seal(1, 1), seal(2, 2), seal(3, 3)])?;
        let lines = call::changes(t.store(), T1, Seq(0), 10, Some(2))
            .map(|(lines, head)| (lines.len(), head));
        same(lines, Ok((2, Seq(3))))
    }),
    case("C8.trimmed_lines", |t| {
        t.add([seal(1, 1), seal(2, 2), seal(3, 3)])?;
        let trim = Admin::Trim { tenant: T1, through: Seq(2) };
        same(call::admin(t.store(), &trim), Ok(Vec::new()))?;
        for after in [0, 1] {
            let lines = call::changes(t.store(), T1, Seq(after), 10, None);
            same(lines, Err(StoreError::Trimmed { first: Seq(3) }))?;
        }
        let lines = call::changes(t.store(), T1, Seq(2), 10, None).map(|(lines, _)| lines.len());
        same(lines, Ok(1))?;
        same(ordinals(t, &seals())?, vec![1, 2, 3])?;
        same(t.ops(vec![new(seal(4, 4))]), ok(4))?;
        t.sound()
    }),
    case("C8.trimming_beyond_the_head", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        let trim =
            |through| call::admin(t.store(), &Admin::Trim { tenant: T1, through: Seq(through) });
        same(trim(99), Ok(Vec::new()))?;
        same(trim(1), Ok(Vec::new()))?;
        same(call::changes(t.store(), T1, Seq(2), 10, None), Ok((Vec::new(), Seq(2))))?;
        same(t.ops(vec![new(seal(3, 3))]), ok(3))?;
        let lines = call::changes(t.store(), T1, Seq(1), 10, None);
        same(lines, Err(StoreError::Trimmed { first: Seq(3) }))
    }),
    // C9: one snapshot, and its seq.
    case("C9.as_of_an_empty_store", |t| {
        let page = t.scan(&seals())?;
        same(page, Page { rows: Vec::new(), next: None, as_of: Seq(0) })?;
        same(call::get(t.store(), T1, &[seal(1, 1).key()], None), Ok((Vec::new(), Seq(0))))
    }),
    case("C9.as_of_is_the_head", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        same(t.scan(&facts("by_seq"))?.as_of, Seq(2))?;
        same(call::get(t.store(), T1, &[], None), Ok((Vec::new(), Seq(2))))?;
        t.add([seal(3, 3)])?;
        same(t.scan(&Query { limit: 1, ..seals() })?.as_of, Seq(3))
    }),
    case("C9.as_of_is_the_tenants", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        same(t.scan(&Query { tenant: T2, ..seals() })?.as_of, Seq(0))
    }),
    case("C9.get_of_some_that_are_there", |t| {
        t.add([seal(1, 1), fact(2, "b"), seal(3, 3).deleted()])?;
        let keys = [
            seal(9, 0).key(),
            fact(2, "").key(),
            seal(3, 0).key(),
            seal(1, 0).key(),
            fact(1, "").key(),
        ];
        let (rows, as_of) = call::get(t.store(), T1, &keys, None).map_err(|e| format!("{e:?}"))?;
        let wanted = vec![
            (1, Seq(2), fact(2, "b")),
            (2, Seq(3), seal(3, 3).deleted()),
            (3, Seq(1), seal(1, 1)),
        ];
        same((rows, as_of), (wanted, Seq(3)))
    }),
    case("C9.get_of_one_key_twice", |t| {
        t.add([seal(1, 1)])?;
        let keys = [seal(1, 0).key(), seal(1, 0).key()];
        let rows = call::get(t.store(), T1, &keys, None).map(|(rows, _)| rows.len());
        same(rows, Ok(2))
    }),
    case("C9.a_reading_is_one_snapshot", |t| {
        t.add([seal(1, 1)])?;
        for (round, next) in (1..).zip([Next::Other, Next::Commit]) {
            let Some(reading) = t.reading(next)? else { return Ok(()) };
            let before = seen(&*reading)?;
            same(before.0.len(), round)?;
            same((before.1, before.2), (Seq(round as u64), Seq(round as u64)))?;
            let at = round as u64;
            let ops = vec![new(seal(at + 1, at as i64 + 1)), over(seal(1, 1 - at as i64), at)];
            let (store, batch) = (t.store(), t.batch(ops));
            std::thread::scope(|threads| {
                // A store may let a writer wait until the reading is over, or commit beside it.
                let writer = threads.spawn(|| apply(store, &batch));
                let waited = (0..20).any(|_| {
                    std::thread::sleep(Duration::from_millis(2));
                    writer.is_finished()
                });
                let after = seen(&*reading);
                drop(reading);
                let written = writer.join().map_err(|_| "the writer panicked".to_owned())?;
                same(written, ok(at + 1)).map_err(|why| format!("done before: {waited}; {why}"))?;
                same(after?, before)
            })?;
        }
        let next = t.reading(Next::Other)?.ok_or("no third reading")?;
        same(seen(&*next)?.0.len(), 3)
    }),
    case("C9.a_reading_includes_what_was_committed_before", |t| {
        for number in 1..=6 {
            t.add([seal(number, number as i64)])?;
            let next = if number % 2 == 0 { Next::Commit } else { Next::Other };
            let Some(reading) = t.reading(next)? else { return Ok(()) };
            let (rows, head, listed) = seen(&*reading)?;
            same((rows.len() as u64, head, listed), (number, Seq(number), Seq(number)))?;
        }
        Ok(())
    }),
    case("C9.a_thread_that_writes_while_it_reads_is_not_held_up_for_ever", |t| {
        t.add([seal(1, 1)])?;
        for (number, next) in [(2, Next::Other), (3, Next::Commit)] {
            let Some(reading) = t.reading(next)? else { return Ok(()) };
            let batch = t.batch(vec![new(seal(number, number as i64))]);
            let meanwhile = t.apply(&batch);
            ensure!(matches!(meanwhile, Ok(_) | Err(StoreError::Invalid(_))), "{meanwhile:?}");
            drop(reading);
            let replayed = meanwhile.is_ok();
            same(t.apply(&batch), Ok(Applied { seq: Seq(number), replayed }))?;
        }
        Ok(())
    }),
    case("C15.a_sink_of_a_reading_that_calls_its_store_gets_an_error", |t| {
        t.add([seal(1, 1)])?;
        for next in [Next::Other, Next::Commit] {
            let Some(reading) = t.reading(next)? else { return Ok(()) };
            let mut inner = None;
            let key = seal(1, 0).key();
            let done = reading.get(T1, &[key], &mut |_, _, _| {
                inner = Some(call::one(t.store(), T1, key).map(drop));
                ControlFlow::Continue(())
            });
            same(done.map_err(|error| format!("{error:?}"))?, Seq(1))?;
            ensure!(matches!(inner, Some(Err(StoreError::Invalid(_)))), "{inner:?}");
        }
        Ok(())
    }),
    // C10: the order of values.
    case("C10.numbers", |t| {
        let numbers =
            [i64::MIN, -(1 << 53) - 1, -10, -9, -1, 0, 1, 9, 10, 1 << 53, (1 << 53) + 1, i64::MAX];
        let shuffled = [3, 0, 11, 5, 1, 9, 7, 2, 10, 4, 8, 6];
        t.add(shuffled.iter().map(|at| seal(*at as u64, numbers[*at])))?;
        same(ordinals(t, &seals())?, numbers.to_vec())?;
        let reversed: Vec<i64> = numbers.iter().rev().copied().collect();
        same(ordinals(t, &Query { desc: true, ..seals() })?, reversed)
    }),
    case("C10.texts_by_their_bytes", |t| {
        let sorted = [
            "", "\0", "\0a", " ", "A", "B", "Z", "a", "a\0", "a b", "aa", "b", "z", "ä", "é", "ё",
            "中", "\u{FFFD}", "𝄞",
        ];
        let mut shuffled = sorted.to_vec();
        shuffled.sort_by_key(|text| {
            text.bytes().map(u64::from).fold(7, |sum, byte| sum * 31 % 97 + byte)
        });
        operations(t, &shuffled)?;
        let cols = vec![field(Kind::Fact, "operation")];
        let page = t.scan(&Query { cols: cols.clone(), ..facts("by_operation") })?;
        let wanted: Vec<Got> =
            sorted.iter().map(|text| Got::Cols(vec![Val::from(*text)])).collect();
        same(page.rows, wanted.clone())?;
        let page = t.scan(&Query { cols, desc: true, ..facts("by_operation") })?;
        same(page.rows, wanted.into_iter().rev().collect())
    }),
    case("C10.ids_by_their_bytes", |t| {
        let sorted = [Uuid::nil(), id(1), id(255), id(256), Uuid::from_u128(1 << 127), Uuid::max()];
        let subjects = [4, 2, 5, 0, 3, 1];
        t.add((1..).zip(subjects).map(|(n, at)| fact(n, "").with("subject", Val::Id(sorted[at]))))?;
        let page =
            t.scan(&Query { cols: vec![field(Kind::Fact, "subject")], ..facts("by_subject") })?;
        same(ids(&page), sorted.to_vec())
    }),
    case("C10.the_listing_by_id", |t| {
        let sorted = [Uuid::nil(), id(1), id(255), id(256), Uuid::from_u128(1 << 127), Uuid::max()];
        let at = [3, 5, 0, 2, 4, 1];
        t.add(at.map(|at| sample(Kind::Seal, sorted[at]).with("ordinal", Val::Int(at as i64))))?;
        same(t.ids(&Query::all(T1, Kind::Seal, 0))?, sorted.to_vec())?;
        let reversed = sorted.iter().rev().copied().collect();
        same(t.ids(&Query { desc: true, ..Query::all(T1, Kind::Seal, 0) })?, reversed)
    }),
    case("C10.ties_are_broken_by_id", |t| {
        let ops = [5, 2, 4, 1, 3].map(|n| new(fact(n, "same"))).to_vec();
        same(t.ops(ops), ok(1))?;
        same(t.ids(&facts("by_operation"))?, [1, 2, 3, 4, 5].map(id).to_vec())?;
        let desc = Query { desc: true, ..facts("by_operation") };
        same(t.ids(&desc)?, [5, 4, 3, 2, 1].map(id).to_vec())
    }),
    case("C10.the_second_column_before_the_id", |t| {
        for n in [3, 1, 2] {
            t.add([fact(n, "same")])?;
        }
        same(t.ids(&facts("by_operation"))?, [3, 1, 2].map(id).to_vec())
    }),
    case("C10.the_seq_column_follows_a_rewrite", |t| {
        operations(t, &["a", "b", "c"])?;
        same(t.ops(vec![next(fact(1, "a").version(2))]), ok(4))?;
        same(t.ids(&facts("by_seq"))?, [2, 3, 1].map(id).to_vec())
    }),
    case("C10.a_moved_row_leaves_its_old_place", |t| {
        operations(t, &["a", "b", "c"])?;
        same(t.ops(vec![next(fact(1, "d").version(2))]), ok(4))?;
        same(t.ids(&facts("by_operation"))?, [2, 3, 1].map(id).to_vec())?;
        let prefix = vec![Val::from("a")];
        same(t.ids(&Query { prefix, ..facts("by_operation") })?, Vec::new())
    }),
    case("C10.a_null_in_an_indexed_column_is_invalid", |t| {
        is_invalid(t.ops(vec![new(seal(1, 1).with("ordinal", Val::Null))]))?;
        t.untouched()
    }),
    // C11: pages.
    case("C11.limits_are_exact", |t| {
        t.add((1..=5).map(|n| seal(n, n as i64)))?;
        for limit in 1..=6 {
            let page = t.scan(&Query { limit, ..seals() })?;
            same(page.rows.len(), limit.min(5) as usize)?;
            same(page.next.is_some(), limit < 5)?;
        }
        Ok(())
    }),
    case("C11.a_limit_of_0_is_invalid", |t| {
        is_invalid(call::scan(t.store(), &Query { limit: 0, ..seals() }, None))
    }),
    case("C11.a_huge_limit", |t| {
        t.add([seal(1, 1)])?;
        same(t.scan(&Query { limit: u32::MAX, ..seals() })?.next, None)
    }),
    case("C11.next_is_the_last_row", |t| {
        t.add((1..=3).map(|n| seal(n, 10 * n as i64)))?;
        let page = t.scan(&Query { limit: 2, ..seals() })?;
        same(page.next, Some(Cursor { vals: vec![Val::Int(20)], id: id(2) }))?;
        let page = t.scan(&Query { limit: 1, cols: vec![FieldId::VERSION], ..seals() })?;
        same(page.next, Some(Cursor { vals: vec![Val::Int(10)], id: id(1) }))?;
        let page = t.scan(&Query { limit: 1, desc: true, ..Query::all(T1, Kind::Seal, 0) })?;
        same(page.next, Some(Cursor { vals: Vec::new(), id: id(3) }))
    }),
    case("C11.pages_cover_ties_once", |t| {
        let names = ["a", "b", "a", "a", "b", "c", "a", "b"];
        let ops = (1..).zip(names).map(|(n, name)| new(fact(n, name))).collect();
        same(t.ops(ops), ok(1))?;
        for desc in [false, true] {
            for limit in 1..=4 {
                let query = Query { desc, ..facts("by_operation") };
                let pages = call::pages(t.store(), &query, limit).map_err(|e| format!("{e:?}"))?;
                same(pages.iter().flat_map(ids).collect(), t.ids(&query)?)?;
            }
        }
        Ok(())
    }),
    case("C11.pages_within_a_prefix", |t| {
        operations(t, &["b", "a", "b", "c", "b", "b"])?;
        for desc in [false, true] {
            let query = Query { prefix: vec![Val::from("b")], desc, ..facts("by_operation") };
            let pages = call::pages(t.store(), &query, 1).map_err(|e| format!("{e:?}"))?;
            let mut wanted = [1, 3, 5, 6].map(id).to_vec();
            if desc {
                wanted.reverse();
            }
            same(pages.iter().flat_map(ids).collect(), wanted)?;
        }
        Ok(())
    }),
    case("C11.pages_within_a_range", |t| {
        t.add((1..=9).map(|n| seal(n, n as i64)))?;
        for desc in [false, true] {
            let query = Query {
                desc,
                ..from_to(Bound::Excluded(Val::Int(2)), Bound::Included(Val::Int(6)))
            };
            let pages = call::pages(t.store(), &query, 2).map_err(|e| format!("{e:?}"))?;
            let mut wanted = [3, 4, 5, 6].map(id).to_vec();
            if desc {
                wanted.reverse();
            }
            same(pages.iter().flat_map(ids).collect(), wanted)?;
        }
        Ok(())
    }),
    case("C11.writes_between_pages", |t| {
        t.add((1..=6).map(|n| seal(n, 10 * n as i64)))?;
        let first = t.scan(&Query { limit: 2, ..seals() })?;
        t.add([seal(7, 5), seal(8, 35)])?;
        same(t.ops(vec![purge(&seal(2, 20)), next(seal(1, 65).version(2))]), ok(9))?;
        let rest = t.ids(&Query { after: first.next, ..seals() })?;
        same(rest, [3, 8, 4, 5, 6, 1].map(id).to_vec())
    }),
    case("C11.a_cursor_behind_everything", |t| {
        t.add([seal(1, 1)])?;
        let after = Some(Cursor { vals: vec![Val::Int(i64::MAX)], id: Uuid::max() });
        same(
            t.scan(&Query { after, ..seals() })?,
            Page { rows: Vec::new(), next: None, as_of: Seq(1) },
        )
    }),
    case("C11.a_cursor_outside_the_prefix", |t| {
        operations(t, &["a", "b", "c"])?;
        let cursor =
            |text: &str| Some(Cursor { vals: vec![Val::from(text), Val::Int(1)], id: id(1) });
        let query = Query { prefix: vec![Val::from("b")], ..facts("by_operation") };
        same(t.ids(&Query { after: cursor("a"), ..query.clone() })?, vec![id(2)])?;
        same(t.ids(&Query { after: cursor("c"), ..query.clone() })?, Vec::new())?;
        same(t.ids(&Query { after: cursor("a"), desc: true, ..query.clone() })?, Vec::new())?;
        same(t.ids(&Query { after: cursor("c"), desc: true, ..query })?, vec![id(2)])
    }),
    case("C11.a_cursor_outside_the_range", |t| {
        t.add((1..=5).map(|n| seal(n, n as i64)))?;
        let after = |n| Some(Cursor { vals: vec![Val::Int(n)], id: Uuid::max() });
        let query = from_to(Bound::Included(Val::Int(3)), Bound::Included(Val::Int(4)));
        same(t.ids(&Query { after: after(1), ..query.clone() })?, vec![id(3), id(4)])?;
        same(t.ids(&Query { after: after(4), ..query.clone() })?, Vec::new())?;
        let desc = Query { desc: true, ..query };
        same(t.ids(&Query { after: after(9), ..desc.clone() })?, vec![id(4), id(3)])?;
        same(t.ids(&Query { after: after(0), ..desc })?, Vec::new())
    }),
    case("C11.a_cursor_of_another_listing_is_invalid", |t| {
        let cursor = |vals| Some(Cursor { vals, id: id(1) });
        let wrong = [vec![], vec![Val::from("a")], vec![Val::Int(1), Val::Int(2)], vec![Val::Null]];
        for vals in wrong {
            is_invalid(call::scan(t.store(), &Query { after: cursor(vals), ..seals() }, None))?;
        }
        Ok(())
    }),
    case("C11.bounds", |t| {
        t.add((1..=5).map(|n| seal(n, n as i64)))?;
        let (inc, exc) = (|n| Bound::Included(Val::Int(n)), |n| Bound::Excluded(Val::Int(n)));
        for (low, high, wanted) in [
            (Bound::Unbounded, inc(2), vec![1, 2]),
            (Bound::Unbounded, exc(2), vec![1]),
            (inc(4), Bound::Unbounded, vec![4, 5]),
            (exc(4), Bound::Unbounded, vec![5]),
            (inc(2), inc(2), vec![2]),
            (inc(2), exc(2), vec![]),
            (exc(2), inc(2), vec![]),
            (exc(2), exc(2), vec![]),
            (exc(2), exc(3), vec![]),
            (exc(1), exc(4), vec![2, 3]),
            (inc(4), inc(2), vec![]),
            (inc(i64::MIN), inc(i64::MAX), vec![1, 2, 3, 4, 5]),
            (exc(i64::MAX), Bound::Unbounded, vec![]),
        ] {
            let query = from_to(low, high);
            same(ordinals(t, &query)?, wanted.clone())?;
            let reversed: Vec<i64> = wanted.into_iter().rev().collect();
            same(ordinals(t, &Query { desc: true, ..query })?, reversed)?;
        }
        Ok(())
    }),
    case("C11.bounds_behind_a_prefix", |t| {
        operations(t, &["a", "b", "a", "b", "a"])?;
        let prefix = vec![Val::from("a")];
        let range = (Bound::Excluded(Val::Int(1)), Bound::Excluded(Val::Int(5)));
        same(t.ids(&Query { prefix, range, ..facts("by_operation") })?, vec![id(3)])
    }),
    case("C11.bounds_on_the_id", |t| {
        t.add((1..=4).map(|n| seal(n, n as i64)))?;
        let range = (Bound::Included(Val::Id(id(2))), Bound::Excluded(Val::Id(id(4))));
        same(t.ids(&Query { range, ..Query::all(T1, Kind::Seal, 0) })?, vec![id(2), id(3)])?;
        let range = (Bound::Excluded(Val::Id(id(2))), Bound::Unbounded);
        let prefix = vec![Val::Int(2)];
        same(t.ids(&Query { prefix, range, ..seals() })?, Vec::new())
    }),
    case("C11.a_prefix_is_equal_and_not_a_beginning", |t| {
        operations(t, &["a", "aa", "a\0", "A"])?;
        let prefix = vec![Val::from("a")];
        same(t.ids(&Query { prefix, ..facts("by_operation") })?, vec![id(1)])
    }),
    case("C11.malformed_scans_are_invalid", |t| {
        let wrong = [
            Query { index: 999, ..seals() },
            Query { prefix: vec![Val::Int(1), Val::Int(1)], ..seals() },
            Query { prefix: vec![Val::from("1")], ..seals() },
            Query { prefix: vec![Val::Null], ..seals() },
            Query { prefix: vec![Val::Id(id(1))], ..Query::all(T1, Kind::Seal, 0) },
            from_to(Bound::Included(Val::from("1")), Bound::Unbounded),
            from_to(Bound::Unbounded, Bound::Excluded(Val::Null)),
            Query { cols: vec![FieldId(60_000)], ..seals() },
        ];
        wrong.iter().try_for_each(|query| is_invalid(call::scan(t.store(), query, None)))
    }),
    case("C11.projection_in_the_order_asked", |t| {
        t.add([seal(1, 5).version(4).ext("x", Val::Int(1))])?;
        let cols = vec![
            FieldId::VERSION,
            field(Kind::Seal, "ordinal"),
            FieldId::ID,
            FieldId::SEQ,
            field(Kind::Seal, "ordinal"),
        ];
        let wanted = vec![Val::Int(4), Val::Int(5), Val::Id(id(1)), Val::Int(1), Val::Int(5)];
        same(t.scan(&Query { cols, ..seals() })?.rows, vec![Got::Cols(wanted)])
    }),
    case("C11.projection_of_a_null", |t| {
        let rec = fact(1, "a").with("source", Val::Null);
        t.add([rec, fact(2, "b").with("source", Val::from("s"))])?;
        let cols = vec![field(Kind::Fact, "source")];
        let page = t.scan(&Query { cols, ..facts("by_seq") })?;
        same(page.rows, vec![Got::Cols(vec![Val::Null]), Got::Cols(vec![Val::from("s")])])
    }),
    case("C11.projected_pages", |t| {
        operations(t, &["b", "a", "b", "c", "a"])?;
        let query = Query { cols: vec![FieldId::ID], ..facts("by_operation") };
        let pages = call::pages(t.store(), &query, 2).map_err(|e| format!("{e:?}"))?;
        same(pages.iter().flat_map(ids).collect(), [2, 5, 1, 3, 4].map(id).to_vec())
    }),
    case("C11.every_listing_of_every_kind", |t| {
        for (n, def) in (1..).zip(data::kinds()) {
            t.add([sample(def.kind, id(n)), sample(def.kind, id(100 + n)).deleted()])?;
            for index in [0].into_iter().chain(def.indexes.iter().map(|index| index.id)) {
                let query = Query::all(T1, def.kind, index);
                same(t.ids(&query)?, vec![id(n)])?;
                same(t.ids(&Query { deleted: true, ..query })?.len(), 2)?;
            }
        }
        t.sound()
    }),
    // C12: tenants.
    case("C12.equal_ids", |t| {
        t.add([seal(1, 1)])?;
        let other = Batch { tenant: T2, ..t.batch(vec![new(seal(1, 2).version(8))]) };
        same(t.apply(&other), ok(1))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1)))?;
        let found = call::one(t.store(), T2, seal(1, 1).key());
        same(found, Ok(Some((Seq(1), seal(1, 2).version(8)))))
    }),
    case("C12.rows_of_others_are_not_listed", |t| {
        let other = Batch { tenant: T2, ..t.batch(vec![new(seal(1, 1)), new(fact(1, "a"))]) };
        same(t.apply(&other), ok(1))?;
        same(t.ids(&seals())?, Vec::new())?;
        same(t.ids(&facts("by_operation"))?, Vec::new())?;
        same(t.lines()?, Vec::new())?;
        same(t.get(seal(1, 1).key())?, None)
    }),
    case("C12.a_cursor_of_another_tenant_is_a_place", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        let other = Batch { tenant: T2, ..t.batch(vec![new(seal(3, 1)), new(seal(4, 2))]) };
        same(t.apply(&other), ok(1))?;
        let page = t.scan(&Query { limit: 1, ..seals() })?;
        let rest = t.scan(&Query { tenant: T2, after: page.next, ..seals() })?;
        same(ids(&rest), vec![id(3), id(4)])
    }),
    case("C12.extreme_tenants", |t| {
        for tenant in [0, 1, i64::MAX as u64, 1 << 63, u64::MAX].map(TenantId) {
            let batch = Batch { tenant, ..t.batch(vec![new(seal(1, tenant.0 as i64))]) };
            same(t.apply(&batch), ok(1))?;
        }
        let tenants =
            call::tenants(t.store()).map(|list| list.into_iter().map(|(id, _)| id.0).collect());
        same(tenants, Ok(vec![0, 1, i64::MAX as u64, 1 << 63, u64::MAX]))?;
        let found = call::one(t.store(), TenantId(u64::MAX), seal(1, 0).key());
        same(found, Ok(Some((Seq(1), seal(1, -1)))))
    }),
    case("C12.a_tenant_purged", |t| {
        t.add([seal(1, 1), fact(2, "a")])?;
        let other = Batch { tenant: T2, ..t.batch(vec![new(seal(1, 1))]) };
        same(t.apply(&other), ok(1))?;
        let mine = t.batch(vec![new(seal(5, 5))]);
        same(t.apply(&mine), ok(3))?;
        same(call::admin(t.store(), &Admin::PurgeTenant(T1)), Ok(Vec::new()))?;
        same(call::tenants(t.store()), Ok(vec![(T2, Seq(1))]))?;
        same(t.ids(&Query { deleted: true, ..seals() })?, Vec::new())?;
        same(t.lines()?, Vec::new())?;
        same(t.apply(&mine), ok(1))?;
        same(call::one(t.store(), T2, seal(1, 1).key()).map(|row| row.is_some()), Ok(true))?;
        t.sound()
    }),
    case("C12.purging_an_unknown_tenant", |t| {
        same(call::admin(t.store(), &Admin::PurgeTenant(TenantId(7))), Ok(Vec::new()))?;
        t.untouched()
    }),
    case("C12.tenants_are_listed_until_the_sink_breaks", |t| {
        for tenant in [T2, T1, TenantId(3)] {
            let batch = Batch { tenant, ..t.batch(vec![new(seal(1, 1))]) };
            same(t.apply(&batch), ok(1))?;
        }
        let mut rows = Vec::new();
        let listed = t.store().admin(&Admin::ListTenants, &mut |row| {
            rows.push(row.clone());
            if rows.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        same(listed, Ok(()))?;
        same(rows, vec![AdminRow::Tenant(T1, Seq(1)), AdminRow::Tenant(T2, Seq(1))])
    }),
    // C13: deletion and purge.
    case("C13.a_soft_deleted_row_leaves_listings", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        same(t.ops(vec![next(seal(1, 1).version(2).deleted())]), ok(3))?;
        same(t.ids(&seals())?, vec![id(2)])?;
        same(t.ids(&Query::all(T1, Kind::Seal, 0))?, vec![id(2)])?;
        same(t.ids(&Query { deleted: true, ..seals() })?, vec![id(1), id(2)])
    }),
    case("C13.a_soft_deleted_row_is_still_got", |t| {
        t.add([seal(1, 1).deleted()])?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1).deleted()))
    }),
    case("C13.a_soft_deleted_row_can_come_back", |t| {
        t.add([seal(1, 1).deleted()])?;
        same(t.ops(vec![next(seal(1, 1).version(2))]), ok(2))?;
        same(t.ids(&seals())?, vec![id(1)])
    }),
    case("C13.soft_deletion_is_no_purge_in_the_journal", |t| {
        t.add([seal(1, 1)])?;
        same(t.ops(vec![next(seal(1, 1).version(2).deleted())]), ok(2))?;
        same(t.lines()?.iter().map(|line| line.purged).collect(), vec![false, false])
    }),
    case("C13.deleted_rows_do_not_end_a_page", |t| {
        t.add([seal(1, 1), seal(2, 2).deleted(), seal(3, 3).deleted()])?;
        same(t.scan(&Query { limit: 1, ..seals() })?.next, None)?;
        t.add([seal(4, 4)])?;
        let pages = call::pages(t.store(), &seals(), 1).map_err(|e| format!("{e:?}"))?;
        same(pages.iter().map(|page| page.rows.len()).collect(), vec![1, 1])
    }),
    case("C13.a_purged_row_is_gone", |t| {
        t.add([seal(1, 1), fact(2, "a")])?;
        same(t.ops(vec![purge(&seal(1, 1)), purge(&fact(2, "a"))]), ok(3))?;
        same(t.get(seal(1, 1).key())?, None)?;
        same(t.ids(&Query { deleted: true, ..seals() })?, Vec::new())?;
        same(t.ids(&Query { deleted: true, ..facts("by_operation") })?, Vec::new())?;
        t.sound()
    }),
    case("C13.purging_a_soft_deleted_row", |t| {
        t.add([seal(1, 1).deleted()])?;
        same(t.ops(vec![purge(&seal(1, 1))]), ok(2))?;
        same(t.get(seal(1, 1).key())?, None)
    }),
    case("C13.purging_an_absent_row_is_a_conflict", |t| {
        same(
            t.ops(vec![purge(&seal(1, 1))]),
            conflict(seal(1, 1).key(), Expect::Version(1), None),
        )?;
        t.untouched()
    }),
    case("C13.purging_another_version_is_a_conflict", |t| {
        t.add([seal(1, 1).version(3)])?;
        let result = t.ops(vec![purge(&seal(1, 1).version(2))]);
        same(result, conflict(seal(1, 1).key(), Expect::Version(2), Some(3)))
    }),
    case("C13.a_purge_is_in_the_journal", |t| {
        t.add([seal(1, 1).version(4)])?;
        same(t.ops(vec![purge(&seal(1, 1).version(4))]), ok(2))?;
        let last = t.lines()?.pop();
        same(
            last.map(|line| (line.key, line.version, line.purged)),
            Some((seal(1, 1).key(), 4, true)),
        )
    }),
    // C14: exact round trips.
    case("C14.numbers", |t| {
        let numbers = [i64::MIN, i64::MIN + 1, -1, 0, 1, (1 << 53) + 1, i64::MAX - 1, i64::MAX];
        for (n, number) in (1..).zip(numbers) {
            t.round_trip(seal(n, number).with("through", Val::Int(number)))?;
        }
        Ok(())
    }),
    case("C14.texts", |t| {
        let texts = [
            "",
            " ",
            "\0",
            "a\0b\0",
            "𝄞 \u{10FFFF}",
            "e\u{301}",
            "'; DROP TABLE x; --",
            "\\ \" % _",
            "\r\n\t",
            "1e3",
            "007",
        ];
        for (n, text) in (1..).zip(texts) {
            t.round_trip(fact(n, text).with("changes", Val::from(text)))?;
        }
        Ok(())
    }),
    case("C14.bytes", |t| {
        let all: Vec<u8> = (0..=255).collect();
        for (n, bytes) in (1..).zip([vec![], vec![0], b"text".to_vec(), vec![0xFF; 33], all]) {
            t.round_trip(seal(n, n as i64).with("chain", Val::Bytes(bytes)))?;
        }
        Ok(())
    }),
    case("C14.ids", |t| {
        for (n, subject) in (1..).zip([Uuid::nil(), Uuid::max(), id(1), Uuid::from_u128(1 << 127)])
        {
            t.round_trip(fact(n, "").with("subject", Val::Id(subject)))?;
        }
        Ok(())
    }),
    case("C14.nulls_and_empties_differ", |t| {
        let (null, empty) =
            (fact(1, "").with("source", Val::Null), fact(2, "").with("source", Val::from("")));
        t.add([null.clone(), empty.clone()])?;
        same((t.get(null.key())?, t.get(empty.key())?), (Some(null), Some(empty)))
    }),
    case("C14.extreme_ids", |t| {
        t.round_trip(sample(Kind::Seal, Uuid::nil()))?;
        t.round_trip(sample(Kind::Seal, Uuid::max()).with("ordinal", Val::Int(1)))
    }),
    case("C14.custom_values_of_each_type", |t| {
        let rec = seal(1, 1)
            .ext("bool", Val::Bool(true))
            .ext("int", Val::Int(i64::MIN))
            .ext("big", Val::Int(i64::MAX))
            .ext("text", Val::from("a\0\"𝄞"))
            .ext("number_like", Val::from("12"))
            .ext("bytes", Val::Bytes(vec![0, 255, 16]))
            .ext("no_bytes", Val::Bytes(Vec::new()))
            .ext("id", Val::Id(id(5)))
            .ext("id_like", Val::from(id(5).to_string().as_str()));
        t.round_trip(rec)
    }),
    case("C14.custom_codes", |t| {
        let rec = ["", "a.b", "a\"b", "$", "#900", "键", "id", "bytes", "\0"];
        let rec = rec.iter().fold(seal(1, 1), |rec, code| rec.ext(code, Val::from(*code)));
        t.round_trip(rec)
    }),
    case("C14.custom_values_can_go", |t| {
        t.add([seal(1, 1).ext("x", Val::Int(1))])?;
        same(t.ops(vec![next(seal(1, 1).version(2))]), ok(2))?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1).version(2)))
    }),
    case("C14.scratch_rows_are_not_mixed", |t| {
        let full = fact(1, "full").with("source", Val::from("s")).ext("x", Val::Int(1)).deleted();
        t.add([full.clone(), fact(2, ""), full.clone().version(3).clone_as(3), fact(4, "z")])?;
        let page = t.scan(&Query { deleted: true, ..Query::all(T1, Kind::Fact, 0) })?;
        let recs: Vec<Record> = page.rows.into_iter().filter_map(rec_of).collect();
        same(recs, vec![full.clone(), fact(2, ""), full.version(3).clone_as(3), fact(4, "z")])
    }),
    case("C14.every_kind_with_random_values", |t| {
        let mut rng = data::Rng::new(14);
        for def in data::kinds() {
            for n in 0..20 {
                let rec = data::record(def, id(n), &mut rng);
                match t.ops(vec![new(rec.clone())]) {
                    Ok(_) => same(t.get(rec.key())?, Some(rec))?,
                    Err(StoreError::Unique { .. }) => {}
                    Err(error) => return Err(format!("{rec:?}: {error:?}")),
                }
            }
        }
        t.sound()
    }),
    case("C14.every_code_of_every_closed_set", |t| {
        for def in data::kinds() {
            for (at, field) in def.fields.iter().enumerate() {
                for (n, code) in (0..).zip(field.codes) {
                    let mut rec = sample(def.kind, id(((at as u64) << 8) | n)).deleted();
                    rec.vals[at] = Val::from(*code);
                    same(t.ops(vec![new(rec)]).is_ok(), true)?;
                }
            }
        }
        Ok(())
    }),
    case("C14.a_code_outside_its_set_is_invalid", |t| {
        for def in data::kinds() {
            for (at, _) in
                def.fields.iter().enumerate().filter(|(_, field)| !field.codes.is_empty())
            {
                let mut rec = sample(def.kind, id(1));
                rec.vals[at] = Val::from("no such code");
                is_invalid(t.ops(vec![new(rec)]))?;
            }
        }
        t.untouched()
    }),
    case("C14.a_value_of_the_greatest_size", |t| {
        let size = t.store().caps().max_value_bytes as usize;
        let text = Val::Text("x".repeat(size));
        t.round_trip(fact(1, "a").with("changes", text))?;
        t.round_trip(seal(2, 2).with("chain", Val::Bytes(vec![7; size])))
    }),
    case("C14.a_value_over_the_greatest_size", |t| {
        let size = t.store().caps().max_value_bytes as usize + 1;
        is_too_large(t.ops(vec![new(fact(1, "a").with("changes", Val::Text("x".repeat(size))))]))?;
        is_too_large(t.ops(vec![new(seal(1, 1).with("chain", Val::Bytes(vec![7; size])))]))?;
        is_too_large(t.ops(vec![new(seal(1, 1).ext("x", Val::Text("x".repeat(size))))]))?;
        is_too_large(t.ops(vec![new(seal(1, 1).ext(&"x".repeat(size), Val::Int(1)))]))?;
        t.untouched()
    }),
    case("C14.sizes_count_bytes_and_not_characters", |t| {
        let size = t.store().caps().max_value_bytes as usize;
        is_too_large(
            t.ops(vec![new(fact(1, "a").with("changes", Val::Text("ä".repeat(size / 2 + 1))))]),
        )
    }),
    case("C14.a_batch_over_the_greatest_size", |t| {
        let caps = t.store().caps();
        let count = caps.max_batch_bytes / caps.max_value_bytes + 1;
        let bytes = Val::Bytes(vec![1; caps.max_value_bytes as usize]);
        let ops = (0..count).map(|n| new(seal(n, n as i64).with("chain", bytes.clone()))).collect();
        is_too_large(t.ops(ops))?;
        t.untouched()
    }),
    case("C14.a_batch_of_too_many_ops", |t| {
        let count = u64::from(t.store().caps().max_batch_ops) + 1;
        is_too_large(t.ops((0..count).map(|n| purge(&seal(n, 0))).collect()))?;
        t.untouched()
    }),
    case("C14.a_batch_of_too_many_guards", |t| {
        let count = u64::from(t.store().caps().max_batch_ops) + 1;
        let guard = |n| Guard { key: seal(n, 0).key(), expect: Expect::Absent };
        let guards = (0..count).map(guard).collect();
        is_too_large(t.apply(&Batch { guards, ..t.batch(vec![new(seal(1, 1))]) }))?;
        t.untouched()
    }),
    case("C14.a_large_batch", |t| {
        let count = 500;
        same(t.ops((1..=count).map(|n| new(seal(n, n as i64))).collect()), ok(1))?;
        same(ordinals(t, &seals())?.len(), count as usize)?;
        same(t.lines()?.len(), count as usize)?;
        t.sound()
    }),
    case("C14.rows_that_do_not_fit_their_kind_are_invalid", |t| {
        let mut short = seal(1, 1);
        short.vals.pop();
        let mut long = seal(1, 1);
        long.vals.push(Val::Null);
        let wrong = [
            short,
            long,
            seal(1, 1).with("through", Val::from("1")),
            seal(1, 1).with("through", Val::Null),
            seal(1, 1).with("chain", Val::from("text")),
            fact(1, "a").with("subject", Val::Bytes(vec![0; 16])),
            fact(1, "a").with("changes", Val::Int(1)),
            fact(1, "a").with("source", Val::Int(1)),
        ];
        for rec in wrong {
            is_invalid(t.ops(vec![new(rec)]))?;
        }
        t.untouched()
    }),
    case("C14.required_columns_of_every_kind", |t| {
        for def in data::kinds() {
            for (at, _) in def.fields.iter().enumerate().filter(|(_, field)| field.required) {
                let mut rec = sample(def.kind, id(1));
                rec.vals[at] = Val::Null;
                is_invalid(t.ops(vec![new(rec)]))?;
            }
        }
        t.untouched()
    }),
    case("C14.instants_of_batches", |t| {
        for (n, at) in (1..).zip([i64::MIN, -1, 0, i64::MAX]) {
            same(t.apply(&Batch { at, ..t.batch(vec![new(seal(n, n as i64))]) }), ok(n))?;
        }
        same(t.lines()?.iter().map(|line| line.at).collect(), vec![i64::MIN, -1, 0, i64::MAX])
    }),
    // C15: sinks.
    case("C15.break_in_a_scan", |t| {
        t.add((1..=5).map(|n| seal(n, n as i64)))?;
        let page = call::scan(t.store(), &seals(), Some(2)).map_err(|e| format!("{e:?}"))?;
        same(ids(&page), vec![id(1), id(2)])?;
        let rest = t.ids(&Query { after: page.next, ..seals() })?;
        same(rest, vec![id(3), id(4), id(5)])
    }),
    case("C15.break_at_the_last_row", |t| {
        t.add((1..=2).map(|n| seal(n, n as i64)))?;
        let page = call::scan(t.store(), &seals(), Some(2)).map_err(|e| format!("{e:?}"))?;
        same((page.rows.len(), page.next), (2, None))
    }),
    case("C15.break_in_a_projected_scan", |t| {
        t.add((1..=3).map(|n| seal(n, n as i64)))?;
        let query = Query { cols: vec![FieldId::ID], ..seals() };
        let page = call::scan(t.store(), &query, Some(1)).map_err(|e| format!("{e:?}"))?;
        same(
            (ids(&page), page.next),
            (vec![id(1)], Some(Cursor { vals: vec![Val::Int(1)], id: id(1) })),
        )
    }),
    case("C15.break_in_a_get", |t| {
        t.add([seal(1, 1), seal(2, 2)])?;
        let keys = [seal(1, 0).key(), seal(2, 0).key()];
        let rows =
            call::get(t.store(), T1, &keys, Some(1)).map(|(rows, as_of)| (rows.len(), as_of));
        same(rows, Ok((1, Seq(2))))
    }),
    case("C15.a_sink_is_called_on_the_callers_thread", |t| {
        t.add([seal(1, 1)])?;
        let here = std::thread::current().id();
        let mut there = None;
        let end = t.store().scan(&seals().scan(), &mut |_| {
            there = Some(std::thread::current().id());
            ControlFlow::Continue(())
        });
        same(end.is_ok(), true)?;
        same(there, Some(here))
    }),
    case("C15.a_sink_that_calls_its_store_gets_an_error", |t| {
        t.add([seal(1, 1)])?;
        let batch = t.batch(vec![new(seal(2, 2))]);
        let mut inner = Vec::new();
        let end = t.store().scan(&seals().scan(), &mut |_| {
            inner.push(call::one(t.store(), T1, seal(1, 1).key()).is_err());
            inner.push(t.apply(&batch).is_err());
            ControlFlow::Continue(())
        });
        same(end.is_ok(), true)?;
        same(inner, vec![true, true])?;
        same(t.apply(&batch), ok(2))
    }),
    case("C15.a_panic_in_a_scan", |t| {
        t.add([seal(1, 1)])?;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _ = t.store().scan(&seals().scan(), &mut |_: Row<'_>| panic!("a sink's own"));
        }));
        same(panicked.is_err(), true)?;
        same(t.ids(&seals())?, vec![id(1)])?;
        same(t.ops(vec![new(seal(2, 2))]), ok(2))
    }),
    case("C15.a_panic_in_a_get", |t| {
        t.add([seal(1, 1)])?;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _ = t.store().get(T1, &[seal(1, 1).key()], &mut |_, _, _| panic!("a sink's own"));
        }));
        same(panicked.is_err(), true)?;
        same(t.get(seal(1, 1).key())?, Some(seal(1, 1)))
    }),
    case("C15.a_panic_in_changes", |t| {
        t.add([seal(1, 1)])?;
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _ =
                t.store().changes(T1, Seq(0), 10, Duration::ZERO, &mut |_| panic!("a sink's own"));
        }));
        same(panicked.is_err(), true)?;
        same(t.ops(vec![new(seal(2, 2))]), ok(2))?;
        same(t.lines()?.len(), 2)
    }),
    case("C15.wait_is_only_a_hint", |t| {
        let started = std::time::Instant::now();
        let head = t
            .store()
            .changes(T1, Seq(0), 10, Duration::from_millis(20), &mut |_| ControlFlow::Continue(()));
        same(head, Ok(Seq(0)))?;
        ensure!(started.elapsed() < Duration::from_secs(5), "waited {:?}", started.elapsed());
        Ok(())
    }),
    // C16: errors stay where they must, and nowhere else.
    case("C16.refusals_do_not_stick", |t| {
        t.add([seal(1, 1)])?;
        for _ in 0..20 {
            same(t.ops(vec![new(seal(1, 1))]).is_err(), true)?;
            same(t.ops(vec![new(seal(2, 1))]).is_err(), true)?;
            is_invalid(t.ops(Vec::new()))?;
            is_invalid(call::scan(t.store(), &Query { limit: 0, ..seals() }, None))?;
        }
        same(t.ops(vec![new(seal(2, 2))]), ok(2))?;
        same(t.ids(&seals())?, vec![id(1), id(2)])
    }),
    case("C16.caps_do_not_change", |t| {
        let before = t.store().caps();
        t.add([seal(1, 1)])?;
        same(t.store().caps(), before.clone())?;
        ensure!(before.max_batch_ops >= 1000, "room for {} operations", before.max_batch_ops);
        ensure!(before.max_value_bytes >= 65_536, "room for {} bytes", before.max_value_bytes);
        ensure!(before.max_batch_bytes >= before.max_value_bytes, "no room for a value");
        Ok(())
    }),
    case("C16.migrating_again_does_nothing", |t| {
        t.add([seal(1, 1)])?;
        same(call::admin(t.store(), &Admin::Plan), Ok(Vec::new()))?;
        same(call::admin(t.store(), &Admin::Migrate), Ok(Vec::new()))?;
        same(t.ids(&seals())?, vec![id(1)])
    }),
    case("C16.a_backup_or_a_plain_no", |t| {
        t.add([seal(1, 1)])?;
        let path = t.handle.dir.join("backup");
        let backup = Admin::Backup { path: path.to_string_lossy().into_owned() };
        match call::admin(t.store(), &backup) {
            Ok(_) => same(path.exists(), true),
            Err(StoreError::Unsupported(_)) => Ok(()),
            Err(error) => Err(format!("{error:?}")),
        }
    }),
    // Aggregates: the fold over a scan is the reference.
    needing(Needs::Aggregate, "A.counts_in_groups", |t| {
        operations(t, &["a", "b", "a", "c", "a"])?;
        t.add([fact(9, "a").deleted()])?;
        let group = [field(Kind::Fact, "operation")];
        let found = call::aggregate(t.store(), T1, Kind::Fact, &group, None);
        let wanted =
            [("a", 3), ("b", 1), ("c", 1)].map(|(name, count)| (vec![Val::from(name)], count));
        same(found, Ok(Some(wanted.to_vec())))
    }),
    needing(Needs::Aggregate, "A.sums_beyond_64_bits", |t| {
        let through = [i64::MAX, i64::MAX, i64::MAX, -1];
        t.add((1..).zip(through).map(|(n, sum)| seal(n, n as i64).with("through", Val::Int(sum))))?;
        let sum = Some(field(Kind::Seal, "through"));
        let wanted = i128::from(i64::MAX) * 3 - 1;
        same(
            call::aggregate(t.store(), T1, Kind::Seal, &[], sum),
            Ok(Some(vec![(vec![], wanted)])),
        )?;
        t.add([seal(5, 5).with("through", Val::Int(i64::MIN))])?;
        let wanted = wanted + i128::from(i64::MIN);
        same(call::aggregate(t.store(), T1, Kind::Seal, &[], sum), Ok(Some(vec![(vec![], wanted)])))
    }),
    needing(Needs::Aggregate, "A.nothing_to_count", |t| {
        same(call::aggregate(t.store(), T1, Kind::Seal, &[], None), Ok(Some(Vec::new())))
    }),
    needing(Needs::Aggregate, "A.a_sum_of_texts_is_invalid", |t| {
        let text = data::def(Kind::Fact).fields.iter().find(|field| field.ty == ColumnType::Text);
        let spec = AggSpec { kind: Kind::Fact, group: &[], sum: text.map(|field| field.id) };
        is_invalid(t.store().aggregate(T1, &spec, &mut |_, _| ControlFlow::Continue(())))
    }),
];

/// The same record under another id.
trait CloneAs {
    fn clone_as(self, n: u64) -> Self;
}

impl CloneAs for Record {
    fn clone_as(mut self, n: u64) -> Self {
        self.id = id(n);
        self
    }
}

fn rec_of(row: Got) -> Option<Record> {
    match row {
        Got::Rec(_, rec) => Some(rec),
        Got::Cols(_) => None,
    }
}
