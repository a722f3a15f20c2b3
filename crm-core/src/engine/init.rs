//! What a tenant begins with.

use super::{Cx, Error};
use crate::access::Role;
use crate::settings::{OWNER_LOGIN, Settings, User};
use crate::value::{Code, Currency, Invalid, Name};

/// Where the ids of a tenant's first commit come from: the same in every process, so that it is made once.
pub(super) const ENTROPY: &[u8; 32] = b"crm: what every tenant begins w/";

/// Gives a tenant its first settings: zone Asia/Shanghai, currency CNY, locale zh-CN, and the user `owner`.
pub(super) fn init(cx: &mut Cx<'_>) -> Result<(), Error> {
    let wrong = |e: Invalid| Error::Internal(e.to_string());
    cx.put(&Settings {
        id: Settings::ID,
        zone: "Asia/Shanghai".to_owned(),
        base_currency: Currency::parse("CNY").map_err(wrong)?,
        locale: "zh-CN".to_owned(),
        quiet_calendar: None,
        contact_window_days: None,
        undo_days: None,
        contract_before_delivery: None,
        forms: None,
        masks: None,
        ext: Default::default(),
    })?;
    cx.put(&User {
        id: User::OWNER,
        login: Code::parse(OWNER_LOGIN).map_err(wrong)?,
        name: Name::parse(OWNER_LOGIN).map_err(wrong)?,
        role: Role::Owner,
        team: None,
        manager: None,
        active: true,
        skills: None,
        capacity: None,
        calendar: None,
        ext: Default::default(),
    })
}
