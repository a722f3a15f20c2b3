//! Defining a process as a whole, anew or in place of the definition before.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    BackClock, Criteria, NextStages, Pipeline, Probability, Process, Stage, StageKind, StageLimit,
    StageTask, StageTasks, lint,
};
use crate::decision::{Check, Refusal};
use crate::party::CustomerType;
use crate::value::{Code, Id, Invalid, Name, Note};

/// The definition of a process as it shall be: what it does not mention goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefinePipeline {
    /// The pipeline to define anew; without it, or where there is none of that id, a new one.
    pub id: Option<Id<Pipeline>>,
    /// Its name; no two have the same.
    pub name: String,
    /// Whether new deals may begin in it.
    pub active: bool,
    /// Whether it is taken where nobody names one. The first one is, in any case.
    pub is_default: bool,
    /// `business` or `personal`: the customers whose deals begin in it where nobody names one.
    pub customer_type: Option<String>,
    /// Whether a stage may be left out, where the stage does not list its next ones.
    pub allow_skip: bool,
    /// Whether a deal may go back to an earlier stage.
    pub allow_back: bool,
    /// `restart` (the default) or `accumulate`: what the clock of a stage does when a deal comes back to it.
    pub back_clock: Option<String>,
    /// The code of the stage where a reopened deal stands; without it, where it stood.
    pub reopen_to: Option<String>,
    /// After how many days without anything happening a deal is dormant.
    pub dormant_after_days: Option<u32>,
    /// The code of the calendar whose working time its limits count; without it, that of the tenant's zone.
    pub calendar: Option<String>,
    /// Its stages in order. A stage keeps its id, and its deals, by its code.
    pub stages: Vec<DefineStage>,
    /// Where the open deals of a removed stage go: stage codes by the code of the removed stage.
    pub moved: BTreeMap<String, String>,
}

impl Default for DefinePipeline {
    fn default() -> Self {
        Self {
            id: None,
            name: String::new(),
            active: true,
            is_default: false,
            customer_type: None,
            allow_skip: true,
            allow_back: true,
            back_clock: None,
            reopen_to: None,
            dormant_after_days: None,
            calendar: None,
            stages: Vec::new(),
            moved: BTreeMap::new(),
        }
    }
}

/// The definition of one stage: code and name are enough for an open one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefineStage {
    /// What rules call it; it never changes.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// `open` (the default), `won` or `lost`.
    pub kind: Option<String>,
    /// How likely a deal in it is won, in basis points; without it, evenly rising from stage to stage.
    pub probability_basis_points: Option<i64>,
    /// What it asks for before it is entered.
    pub entry: Criteria,
    /// What it asks for before it is left towards the end.
    pub exit: Criteria,
    /// The codes of the stages to which a deal may go from here; without it, as the pipeline says.
    pub next: Option<Vec<String>>,
    /// How long a deal may stand in it.
    pub limit: Option<StageLimit>,
    /// What to do in it.
    pub guide: Option<String>,
    /// The tasks that are set when a deal enters it, at most 20.
    pub tasks: Vec<StageTask>,
}

/// What is known when a process is defined.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The definition before.
    pub before: Option<&'a Process>,
    /// Every other pipeline.
    pub others: &'a [Pipeline],
    /// How many open deals stand in each stage.
    pub deals: &'a BTreeMap<Id<Stage>, u64>,
    /// The codes of the custom fields of deals.
    pub custom: &'a [Code],
}

/// A process as it shall be, and what follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Defined {
    /// The process, its removed stages at the end.
    pub process: Process,
    /// Pipelines that are no longer the default.
    pub demoted: Vec<Pipeline>,
    /// Where open deals go: from a removed stage to one of the process.
    pub moved: Vec<(Id<Stage>, Id<Stage>)>,
}

