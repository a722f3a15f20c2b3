//! The state machines, as tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::approval::Approvals;
use crate::contract::Contracts;
use crate::engine::{Cx, Error, Operation};
use crate::machine::{Cell, Table, table};
use crate::need::Needs;
use crate::opportunity::Deals;
use crate::order::OrderMachine;
use crate::payment::Payments;
use crate::pipeline::Changes;
use crate::promise::Promises;
use crate::pursuit::Milestones;
use crate::quote::Quotes;
use crate::service::{Feedbacks, Issues, Services};

/// Every state machine: each state with each step.
pub const MACHINES: &[fn() -> Table] = &[
    table::<Approvals>,
    table::<Changes>,
    table::<Contracts>,
    table::<Deals>,
    table::<Feedbacks>,
    table::<Issues>,
    table::<Milestones>,
    table::<Needs>,
    table::<Promises>,
    table::<OrderMachine>,
    table::<Payments>,
    table::<Quotes>,
    table::<Services>,
];

/// The tables of all state machines, by name.
pub fn machines() -> Vec<Table> {
    let mut tables: Vec<Table> = MACHINES.iter().map(|table| table()).collect();
    tables.sort_by(|a, b| a.machine.cmp(&b.machine));
    tables
}

/// Every state machine as Markdown: a state a column, a step a row; `→` where it leads, else the rule that refuses it.
pub fn states_manual() -> String {
    let mut out = String::from(
        "# State machines\n\nEvery state with every step: `→ state` where it leads, else the rule that refuses it. \
         Generated from the functions\nthat the decisions ask; `crm states` prints the same.\n",
    );
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    for Table { machine, states, steps } in machines() {
        out.push_str(&format!("\n## {machine}\n\n"));
        let head = core::iter::once("step".to_owned()).chain(states.iter().cloned());
        out.push_str(&line(head.collect()));
        out.push_str(&line(vec!["---".to_owned(); states.len().saturating_add(1)]));
        for row in steps {
            let cell = |cell: &Cell| match cell {
                Cell::To(state) => format!("→ {state}"),
                Cell::Refused(rule) => format!("`{rule}`"),
            };
            out.push_str(&line(
                core::iter::once(row.step).chain(row.cells.iter().map(cell)).collect(),
            ));
        }
    }
    out
}

/// The state machines of documents, each state with each step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMachines {}

/// The state machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Machines {
    /// The tables, by name.
    pub machines: Vec<Table>,
}

impl Operation for ListMachines {
    const NAME: &'static str = "schema.machines";
    const ACCESS: Access = Access::Read;
    type Response = Machines;

    fn run(&self, _: &mut Cx<'_>) -> Result<Machines, Error> {
        Ok(Machines { machines: machines() })
    }
}
