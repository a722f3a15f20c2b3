//! The tasks that a stage sets.

use super::Dossier;
use crate::pipeline::StageTask;
use crate::value::Id;

/// What has to be done in the stage that an open deal stands in: each task with the identity that it has for this deal and
/// stage, so that coming back sets nothing twice. Rule OPP-19 (F065).
pub fn tasks<T>(dossier: &Dossier) -> Vec<(Id<T>, &StageTask)> {
    let Ok(stage) = dossier.open_stage() else { return Vec::new() };
    let tasks = stage.tasks.iter().flat_map(|tasks| &tasks.0);
    let place = (dossier.deal.id.uuid(), stage.id.uuid());
    let identified = tasks.map(|task| {
        let parts =
            [place.0.as_bytes().as_slice(), place.1.as_bytes(), task.code.as_str().as_bytes()];
        (Id::derived(parts), task)
    });
    identified.collect()
}