/// Defines a process. Stages keep their ids by their codes, so renaming one changes neither deals nor rules; a removed
/// stage is kept, inactive, for the sake of history. Rule PIPE-1 (F061, W06).
///
/// # Errors
///
/// Field by field `text.*`, `code.*`, `probability.range` · `pipeline.name_taken` · `pipeline.default_inactive` ·
/// `pipeline.customer_type_taken` · `pipeline.stage.kind_fixed` for a stage that was of another kind · then the defects of
/// the process ([`lint`]) · `pipeline.stage_occupied` for a removed stage with that many open deals and no place for them in
/// `moved`, `pipeline.moved_unknown` for a place that is no open stage.
pub fn define(
    id: Id<Pipeline>,
    wish: &DefinePipeline,
    standing: Standing<'_>,
    new_id: &mut dyn FnMut() -> Id<Stage>,
) -> Result<Defined, Refusal> {
    let mut check = Check::default();
    let pipeline = pipeline(id, wish, standing, &mut check);
    let before = standing.before.map_or(&[][..], |before| &before.stages);
    let mut stages = Some(Vec::new());
    for (index, wished) in wish.stages.iter().enumerate() {
        let known = before.iter().find(|stage| stage.code.as_str() == wished.code);
        let place = Place { pipeline: id, index, even: even(&wish.stages, index) };
        let stage = stage(place, wished, known, new_id, &mut check);
        stages = stages.zip(stage).map(|(mut stages, stage)| {
            stages.push(stage);
            stages
        });
    }
    let (Some(pipeline), Some(mut stages)) = (pipeline, stages) else {
        return check.finish(None);
    };
    let removed: Vec<Stage> = before
        .iter()
        .filter(|before| stages.iter().all(|stage| stage.id != before.id))
        .map(|before| Stage { active: false, ..before.clone() })
        .collect();
    stages.extend(removed.iter().cloned());
    let process = revised(Process::of(pipeline, stages), standing.before);
    lint(&process, standing.custom, &mut check);
    let moved = moved(&process, &removed, wish, standing, &mut check);
    let demoted = standing.others.iter().filter(|other| other.is_default);
    let demoted = demoted.filter(|_| process.pipeline.is_default);
    let demoted = demoted.map(|other| Pipeline { is_default: false, ..other.clone() }).collect();
    check.finish(Some(Defined { process, demoted, moved }))
}

/// The same process under its revision: the one before where nothing changed, else the next.
fn revised(mut process: Process, before: Option<&Process>) -> Process {
    let revision = before.map_or(0, |before| before.pipeline.revision);
    process.pipeline.revision = revision;
    if before != Some(&process) {
        process.pipeline.revision = revision.saturating_add(1);
    }
    process
}

fn pipeline(
    id: Id<Pipeline>,
    wish: &DefinePipeline,
    standing: Standing<'_>,
    check: &mut Check,
) -> Option<Pipeline> {
    let name = check.take("name", Name::parse(&wish.name));
    let customer_type: Option<CustomerType> =
        check.parse("customer_type", wish.customer_type.as_deref());
    let back_clock = check.parse("back_clock", wish.back_clock.as_deref());
    let reopen_to = check.parse("reopen_to", wish.reopen_to.as_deref());
    let calendar = check.parse("calendar", wish.calendar.as_deref());
    let mut others = standing.others.iter();
    let taken = others.clone().any(|other| Some(&other.name) == name.as_ref());
    check.rule(!taken, "name", || Invalid::new("pipeline.name_taken", &wish.name));
    let is_default = wish.is_default || !others.clone().any(|other| other.is_default);
    check.rule(wish.active || !is_default, "active", || {
        Invalid::new("pipeline.default_inactive", "false")
            .limit("make another one the default first")
    });
    let rival = |other: &&Pipeline| other.active && other.customer_type == customer_type;
    let rival = others.find(rival).filter(|_| wish.active && customer_type.is_some());
    check.rule(rival.is_none(), "customer_type", || {
        let given = wish.customer_type.as_deref().unwrap_or_default();
        let owner = rival.map_or("", |rival| rival.name.as_str());
        Invalid::new("pipeline.customer_type_taken", given).limit(format!("it belongs to {owner}"))
    });
    name.map(|name| Pipeline {
        id,
        name,
        revision: 0,
        active: wish.active,
        is_default,
        customer_type,
        allow_skip: wish.allow_skip,
        allow_back: wish.allow_back,
        back_clock: back_clock.unwrap_or(BackClock::Restart),
        reopen_to,
        dormant_after_days: wish.dormant_after_days,
        calendar,
        ext: Default::default(),
    })
}

