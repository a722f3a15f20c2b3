//! The tasks that a stage sets.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::Dossier;
use crate::pipeline::StageTask;

/// What has to be done in the stage that an open deal stands in: each task with the identity that it has for this deal and
/// stage, so that coming back sets nothing twice. Rule OPP-19 (F065).
pub fn tasks(dossier: &Dossier) -> Vec<(Uuid, &StageTask)> {
    let Ok(stage) = dossier.open_stage() else { return Vec::new() };
    let tasks = stage.tasks.iter().flat_map(|tasks| &tasks.0);
    let identified = tasks.map(|task| {
        let hash = Sha256::new()
            .chain_update(dossier.deal.id.uuid())
            .chain_update(stage.id.uuid())
            .chain_update(task.code.as_str())
            .finalize();
        let mut bits = [0; 16];
        bits.iter_mut().zip(hash).for_each(|(slot, byte)| *slot = byte);
        (Builder::from_custom_bytes(bits).into_uuid(), task)
    });
    identified.collect()
}
