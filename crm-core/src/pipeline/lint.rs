//! What is wrong with a process, found when it is defined: every defect at once, each with a witness.

use std::collections::{BTreeMap, BTreeSet};

use super::{Probability, Process, Stage, StageKind};
use crate::decision::Check;
use crate::value::{Code, Invalid};

/// How many stages a pipeline may have.
const STAGES_MAX: usize = 100;

/// Adds every defect of a process to `check`, where deals have these `custom` fields; its stages stand at `stages[i]` in their order. Rule PIPE-2 (F061, B16).
///
/// In order: `pipeline.too_many_stages` · `pipeline.stage.code_duplicate` · `pipeline.stage.name_duplicate` (letter case
/// does not count) · `pipeline.no_open_stage` · `pipeline.end_missing`, `pipeline.end_duplicate` (one won and one lost) ·
/// stage by stage `pipeline.stage.probability_certain` (an open stage at 0 or 100 %), `pipeline.stage.probability_of_end`,
/// `pipeline.stage.next_unknown`, `pipeline.stage.end_has_next`, `pipeline.stage.warning_outside_limit`,
/// `pipeline.stage.criteria_field_unknown`, `pipeline.stage.criteria_duplicate`, `pipeline.stage.criteria_contradictory`,
/// `pipeline.stage.criteria_role` · `pipeline.reopen_unknown` · and of the graph `pipeline.stage.unreachable` (the limit
/// names the first stage), `pipeline.stage.dead_end` and `pipeline.stage.cycle_only` (the limit is a walk that never
/// ends a deal).
pub fn lint(process: &Process, custom: &[Code], check: &mut Check) {
    let stages: Vec<&Stage> = process.active().collect();
    if stages.len() > STAGES_MAX {
        let given = stages.len().to_string();
        let invalid = Invalid::new("pipeline.too_many_stages", &given);
        return check.refuse("stages", invalid.limit(format!("at most {STAGES_MAX}")));
    }
    duplicates(&stages, check);
    ends(process, check);
    for (index, stage) in stages.iter().enumerate() {
        let at = format!("stages[{index}]");
        certainty(stage, &at, check);
        onward(process, stage, &at, check);
        limit(stage, &at, check);
        criteria(process, (stage, &at), custom, check);
    }
    if let Some(code) = &process.pipeline.reopen_to {
        let open = process.open().any(|stage| stage.code == *code);
        check.rule(open, "reopen_to", || {
            Invalid::new("pipeline.reopen_unknown", code.as_str())
                .allowed(Process::codes(process.open()))
        });
    }
    graph(process, &stages, check);
}

fn duplicates(stages: &[&Stage], check: &mut Check) {
    let mut codes = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (index, stage) in stages.iter().enumerate() {
        check.rule(codes.insert(&stage.code), &format!("stages[{index}].code"), || {
            Invalid::new("pipeline.stage.code_duplicate", stage.code.as_str())
        });
        let name = stage.name.as_str();
        check.rule(names.insert(name.to_lowercase()), &format!("stages[{index}].name"), || {
            Invalid::new("pipeline.stage.name_duplicate", name)
        });
    }
}

fn ends(process: &Process, check: &mut Check) {
    check.rule(process.open().next().is_some(), "stages", || {
        Invalid::new("pipeline.no_open_stage", "").limit("at least one stage of kind open")
    });
    for kind in [StageKind::Won, StageKind::Lost] {
        let found: Vec<_> = process.active().filter(|stage| stage.kind == kind).collect();
        check.rule(!found.is_empty(), "stages", || {
            Invalid::new("pipeline.end_missing", kind.code()).limit("one stage of each end")
        });
        check.rule(found.len() < 2, "stages", || {
            let codes = Process::codes(found.iter().copied()).join(", ");
            Invalid::new("pipeline.end_duplicate", &codes).limit("one stage of each end")
        });
    }
}

fn certainty(stage: &Stage, at: &str, check: &mut Check) {
    let given = stage.probability.to_string();
    let (holds, code, limit) = match stage.kind {
        StageKind::Open => {
            (stage.probability.is_open(), "pipeline.stage.probability_certain", "1 to 9999")
        }
        StageKind::Won => (
            stage.probability == Probability::CERTAIN,
            "pipeline.stage.probability_of_end",
            "10000 for the won end",
        ),
        StageKind::Lost => (
            stage.probability == Probability::NEVER,
            "pipeline.stage.probability_of_end",
            "0 for the lost end",
        ),
    };
    check.rule(holds, &format!("{at}.probability_basis_points"), || {
        Invalid::new(code, &given).limit(limit)
    });
}

