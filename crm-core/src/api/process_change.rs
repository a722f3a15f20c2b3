//! Operations on planned changes of selling processes: draft, look, apply, take back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::page::Wanted;
use super::{Created, Listed, Seen, UndoReversal, Undone};
use crate::access::Access;
use crate::decision::{Check, Violation};
use crate::engine::{Cx, Error, Operation, each};
use crate::opportunity::{Dossier, Opportunity, remap, unmet_in};
use crate::pipeline::{
    ChangeState, ChangeStep, DefinePipeline, Pipeline, Process, ProcessChange, Stage, Sweep,
    stepped,
};
use crate::record::{Entity, Key, Record, Val};
use crate::store::{Cursor, Scan, Seq};
use crate::undo::{Action, Keep, Reversal};
use crate::value::{Id, Invalid, Note, Shared};

/// Deals that one step takes on: what it writes of them, kept for taking it back, goes into one commit.
const STEP: u32 = 100;

/// Deals that one preview looks into at most.
const LOOKED_AT: u32 = 500;

/// Deals that a preview names at most.
const NAMED_MAX: usize = 100;

/// Drafts a change of a process: nothing happens to it, nor to its deals, before it is applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftChange {
    /// The draft to change; without it, a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<ProcessChange>>,
    /// The process as it shall be; `id` names an existing pipeline, `moved` says where the deals of removed stages go.
    pub definition: DefinePipeline,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Operation for DraftChange {
    const NAME: &'static str = "process_change.draft";
    const ACCESS: Access = Access::Configure;
    type Response = Created<ProcessChange>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Created<ProcessChange>, Error> {
        let missing = || Error::invalid("definition.id", Invalid::new("reference.missing", ""));
        let pipeline = cx.known("definition.id", self.definition.id.ok_or_else(missing)?)?.id;
        let mut check = Check::default();
        let reason: Option<Note> = check.parse("reason", self.reason.as_deref());
        check.done()?;
        let before = self.id.map(|id| cx.find(id)).transpose()?.flatten();
        let draft = match before {
            Some(before) => {
                if before.pipeline != pipeline {
                    let fixed = Invalid::new("process_change.pipeline_fixed", "");
                    return Err(Error::invalid("definition.id", fixed));
                }
                stepped(&before, ChangeStep::Amend)?
            }
            None => ProcessChange {
                id: cx.id_or(self.id),
                pipeline,
                state: ChangeState::Draft,
                definition: self.definition.clone(),
                reason: None,
                author: cx.actor()?.id,
                created_at: cx.now(),
                applied_at: None,
                finished_at: None,
                reversal: None,
                left: None,
                moved: 0,
                ext: Default::default(),
            },
        };
        let definition = self.definition.clone();
        let Seen { version, record } = cx.amend(&ProcessChange { definition, reason, ..draft })?;
        Ok(Created { id: record.id, version })
    }
}

/// What a drafted change would do: the deals of each stage, the places that are missing, what is wrong with the definition,
/// and, a page at a time, the open deals that would stand in a stage whose entry they do not meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewChange {
    /// Which draft.
    pub id: Id<ProcessChange>,
    /// Go on with the deals after this one.
    #[serde(default)]
    pub after: Option<Id<Opportunity>>,
}

/// What a change would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Impact {
    /// Whether it can be applied.
    pub applicable: bool,
    /// What is wrong with it, a missing place for deals of a removed stage among it.
    pub violations: Vec<Violation>,
    /// Stage by stage, in order, removed ones at the end.
    pub stages: Vec<StageImpact>,
    /// Open deals whose stage goes.
    pub deals_to_move: u64,
    /// Deals of this page that would stand in a stage whose entry they do not meet, at most 100; they stay there.
    pub unfit: Vec<Unfit>,
    /// How many deals of this page would.
    pub unfit_count: u64,
    /// How many deals this page looked at.
    pub looked_at: u64,
    /// Say it as `after` for the next deals; none where all were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Id<Opportunity>>,
}

