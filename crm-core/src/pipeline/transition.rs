//! Which stage a deal may go to from which.

use super::{Process, Stage, StageKind};
use crate::codes;

codes! {
    /// What a move did.
    pub enum MoveKind {
        /// The deal was created.
        Create = "create",
        /// It went to the next stage.
        Forward = "forward",
        /// It went to a later stage and left out some between.
        Skip = "skip",
        /// It went back to an earlier stage.
        Back = "back",
        /// It was won.
        Won = "won",
        /// It was lost.
        Lost = "lost",
        /// It was opened again after it was closed.
        Reopen = "reopen",
        /// It changed its pipeline, or its pipeline changed its stages.
        Pipeline = "pipeline",
    }
}

impl Process {
    /// Where the definition leads from `from`, in the order of the process: the stages that it lists; without a list every
    /// later open stage and the won end, or only the nearest of them where the pipeline does not allow skipping.
    pub fn onward(&self, from: &Stage) -> Vec<&Stage> {
        let later = |stage: &&Stage| match stage.kind {
            StageKind::Open => stage.position > from.position,
            StageKind::Won => true,
            StageKind::Lost => false,
        };
        let nearest = self.open().find(later).or_else(|| self.end(StageKind::Won));
        let onward = |stage: &&Stage| match &from.next {
            Some(next) => next.0.contains(&stage.code),
            None if self.pipeline.allow_skip => later(stage),
            None => nearest.is_some_and(|nearest| nearest.id == stage.id),
        };
        self.active().filter(|stage| stage.id != from.id).filter(onward).collect()
    }

    /// Where a deal that stands in `from` may go, in the order of the process. Rule PIPE-3 (F062).
    ///
    /// Where the definition leads; beside it earlier open stages, where the pipeline allows going back. And a deal can be
    /// lost from anywhere: the customer decides that.
    pub fn targets(&self, from: &Stage) -> Vec<&Stage> {
        let onward = self.onward(from);
        let allowed = |stage: &&Stage| match stage.kind {
            StageKind::Lost => true,
            StageKind::Open if self.pipeline.allow_back && stage.position < from.position => true,
            StageKind::Open | StageKind::Won => onward.iter().any(|next| next.id == stage.id),
        };
        self.active().filter(allowed).collect()
    }

    /// What going from `from` to `to` is.
    pub fn kind_of(&self, from: &Stage, to: &Stage) -> MoveKind {
        match to.kind {
            StageKind::Won => MoveKind::Won,
            StageKind::Lost => MoveKind::Lost,
            StageKind::Open if to.position < from.position => MoveKind::Back,
            StageKind::Open => {
                let between =
                    |stage: &Stage| stage.position > from.position && stage.position < to.position;
                if self.open().any(between) { MoveKind::Skip } else { MoveKind::Forward }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lint::tests::process;
    use super::*;

    #[test]
    fn a_deal_may_go_from_stage_to_stage() {
        let free = process("a b c won lost", "");
        let strict = process("a b c won lost", "no_skip no_back");
        let forward_only = process("a b c won lost", "no_back");
        let listed = process("a:c b c:b,won won lost", "no_back");
        let table = [
            ("skips and comes back", &free, "a", "b c won lost"),
            ("skips and comes back", &free, "b", "a c won lost"),
            ("skips and comes back", &free, "c", "a b won lost"),
            ("takes one step at a time", &strict, "a", "b lost"),
            ("wins from the last stage", &strict, "c", "won lost"),
            ("never comes back", &forward_only, "b", "c won lost"),
            ("goes where its stage says", &listed, "a", "c lost"),
            ("goes where its stage says", &listed, "c", "b won lost"),
        ];
        for (rule, process, from, expected) in table {
            let targets = process.targets(process.coded(from).unwrap());
            let codes = Process::codes(targets.into_iter()).join(" ");
            assert_eq!(codes, expected, "from {from}, a deal {rule}");
        }
    }

    #[test]
    fn a_move_is_named_after_its_direction() {
        let process = process("a b c won lost", "");
        let stage = |code| process.coded(code).unwrap();
        let table = [
            ("a", "b", MoveKind::Forward),
            ("a", "c", MoveKind::Skip),
            ("c", "a", MoveKind::Back),
            ("a", "won", MoveKind::Won),
            ("c", "lost", MoveKind::Lost),
        ];
        for (from, to, expected) in table {
            assert_eq!(process.kind_of(stage(from), stage(to)), expected, "{from} to {to}");
        }
    }
}