/// Where a stage stands, and its odds where it names none.
struct Place {
    pipeline: Id<Pipeline>,
    index: usize,
    even: i64,
}

/// Odds in basis points that rise evenly over the open stages: of three, 2500, 5000 and 7500.
fn even(stages: &[DefineStage], index: usize) -> i64 {
    let open = |stage: &&DefineStage| stage.kind.as_deref().is_none_or(|kind| kind == "open");
    let all = stages.iter().filter(open).count();
    let through = stages.iter().take(index.saturating_add(1)).filter(open).count();
    let share = through.saturating_mul(10_000).checked_div(all.saturating_add(1));
    share.and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
}

fn stage(
    place: Place,
    wish: &DefineStage,
    known: Option<&Stage>,
    new_id: &mut dyn FnMut() -> Id<Stage>,
    check: &mut Check,
) -> Option<Stage> {
    let at = |field: &str| format!("stages[{}].{field}", place.index);
    let code = check.take(&at("code"), wish.code.parse());
    let name = check.take(&at("name"), Name::parse(&wish.name));
    let kind = match &wish.kind {
        Some(kind) => check.take(&at("kind"), kind.parse::<StageKind>()),
        None => Some(StageKind::Open),
    };
    let points = wish.probability_basis_points.unwrap_or(match kind {
        Some(StageKind::Won) => Probability::CERTAIN.basis_points().into(),
        Some(StageKind::Lost) => Probability::NEVER.basis_points().into(),
        Some(StageKind::Open) | None => place.even,
    });
    let probability = check.take(&at("probability_basis_points"), Probability::new(points));
    let next = wish.next.as_ref().map(|next| {
        let parsed = next.iter().enumerate();
        let parsed =
            parsed.filter_map(|(i, code)| check.take(&at(&format!("next[{i}]")), code.parse()));
        NextStages(parsed.collect())
    });
    let guide: Option<Note> = check.parse(&at("guide"), wish.guide.as_deref());
    tasks(&wish.tasks, &at("tasks"), check);
    let fixed = known.filter(|known| kind.is_some_and(|kind| kind != known.kind));
    check.rule(fixed.is_none(), &at("kind"), || {
        Invalid::new("pipeline.stage.kind_fixed", wish.kind.as_deref().unwrap_or("open"))
            .allowed(fixed.map(|known| known.kind.code()))
    });
    Some(Stage {
        id: known.map_or_else(new_id, |known| known.id),
        pipeline: place.pipeline,
        code: code?,
        name: name?,
        position: u32::try_from(place.index).unwrap_or(u32::MAX),
        kind: kind?,
        probability: probability?,
        entry: wish.entry.clone(),
        exit: wish.exit.clone(),
        next,
        limit: wish.limit,
        guide,
        tasks: Some(StageTasks(wish.tasks.clone())).filter(|tasks| !tasks.0.is_empty()),
        active: true,
        ext: Default::default(),
    })
}

