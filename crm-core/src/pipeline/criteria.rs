//! What a stage asks for, as data.

use core::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{Access, Role, permits};
use crate::codes;
use crate::value::{Code, Money, Name};

/// What a stage asks for: all of it. Nothing stated asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Criteria {
    /// Fields of the deal that must hold something: one of [`Criteria::FIELDS`], or `custom.` and a code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The amount must be known and at least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_at_least: Option<Money>,
    /// The amount must be known and at most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_at_most: Option<Money>,
    /// Items that must be ticked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<Item>,
    /// Documents that must be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Item>,
    /// Approvals that must be given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Who moves the deal must be at least this: `rep`, `manager` or `owner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Something to be ticked or handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What rules call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
}

codes! {
    /// How something that a stage asks for is shown.
    pub enum EvidenceKind {
        /// An item is ticked.
        Checklist = "checklist",
        /// A document is there.
        Document = "document",
        /// An approval is given.
        Approval = "approval",
    }
}

/// One thing that must be shown before a stage is entered or left.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// How it is shown.
    pub kind: EvidenceKind,
    /// What rules call it.
    pub code: &'a Code,
    /// What people call it.
    pub name: &'a Name,
    /// For an approval, what is known of who may give it.
    pub approval: Option<&'a Approval>,
}

/// An approval and who may give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What rules call it.
    pub code: Code,
    /// What people call it.
    pub name: Name,
    /// Who may give it.
    pub role: Role,
}

impl Item {
    fn asked(&self, kind: EvidenceKind) -> Ask<'_> {
        Ask { kind, code: &self.code, name: &self.name, approval: None }
    }
}

impl Approval {
    /// Whether `role` may give it: that role itself, the owner any, and a manager for a sales representative.
    pub fn may_be_given_by(&self, role: Role) -> bool {
        role == self.role || role == Role::Owner || role == Role::Manager && self.role == Role::Rep
    }
}

impl Criteria {
    /// The fields of a deal that a stage may ask for, beside `custom.` and a code.
    pub const FIELDS: &'static [&'static str] = &[
        "amount",
        "expected_close",
        "need",
        "contact",
        "source",
        "region",
        "competitor",
        "lines",
        "probability_override",
    ];

    /// Whether a stage may ask for that field, where deals have these custom fields.
    pub fn knows(field: &str, custom: &[Code]) -> bool {
        match field.strip_prefix("custom.") {
            Some(code) => custom.iter().any(|known| known.as_str() == code),
            None => Self::FIELDS.contains(&field),
        }
    }

    /// Everything that must be shown, in order.
    pub fn asks(&self) -> impl Iterator<Item = Ask<'_>> {
        let checklist = self.checklist.iter().map(|item| item.asked(EvidenceKind::Checklist));
        let documents = self.documents.iter().map(|item| item.asked(EvidenceKind::Document));
        let approvals = self.approvals.iter().map(|approval| Ask {
            kind: EvidenceKind::Approval,
            code: &approval.code,
            name: &approval.name,
            approval: Some(approval),
        });
        checklist.chain(documents).chain(approvals)
    }

    /// Why nobody can ever meet both of these, in words; nothing where somebody can.
    pub fn contradiction(&self, other: &Self) -> Option<String> {
        let mut lowest = [self.amount_at_least, other.amount_at_least].into_iter().flatten();
        let mut highest = [self.amount_at_most, other.amount_at_most].into_iter().flatten();
        let clash = lowest.find_map(|low| {
            let above = |high: &Money| low.compare(*high) != Ok(Ordering::Less) && low != *high;
            highest.clone().find(above).map(|high| format!("at least {low} and at most {high}"))
        });
        clash.or_else(|| {
            let negative = |high: &Money| high.is_zero() || high.is_negative();
            highest
                .find(negative)
                .map(|high| format!("a known amount is above 0, not at most {high}"))
        })
    }

    /// The role that it asks for but that could never move a deal.
    pub fn powerless_role(&self) -> Option<Role> {
        self.role.filter(|role| !matches!(role, Role::Rep | Role::Manager | Role::Owner))
    }

    /// Whether `role` is at least the one asked for: who may override counts as a manager, who may configure as owner.
    pub fn admits(&self, role: Role) -> bool {
        match self.role {
            None => true,
            Some(Role::Owner) => permits(role, Access::Configure),
            Some(Role::Manager) => permits(role, Access::Override),
            Some(_) => permits(role, Access::Sell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_cannot_be_above_its_own_ceiling() {
        let bounds = |low: Option<&str>, high: Option<&str>| Criteria {
            amount_at_least: low.map(|text| text.parse().unwrap()),
            amount_at_most: high.map(|text| text.parse().unwrap()),
            ..Default::default()
        };
        let table = [
            ("nothing asked", bounds(None, None), bounds(None, None), false),
            ("a point", bounds(Some("5 JPY"), None), bounds(None, Some("5 JPY")), false),
            ("a gap", bounds(Some("6 JPY"), None), bounds(None, Some("5 JPY")), true),
            ("a gap in itself", bounds(Some("6 JPY"), Some("5 JPY")), bounds(None, None), true),
            ("two currencies", bounds(Some("1 JPY"), None), bounds(None, Some("5 USD")), true),
            ("a ceiling of zero", bounds(None, Some("0 JPY")), bounds(None, None), true),
        ];
        for (rule, one, other, expected) in table {
            assert_eq!(one.contradiction(&other).is_some(), expected, "{rule}");
            assert_eq!(other.contradiction(&one).is_some(), expected, "{rule}, turned");
        }
    }

    #[test]
    fn a_minimum_role_admits_those_above() {
        let table = [
            (None, "owner manager rep marketing service finance viewer integration"),
            (Some(Role::Rep), "owner manager rep integration"),
            (Some(Role::Manager), "owner manager"),
            (Some(Role::Owner), "owner"),
        ];
        for (role, expected) in table {
            let criteria = Criteria { role, ..Default::default() };
            let admitted = Role::ALL.iter().filter(|role| criteria.admits(**role));
            let admitted: Vec<_> = admitted.map(|role| role.code()).collect();
            assert_eq!(admitted.join(" "), expected, "{role:?}");
        }
    }
}
