//! How long requests may take, and who is told when they take longer: as data, found wanting when it is defined.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FeedbackTerms, ServicePolicy, Severity};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::record::Ext;
use crate::value::{Code, Id, Invalid, TimeLimit, Timestamp};

/// Levels of escalation at most.
const LEVELS_MAX: usize = 5;

codes! {
    /// Who is told of a limit that passed. Of a request that nobody handles yet, handler is who entered it; above whom
    /// nobody stands, is told themselves.
    pub enum Tell {
        /// Who handles it.
        Handler = "handler",
        /// To whom they report.
        Manager = "manager",
        /// To whom those report.
        Director = "director",
    }
}

/// One level of escalation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// How many minutes after the limit, in the time that the limit counts.
    pub after_minutes: u32,
    /// Who is told.
    pub tell: Tell,
}

/// How long requests of one severity may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Until we first respond.
    pub response: TimeLimit,
    /// Until it is resolved; the clock stands still while we wait for the customer, and while it is resolved.
    pub resolution: TimeLimit,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceTerms {
    /// The code of the calendar whose working time counts; the tenant's usual one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Code>,
    /// How long requests may take, by severity.
    pub targets: BTreeMap<Severity, Target>,
    /// Who is told when a limit passed, the first level first.
    #[serde(default)]
    pub levels: Vec<Level>,
    /// How customers are asked whether they were satisfied.
    #[serde(default)]
    pub feedback: FeedbackTerms,
}

impl Default for ServiceTerms {
    /// In working time of the usual calendar: critical 30 minutes and 4 hours, high 1 and 9 hours, medium 4 and 27 hours,
    /// low 9 and 45 hours. The handler is told at once, the manager an hour later, whom they report to four hours later.
    fn default() -> Self {
        let target = |response: u32, resolution: u32| Target {
            response: TimeLimit::WorkingMinutes(response),
            resolution: TimeLimit::WorkingMinutes(resolution),
        };
        let level = |after_minutes, tell| Level { after_minutes, tell };
        Self {
            calendar: None,
            targets: BTreeMap::from([
                (Severity::Critical, target(30, 240)),
                (Severity::High, target(60, 540)),
                (Severity::Medium, target(240, 1620)),
                (Severity::Low, target(540, 2700)),
            ]),
            levels: vec![
                level(0, Tell::Handler),
                level(60, Tell::Manager),
                level(240, Tell::Director),
            ],
            feedback: FeedbackTerms::default(),
        }
    }
}

/// A new revision of the policy; it counts for what comes in from then on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineServicePolicy {
    /// What it says.
    pub terms: ServiceTerms,
}

/// The revision after `last`. Terms that the last revision has already make no new one: it is given back.
///
/// # Errors
///
/// All that [`lint`] finds. Rule SV-2 (F110, F111, B16).
pub fn define_policy(
    id: Id<ServicePolicy>,
    wish: &DefineServicePolicy,
    last: Option<&ServicePolicy>,
    now: Timestamp,
) -> Result<ServicePolicy, Refusal> {
    let mut check = Check::default();
    lint(&wish.terms, &mut check);
    check.done()?;
    if let Some(last) = last.filter(|last| last.terms == wish.terms) {
        return Ok(last.clone());
    }
    let revision = last.map_or(0, |last| last.revision).saturating_add(1);
    Ok(ServicePolicy { id, revision, terms: wish.terms.clone(), created_at: now, ext: Ext::new() })
}

/// What is wrong with terms: `service_policy.gap` for a severity without a target · `service_policy.zero` for a limit of no
/// time · `service_policy.response_late` where it may be resolved before it must be responded to ·
/// `service_policy.inverted` where what is worse may take longer, with both · `service_policy.levels` for more than five ·
/// `service_policy.level_order` for a level that is told no later than the one before · what is wrong with how
/// customers are asked.
pub fn lint(terms: &ServiceTerms, check: &mut Check) {
    for severity in Severity::ALL {
        let path = format!("terms.targets.{severity}");
        let Some(target) = terms.targets.get(severity) else {
            let gap = Invalid::new("service_policy.gap", severity.code());
            check.refuse(path, gap.limit("every severity has a target"));
            continue;
        };
        for (name, limit) in [("response", target.response), ("resolution", target.resolution)] {
            check.rule(limit.count() > 0, &format!("{path}.{name}"), || {
                Invalid::new("service_policy.zero", "0").limit("at least 1 minute")
            });
        }
        let late = target.response.is_alike(target.resolution)
            && target.response.count() > target.resolution.count();
        check.rule(!late, &format!("{path}.response"), || {
            let count = target.response.count().to_string();
            let limit = format!("at most {} minutes", target.resolution.count());
            Invalid::new("service_policy.response_late", &count).limit(limit)
        });
    }
    inverted(terms, check);
    levels(terms, check);
    terms.feedback.lint("terms.feedback", check);
}

/// What is worse takes no longer than what is less bad.
fn inverted(terms: &ServiceTerms, check: &mut Check) {
    let worst_first: Vec<(&Severity, &Target)> = terms.targets.iter().collect();
    for pair in worst_first.windows(2) {
        let [(worse, one), (milder, other)] = pair else { continue };
        let limits = [
            ("response", one.response, other.response),
            ("resolution", one.resolution, other.resolution),
        ];
        for (name, one, other) in limits {
            let inverted = one.is_alike(other) && one.count() > other.count();
            check.rule(!inverted, &format!("terms.targets.{worse}.{name}"), || {
                let limit = format!("{milder} has {} minutes", other.count());
                Invalid::new("service_policy.inverted", &one.count().to_string()).limit(limit)
            });
        }
    }
}

fn levels(terms: &ServiceTerms, check: &mut Check) {
    check.rule(terms.levels.len() <= LEVELS_MAX, "terms.levels", || {
        let count = terms.levels.len().to_string();
        Invalid::new("service_policy.levels", &count).limit(format!("at most {LEVELS_MAX}"))
    });
    let before = terms.levels.iter();
    for (at, (before, level)) in (1_usize..).zip(before.zip(terms.levels.iter().skip(1))) {
        let path = format!("terms.levels[{at}].after_minutes");
        check.rule(level.after_minutes > before.after_minutes, &path, || {
            let limit = format!("more than {}", before.after_minutes);
            Invalid::new("service_policy.level_order", &level.after_minutes.to_string())
                .limit(limit)
        });
    }
}

impl Tell {
    /// How many steps above the handler.
    pub const fn steps(self) -> u32 {
        match self {
            Self::Handler => 0,
            Self::Manager => 1,
            Self::Director => 2,
        }
    }
}
