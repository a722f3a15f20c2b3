//! Assignment rules: who gets which lead, as data.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::{Condition, Schema, Slots};
use super::filter::{Datum, Test};
use crate::codes;
use crate::decision::{Check, Refusal};
use crate::json_column;
use crate::record;
use crate::record::Ext;
use crate::settings::{Team, User};
use crate::value::{Code, Id, Invalid, Name, Timestamp};

/// How many rules a policy may have.
pub const RULES_MAX: usize = 4_096;
/// How many users a pool may name; how many a team of a pool may have, the engine's reading limits say.
pub const POOL_MAX: usize = 10_000;
/// The greatest weight of one user.
pub const WEIGHT_MAX: i64 = 10_000;

codes! {
    /// How a rule chooses among those who can take a lead.
    pub enum Strategy {
        /// The first in the order of the pool: a responsible user, then the deputies.
        Fixed = "fixed",
        /// In turn: all get the same share.
        Rotation = "rotation",
        /// In turn by weight: shares stand to each other as the weights.
        Weighted = "weighted",
        /// Who has the least open work; among equals, who is behind the most.
        LeastLoad = "least_load",
    }
}

/// A user of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who.
    pub user: Id<User>,
    /// How much of the leads, beside the other weights: 0 to 10,000; 1 where nothing is said.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: i64,
}

const fn one() -> i64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_one(weight: &i64) -> bool {
    *weight == 1
}

/// Who may get the leads of a rule: the users named, and the members of the teams named; everybody, where only skills
/// are named. Whoever lacks a named skill is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pool {
    /// Users, in order, with their weights.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<Member>,
    /// Teams whose members belong to it with weight 1, where they are not named as users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<Id<Team>>,
    /// What whoever gets a lead must know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<Code>,
}

impl Pool {
    /// Whether it means everybody.
    pub fn is_everybody(&self) -> bool {
        self.users.is_empty() && self.teams.is_empty() && !self.skills.is_empty()
    }
}

/// One rule: a lead that fits goes to one of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What explanations call it; its ledger of shares goes on under this code when the policy is defined anew.
    pub code: Code,
    /// Which leads; every lead where nothing is said.
    #[serde(default)]
    pub when: Condition,
    /// Who may get them.
    pub pool: Pool,
    /// How one is chosen.
    pub strategy: Strategy,
}

/// The rules of a policy, in order: the first that fits decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Rules(pub Vec<Rule>);

/// Where a lead waits that no rule fits or nobody can take, and who is told so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The queue.
    pub queue: Code,
    /// Who keeps it: gets a notice for each lead.
    pub keeper: Id<User>,
}

/// What one open lead weighs in the load of its owner, by how far it has come; 1 each where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LoadWeights {
    /// Nobody has followed it up.
    pub new: u32,
    /// Somebody is at it.
    pub working: u32,
    /// It is worth a deal.
    pub qualified: u32,
}

impl Default for LoadWeights {
    fn default() -> Self {
        Self { new: 1, working: 1, qualified: 1 }
    }
}

json_column!(Rules, Fallback, LoadWeights);

record! {
    /// One revision of a set of assignment rules. A revision never changes, so that what it decided can be checked.
    pub struct AssignmentPolicy: AssignmentPolicy {
        /// What requests call the policy; all its revisions share it.
        1 code: Code;
        /// Counts its definitions, from 1.
        2 revision: u32;
        /// Its name.
        3 name: Name;
        /// Whether it decides where no policy is named; one revision of all policies at most.
        4 active: bool;
        /// Whether a captured lead without an owner is assigned at once, while the policy is active.
        5 on_capture: bool;
        /// The rules, in order.
        6 rules: Rules;
        /// Where a lead waits that nobody gets.
        7 fallback: Fallback;
        /// What open leads weigh.
        8 load: LoadWeights;
        /// When this revision was defined.
        9 created_at: Timestamp;
    }
    listings {
        1 unique "by_code" ["code", "revision"];
        2 "by_active" ["active"];
    }
}

impl AssignmentPolicy {
    /// The listing by code, then revision.
    pub const BY_CODE: u16 = 1;
    /// The listing by whether it is active.
    pub const BY_ACTIVE: u16 = 2;