fn onward(process: &Process, stage: &Stage, at: &str, check: &mut Check) {
    let Some(next) = &stage.next else { return };
    if stage.kind != StageKind::Open {
        let invalid = Invalid::new("pipeline.stage.end_has_next", stage.code.as_str());
        return check.refuse(format!("{at}.next"), invalid.limit("an end is left by reopening"));
    }
    let others = || process.active().filter(|other| other.id != stage.id);
    for (index, code) in next.0.iter().enumerate() {
        let known = others().any(|other| other.code == *code);
        check.rule(known, &format!("{at}.next[{index}]"), || {
            Invalid::new("pipeline.stage.next_unknown", code.as_str())
                .allowed(Process::codes(others()))
        });
    }
}

fn limit(stage: &Stage, at: &str, check: &mut Check) {
    let Some(limit) = stage.limit else { return };
    let minutes = limit.time.amount().num_minutes();
    let warned = limit.warn_before_minutes.map_or(0, i64::from);
    check.rule(minutes > warned, &format!("{at}.limit"), || {
        Invalid::new("pipeline.stage.warning_outside_limit", &warned.to_string())
            .limit(format!("less than the limit of {minutes} minutes"))
    });
}

fn criteria(process: &Process, (stage, at): (&Stage, &str), custom: &[Code], check: &mut Check) {
    for (side, criteria) in [("entry", &stage.entry), ("exit", &stage.exit)] {
        for (index, field) in criteria.fields.iter().enumerate() {
            let known = super::Criteria::knows(field, custom);
            check.rule(known, &format!("{at}.{side}.fields[{index}]"), || {
                let fields = super::Criteria::FIELDS.iter().map(|field| (*field).to_owned());
                let allowed = fields.chain(custom.iter().map(|code| format!("custom.{code}")));
                Invalid::new("pipeline.stage.criteria_field_unknown", field).allowed(allowed)
            });
        }
        let mut asked = BTreeSet::new();
        for ask in criteria.asks() {
            let path = format!("{at}.{side}.{}.{}", ask.kind, ask.code);
            check.rule(asked.insert((ask.kind, ask.code)), &path, || {
                Invalid::new("pipeline.stage.criteria_duplicate", ask.code.as_str())
            });
        }
        if let Some(why) = criteria.contradiction(criteria) {
            check.refuse(format!("{at}.{side}"), contradictory(stage.code.as_str(), why));
        }
        if let Some(role) = criteria.powerless_role() {
            let invalid = Invalid::new("pipeline.stage.criteria_role", role.code());
            check.refuse(format!("{at}.{side}.role"), invalid.allowed(["rep", "manager", "owner"]));
        }
    }
    let clean = |stage: &Stage| {
        stage.entry.contradiction(&stage.entry).is_none()
            && stage.exit.contradiction(&stage.exit).is_none()
    };
    for next in process.onward(stage).into_iter().filter(|next| clean(next) && clean(stage)) {
        if let Some(why) = stage.exit.contradiction(&next.entry) {
            let witness = format!("{} → {}", stage.code, next.code);
            check.refuse(format!("{at}.exit"), contradictory(&witness, why));
        }
    }
}

fn contradictory(witness: &str, why: String) -> Invalid {
    Invalid::new("pipeline.stage.criteria_contradictory", witness).limit(why)
}

/// What no deal can reach, and where no deal can end.
fn graph(process: &Process, stages: &[&Stage], check: &mut Check) {
    let Some(first) = process.open().next() else { return };
    let passable = |from: &Stage, to: &Stage| from.exit.contradiction(&to.entry).is_none();
    let onward: BTreeMap<&Code, Vec<&Stage>> = stages
        .iter()
        .filter(|stage| stage.kind == StageKind::Open)
        .map(|stage| {
            let next = process.onward(stage).into_iter().filter(|next| passable(stage, next));
            (&stage.code, next.collect())
        })
        .collect();
    let reached = closure([first], |stage| {
        if stage.kind != StageKind::Open {
            return Vec::new();
        }
        let back = process.targets(stage).into_iter().filter(|to| to.position < stage.position);
        let open = back.filter(|to| to.kind == StageKind::Open);
        open.chain(onward.get(&stage.code).into_iter().flatten().copied()).collect()
    });
    let ending = closure(stages.iter().copied().filter(|s| s.kind != StageKind::Open), |end| {
        let leads = |stage: &&&Stage| {
            let next = onward.get(&stage.code);
            next.is_some_and(|next| next.iter().any(|next| next.code == end.code))
        };
        stages.iter().filter(leads).copied().collect()
    });
    for (index, stage) in stages.iter().enumerate() {
        let at = format!("stages[{index}]");
        let is_lost = stage.kind == StageKind::Lost;
        check.rule(is_lost || reached.contains(&stage.code), &at, || {
            Invalid::new("pipeline.stage.unreachable", stage.code.as_str())
                .limit(format!("reachable from {}", first.code))
        });
        if !ending.contains(&stage.code) {
            let (walk, circles) = walk(stage, &onward);
            let code =
                if circles { "pipeline.stage.cycle_only" } else { "pipeline.stage.dead_end" };
            check.refuse(at, Invalid::new(code, stage.code.as_str()).limit(walk));
        }
    }
}

