//! How a tenant runs its orders: who is told of what, and when. What orders are called is said by their series.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ExceptionKind;
use crate::access::Role;
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Id, Invalid};
use crate::{json_column, record};

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Told {
    /// Who sold it.
    Owner,
    /// The manager of who sold it.
    Manager,
    /// Every active user of a role.
    Role(Role),
}

/// Who is told of one kind of exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Of what.
    pub of: ExceptionKind,
    /// Who; each once, however often they are meant.
    pub to: Vec<Told>,
}

/// Who is told of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Alerts(pub Vec<Alert>);

json_column! { Alerts }

record! {
    /// How a tenant runs its orders.
    pub struct OrderPolicy: OrderPolicy {
        /// How many days before the day of delivery who sold it is reminded; 0 for never.
        3 remind_days: u32;
        /// Who is told of what has to be seen to.
        4 alerts: Alerts;
        /// Whether an order that is delivered is completed by that.
        5 complete_on_delivery: bool;
    }
    listings {}
}

impl OrderPolicy {
    /// Its one record.
    pub const ID: Id<Self> = Id::new(Uuid::from_u128(0x0000_0098_0000_7000_8000_0000_0000_0001));

    /// What holds where a tenant says nothing: a reminder three days before the day of delivery; who sold it and their
    /// manager are told of everything, service of late and faulty goods.
    pub fn preset() -> Self {
        let people = vec![Told::Owner, Told::Manager];
        let service = vec![Told::Owner, Told::Manager, Told::Role(Role::Service)];
        let alert = |of, to: &Vec<Told>| Alert { of, to: to.clone() };
        Self {
            id: Self::ID,
            remind_days: 3,
            alerts: Alerts(vec![
                alert(ExceptionKind::Late, &service),
                alert(ExceptionKind::Quality, &service),
                alert(ExceptionKind::ReturnUnmatched, &people),
                alert(ExceptionKind::Short, &people),
            ]),
            complete_on_delivery: false,
            ext: Ext::new(),
        }
    }

    /// Who is told of what has to be seen to.
    pub fn told(&self, of: ExceptionKind) -> impl Iterator<Item = Told> {
        self.alerts.0.iter().filter(move |alert| alert.of == of).flat_map(|alert| alert.to.clone())
    }
}

/// How orders shall be run. What is not said stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetOrderPolicy {
    /// How many days before the day of delivery who sold it is reminded: 0 (never) to 365.
    pub remind_days: Option<u32>,
    /// Who is told of what has to be seen to.
    pub alerts: Option<Alerts>,
    /// Whether an order that is delivered is completed by that.
    pub complete_on_delivery: Option<bool>,
}

/// The policy with what was said.
///
/// # Errors
///
/// `order.remind_days`. Rule OR-7 (F094).
pub fn set_policy(before: &OrderPolicy, wish: &SetOrderPolicy) -> Result<OrderPolicy, Refusal> {
    let mut check = Check::default();
    check.rule(wish.remind_days.is_none_or(|days| days <= 365), "remind_days", || {
        let days = wish.remind_days.unwrap_or_default();
        Invalid::new("order.remind_days", &days.to_string()).limit("0 to 365")
    });
    let before = before.clone();
    check.finish(Some(OrderPolicy {
        remind_days: wish.remind_days.unwrap_or(before.remind_days),
        alerts: wish.alerts.clone().unwrap_or(before.alerts),
        complete_on_delivery: wish.complete_on_delivery.unwrap_or(before.complete_on_delivery),
        ..before
    }))
}
