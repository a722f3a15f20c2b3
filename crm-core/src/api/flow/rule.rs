//! Operations on rules of flow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::api::page::Wanted;
use crate::api::{Listed, Seen};
use crate::engine::{Cx, Error, Operation};
use crate::flow::{DefineFlowRule, FlowRule, Recipient, define_rule};
use crate::settings::User;
use crate::value::Invalid;

/// Defines a rule of flow. The clocks of all leads follow it with the next ticks.
impl Operation for DefineFlowRule {
    const NAME: &'static str = "flow_rule.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<FlowRule>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<FlowRule>, Error> {
        let others = cx.list::<FlowRule>(FlowRule::BY_CODE, &[])?;
        let before = others.iter().find(|rule| rule.code.as_str() == self.code);
        let id = before.map_or_else(|| cx.new_id(), |before| before.id);
        let pool = match &self.terms.pool {
            Some(code) => Some(cx.pool_called(code.as_str())?.ok_or_else(|| {
                Error::invalid("terms.pool", Invalid::new("pool.unknown", code.as_str()))
            })?),
            None => None,
        };
        let rule = define_rule(id, self, pool.as_ref(), &others)?;
        cx.known_calendar("terms.calendar", rule.terms.calendar.as_ref())?;
        for recipient in &rule.terms.tell {
            if let Recipient::User(user) = recipient {
                cx.known::<User>("terms.tell", *user)?;
            }
        }
        cx.amend(&rule)
    }
}

/// The rules of flow, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListFlowRules {
    /// Also those that do not apply.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListFlowRules {
    const NAME: &'static str = "flow_rule.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<FlowRule>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<FlowRule>, Error> {
        let wanted = Wanted::of(FlowRule::BY_CODE, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |rule: &FlowRule| self.inactive || rule.active)
    }
}
