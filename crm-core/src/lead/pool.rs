//! Pools (公海): leads that nobody looks after, who may take them, how many, and for how long.

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
    /// A pool of leads that nobody looks after.
    pub struct Pool: Pool {
        /// What rules and requests call it; no two pools share one.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// Whether leads may come in and be claimed.
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

/// Who may take leads from a pool, how many, and how long they keep them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PoolTerms {
    /// Only members of these teams claim; of any where none is named.
    pub teams: BTreeSet<Id<Team>>,
    /// Only users of these roles claim; of any where none is named.
    pub roles: BTreeSet<Role>,
    /// How many leads a user claims on one day of the tenant's zone, from whatever pool.
    pub claims_per_day: Option<u32>,
    /// How many open leads a user may have after claiming.
    pub holding_limit: Option<u32>,
    /// How long after losing a lead a user may not claim it back.
    pub cool_down: Option<Wait>,
    /// How long whoever claimed a lead keeps it without following it up; each follow-up begins it anew. At its very end
    /// the lead comes back.
    pub protection: Option<Wait>,
    /// How long whoever claimed a lead keeps it at most, followed up or not.
    pub max_protection: Option<Wait>,
    /// How many minutes before either end the owner is warned.
    pub warn_before_minutes: Option<u32>,
    /// The code of the calendar whose zone, hours and holidays count; without it, that of the tenant's zone.
    pub calendar: Option<Code>,
    /// `cancel` (the default) or `keep`: what becomes of the former owner's open plans with a lead that comes in.
    pub plans: Plans,
}

impl Default for PoolTerms {
    fn default() -> Self {
        Self {
            teams: BTreeSet::new(),
            roles: BTreeSet::new(),
            claims_per_day: None,
            holding_limit: None,
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

/// A pool, new or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefinePool {
    /// What rules and requests call it; a pool of that code is defined anew.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether leads may come in and be claimed.
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

/// A pool as it is wished.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `pool.limit_zero` for a limit that lets nobody claim · `pool.wait_zero` ·
/// `pool.warned_never` for a warning of nothing · `pool.unreachable` for a protection that the greatest never lets end ·
/// `pool.plans_to_nobody`. Rule FLOW-2 (F028, B16).
pub fn define_pool(id: Id<Pool>, wish: &DefinePool) -> Result<Pool, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let terms = &wish.terms;
    for (path, limit) in [
        ("terms.claims_per_day", terms.claims_per_day),
        ("terms.holding_limit", terms.holding_limit),
    ] {
        check.rule(limit != Some(0), path, || {
            Invalid::new("pool.limit_zero", "0").limit("at least 1, or nothing")
        });
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
                .limit(format!("less than {}: before it a lead is gone anyway", most.count()))
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
            let decided = define_pool(Id::new(Uuid::nil()), &wish);
            assert_eq!(broken(&decided).join(", "), expected, "a pool {rule}");
        }
        let bare = define_pool(Id::new(Uuid::nil()), &DefinePool::default());
        assert_eq!(broken(&bare), ["code code.format", "name text.empty"]);
    }
}