/// What a change would do to a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageImpact {
    /// Its code.
    pub code: String,
    /// `kept`, `changed`, `added` or `removed`.
    pub what: String,
    /// Open deals that stand in it now.
    pub deals: u64,
    /// The stage that its deals would go to, of a removed one that has a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A deal that would stand where it does not fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unfit {
    /// Which.
    pub id: Id<Opportunity>,
    /// The code of the stage.
    pub stage: String,
    /// What it lacks.
    pub unmet: Vec<Violation>,
}

impl Operation for PreviewChange {
    const NAME: &'static str = "process_change.preview";
    const ACCESS: Access = Access::Read;
    type Response = Impact;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Impact, Error> {
        let change = cx.get(self.id)?;
        let before = cx.process(change.pipeline)?;
        let wish = &change.definition;
        let mut impact = Impact {
            applicable: false,
            violations: Vec::new(),
            stages: Vec::new(),
            deals_to_move: 0,
            unfit: Vec::new(),
            unfit_count: 0,
            looked_at: 0,
            next: None,
        };
        let mut counts = BTreeMap::new();
        for stage in &before.stages {
            counts.insert(stage.id, cx.count_in(stage.id)?);
        }
        let decided = super::pipeline::decided(cx, change.pipeline, wish);
        let defined = match decided {
            Ok((defined, _)) => Some(defined),
            Err(Error::Refused(refusal)) => {
                impact.violations = refusal.violations().cloned().collect();
                None
            }
            Err(Error::Request(violation)) => {
                impact.violations.push(*violation);
                None
            }
            Err(error) => return Err(error),
        };
        impact.applicable = defined.is_some() && change.state == ChangeState::Draft;
        impact.stages(&before, wish, &counts);
        if let Some(defined) = defined {
            let moved: BTreeMap<Id<Stage>, Id<Stage>> = defined.moved.iter().copied().collect();
            let after: Shared<Process> = defined.process.into();
            impact.deals(cx, (&before, &after), &moved, self.after)?;
        }
        Ok(impact)
    }
}

impl Impact {
    /// What becomes of each stage.
    fn stages(
        &mut self,
        before: &Process,
        wish: &DefinePipeline,
        counts: &BTreeMap<Id<Stage>, u64>,
    ) {
        let as_is = before.wish();
        let of = |code: &str| as_is.stages.iter().find(|stage| stage.code == code);
        let count = |code: &str| {
            let known = before.stages.iter().find(|stage| stage.code.as_str() == code);
            known.and_then(|stage| counts.get(&stage.id)).copied().unwrap_or(0)
        };
        for stage in &wish.stages {
            let known = of(&stage.code);
            let same = known.is_some_and(|known| {
                (&known.name, &known.entry, &known.exit, &known.next, &known.limit)
                    == (&stage.name, &stage.entry, &stage.exit, &stage.next, &stage.limit)
            });
            let what = match known {
                None => "added",
                Some(_) if same => "kept",
                Some(_) => "changed",
            };
            let (code, what) = (stage.code.clone(), what.to_owned());
            self.stages.push(StageImpact { deals: count(&code), code, what, to: None });
        }
        let gone = |stage: &&Stage| wish.stages.iter().all(|kept| kept.code != stage.code.as_str());
        for stage in before.stages.iter().filter(gone) {
            let (code, what) = (stage.code.to_string(), "removed".to_owned());
            let deals = count(&code);
            if deals == 0 && !stage.active {
                continue;
            }
            self.deals_to_move = self.deals_to_move.saturating_add(deals);
            let to = wish.moved.get(&code).cloned();
            self.stages.push(StageImpact { code, what, deals, to });
        }
    }

