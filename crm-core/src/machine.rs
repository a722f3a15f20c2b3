//! State machines: which step a document may take in which state, as one function that is also its table.
//!
//! A decision asks [`step`] and so cannot know more, or less, than the table says. `docs/states.md` and the operation
//! `schema.machines` are made from the same function by trying every state with every step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::Violation;
use crate::record::ClosedSet;
use crate::value::Invalid;

/// The states of a kind of document, and what each step makes of each of them.
pub trait Machine {
    /// What the documents are called.
    const NAME: &'static str;
    /// How far one may have come.
    type State: ClosedSet;
    /// What may be done with one.
    type Step: ClosedSet;

    /// The state after the step.
    ///
    /// # Errors
    ///
    /// The code of the rule that forbids the step in this state.
    fn next(state: Self::State, step: Self::Step) -> Result<Self::State, &'static str>;
}

/// The state after a step; a violation names the rule, the state, and the steps that the state allows.
///
/// # Errors
///
/// The rule's code as [`Machine::next`] gives it, at no path; its value is the state's code.
pub fn step<M: Machine>(state: M::State, step: M::Step) -> Result<M::State, Violation> {
    M::next(state, step).map_err(|rule| {
        let open = M::Step::ALL.iter().filter(|&&step| M::next(state, step).is_ok());
        let allowed = open.map(|step| step.code());
        Violation::at("", Invalid::new(rule, state.code()).allowed(allowed))
    })
}

/// Every state of a kind of document with every step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// What the documents are called.
    pub machine: String,
    /// The states.
    pub states: Vec<String>,
    /// The steps, each with what it does in each of the states, in their order.
    pub steps: Vec<Row>,
}

/// One step in every state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The step.
    pub step: String,
    /// What it does in each state.
    pub cells: Vec<Cell>,
}

/// What a step does in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// It leads to this state.
    To(String),
    /// It is refused by the rule of this code.
    Refused(String),
}

/// The table of a machine.
pub fn table<M: Machine>() -> Table {
    let cell = |state: M::State, step: M::Step| match M::next(state, step) {
        Ok(next) => Cell::To(next.code().to_owned()),
        Err(rule) => Cell::Refused(rule.to_owned()),
    };
    let row = |&step: &M::Step| Row {
        step: step.code().to_owned(),
        cells: M::State::ALL.iter().map(|&state| cell(state, step)).collect(),
    };
    Table {
        machine: M::NAME.to_owned(),
        states: M::State::ALL.iter().map(|state| state.code().to_owned()).collect(),
        steps: M::Step::ALL.iter().map(row).collect(),
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "codes! writes what documents outside need")]
mod tests {
    use super::{Cell, Machine, step, table};
    use crate::codes;

    codes! {
        /// A door.
        pub enum Door {
            /// Open.
            Open = "open",
            /// Shut.
            Shut = "shut",
        }
    }

    codes! {
        /// What is done with a door.
        pub enum Push {
            /// It is opened.
            Open = "open",
            /// It is shut.
            Shut = "shut",
        }
    }

    struct Doors;

    impl Machine for Doors {
        const NAME: &'static str = "door";
        type State = Door;
        type Step = Push;

        fn next(state: Door, step: Push) -> Result<Door, &'static str> {
            match (state, step) {
                (Door::Shut, Push::Open) => Ok(Door::Open),
                (Door::Open, Push::Shut) => Ok(Door::Shut),
                (Door::Open, Push::Open) => Err("door.open_already"),
                (Door::Shut, Push::Shut) => Err("door.shut_already"),
            }
        }
    }

    #[test]
    fn the_table_is_every_state_with_every_step() {
        let table = table::<Doors>();
        assert_eq!(table.states, ["open", "shut"]);
        let cells: Vec<&Cell> = table.steps.iter().flat_map(|row| &row.cells).collect();
        let (to, no) = (|s: &str| Cell::To(s.to_owned()), |s: &str| Cell::Refused(s.to_owned()));
        let wanted = [no("door.open_already"), to("open"), to("shut"), no("door.shut_already")];
        assert_eq!(cells, wanted.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_refusal_names_the_rule_the_state_and_what_is_allowed() {
        let refused = step::<Doors>(Door::Open, Push::Open).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.value.as_str()), ("door.open_already", "open"));
        assert_eq!(refused.allowed, ["shut"]);
        assert_eq!(step::<Doors>(Door::Open, Push::Shut), Ok(Door::Shut));
    }
}
