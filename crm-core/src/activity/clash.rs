//! Nobody is in two places at once.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Activity, ActivityKind, ActivityStatus};
use crate::settings::User;
use crate::value::{Id, Timestamp};

/// Somebody of us who would be, or was, elsewhere at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Clash {
    /// Who.
    pub user: Id<User>,
    /// The other visit or meeting.
    pub activity: Id<Activity>,
    /// When it begins.
    pub at: Timestamp,
    /// When it ends, where that is known.
    pub ends_at: Option<Timestamp>,
}

/// How long before an activity another one is looked for that may still go on.
pub const LOOK_BACK: TimeDelta = TimeDelta::hours(24);

/// The visits and meetings of `others`, each with who takes part in it, that overlap `activity` and are not known to be
/// at the same place. Where no end is known, it is over at once; what only touches does not overlap, but for two that
/// begin together. A warning, never a refusal. Rule ACT-18 (F041).
pub fn clashes(activity: &Activity, others: &[(Id<User>, Activity)]) -> Vec<Clash> {
    if !needs_presence(activity) {
        return Vec::new();
    }
    let elsewhere = |other: &Activity| activity.place.is_none() || activity.place != other.place;
    let clash = |(user, other): &(Id<User>, Activity)| {
        let clashes = other.id != activity.id
            && needs_presence(other)
            && overlap(activity, other)
            && elsewhere(other);
        let Activity { id, at, ends_at, .. } = *other;
        clashes.then_some(Clash { user: *user, activity: id, at, ends_at })
    };
    let mut found: Vec<Clash> = others.iter().filter_map(clash).collect();
    found.sort_by_key(|clash| (clash.user, clash.at, clash.activity));
    found.dedup();
    found
}

/// Whether whoever takes part has to be there.
fn needs_presence(activity: &Activity) -> bool {
    matches!(activity.kind, ActivityKind::Visit | ActivityKind::Meeting)
        && activity.status != ActivityStatus::Cancelled
}

fn overlap(one: &Activity, two: &Activity) -> bool {
    let end = |of: &Activity| of.ends_at.unwrap_or(of.at);
    one.at == two.at || (one.at < end(two) && two.at < end(one))
}
