//! Operations on a tenant's settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::engine::{Cx, Edits, Error, Operation, amended};
use crate::settings::{Settings, amend_settings};

/// The tenant's zone, base currency and locale.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GetSettings {}

impl Operation for GetSettings {
    const NAME: &'static str = "settings.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Settings>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Settings>, Error> {
        cx.seen(Settings::ID)
    }
}

/// Changes the tenant's settings. Each edit says what it replaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendSettings {
    /// What shall change.
    pub set: Edits,
}

impl Operation for AmendSettings {
    const NAME: &'static str = "settings.amend";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Settings>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Settings>, Error> {
        let before = cx.get(Settings::ID)?;
        let wish = amended(&before.wish(), &self.set)?;
        let after = amend_settings(&before, &wish)?;
        cx.known_calendar("set.quiet_calendar", after.quiet_calendar.as_ref())?;
        cx.amend(&after)
    }
}
