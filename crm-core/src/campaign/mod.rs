//! What is done to be noticed: ads, promotions, fairs, seminars; who took part, and what it drew.
//!
//! A member of a campaign is a lead, a contact or a customer, once. How far a member came is not stored: the days on
//! which they were invited, registered, attended and responded say it.

mod attract;
mod define;
mod member;
mod mouth;
mod spend;

use chrono::NaiveDate;
use uuid::Uuid;

pub use attract::{Counts, Segment, Traits, attraction};
pub use define::{CreateCampaign, create};
pub use member::{MemberDays, MemberWish, mark};
pub use mouth::{AddReferral, AddReview, Referral, Review, refer, review};
pub use spend::{AdSpend, AddSpend, add_spend};

use crate::settings::User;
use crate::value::{Id, Money, Name, Note, Timestamp};
use crate::{codes, record};

codes! {
    /// What a campaign is.
    pub enum CampaignType {
        /// Advertising (广告投放).
        Ad = "ad",
        /// A promotion (促销活动).
        Promotion = "promotion",
        /// A trade fair (展会).
        Fair = "fair",
        /// A seminar or conference (研讨会).
        Seminar = "seminar",
        /// A webinar, livestream or other event on the net (线上活动).
        Online = "online",
        /// Letters or e-mails.
        Mail = "mail",
        /// Calls.
        Phone = "phone",
        /// Anything else.
        Other = "other",
    }
}

codes! {
    /// How far a campaign is.
    pub enum CampaignStatus {
        /// It shall be.
        Planned = "planned",
        /// It goes on.
        Running = "running",
        /// It is over.
        Completed = "completed",
        /// It was called off.
        Cancelled = "cancelled",
    }
}

codes! {
    /// What a member of a campaign is.
    pub enum MemberKind {
        /// A lead.
        Lead = "lead",
        /// A person at a customer.
        Contact = "contact",
        /// A customer.
        Customer = "customer",
    }
}

codes! {
    /// How far a member came: the furthest of what happened.
    pub enum MemberStatus {
        /// They are on the list.
        Listed = "listed",
        /// They were invited.
        Invited = "invited",
        /// They registered.
        Registered = "registered",
        /// They came.
        Attended = "attended",
        /// They answered: asked, bought, left their card.
        Responded = "responded",
    }
}

record! {
    /// Something that is done to be noticed, with its time, its budget and what it cost.
    pub struct Campaign: Campaign {
        /// What it is called.
        1 name: Name;
        /// What it is.
        2 campaign_type: CampaignType;
        /// How far it is.
        3 status: CampaignStatus;
        /// Its first day.
        4 starts_on: Option<NaiveDate>;
        /// Its last day.
        5 ends_on: Option<NaiveDate>;
        /// What it may cost.
        6 budget: Option<Money>;
        /// What it cost.
        8 actual_cost: Option<Money>;
        /// Who looks after it.
        10 owner: Id<User>;
        /// What it is for.
        11 goal: Option<Note>;
        /// When it was made.
        12 created_at: Timestamp;
    }
    listings {
        1 "by_name" ["name"];
        2 "by_created" ["created_at"];
        3 "by_owner" ["owner", "created_at"];
    }
}

impl Campaign {
    /// The listing by name.
    pub const BY_NAME: u16 = 1;
    /// The listing by age.
    pub const BY_CREATED: u16 = 2;
    /// The listing by owner, then age.
    pub const BY_OWNER: u16 = 3;
}

record! {
    /// One lead, contact or customer in one campaign, and on which days what happened.
    pub struct CampaignMember: CampaignMember {
        /// In which campaign.
        1 campaign: Id<Campaign>;
        /// Who: the kind of record.
        2 member_kind: MemberKind;
        /// Who: the record.
        3 member: Uuid;
        /// When they were invited.
        4 invited_on: Option<NaiveDate>;
        /// When they registered.
        5 registered_on: Option<NaiveDate>;
        /// When they came.
        6 attended_on: Option<NaiveDate>;
        /// When they answered.
        7 responded_on: Option<NaiveDate>;
        /// When they were put on the list.
        8 added_at: Timestamp;
    }
    listings {
        1 "by_campaign" ["campaign", "added_at"];
        2 "by_member" ["member"];
        3 unique "by_both" ["campaign", "member"];
    }
}

impl CampaignMember {
    /// The listing by campaign, then age.
    pub const BY_CAMPAIGN: u16 = 1;
    /// The listing by who they are.
    pub const BY_MEMBER: u16 = 2;

    /// The listing by campaign and who they are, each once.
    pub const BY_BOTH: u16 = 3;

    /// The id of a member of a campaign where nobody chose another: derived from both, so that the same one put on the
    /// list twice is there once. Rule CAM-3 (F121).
    pub fn id_of(campaign: Id<Campaign>, kind: MemberKind, member: Uuid) -> Id<Self> {
        let (campaign, kind) = (campaign.uuid(), kind.code());
        Id::derived([campaign.as_bytes().as_slice(), kind.as_bytes(), member.as_bytes()])
    }

    /// How far they came.
    pub const fn status(&self) -> MemberStatus {
        match (self.responded_on, self.attended_on, self.registered_on, self.invited_on) {
            (Some(_), _, _, _) => MemberStatus::Responded,
            (None, Some(_), _, _) => MemberStatus::Attended,
            (None, None, Some(_), _) => MemberStatus::Registered,
            (None, None, None, Some(_)) => MemberStatus::Invited,
            (None, None, None, None) => MemberStatus::Listed,
        }
    }
}
