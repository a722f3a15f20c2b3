//! Pools (公海): leads or customers that nobody looks after, who may take them, how many, and for how long.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::record;
use crate::record::Ext;
use crate::settings::Team;
use crate::value::{Code, Id, Invalid, Name, Wait};

codes! {
    /// What lies in a pool, or what a rule of flow looks at.
    #[derive(Default)]
    pub enum Holds {
        /// Leads (线索池).
        #[default]
        Lead = "lead",
        /// Customers (客户公海).
        Customer = "customer",
    }
}

codes! {
    /// What becomes of the open plans of whoever looked after a record.
    pub enum Plans {
        /// They stay with whom they are.
        Keep = "keep",
        /// They go to whoever looks after it from now on.
        Move = "move",
        /// They are cancelled.
        Cancel = "cancel",
    }
}

record! {
    /// A pool of leads, or of customers, that nobody looks after.
    pub struct Pool: Pool {
        /// What rules and requests call it; no two pools share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// Whether anything may come in and be claimed.
        3 active: bool;
        /// Its rules.
        4 terms: PoolTerms;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl Pool {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

/// Who may take leads or customers from a pool, how many, and how long they keep them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoolTerms {
    /// `lead` (the default) or `customer`: what lies in it. A pool that was made keeps it.
    #[serde(skip_serializing_if = "Holds::is_lead")]
    pub holds: Holds,
    /// Only members of these teams claim; of any where none is named.
    pub teams: BTreeSet<Id<Team>>,
    /// Only users of these roles claim; of any where none is named.
    pub roles: BTreeSet<Role>,
    /// How many of its kind a user claims on one day of the tenant's zone, from whatever pool.
    pub claims_per_day: Option<u32>,
    /// How many open leads, or active customers, a user may have after claiming.
    pub holding_limit: Option<u32>,
    /// How many of what lies in it a user may look at on one day of the tenant's zone, each counted once; who may override
    /// looks at all. 1 to 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views_per_day: Option<u32>,
    /// How long after losing one a user may not claim it back.
    pub cool_down: Option<Wait>,
    /// How long whoever claimed one keeps it without following it up; each follow-up begins it anew. At its very end it
    /// comes back.
    pub protection: Option<Wait>,
    /// How long whoever claimed one keeps it at most, followed up or not.
    pub max_protection: Option<Wait>,
    /// How many minutes before either end the owner is warned.
    pub warn_before_minutes: Option<u32>,
    /// The code of the calendar whose zone, hours and holidays count; without it, that of the tenant's zone.
    pub calendar: Option<Code>,
    /// `cancel` (the default) or `keep`: what becomes of the former owner's open plans with what comes in.
    pub plans: Plans,
}

impl Default for PoolTerms {
    fn default() -> Self {
        Self {
            holds: Holds::Lead,
            teams: BTreeSet::new(),
            roles: BTreeSet::new(),
            claims_per_day: None,
            holding_limit: None,
            views_per_day: None,
            cool_down: None,
            protection: None,
            max_protection: None,
            warn_before_minutes: None,
            calendar: None,
            plans: Plans::Cancel,
        }
    }
}

json_column! { PoolTerms }

impl Holds {
    /// Whether it is what pools hold where nothing is said.
    pub const fn is_lead(&self) -> bool {
        matches!(self, Self::Lead)
    }
}

/// Different records of one pool that a user may look at on one day, at most.
const VIEWS_MAX: u32 = 1000;

/// A pool, new or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefinePool {
    /// What rules and requests call it; a pool of that code is defined anew.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether anything may come in and be claimed.
    pub active: bool,
    /// Its rules.
    pub terms: PoolTerms,
}

impl Default for DefinePool {
    fn default() -> Self {
        let (code, name) = (String::new(), String::new());
        Self { code, name, active: true, terms: PoolTerms::default() }
    }
}

/// A pool as it is wished, in the place of the one there was.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `pool.holds_other` where the one before holds another kind of record ·
/// `pool.limit_zero` for a limit that lets nobody claim, or look · `pool.views_many` · `pool.wait_zero` ·
/// `pool.warned_never` for a warning of nothing · `pool.unreachable` for a protection that the greatest never lets end ·
/// `pool.plans_to_nobody`. Rule FLOW-2 (F028, B16).
pub fn define_pool(
    id: Id<Pool>,
    wish: &DefinePool,
    before: Option<&Pool>,
) -> Result<Pool, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let terms = &wish.terms;
    if let Some(before) = before.filter(|before| before.terms.holds != terms.holds) {
        let invalid = Invalid::new("pool.holds_other", terms.holds.code());
        check.refuse("terms.holds", invalid.limit(before.terms.holds.code()));
    }
    for (path, limit) in [
        ("terms.claims_per_day", terms.claims_per_day),
        ("terms.holding_limit", terms.holding_limit),
        ("terms.views_per_day", terms.views_per_day),
    ] {
        check.rule(limit != Some(0), path, || {
            Invalid::new("pool.limit_zero", "0").limit("at least 1, or nothing")
        });
    }
    let many = terms.views_per_day.filter(|views| *views > VIEWS_MAX);
    if let Some(views) = many {
        let invalid = Invalid::new("pool.views_many", &views.to_string());
        check.refuse("terms.views_per_day", invalid.limit(format!("at most {VIEWS_MAX}")));
    }
    for (path, wait) in [
        ("terms.cool_down", terms.cool_down),
        ("terms.protection", terms.protection),
        ("terms.max_protection", terms.max_protection),
    ] {
        check.rule(wait.is_none_or(|wait| wait.count() > 0), path, || {
            Invalid::new("pool.wait_zero", "0").limit("at least 1, or nothing")
        });
    }
    let ends = terms.protection.is_some() || terms.max_protection.is_some();
    check.rule(ends || terms.warn_before_minutes.is_none(), "terms.warn_before_minutes", || {
        Invalid::new("pool.warned_never", "").limit("a protection that ends")
    });
    if let (Some(own), Some(most)) = (terms.protection, terms.max_protection) {
        check.rule(!own.is_alike(most) || own.count() < most.count(), "terms.protection", || {
            Invalid::new("pool.unreachable", &own.count().to_string())
                .limit(format!("less than {}: before it the record is gone anyway", most.count()))
        });
    }
    check.rule(terms.plans != Plans::Move, "terms.plans", || {
        Invalid::new("pool.plans_to_nobody", Plans::Move.code())
            .allowed([Plans::Keep.code(), Plans::Cancel.code()])
    });
    let pool = code.zip(name).map(|(code, name)| Pool {
        id,
        code,
        name,
        active: wish.active,
        terms: terms.clone(),
        ext: Ext::new(),
    });
    check.finish(pool)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decision::broken;

