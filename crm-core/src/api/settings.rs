//! Operations on a tenant's settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::{Access, SetMasks, set_masks};
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

/// Says what a role does not see of how people are reached: telephone numbers, e-mail addresses, accounts of social
/// networks, addresses, numbers of identity cards. From then on it sees a masked form in every answer and every refusal of
/// every operation, through every door, and finds nobody by what it does not see.
impl Operation for SetMasks {
    const NAME: &'static str = "settings.set_masks";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Settings>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Settings>, Error> {
        let before = cx.get(Settings::ID)?;
        let masks = set_masks(&before.masks.clone().unwrap_or_default(), self)?;
        let masks = Some(masks).filter(|masks| !masks.0.is_empty());
        cx.amend(&Settings { masks, ..before })
    }
}