/// Where the open deals of removed stages go.
fn moved(
    process: &Process,
    removed: &[Stage],
    wish: &DefinePipeline,
    standing: Standing<'_>,
    check: &mut Check,
) -> Vec<(Id<Stage>, Id<Stage>)> {
    let mut moved = Vec::new();
    for stage in removed {
        let deals = standing.deals.get(&stage.id).copied().unwrap_or(0);
        let path = format!("moved.{}", stage.code);
        let open = || Process::codes(process.open());
        let Some(place) = wish.moved.get(stage.code.as_str()) else {
            check.rule(deals == 0, &path, || {
                let limit = format!("{deals} open deals stand in it: say where they go");
                Invalid::new("pipeline.stage_occupied", &deals.to_string())
                    .limit(limit)
                    .allowed(open())
            });
            continue;
        };
        match process.open().find(|stage| stage.code.as_str() == place) {
            Some(place) => moved.push((stage.id, place.id)),
            None => {
                check.refuse(path, Invalid::new("pipeline.moved_unknown", place).allowed(open()))
            }
        }
    }
    moved
}

impl Process {
    /// The wish that would define it as it is.
    pub fn wish(&self) -> DefinePipeline {
        let stage = |stage: &Stage| DefineStage {
            code: stage.code.to_string(),
            name: stage.name.to_string(),
            kind: Some(stage.kind.code().to_owned()),
            probability_basis_points: Some(stage.probability.basis_points().into()),
            entry: stage.entry.clone(),
            exit: stage.exit.clone(),
            next: stage.next.as_ref().map(|next| next.0.iter().map(ToString::to_string).collect()),
            limit: stage.limit,
            guide: stage.guide.as_ref().map(ToString::to_string),
            tasks: stage.tasks.clone().unwrap_or_default().0,
        };
        let pipeline = &self.pipeline;
        DefinePipeline {
            id: Some(pipeline.id),
            name: pipeline.name.to_string(),
            active: pipeline.active,
            is_default: pipeline.is_default,
            customer_type: pipeline.customer_type.map(|kind| kind.code().to_owned()),
            allow_skip: pipeline.allow_skip,
            allow_back: pipeline.allow_back,
            back_clock: Some(pipeline.back_clock.code().to_owned()),
            reopen_to: pipeline.reopen_to.as_ref().map(ToString::to_string),
            dormant_after_days: pipeline.dormant_after_days,
            calendar: pipeline.calendar.as_ref().map(ToString::to_string),
            stages: self.active().map(stage).collect(),
            moved: BTreeMap::new(),
        }
    }
}

/// How many tasks a stage may set.
const TASKS_MAX: usize = 20;

/// A year, in minutes.
const DUE_MINUTES_MAX: u32 = 525_600;

