//! Operations on working calendars.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::record::{Kind, Val};
use crate::settings::{Calendar, DefineCalendar, Settings, define_calendar};
use crate::value::{Code, Id, Invalid, WorkCalendar};

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

impl Cx<'_> {
    /// The calendar of that code; else Monday to Friday, 09:00 to 18:00 in the tenant's zone, in China with its holidays.
    pub(crate) fn work_calendar(
        &mut self,
        code: Option<&Code>,
    ) -> Result<Arc<WorkCalendar>, Error> {
        let id = Id::<Calendar>::derived(code.map(|code| code.as_str().as_bytes()));
        self.once("calendar", id.uuid(), |cx| {
            if let Some(code) = code
                && let Some(named) = calendar(cx, code.as_str())?
            {
                return Ok(named.hours);
            }
            Ok(cx.get(Settings::ID)?.usual_calendar())
        })
    }

    /// Refuses the code of a calendar that nobody defined.
    pub(crate) fn known_calendar(&mut self, path: &str, code: Option<&Code>) -> Result<(), Error> {
        let Some(code) = code else { return Ok(()) };
        if calendar(self, code.as_str())?.is_some() {
            return Ok(());
        }
        let invalid = Invalid::new("calendar.unknown", code.as_str());
        Err(Error::invalid(path, invalid.limit("the code of a calendar")))
    }
}