/// The codes of all stages that a walk along `next` meets, the starts included.
fn closure<'a>(
    starts: impl IntoIterator<Item = &'a Stage>,
    next: impl Fn(&'a Stage) -> Vec<&'a Stage>,
) -> BTreeSet<&'a Code> {
    let mut waiting: Vec<&Stage> = starts.into_iter().collect();
    let mut met = BTreeSet::new();
    while let Some(stage) = waiting.pop() {
        if met.insert(&stage.code) {
            waiting.extend(next(stage));
        }
    }
    met
}

/// A walk from a stage that reaches no end, and whether it goes round in a circle.
fn walk(start: &Stage, onward: &BTreeMap<&Code, Vec<&Stage>>) -> (String, bool) {
    let mut met = vec![start.code.as_str()];
    let mut stage = start;
    loop {
        let Some(next) = onward.get(&stage.code).and_then(|next| next.first()) else {
            return (met.join(" → "), false);
        };
        let circles = met.contains(&next.code.as_str());
        met.push(next.code.as_str());
        if circles {
            return (met.join(" → "), true);
        }
        stage = next;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::pipeline::{BackClock, NextStages, Pipeline};
    use crate::value::{Id, Name};

    /// A process from codes in order: `a:c,won` goes from `a` to `c` and `won` only; `won…` and `lost…` are ends.
    pub(crate) fn process(stages: &str, flags: &str) -> Process {
        let pipeline = Pipeline {
            id: Id::new(Uuid::from_u128(1)),
            name: Name::parse("Sales").unwrap(),
            revision: 1,
            active: true,
            is_default: true,
            customer_type: None,
            allow_skip: !flags.contains("no_skip"),
            allow_back: !flags.contains("no_back"),
            back_clock: BackClock::Restart,
            reopen_to: None,
            dormant_after_days: None,
            calendar: None,
            ext: Default::default(),
        };
        let stage = |(position, spec): (u32, &str)| {
            let (code, next) = spec.split_once(':').map_or((spec, None), |(c, n)| (c, Some(n)));
            let (kind, probability) = match code {
                _ if code.starts_with("won") => (StageKind::Won, Probability::CERTAIN),
                _ if code.starts_with("lost") => (StageKind::Lost, Probability::NEVER),
                _ => {
                    (StageKind::Open, Probability::new(i64::from(position) * 1000 + 1000).unwrap())
                }
            };
            let codes = |next: &str| {
                next.split(',').filter(|c| !c.is_empty()).map(|c| c.parse().unwrap()).collect()
            };
            Stage {
                id: Id::new(Uuid::from_u128(100 + u128::from(position))),
                pipeline: pipeline.id,
                code: code.parse().unwrap(),
                name: Name::parse(&format!("Stage {code}")).unwrap(),
                position,
                kind,
                probability,
                entry: Default::default(),
                exit: Default::default(),
                next: next.map(|next| NextStages(codes(next))),
                limit: None,
                guide: None,
                tasks: None,
                active: true,
                ext: Default::default(),
            }
        };
        let stages = (0..).zip(stages.split(' ')).map(stage).collect();
        Process { pipeline, stages }
    }

    /// The stage of that code, to be changed.
    pub(crate) fn at<'a>(process: &'a mut Process, code: &str) -> &'a mut Stage {
        process.stages.iter_mut().find(|stage| stage.code.as_str() == code).unwrap()
    }

    fn defects(process: &Process) -> String {
        let mut check = Check::default();
        lint(process, &["vat".parse().unwrap()], &mut check);
        let Err(refusal) = check.done() else { return String::new() };
        let shown = refusal.violations().map(|v| {
            let code = v.code.strip_prefix("pipeline.").unwrap();
            let witness = v.limit.as_deref().filter(|limit| limit.contains('→'));
            format!("{} {} {}", v.path, code, witness.unwrap_or(&v.value)).trim_end().to_owned()
        });
        shown.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_shape_of_a_process() {
        let table = [
            ("is sound", "a b won lost", "", ""),
            ("is sound without skips", "a b won lost", "no_skip no_back", ""),
            ("may park deals that are only ever lost", "a b:lost won lost", "", ""),
            (
                "has distinct codes",
                "a a won lost",
                "",
                "stages[1].code stage.code_duplicate a; stages[1].name stage.name_duplicate Stage a",
            ),
            ("has an open stage", "won lost", "", "stages no_open_stage"),
            (
                "has both ends",
                "a b",
                "no_back",
                "stages end_missing won; stages end_missing lost; \
                 stages[0] stage.dead_end a → b; stages[1] stage.dead_end b",
            ),
            ("has each end once", "a won won2 lost", "", "stages end_duplicate won, won2"),
            (
                "names stages that are there",
                "a:c b won lost",
                "no_back",
                "stages[0].next[0] stage.next_unknown c; stages[0] stage.dead_end a; \
                 stages[1] stage.unreachable b; stages[2] stage.unreachable won",
            ),
            (
                "does not name itself",
                "a:a,won won lost",
                "",
                "stages[0].next[0] stage.next_unknown a",
            ),
            ("ends at its ends", "a won:a lost", "", "stages[1].next stage.end_has_next won"),
            ("reaches every stage", "a:c b c won lost", "no_back", "stages[1] stage.unreachable b"),
            ("reaches a stage by going back", "a:c b c won lost", "", ""),
            ("leads out of every stage", "a b: won lost", "", "stages[1] stage.dead_end b"),
            (
                "does not only go round",
                "a:b b:a won lost",
                "",
                "stages[0] stage.cycle_only a → b → a; stages[1] stage.cycle_only b → a → b; \
                 stages[2] stage.unreachable won",
            ),
            ("may go round and out", "a:b b:a,won won lost", "", ""),
        ];
        for (rule, stages, flags, expected) in table {
            assert_eq!(defects(&process(stages, flags)), expected, "a process {rule}");
        }
    }

    #[test]
    fn the_rules_of_its_stages() {
        type Change = fn(&mut Process);
        let table: [(&str, Change, &str); 9] = [
            (
                "an open stage is not certain",
                |p| at(p, "a").probability = Probability::CERTAIN,
                "stages[0].probability_basis_points stage.probability_certain 10000",
            ),
            (
                "an open stage is not hopeless",
                |p| at(p, "a").probability = Probability::NEVER,
                "stages[0].probability_basis_points stage.probability_certain 0",
            ),
            (
                "won is certain",
                |p| at(p, "won").probability = Probability::NEVER,
                "stages[2].probability_basis_points stage.probability_of_end 0",
            ),
            (
                "criteria ask for known fields",
                |p| {
                    at(p, "a").exit.fields =
                        vec!["custom.vat".into(), "mood".into(), "custom.x".into()];
                },
                "stages[0].exit.fields[1] stage.criteria_field_unknown mood; stages[0].exit.fields[2] stage.criteria_field_unknown custom.x",
            ),
            (
                "criteria can be met",
                |p| {
                    at(p, "b").entry.amount_at_most = Some("0 JPY".parse().unwrap());
                },
                "stages[1].entry stage.criteria_contradictory b; stages[1] stage.unreachable b",
            ),
            (
                "criteria of two stages can be met one after the other",
                |p| {
                    at(p, "a").exit.amount_at_least = Some("9 JPY".parse().unwrap());
                    at(p, "b").entry.amount_at_most = Some("8 JPY".parse().unwrap());
                },
                "stages[0].exit stage.criteria_contradictory a → b; stages[1] stage.unreachable b",
            ),
            (
                "a role that may not sell moves nothing",
                |p| {
                    at(p, "b").entry.role = Some(crate::access::Role::Viewer);
                },
                "stages[1].entry.role stage.criteria_role viewer",
            ),
            (
                "a warning comes within the limit",
                |p| {
                    let time = crate::value::TimeLimit::ElapsedMinutes(60);
                    let (warn_before_minutes, escalate_after_minutes) = (Some(60), None);
                    at(p, "b").limit = Some(crate::pipeline::StageLimit {
                        time,
                        warn_before_minutes,
                        escalate_after_minutes,
                    });
                },
                "stages[1].limit stage.warning_outside_limit 60",
            ),
            (
                "a deal is reopened into an open stage",
                |p| {
                    p.pipeline.reopen_to = Some("won".parse().unwrap());
                },
                "reopen_to reopen_unknown won",
            ),
        ];
        for (rule, change, expected) in table {
            let mut process = process("a b won lost", "");
            change(&mut process);
            assert_eq!(defects(&process), expected, "{rule}");
        }
    }
}