/// Checks the tasks of a stage: not too many, no code twice, due within a year.
fn tasks(tasks: &[StageTask], path: &str, check: &mut Check) {
    check.rule(tasks.len() <= TASKS_MAX, path, || {
        Invalid::new("pipeline.task.too_many", &tasks.len().to_string())
            .limit(format!("at most {TASKS_MAX}"))
    });
    let mut codes = BTreeSet::new();
    for (index, task) in tasks.iter().enumerate() {
        check.rule(codes.insert(&task.code), &format!("{path}[{index}].code"), || {
            Invalid::new("pipeline.task.duplicate", task.code.as_str())
        });
        let due = (1..=DUE_MINUTES_MAX).contains(&task.due_minutes);
        check.rule(due, &format!("{path}[{index}].due_minutes"), || {
            Invalid::new("pipeline.task.due", &task.due_minutes.to_string())
                .limit(format!("1 to {DUE_MINUTES_MAX}"))
        });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::lint::tests::process;
    use super::*;

    fn redefine(
        before: Option<&Process>,
        deals: &[(&str, u64)],
        change: impl Fn(&mut DefinePipeline),
    ) -> Result<Defined, Vec<(String, String)>> {
        let mut wish = process("a b won lost", "").wish();
        change(&mut wish);
        let id = |code: &str| before.unwrap().coded(code).unwrap().id;
        let deals = deals.iter().map(|(code, count)| (id(code), *count)).collect();
        let standing = Standing { before, others: &[], deals: &deals, custom: &[] };
        let mut next = 900;
        let mut new_id = || {
            next += 1;
            Id::new(Uuid::from_u128(next))
        };
        define(Id::new(Uuid::from_u128(1)), &wish, standing, &mut new_id).map_err(|refusal| {
            refusal.violations().map(|v| (v.code.clone(), v.path.clone())).collect()
        })
    }

    #[test]
    fn renaming_keeps_ids_and_counts_a_revision() {
        let before = process("a b won lost", "");
        let same = redefine(Some(&before), &[("b", 3)], |_| ()).unwrap();
        assert_eq!(same.process, before, "the same definition changes nothing");
        let renamed =
            redefine(Some(&before), &[("b", 3)], |wish| wish.stages[1].name = "谈判".into());
        let renamed = renamed.unwrap().process;
        assert_eq!(renamed.coded("b").unwrap().id, before.coded("b").unwrap().id);
        assert_eq!(renamed.coded("b").unwrap().name.as_str(), "谈判");
        assert_eq!(renamed.pipeline.revision, 2);
    }

    #[test]
    fn a_stage_is_removed_when_its_deals_have_a_place() {
        let before = process("a b won lost", "");
        let drop_b = |wish: &mut DefinePipeline| drop(wish.stages.remove(1));
        let with = |place: &'static str| {
            move |wish: &mut DefinePipeline| {
                drop_b(wish);
                wish.moved.insert("b".into(), place.into());
            }
        };
        let refused = |code: &str| Err(vec![(code.to_owned(), "moved.b".to_owned())]);
        let moves = |change: &dyn Fn(&mut DefinePipeline), deals| {
            redefine(Some(&before), deals, change).map(|defined| defined.moved.len())
        };
        assert_eq!(moves(&drop_b, &[]), Ok(0), "nobody stands in it");
        assert_eq!(moves(&drop_b, &[("b", 2)]), refused("pipeline.stage_occupied"));
        assert_eq!(moves(&with("won"), &[("b", 2)]), refused("pipeline.moved_unknown"));
        assert_eq!(moves(&with("a"), &[("b", 2)]), Ok(1));
        let after = redefine(Some(&before), &[], drop_b).unwrap().process;
        let kept = after.stage(before.coded("b").unwrap().id).unwrap();
        assert!(!kept.active && after.coded("b").is_none(), "history keeps its name");
        let again = redefine(Some(&after), &[], |_| ()).unwrap().process;
        assert_eq!(again.coded("b").unwrap().id, kept.id, "it comes back as itself");
    }

    #[test]
    fn every_fault_is_said_at_once() {
        let before = process("a b won lost", "");
        let refused = redefine(Some(&before), &[], |wish| {
            wish.name = " ".into();
            wish.stages[0].code = "A".into();
            wish.stages[1].kind = Some("won".into());
            wish.stages[2].probability_basis_points = Some(10_001);
            wish.back_clock = Some("stop".into());
        });
        let expected = [
            ("text.empty", "name"),
            ("code.unknown", "back_clock"),
            ("code.format", "stages[0].code"),
            ("pipeline.stage.kind_fixed", "stages[1].kind"),
            ("probability.range", "stages[2].probability_basis_points"),
        ];
        let expected = expected.map(|(code, path)| (code.to_owned(), path.to_owned()));
        assert_eq!(refused.unwrap_err(), expected);
    }

    #[test]
    fn odds_that_are_not_named_rise_evenly() {
        let defined = redefine(None, &[], |wish| {
            wish.stages.iter_mut().for_each(|stage| stage.probability_basis_points = None);
        });
        let stages = defined.unwrap().process.stages;
        let odds: Vec<_> = stages.iter().map(|stage| stage.probability.basis_points()).collect();
        assert_eq!(odds, [3_333, 6_666, 10_000, 0]);
    }
}
