//! Notices on their way to people.

use core::ops::Bound;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Seen, page};
use crate::access::Access;
use crate::activity::{deliver, is_due, snooze};
use crate::engine::{Cx, Error, Operation};
use crate::flow::is_quiet;
use crate::record::{Entity, Val};
use crate::schedule::Notice;
use crate::settings::{Settings, User};
use crate::store::Scan;
use crate::value::{Code, Id, Timestamp};

/// What shall be told by a channel now, the earliest due first, and remembers that it was: each notice comes once by each
/// channel, however late, and to nobody outside the working time of their quiet calendar. The host delivers it in the
/// recipient's zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DueReminders {
    /// By what the host will deliver them: `app`, `email`, `wechat`.
    pub channel: String,
    /// Only those for this user. Those for others need the right to let time pass.
    #[serde(default)]
    pub recipient: Option<Id<User>>,
    /// At most so many: 1 to 1,000; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Also those for users who are left alone now: for a channel that disturbs nobody, such as a list on a screen.
    #[serde(default)]
    pub even_if_quiet: bool,
}

/// What shall be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reminders {
    /// The notices, the earliest due first.
    pub notices: Vec<Seen<Notice>>,
    /// Whether there are more.
    pub more: bool,
}

impl Operation for DueReminders {
    const NAME: &'static str = "reminder.due";
    const ACCESS: Access = Access::Read;
    type Response = Reminders;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Reminders, Error> {
        let channel =
            Code::parse(&self.channel).map_err(|invalid| Error::invalid("channel", invalid))?;
        let limit = usize::try_from(page::limit(self.limit)?).unwrap_or(usize::MAX);
        if self.recipient != Some(cx.actor()?.id) {
            cx.permit(Access::Tick)?;
        }
        let (due, more) = self.waiting(cx, &channel, limit)?;
        let mut notices = Vec::new();
        for id in due {
            // Read again through the unit of work, so that the commit fails where another call was faster.
            if let Some(notice) = cx.find(id)?.filter(|notice| is_due(notice, &channel, cx.now())) {
                notices.push(cx.amend(&deliver(&notice, &channel))?);
            }
        }
        Ok(Reminders { notices, more })
    }
}

impl DueReminders {
    /// The ids of what is due, and whether there is more than `limit`.
    fn waiting(
        &self,
        cx: &mut Cx<'_>,
        channel: &Code,
        limit: usize,
    ) -> Result<(Vec<Id<Notice>>, bool), Error> {
        let now = cx.now();
        let recipient: Vec<Val> = self.recipient.iter().map(|id| Val::Id(id.uuid())).collect();
        let index = if recipient.is_empty() { Notice::BY_DUE } else { Notice::BY_RECIPIENT };
        let mut found = Vec::new();
        let mut quiet = BTreeMap::new();
        let mut after = None;
        loop {
            cx.checkpoint()?;
            let scan = Scan {
                range: (Bound::Unbounded, Bound::Included(Val::Int(now.micros()))),
                after: after.as_ref(),
                ..Scan::of(cx.tenant(), Notice::KIND, index, &recipient)
            };
            let page = cx.page::<Notice>(&scan)?;
            for (_, notice) in page.rows.iter().filter(|(_, notice)| is_due(notice, channel, now)) {
                if self.even_if_quiet || !leave_alone(cx, &mut quiet, notice.recipient)? {
                    found.push(notice.id);
                }
            }
            after = page.next;
            if after.is_none() || found.len() > limit {
                let more = found.len() > limit;
                found.truncate(limit);
                return Ok((found, more));
            }
        }
    }
}

/// Whether a user is left alone now; asked once for each.
fn leave_alone(
    cx: &mut Cx<'_>,
    known: &mut BTreeMap<Id<User>, bool>,
    user: Id<User>,
) -> Result<bool, Error> {
    if let Some(quiet) = known.get(&user) {
        return Ok(*quiet);
    }
    let code = match cx.get(Settings::ID)?.quiet_calendar {
        Some(usual) => Some(cx.find(user)?.and_then(|user| user.calendar).unwrap_or(usual)),
        None => None,
    };
    let calendar = code.map(|code| cx.work_calendar(Some(&code))).transpose()?;
    let quiet = is_quiet(calendar.as_deref(), cx.now());
    known.insert(user, quiet);
    Ok(quiet)
}

/// Puts a notice off: it comes again at that time, by every channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeReminder {
    /// Which.
    pub id: Id<Notice>,
    /// Until when.
    pub until: Timestamp,
}

impl Operation for SnoozeReminder {
    const NAME: &'static str = "reminder.snooze";
    const ACCESS: Access = Access::Read;
    type Response = Seen<Notice>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Notice>, Error> {
        let notice = cx.get(self.id)?;
        if notice.recipient != cx.actor()?.id {
            cx.permit(Access::Tick)?;
        }
        cx.amend(&snooze(&notice, self.until, cx.now())?)
    }
}
