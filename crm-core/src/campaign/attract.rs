//! What a campaign drew, in whole and segment by segment.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CampaignMember;
use crate::value::Rate;

/// How many members came how far. Each step counts those to whom it happened, whatever else did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// On the list.
    pub members: u32,
    /// Invited.
    pub invited: u32,
    /// Registered.
    pub registered: u32,
    /// Came.
    pub attended: u32,
    /// Answered.
    pub responded: u32,
}

impl Counts {
    fn add(&mut self, member: &CampaignMember) {
        let step = |count: &mut u32, happened: bool| {
            *count = count.saturating_add(u32::from(happened));
        };
        step(&mut self.members, true);
        step(&mut self.invited, member.invited_on.is_some());
        step(&mut self.registered, member.registered_on.is_some());
        step(&mut self.attended, member.attended_on.is_some());
        step(&mut self.responded, member.responded_on.is_some());
    }

    /// Those who came, of all members.
    pub fn attendance(&self) -> Rate {
        Rate::new(self.attended.into(), self.members.into()).unwrap_or(Rate::NO_DATA)
    }

    /// Those who answered, of all members.
    pub fn response(&self) -> Rate {
        Rate::new(self.responded.into(), self.members.into()).unwrap_or(Rate::NO_DATA)
    }
}

/// What is known of a member, by which they are told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Where they came from: a code of the vocabulary `source`.
    pub source: Option<String>,
    /// Their region.
    pub region: Option<String>,
    /// `business` or `personal`; nothing of a lead.
    pub customer_type: Option<String>,
}

/// The members that have one trait in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// `source`, `region` or `customer_type`.
    pub by: &'static str,
    /// Its value; nothing for those of whom it is not known.
    pub value: Option<String>,
    /// How far they came.
    pub counts: Counts,
}

/// How far all members came, then those of each segment: by source, by region, by customer type, each in the order of
/// its values, the unknown first. The segments of one trait add up to the whole. Rule CAM-4 (F121).
pub fn attraction(members: &[(CampaignMember, Traits)]) -> (Counts, Vec<Segment>) {
    let mut whole = Counts::default();
    let mut parts: BTreeMap<(usize, Option<&str>), Counts> = BTreeMap::new();
    for (member, traits) in members {
        whole.add(member);
        let values = [&traits.source, &traits.region, &traits.customer_type];
        for (by, value) in values.into_iter().enumerate() {
            parts.entry((by, value.as_deref())).or_default().add(member);
        }
    }
    let names = ["source", "region", "customer_type"];
    let segments = parts.into_iter().filter_map(|((by, value), counts)| {
        Some(Segment { by: names.get(by)?, value: value.map(ToOwned::to_owned), counts })
    });
    (whole, segments.collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::MemberKind;
    use super::*;
    use crate::value::{Id, Timestamp};

    #[test]
    fn the_segments_of_a_trait_add_up_to_the_whole() {
        let day = "2026-04-15".parse().ok();
        let at = Timestamp::from_micros(0).unwrap();
        let who = (MemberKind::Lead, Uuid::nil());
        let listed = CampaignMember::listed(Id::new(Uuid::nil()), Id::new(Uuid::nil()), who, at);
        let member = |attended: bool, responded: bool| CampaignMember {
            attended_on: day.filter(|_| attended),
            responded_on: day.filter(|_| responded),
            ..listed.clone()
        };
        let of = |source: Option<&str>| Traits {
            source: source.map(ToOwned::to_owned),
            ..Default::default()
        };
        let members = [
            (member(true, true), of(Some("web"))),
            (member(true, false), of(Some("fair"))),
            (member(false, false), of(Some("web"))),
            (member(false, true), of(None)),
        ];
        let (whole, segments) = attraction(&members);
        assert_eq!((whole.members, whole.attended, whole.responded), (4, 2, 2));
        assert_eq!(whole.attendance(), Rate::new(2, 4).unwrap());
        assert_eq!(Counts::default().response(), Rate::NO_DATA, "nobody is no data");
        let by_source: Vec<_> = segments
            .iter()
            .filter(|segment| segment.by == "source")
            .map(|s| (s.value.as_deref(), s.counts.members, s.counts.responded))
            .collect();
        assert_eq!(by_source, [(None, 1, 1), (Some("fair"), 1, 0), (Some("web"), 2, 1)]);
        for by in ["source", "region", "customer_type"] {
            let parts = segments.iter().filter(|segment| segment.by == by);
            let sum: u32 = parts.map(|segment| segment.counts.members).sum();
            assert_eq!(sum, whole.members, "{by}");
        }
    }
}
