//! What to do in a stage, and what that said before.

use super::Stage;
use crate::record;
use crate::settings::User;
use crate::value::{Id, Note, Timestamp};

record! {
    /// One version of the guide of a stage. Written once; a stage without a guide from some day on has an empty one.
    pub struct StageGuide: StageGuide, append_only {
        /// Of which stage.
        1 stage: Id<Stage>;
        /// 1, 2, 3….
        2 ordinal: u32;
        /// What to do in it; nothing from where on it says nothing.
        3 text: Option<Note>;
        /// Who wrote it.
        4 author: Id<User>;
        /// Since when.
        5 at: Timestamp;
    }
    listings {
        1 unique "by_stage" ["stage", "ordinal"];
    }
}

impl StageGuide {
    /// The listing by stage, in order.
    pub const BY_STAGE: u16 = 1;
}

/// The next version of a stage's guide; nothing where it says what the last one says. Rule DP-24 (F065): what a guide said
/// before stays to be read.
pub fn guided(
    id: Id<StageGuide>,
    stage: &Stage,
    last: Option<&StageGuide>,
    (author, at): (Id<User>, Timestamp),
) -> Option<StageGuide> {
    if last.and_then(|last| last.text.as_ref()) == stage.guide.as_ref() {
        return None;
    }
    Some(StageGuide {
        id,
        stage: stage.id,
        ordinal: last.map_or(1, |last| last.ordinal.saturating_add(1)),
        text: stage.guide.clone(),
        author,
        at,
        ext: Default::default(),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::lint::tests::process;
    use super::*;

    #[test]
    fn a_guide_that_changes_has_a_new_version() {
        let stage = process("a won lost", "").stages.remove(0);
        let says = |text: &str| Stage { guide: Note::parse(text).ok(), ..stage.clone() };
        let id = Id::new(Uuid::from_u128(1));
        let by = (User::OWNER, Timestamp::from_micros(1).unwrap());
        let next = |stage: &Stage, last: Option<&StageGuide>| guided(id, stage, last, by);
        assert_eq!(next(&stage, None), None, "a stage without a guide has no version of it");
        let first = next(&says("Ask for the budget"), None).unwrap();
        assert_eq!(next(&says("Ask for the budget"), Some(&first)), None, "the same is no version");
        let second = next(&says("Ask who decides"), Some(&first)).unwrap();
        let third = next(&stage, Some(&second)).unwrap();
        assert_eq!([first.ordinal, second.ordinal, third.ordinal], [1, 2, 3]);
        assert_eq!(third.text, None, "a guide that goes leaves a version that says so");
    }
}