    #[test]
    fn a_pool_lets_somebody_claim_and_ends_what_it_protects() {
        let terms = PoolTerms::default;
        let table = [
            ("needs no limit", terms(), ""),
            (
                "lets somebody claim something",
                PoolTerms { claims_per_day: Some(0), holding_limit: Some(0), ..terms() },
                "terms.claims_per_day pool.limit_zero, terms.holding_limit pool.limit_zero",
            ),
            (
                "lets somebody look at something, and at no more than it can remember",
                PoolTerms { views_per_day: Some(0), ..terms() },
                "terms.views_per_day pool.limit_zero",
            ),
            (
                "remembers so many looks and no more",
                PoolTerms { views_per_day: Some(1001), ..terms() },
                "terms.views_per_day pool.views_many",
            ),
            (
                "protects for some time",
                PoolTerms { protection: Some(Wait::Days(0)), ..terms() },
                "terms.protection pool.wait_zero",
            ),
            (
                "warns of an end",
                PoolTerms { warn_before_minutes: Some(60), ..terms() },
                "terms.warn_before_minutes pool.warned_never",
            ),
            (
                "has a protection shorter than the greatest",
                PoolTerms {
                    protection: Some(Wait::Days(7)),
                    max_protection: Some(Wait::Days(7)),
                    ..terms()
                },
                "terms.protection pool.unreachable",
            ),
            (
                "may have protections of different units",
                PoolTerms {
                    protection: Some(Wait::WorkingDays(7)),
                    max_protection: Some(Wait::Days(7)),
                    ..terms()
                },
                "",
            ),
            (
                "has nobody who could take plans over",
                PoolTerms { plans: Plans::Move, ..terms() },
                "terms.plans pool.plans_to_nobody",
            ),
        ];
        for (rule, terms, expected) in table {
            let wish = DefinePool {
                code: "public".into(),
                name: "公海".into(),
                terms,
                ..Default::default()
            };
            let decided = define_pool(Id::new(Uuid::nil()), &wish, None);
            assert_eq!(broken(&decided).join(", "), expected, "a pool {rule}");
        }
        let of = |holds| DefinePool {
            code: "public".into(),
            name: "公海".into(),
            terms: PoolTerms { holds, ..terms() },
            ..Default::default()
        };
        let leads = define_pool(Id::new(Uuid::nil()), &of(Holds::Lead), None).unwrap();
        let turned = define_pool(leads.id, &of(Holds::Customer), Some(&leads));
        assert_eq!(broken(&turned), ["terms.holds pool.holds_other"], "a pool holds one kind");
        let bare = define_pool(Id::new(Uuid::nil()), &DefinePool::default(), None);
        assert_eq!(broken(&bare), ["code code.format", "name text.empty"]);
    }
}
