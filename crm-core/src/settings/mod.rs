//! A tenant: its zone, currency and language, who acts in it, its vocabularies and working calendars.

mod calendar;
mod form;
mod series;
mod tenant;
mod term;
mod user;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use calendar::{Calendar, DefineCalendar, define_calendar};
pub use form::{DefineForm, Form, FormOf, Forms, define_form, keeps_to};
pub use series::{
    DefineSeries, DocumentNumber, DocumentSeries, Given, Numbered, NumberedBy, define_series,
    next_number,
};
pub use tenant::{SettingsWish, amend_settings};
pub use term::{DefineTerm, Term, define_term, retire_term, usable};
pub use user::{CreateTeam, CreateUser, create_team, create_user, keep_an_owner};

use crate::access::{Masks, Role};
use crate::json_column;
use crate::record;
use crate::record::FieldId;
use crate::value::{Code, Currency, Id, Name};

/// The login of the user that every tenant begins with.
pub const OWNER_LOGIN: &str = "owner";

record! {
    /// A tenant's zone, base currency and locale. There is one.
    pub struct Settings: Settings {
        /// The zone in which days and months are told apart, such as `Asia/Shanghai`.
        1 zone: String;
        /// The currency in which figures are summed.
        2 base_currency: Currency;
        /// The language of what is shown where nobody asked for another, such as `zh-CN`.
        3 locale: String;
        /// For how many days a conversion, a merge or an import can be undone; 30 where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        60 undo_days: Option<u32>;
        /// The code of the calendar outside whose working time nobody is told anything; of whoever has one of their own, that
        /// one. Without it everybody is told at any hour.
        75 quiet_calendar: Option<Code>;
        /// Within how many days two of us who turn to the same customer are told of each other; 7 where nothing is said,
        /// 0 for never.
        80 contact_window_days: Option<u32>;
        /// Whether nothing is delivered before the contract is signed by both; it may be where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        200 contract_before_delivery: Option<bool>;
        /// The forms of kinds of customers, and of what is done with them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        240 forms: Option<Forms>;
        /// What roles do not see of how people are reached; all see everything where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        290 masks: Option<Masks>;
    }
    listings {}
}

impl Settings {
    /// The field of the masks.
    pub(crate) const MASKS: FieldId = FieldId(290);
    /// The id of the one record.
    pub const ID: Id<Self> = Id::new(Uuid::from_u128(0x7000_8000_0000_0000_0001));
}

/// What a user knows: codes, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Skills(pub Vec<Code>);

json_column! { Skills }

record! {
    /// A person or a service that acts: a sales representative, a manager, an integration.
    pub struct User: User {
        /// What the host calls them.
        1 login: Code;
        /// Their name.
        2 name: Name;
        /// What they may do.
        3 role: Role;
        /// Their team.
        4 team: Option<Id<Team>>;
        /// To whom they report.
        5 manager: Option<Id<User>>;
        /// Whether they may act, and may be given work.
        6 active: bool;
        /// What they know, as codes that assignment rules ask for.
        70 skills: Option<Skills>;
        /// How much open work they may have before assignment rules pass them over; no limit where nothing is said.
        71 capacity: Option<u32>;
        /// The code of the working calendar in whose hours they get leads; at any hour where nothing is said.
        72 calendar: Option<Code>;
    }
    listings {
        1 unique "by_login" ["login"];
        2 "by_team" ["team"];
    }
}

impl User {
    /// The listing by login.
    pub const BY_LOGIN: u16 = 1;
    /// The listing by team.
    pub const BY_TEAM: u16 = 2;
    /// The user that every tenant begins with.
    pub const OWNER: Id<Self> = Id::new(Uuid::from_u128(0x7000_8000_0000_0000_0002));
}

record! {
    /// A group of users, usually of a region.
    pub struct Team: Team {
        /// Its name.
        1 name: Name;
        /// The region it sells in.
        2 region: Option<Name>;
    }
    listings {
        1 unique "by_name" ["name"];
    }
}

impl Team {
    /// The listing by name.
    pub const BY_NAME: u16 = 1;
}
