//! The report on the ways that deals really go.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::facts;
use super::report::{ReportQuery, all, query, table, unsplit};
use crate::access::Access;
use crate::analytics::{Allowed, Dimension, FactTable, paths};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::Report;
use crate::pipeline::{Pipeline, Process, Stage, StageKind};
use crate::value::Id;

/// The ways that deals made in the period really went: variants with counts and win rates, what follows what with the wait
/// before it, loops, and how far they keep to the moves that their process allows as it is defined now; which deviations go
/// with more or fewer wins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportPaths(pub ReportQuery);

impl Operation for ReportPaths {
    const NAME: &'static str = "report.paths";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportPaths {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = query(cx, &self.0)?;
        unsplit(&query, "ask for a part by `only`")?;
        let table = table(cx, query.as_of)?;
        let processes = processes(cx)?;
        let allowed = facts::with(cx, |kept| {
            Ok(allowed(&processes, &table, &|stage| kept.names.stage_key(stage)))
        })?;
        Ok(paths(&table, &query, &allowed).report(&table, &query))
    }
}

/// All processes as they are defined now.
pub(super) fn processes(cx: &Cx<'_>) -> Result<Vec<Process>, Error> {
    let mut stages: BTreeMap<Id<Pipeline>, Vec<Stage>> = BTreeMap::new();
    all(cx, |stage: Stage| stages.entry(stage.pipeline).or_default().push(stage))?;
    let mut processes = Vec::new();
    all(cx, |pipeline: Pipeline| {
        let own = stages.remove(&pipeline.id).unwrap_or_default();
        processes.push(Process::of(pipeline, own));
    })?;
    Ok(processes)
}

/// The moves that processes allow, in the codes of a table.
fn allowed<'a>(
    processes: &[Process],
    table: &FactTable,
    key: &dyn Fn(Id<Stage>) -> &'a str,
) -> Allowed {
    let code = |stage: &Stage| table.dictionary(Dimension::Stage).code(key(stage.id));
    let (mut moves, mut wins) = (BTreeSet::new(), BTreeSet::new());
    for process in processes {
        for from in process.stages.iter().filter(|stage| stage.kind == StageKind::Open) {
            let Some(here) = code(from) else { continue };
            for to in process.targets(from) {
                match to.kind {
                    StageKind::Won => drop(wins.insert(here)),
                    StageKind::Open => moves.extend(code(to).map(|there| (here, there))),
                    StageKind::Lost => {}
                }
            }
        }
    }
    Allowed { moves, wins }
}