    /// The id of a revision.
    pub fn id_of(code: &Code, revision: u32) -> Id<Self> {
        let number = revision.to_be_bytes();
        Id::derived([b"assignment_policy".as_slice(), code.as_str().as_bytes(), &number])
    }
}

/// A policy as it is wished: new, or the next revision of the one with this code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineAssignmentPolicy {
    /// What requests call it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it decides where no policy is named, instead of the one that does so now; yes where nothing is said.
    #[serde(default = "yes")]
    pub active: bool,
    /// Whether a captured lead without an owner is assigned at once.
    #[serde(default)]
    pub on_capture: bool,
    /// The rules, in order: the first that fits decides.
    pub rules: Vec<Rule>,
    /// Where a lead waits that nobody gets.
    pub fallback: Fallback,
    /// What open leads weigh in the load of their owner.
    #[serde(default)]
    pub load: LoadWeights,
}

const fn yes() -> bool {
    true
}

/// What a definition is judged against: the users and teams there are, and the fields of a lead.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Every user.
    pub users: &'a [User],
    /// Every team.
    pub teams: &'a [Team],
    /// The fields that rules may name.
    pub schema: &'a Schema,
}

/// A policy's revision as wished.
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `assignment.rules` (none, or over 4,096) · of each rule in order:
/// `assignment.rule_twice` (its code) · those of [`Condition::compile`] below `when` · `reference.unknown` (a user or a
/// team that is not there) · `assignment.member_twice` · `assignment.weight` (below 0 or above 10,000) ·
/// `assignment.weight_unused` (a weight that its strategy does not ask for) · `assignment.weight_sum` (nobody has one) ·
/// `assignment.pool_empty` (nobody who is active and has the skills) · `owner.not_active` (fallback.keeper).
/// Rule ASG-2 (F024, X10).
pub fn define_policy(
    wish: &DefineAssignmentPolicy,
    revision: u32,
    ground: Ground<'_>,
    now: Timestamp,
) -> Result<AssignmentPolicy, Refusal> {
    let mut check = Check::default();
    let code = check.take("code", Code::parse(&wish.code));
    let name = check.take("name", Name::parse(&wish.name));
    let count = wish.rules.len();
    check.rule((1..=RULES_MAX).contains(&count), "rules", || {
        Invalid::new("assignment.rules", &count.to_string()).limit(format!("1 to {RULES_MAX}"))
    });
    let mut seen = BTreeSet::new();
    let mut slots = Slots::default();
    for (at, rule) in (0_usize..).zip(&wish.rules).take(RULES_MAX) {
        let path = format!("rules[{at}]");
        check.rule(seen.insert(&rule.code), &format!("{path}.code"), || {
            Invalid::new("assignment.rule_twice", rule.code.as_str())
        });
        rule.when.compile(ground.schema, &mut slots, &format!("{path}.when"), &mut check);
        judge_pool(rule, &format!("{path}.pool"), ground, &mut check);
    }
    let keeper = wish.fallback.keeper;
    let keeps = ground.users.iter().any(|user| user.id == keeper && user.active);
    check.rule(keeps, "fallback.keeper", || Invalid::new("owner.not_active", &keeper.to_string()));
    check.finish(code.zip(name).map(|(code, name)| AssignmentPolicy {
        id: AssignmentPolicy::id_of(&code, revision),
        code,
        revision,
        name,
        active: wish.active,
        on_capture: wish.on_capture,
        rules: Rules(wish.rules.clone()),
        fallback: wish.fallback.clone(),
        load: wish.load,
        created_at: now,
        ext: Ext::new(),
    }))
}