    /// The deals of a page that would stand where they do not fit and do fit, or stand elsewhere, now.
    fn deals(
        &mut self,
        cx: &mut Cx<'_>,
        (before, after): (&Shared<Process>, &Shared<Process>),
        moved: &BTreeMap<Id<Stage>, Id<Stage>>,
        from: Option<Id<Opportunity>>,
    ) -> Result<(), Error> {
        let role = cx.actor()?.role;
        let rows = cx.open_deals(before.pipeline.id, from, LOOKED_AT)?;
        self.looked_at = rows.len() as u64;
        let full = rows.len() >= usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        self.next = rows.last().map(|deal| deal.id).filter(|_| full);
        for (at, deal) in rows.into_iter().enumerate() {
            if at.is_multiple_of(100) {
                cx.checkpoint()?;
            }
            let now = deal.phase.stage();
            let stage = moved.get(&now).copied().unwrap_or(now);
            let Some(target) = after.stage(stage).filter(|target| target.active) else { continue };
            let same =
                now == stage && before.stage(now).is_some_and(|old| old.entry == target.entry);
            if same || target.entry == Default::default() {
                continue;
            }
            let dossier = cx.dossier(deal.id)?;
            let dossier = Dossier { process: after.clone(), ..dossier };
            let unmet = unmet_in(&dossier, target, role);
            if unmet.is_empty() {
                continue;
            }
            self.unfit_count = self.unfit_count.saturating_add(1);
            if self.unfit.len() < NAMED_MAX {
                let stage = target.code.to_string();
                self.unfit.push(Unfit { id: deal.id, stage, unmet });
            }
        }
        Ok(())
    }
}

impl Cx<'_> {
    /// How many open deals stand in a stage, however many.
    pub(super) fn count_in(&self, stage: Id<Stage>) -> Result<u64, Error> {
        let prefix = [Val::Id(stage.uuid()), Val::from("open")];
        let index = Opportunity::BY_STAGE;
        let scan = Scan::of(self.tenant(), Opportunity::KIND, index, &prefix);
        let mut count = 0_u64;
        each(self.store(), &scan, |_, _| count = count.saturating_add(1))?;
        Ok(count)
    }

    /// Some of the open deals that stand in a stage, by id, after one of them.
    pub(super) fn some_in(
        &self,
        stage: Id<Stage>,
        after: Option<uuid::Uuid>,
        limit: u32,
    ) -> Result<Vec<Id<Opportunity>>, Error> {
        let prefix = [Val::Id(stage.uuid()), Val::from("open")];
        let cursor = after.map(|id| Cursor { vals: prefix.to_vec(), id });
        let index = Opportunity::BY_STAGE;
        let scan = Scan {
            after: cursor.as_ref(),
            limit,
            ..Scan::of(self.tenant(), Opportunity::KIND, index, &prefix)
        };
        let rows = self.page::<Opportunity>(&scan)?.rows;
        Ok(rows.into_iter().map(|(_, deal)| deal.id).collect())
    }

    /// A page of the open deals of a pipeline, the oldest first.
    fn open_deals(
        &mut self,
        pipeline: Id<Pipeline>,
        after: Option<Id<Opportunity>>,
        limit: u32,
    ) -> Result<Vec<Opportunity>, Error> {
        let prefix = [Val::Id(pipeline.uuid()), Val::from("open")];
        let index = Opportunity::BY_PIPELINE;
        let mut cursor = None;
        if let Some(id) = after {
            let key = Key { kind: Opportunity::KIND, id: id.uuid() };
            let place = |row: Record| Cursor::of(row.def.index(index), Seq(0), &row);
            let found = self.row(key)?.map(place);
            // It may have been closed or have gone to another pipeline since: its place is among those that are open.
            cursor = found.map(|place| {
                let rest = place.vals.into_iter().skip(prefix.len());
                Cursor { vals: prefix.iter().cloned().chain(rest).collect(), id: place.id }
            });
        }
        let tenant = self.tenant();
        let after = cursor.as_ref();
        let scan = Scan { after, limit, ..Scan::of(tenant, Opportunity::KIND, index, &prefix) };
        let rows = self.page::<Opportunity>(&scan)?.rows;
        Ok(rows.into_iter().map(|(_, deal)| deal).collect())
    }
}

