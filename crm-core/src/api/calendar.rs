//! Operations on working calendars.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::record::{Kind, Val};
use crate::settings::{Calendar, DefineCalendar, define_calendar};

impl Operation for DefineCalendar {
    const NAME: &'static str = "calendar.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Calendar>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Calendar>, Error> {
        let id = match calendar(cx, &self.code)? {
            Some(defined) => defined.id,
            None => cx.new_id(),
        };
        cx.amend(&define_calendar(id, self)?)
    }
}

/// A working calendar by its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetCalendar {
    /// Its code.
    pub code: String,
}

impl Operation for GetCalendar {
    const NAME: &'static str = "calendar.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Calendar>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Calendar>, Error> {
        let found = calendar(cx, &self.code)?;
        let missing = || Error::NotFound { kind: Kind::Calendar, id: self.code.clone() };
        cx.seen(found.ok_or_else(missing)?.id)
    }
}

fn calendar(cx: &mut Cx<'_>, code: &str) -> Result<Option<Calendar>, Error> {
    cx.unique(Calendar::BY_CODE, &[Val::from(code)])
}