fn judge_pool(rule: &Rule, path: &str, ground: Ground<'_>, check: &mut Check) {
    let Rule { pool, strategy, .. } = rule;
    let mut named = BTreeSet::new();
    for (at, member) in (0_usize..).zip(&pool.users) {
        let id = member.user.to_string();
        let user = format!("{path}.users[{at}].user");
        let weight = format!("{path}.users[{at}].weight");
        let known = ground.users.iter().any(|user| user.id == member.user);
        check.rule(known, &user, || {
            Invalid::new("reference.unknown", &id).limit("the id of a user")
        });
        check.rule(named.insert(member.user), &user, || {
            Invalid::new("assignment.member_twice", &id)
        });
        let given = member.weight;
        check.rule((0..=WEIGHT_MAX).contains(&given), &weight, || {
            Invalid::new("assignment.weight", &given.to_string())
                .limit(format!("0 to {WEIGHT_MAX}"))
        });
        check.rule(given == 1 || *strategy == Strategy::Weighted, &weight, || {
            Invalid::new("assignment.weight_unused", &given.to_string())
                .limit("weights count where the strategy is `weighted`")
        });
    }
    for (at, team) in (0_usize..).zip(&pool.teams) {
        let known = ground.teams.iter().any(|known| known.id == *team);
        check.rule(known, &format!("{path}.teams[{at}]"), || {
            Invalid::new("reference.unknown", &team.to_string()).limit("the id of a team")
        });
    }
    let members = members(pool, ground.users);
    let can = |user: &User| user.active && lacking(user, &pool.skills).is_empty();
    let able = || members.iter().filter(|(user, _)| can(user));
    if able().next().is_none() {
        let invalid = Invalid::new("assignment.pool_empty", "");
        check.refuse(path, invalid.limit("at least one active user with the skills asked for"));
    } else {
        check.rule(able().any(|(_, weight)| *weight > 0), path, || {
            Invalid::new("assignment.weight_sum", "0").limit("more than 0 among the active users")
        });
    }
}

/// The users of a pool with their weights: those named in their order, then those of its teams in the order of `users`.
pub fn members<'a>(pool: &Pool, users: &'a [User]) -> Vec<(&'a User, i64)> {
    let by_id: BTreeMap<Id<User>, &User> = users.iter().map(|user| (user.id, user)).collect();
    let named = pool
        .users
        .iter()
        .filter_map(|member| by_id.get(&member.user).map(|user| (*user, member.weight)));
    let mut found: Vec<(&User, i64)> = named.collect();
    let of_team = |user: &User| user.team.is_some_and(|team| pool.teams.contains(&team));
    let everybody = pool.is_everybody();
    let by_name: BTreeSet<Id<User>> = found.iter().map(|(user, _)| user.id).collect();
    let others = users.iter().filter(|user| everybody || of_team(user));
    found.extend(others.filter(|user| !by_name.contains(&user.id)).map(|user| (user, 1)));
    found
}

/// The skills asked for that a user does not have.
pub fn lacking(user: &User, asked: &[Code]) -> Vec<Code> {
    let has = |skill: &&Code| user.skills.as_ref().is_some_and(|own| own.0.contains(skill));
    asked.iter().filter(|skill| !has(skill)).cloned().collect()
}

/// The rules of a policy with their fields looked up: what a lead is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// What the rules read.
    pub slots: Slots,
    /// Of each rule the tests that must all hold.
    pub rules: Vec<Vec<Test>>,
}

/// Where a lead came to in the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// For each rule that did not fit, in order up to the one that did, which of its tests was the first to fail.
    pub failed: Vec<u16>,
    /// The rule that fits; none where no rule does.
    pub hit: Option<usize>,
}

impl Compiled {
    /// The rules over these fields.
    ///
    /// # Errors
    ///
    /// Those of [`Condition::compile`], below `rules[i].when`: a rule may name a custom field that was removed since.
    pub fn of(rules: &[Rule], schema: &Schema) -> Result<Self, Refusal> {
        let mut check = Check::default();
        let mut slots = Slots::default();
        let compiled = (0_usize..).zip(rules).map(|(at, rule)| {
            let path = format!("rules[{at}].when");
            let parts = rule.when.conjuncts().iter();
            let parts: Vec<Option<Test>> =
                parts.map(|part| part.compile(schema, &mut slots, &path, &mut check)).collect();
            parts.into_iter().flatten().collect()
        });
        let rules: Vec<Vec<Test>> = compiled.collect();
        check.finish(Some(Self { slots, rules }))
    }

    /// The first rule that fits a row, trying one after the other. Rule ASG-3 (F024).
    pub fn first(&self, row: &[Datum]) -> Match {
        let mut failed = Vec::new();
        for (at, tests) in (0_usize..).zip(&self.rules) {
            match tests.iter().position(|test| !test.holds(row)) {
                None => return Match { failed, hit: Some(at) },
                Some(test) => failed.push(u16::try_from(test).unwrap_or(u16::MAX)),
            }
        }
        Match { failed, hit: None }
    }
}