/// Applies a drafted change: the process is as it says from now on; its deals follow in steps, the first of them now, the
/// rest whenever time passes (`tick`), however many there are. A deal that waits for its step stands in its old stage and
/// can be worked on. `process_change.rollback` takes it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyChange {
    /// Which draft.
    pub id: Id<ProcessChange>,
}

impl Operation for ApplyChange {
    const NAME: &'static str = "process_change.apply";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<ProcessChange>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ProcessChange>, Error> {
        let draft = stepped(&cx.get(self.id)?, ChangeStep::Apply)?;
        let (defined, before) = super::pipeline::decided(cx, draft.pipeline, &draft.definition)?;
        let before = before.ok_or_else(|| Error::Internal("a draft of nothing".to_owned()))?;
        let sweep = Sweep::of(&before, &defined.process, defined.moved.clone());
        super::pipeline::put(cx, &defined)?;
        begin(cx, draft, sweep)
    }
}

/// Begins to let the deals of a process follow its change.
fn begin(
    cx: &mut Cx<'_>,
    change: ProcessChange,
    sweep: Sweep,
) -> Result<Seen<ProcessChange>, Error> {
    cx.about(change.id);
    let key = Key { kind: ProcessChange::KIND, id: change.id.uuid() };
    let (reversal, _) = cx.reversible(Action::ProcessChange, key)?;
    let (reversal, applied_at) = (Some(reversal.uuid()), Some(cx.now()));
    let begun = ProcessChange { reversal, applied_at, left: Some(sweep), ..change };
    let next = step(cx, begun)?;
    cx.amend(&next)
}

/// The same of a process that was defined anew without a draft, where too many deals follow to be moved at once.
pub(super) fn in_steps(
    cx: &mut Cx<'_>,
    definition: &DefinePipeline,
    pipeline: Id<Pipeline>,
    sweep: Sweep,
) -> Result<Id<ProcessChange>, Error> {
    let change = ProcessChange {
        id: cx.new_id(),
        pipeline,
        state: ChangeState::Applying,
        definition: DefinePipeline { id: Some(pipeline), ..definition.clone() },
        reason: None,
        author: cx.actor()?.id,
        created_at: cx.now(),
        applied_at: None,
        finished_at: None,
        reversal: None,
        left: None,
        moved: 0,
        ext: Default::default(),
    };
    Ok(begin(cx, change, sweep)?.record.id)
}

/// One step of letting deals follow: at most so many of them; the change as it stands after it.
fn step(cx: &mut Cx<'_>, change: ProcessChange) -> Result<ProcessChange, Error> {
    let mut left = change.left.clone().unwrap_or_default();
    let mut room = STEP;
    let mut moved = 0_u32;
    let process = cx.process(change.pipeline)?;
    let size = |ids: &[Id<Opportunity>]| u32::try_from(ids.len()).unwrap_or(u32::MAX);
    for (from, to) in &left.moved {
        if room == 0 {
            break;
        }
        let Some(target) = process.stage(*to) else { continue };
        let ids = cx.some_in(*from, None, room)?;
        room = room.saturating_sub(size(&ids));
        moved = moved.saturating_add(size(&ids));
        for id in ids {
            let dossier = cx.dossier(id)?;
            let (id, ctx) = (cx.new_id(), cx.deciding()?);
            let next = remap(&dossier, target, id, ctx);
            cx.moved(dossier, next)?;
        }
    }
    while room > 0
        && let Some(stage) = left.limited.first().copied()
    {
        let ids = cx.some_in(stage, left.place, room)?;
        let drained = size(&ids) < room;
        room = room.saturating_sub(size(&ids));
        for id in &ids {
            let dossier = cx.dossier(*id)?;
            super::opportunity::schedule(cx, &dossier)?;
        }
        left.place = ids.last().map(|id| id.uuid()).filter(|_| !drained);
        if drained {
            left.limited.remove(0);
        }
    }
    // Each move is told with its deal; the step is about the change.
    cx.about(change.id);
    cx.happened_at(cx.now());
    let moved = change.moved.saturating_add(moved);
    if room == 0 || !left.limited.is_empty() {
        return Ok(ProcessChange { left: Some(left), moved, ..change });
    }
    let done = stepped(&change, ChangeStep::Finish)?;
    Ok(ProcessChange { left: None, moved, finished_at: Some(cx.now()), ..done })
}

/// Takes the next step of a change that is being applied, as a decision of its own, so that it can be taken back by
/// itself; whether there is more to do. One that is being taken back waits.
pub(super) fn sweep(cx: &mut Cx<'_>, within: &str) -> Result<bool, Error> {
    let applying = [Val::from(ChangeState::Applying.code())];
    let index = ProcessChange::BY_STATE;
    let scan = Scan { limit: 10, ..Scan::of(cx.tenant(), ProcessChange::KIND, index, &applying) };
    for (_, change) in cx.page::<ProcessChange>(&scan)?.rows {
        let change = cx.get(change.id)?;
        let reversal = change.reversal.map(Id::<Reversal>::new);
        let known = reversal.map(|id| cx.find(id)).transpose()?.flatten();
        let Some(known) = known.filter(|known| known.left == known.parts) else { continue };
        cx.decided(within)?;
        let key = Key { kind: ProcessChange::KIND, id: change.id.uuid() };
        let (id, action, until) = (known.id, Action::ProcessChange, known.until);
        cx.keep(Keep { id, action, subject: Some(key), until, source: None });
        let next = step(cx, change)?;
        let more = next.state == ChangeState::Applying;
        cx.put(&next)?;
        cx.decided("process_change.step")?;
        return Ok(more);
    }
    Ok(false)
}

/// Gives a drafted change up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardChange {
    /// Which.
    pub id: Id<ProcessChange>,
}

impl Operation for DiscardChange {
    const NAME: &'static str = "process_change.discard";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<ProcessChange>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ProcessChange>, Error> {
        let next = stepped(&cx.get(self.id)?, ChangeStep::Discard)?;
        cx.amend(&next)
    }
}

/// Takes back a change that was applied or is being applied, a step at a time, backwards: call it again while `more` is
/// true. Where nothing came between, everything is again byte for byte what it was, and the change a draft. A deal that
/// moved on since stays where it is and is listed; a stage that it needs then stays too, which needs `confirm`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackChange {
    /// Which.
    pub id: Id<ProcessChange>,
    /// What was made and is used since may stay.
    #[serde(default)]
    pub confirm: bool,
}

impl Operation for RollBackChange {
    const NAME: &'static str = "process_change.rollback";
    const ACCESS: Access = Access::Configure;
    type Response = Undone;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Undone, Error> {
        let change = cx.get(self.id)?;
        let Some(reversal) = change.reversal else {
            let never = Invalid::new("process_change.not_applied", change.state.code());
            return Err(Error::invalid("id", never));
        };
        UndoReversal { id: Id::new(reversal), confirm: self.confirm }.run(cx)
    }
}

/// A change of a process by its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetChange {
    /// Which.
    pub id: Id<ProcessChange>,
}

impl Operation for GetChange {
    const NAME: &'static str = "process_change.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<ProcessChange>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<ProcessChange>, Error> {
        cx.seen(self.id)
    }
}

/// The changes of processes, the newest first, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListChanges {
    /// Only of this pipeline.
    pub pipeline: Option<Id<Pipeline>>,
    /// Only those that are so far.
    pub state: Option<ChangeState>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListChanges {
    const NAME: &'static str = "process_change.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<ProcessChange>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<ProcessChange>, Error> {
        let (index, prefix) = match (self.pipeline, self.state) {
            (Some(pipeline), _) => (ProcessChange::BY_PIPELINE, vec![Val::Id(pipeline.uuid())]),
            (None, Some(state)) => (ProcessChange::BY_STATE, vec![Val::from(state.code())]),
            (None, None) => (ProcessChange::BY_STATE, Vec::new()),
        };
        let wanted = Wanted::of(index, &prefix).newest_first();
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |change: &ProcessChange| {
            self.state.is_none_or(|state| change.state == state)
        })
    }
}
