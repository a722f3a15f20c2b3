//! Operations on assignment rules, and leads on their way to an owner.

use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;
use crate::access::Access;
use crate::assignment::{
    Absence, Assignment, AssignmentHow, AssignmentPolicy, AssignmentShare, Compiled,
    DefineAssignmentPolicy, Facts, Ground, LoadWeights, Proof, Read, Rule, Schema, Seat, Strategy,
    choose, define_policy, facts_of, lacking, members, price_of, step_of,
};
use crate::custom::CustomField;
use crate::engine::{Cx, Error, Operation};
use crate::lead::{Lead, LeadStatus};
use crate::record::{Entity, Ext, Kind, Val};
use crate::schedule::Notice;
use crate::settings::{Calendar, Team, User};
use crate::store::Scan;
use crate::value::{Code, Id, Invalid, Note, Timestamp};

impl Cx<'_> {
    /// The fields of a lead that rules may name.
    pub(super) fn lead_schema(&mut self) -> Result<Schema, Error> {
        let of_leads = [Val::from(Kind::Lead.name())];
        let custom = self.list::<CustomField>(CustomField::BY_CODE, &of_leads)?;
        Ok(Schema::of(Lead::def(), &custom))
    }

    /// The latest revision of the policy of that code, or the active one where none is named.
    pub(super) fn assignment_policy(
        &mut self,
        code: Option<&str>,
    ) -> Result<Option<AssignmentPolicy>, Error> {
        let found: Vec<AssignmentPolicy> = match code {
            Some(code) => self.list(AssignmentPolicy::BY_CODE, &[Val::from(code)])?,
            None => self.list(AssignmentPolicy::BY_ACTIVE, &[Val::Bool(true)])?,
        };
        Ok(found.into_iter().last())
    }
}

impl Operation for DefineAssignmentPolicy {
    const NAME: &'static str = "assignment_policy.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<AssignmentPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<AssignmentPolicy>, Error> {
        let schema = cx.lead_schema()?;
        let users = cx.list::<User>(User::BY_LOGIN, &[])?;
        let teams = cx.list::<Team>(Team::BY_NAME, &[])?;
        let before = cx.assignment_policy(Some(&self.code))?;
        let revision = before.as_ref().map_or(0, |before| before.revision).saturating_add(1);
        let ground = Ground { users: &users, teams: &teams, schema: &schema };
        let policy = define_policy(self, revision, ground, cx.now())?;
        cx.about(policy.id);
        for other in cx.list::<AssignmentPolicy>(AssignmentPolicy::BY_ACTIVE, &[Val::Bool(true)])? {
            if policy.active || other.code == policy.code {
                cx.put(&AssignmentPolicy { active: false, ..other })?;
            }
        }
        cx.amend(&policy)
    }
}

/// A policy of assignment rules: its latest revision, or a named one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetAssignmentPolicy {
    /// Which.
    pub code: String,
    /// Which revision; the latest where nothing is said.
    #[serde(default)]
    pub revision: Option<u32>,
}

impl Operation for GetAssignmentPolicy {
    const NAME: &'static str = "assignment_policy.get";
    const ACCESS: Access = Access::Read;
    type Response = Seen<AssignmentPolicy>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<AssignmentPolicy>, Error> {
        let missing = || Error::NotFound { kind: Kind::AssignmentPolicy, id: self.code.clone() };
        let id = match self.revision {
            Some(revision) => {
                let code = Code::parse(&self.code).map_err(|e| Error::invalid("code", e))?;
                AssignmentPolicy::id_of(&code, revision)
            }
            None => cx.assignment_policy(Some(&self.code))?.ok_or_else(missing)?.id,
        };
        cx.seen(id)
    }
}

/// The latest revision of every policy of assignment rules, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListAssignmentPolicies {
    /// Also earlier revisions.
    pub revisions: bool,
}

/// Policies of assignment rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignmentPolicies {
    /// The policies, by code and revision.
    pub rows: Vec<AssignmentPolicy>,
}

impl Operation for ListAssignmentPolicies {
    const NAME: &'static str = "assignment_policy.list";
    const ACCESS: Access = Access::Read;
    type Response = AssignmentPolicies;

    fn run(&self, cx: &mut Cx<'_>) -> Result<AssignmentPolicies, Error> {
        let all = cx.list::<AssignmentPolicy>(AssignmentPolicy::BY_CODE, &[])?;
        let mut latest: BTreeMap<Code, u32> = BTreeMap::new();
        for policy in &all {
            latest.insert(policy.code.clone(), policy.revision);
        }
        let wanted = |policy: &AssignmentPolicy| {
            self.revisions || latest.get(&policy.code) == Some(&policy.revision)
        };
        Ok(AssignmentPolicies { rows: all.into_iter().filter(wanted).collect() })
    }
}

/// Gives a lead to somebody: by the rules of a policy, or by hand to a named user for a stated reason.
///
/// A lead that no rule fits or nobody can take loses its owner, waits in the queue of the policy, and the keeper of the
/// queue gets a notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignLead {
    /// Which.
    pub id: Id<Lead>,
    /// To whom, by hand; by rules where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Id<User>>,
    /// Why: required by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who shall not get it by rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Id<User>>,
    /// The policy whose rules decide; the active one where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A lead and who looks after it now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assigned {
    /// The lead.
    pub lead: Id<Lead>,
    /// The decision; `assignment.explain` says it in words.
    pub assignment: Id<Assignment>,
    /// How it was decided.
    pub how: AssignmentHow,
    /// Who looks after it; none where it waits in a queue.
    pub owner: Option<Id<User>>,
    /// The rule that decided.
    pub rule: Option<Code>,
    /// The queue in which it waits.
    pub queue: Option<Code>,
}

impl Operation for AssignLead {
    const NAME: &'static str = "lead.assign";
    const ACCESS: Access = Access::Record;
    type Response = Assigned;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Assigned, Error> {
        let lead = cx.get(self.id)?;
        lead.takes_new().map_err(|e| Error::invalid("id", e))?;
        cx.about(lead.id);
        let reason = self.reason.as_deref().map(Note::parse).transpose();
        let reason = reason.map_err(|e| Error::invalid("reason", e))?;
        let Some(to) = self.to else {
            let policy = cx.policy_in_force(self.policy.as_deref())?;
            return by_rules(cx, &policy, &lead, &self.exclude, reason);
        };
        if reason.is_none() {
            let invalid = Invalid::new("assignment.unreasoned", "");
            return Err(Error::invalid("reason", invalid.limit("why, where it is given by hand")));
        }
        cx.owner_or_actor(Some(to)).map_err(|error| at_path(error, "to"))?;
        let outcome = Outcome::by_hand(to);
        written(cx, &lead, outcome, reason)
    }
}

/// The same refusal, at another path.
fn at_path(error: Error, path: &str) -> Error {
    let Error::Refused(refusal) = &error else { return error };
    let first = refusal.violations().next();
    first.map_or(Error::Internal("a refusal without a reason".to_owned()), |violation| {
        let invalid = Invalid {
            code: violation.code.clone(),
            value: violation.value.clone(),
            limit: violation.limit.clone(),
            allowed: violation.allowed.clone(),
        };
        Error::invalid(path, invalid)
    })
}

impl Cx<'_> {
    /// The policy named, or the active one.
    pub(super) fn policy_in_force(
        &mut self,
        code: Option<&str>,
    ) -> Result<AssignmentPolicy, Error> {
        self.assignment_policy(code)?.ok_or_else(|| match code {
            Some(code) => Error::invalid("policy", Invalid::new("reference.unknown", code)),
            None => {
                let none = Invalid::new("assignment.no_policy", "");
                Error::invalid("policy", none.limit("an active policy: `assignment_policy.define`"))
            }
        })
    }
}

/// Gives a lead to somebody by the rules of the active policy: the lead as it then is, with an owner or in the queue of
/// the policy. Writes the lead, the decision and the ledger.
///
/// # Errors
///
/// `assignment.no_policy`; a policy that names a custom field removed since; the store's.
pub(crate) fn assign_lead(
    cx: &mut Cx<'_>,
    lead: &Lead,
    exclude: &[Id<User>],
    why: &str,
) -> Result<Lead, Error> {
    let policy = cx.policy_in_force(None)?;
    let why = Note::parse(why).ok();
    by_rules(cx, &policy, lead, exclude, why)?;
    cx.get(lead.id)
}

/// Assigns a captured lead that nobody looks after, where the active policy says so. Rule ASG-9 (F024, W44).
pub(super) fn on_capture(cx: &mut Cx<'_>, lead: &Lead) -> Result<(), Error> {
    if lead.owner.is_some() {
        return Ok(());
    }
    if cx.assignment_policy(None)?.is_some_and(|policy| policy.on_capture) {
        assign_lead(cx, lead, &[], "captured")?;
    }
    Ok(())
}

/// What was decided about a lead, before it is written.
struct Outcome {
    policy: Option<AssignmentPolicy>,
    rule: Option<Code>,
    how: AssignmentHow,
    chosen: Option<Id<User>>,
    read: Facts,
    proof: Proof,
}

impl Outcome {
    fn by_hand(to: Id<User>) -> Self {
        Self {
            policy: None,
            rule: None,
            how: AssignmentHow::Manual,
            chosen: Some(to),
            read: Facts::new(),
            proof: Proof::default(),
        }
    }
}

/// Decides by rules and writes what follows.
fn by_rules(
    cx: &mut Cx<'_>,
    policy: &AssignmentPolicy,
    lead: &Lead,
    exclude: &[Id<User>],
    why: Option<Note>,
) -> Result<Assigned, Error> {
    let schema = cx.lead_schema()?;
    let compiled = Compiled::of(&policy.rules.0, &schema)?;
    let facts = facts_of(lead);
    let matched = compiled.first(&compiled.slots.row(&facts));
    let rule = matched.hit.and_then(|at| policy.rules.0.get(at));
    let mut seats = Vec::new();
    let mut chosen = None;
    if let Some(rule) = rule {
        let ledger = Ledger::read(cx, &policy.code, &rule.code)?;
        seats = seated(cx, policy, rule, &ledger, exclude)?;
        chosen = chosen_of(cx, rule, &mut seats)?;
        if rule.strategy != Strategy::Fixed
            && let Some(chosen) = chosen
        {
            ledger.write(cx, &seats, chosen)?;
        }
    }
    let chosen = chosen.and_then(|at| seats.get(at)).map(|seat| seat.user);
    cx.by_rule(policy.id);
    let outcome = Outcome {
        policy: Some(policy.clone()),
        rule: rule.map(|rule| rule.code.clone()),
        how: if chosen.is_some() { AssignmentHow::Rule } else { AssignmentHow::Queue },
        chosen,
        read: compiled.slots.read_of(&facts),
        proof: Proof { failed: matched.failed, seats },
    };
    written(cx, lead, outcome, why)
}

/// The place of the one who gets the lead. Absences that this unit of work itself wrote are seen here.
fn chosen_of(cx: &mut Cx<'_>, rule: &Rule, seats: &mut [Seat]) -> Result<Option<usize>, Error> {
    let now = cx.now();
    while let Some(chosen) = choose(rule.strategy, seats) {
        let Some(seat) = seats.get_mut(chosen) else { break };
        let own = cx.list::<Absence>(Absence::BY_USER, &[Val::Id(seat.user.uuid())])?;
        let Some(away) = own.iter().find(|absence| absence.covers(now)) else {
            return Ok(Some(chosen));
        };
        seat.absent_until = Some(away.until);
        seat.skip = seat.reason();
    }
    Ok(None)
}

/// Writes the lead with its owner, the decision, and the notice to the keeper of the queue.
fn written(
    cx: &mut Cx<'_>,
    lead: &Lead,
    outcome: Outcome,
    why: Option<Note>,
) -> Result<Assigned, Error> {
    let Outcome { policy, rule, how, chosen, read, proof } = outcome;
    let fallback = policy.as_ref().filter(|_| chosen.is_none()).map(|policy| &policy.fallback);
    let queue = fallback.map(|fallback| fallback.queue.clone());
    let after = Lead { owner: chosen, queue: queue.clone(), ..lead.clone() };
    let now = cx.now();
    cx.put(&after)?;
    let assignment = Assignment {
        id: cx.new_id(),
        lead: lead.id,
        policy: policy.as_ref().map(|policy| policy.id),
        rule: rule.clone(),
        how,
        chosen,
        before: lead.owner,
        why,
        read: Read(read),
        proof,
        at: now,
        ext: Ext::new(),
    };
    cx.put(&assignment)?;
    if let Some(fallback) = fallback {
        let notice = Notice {
            id: cx.new_id(),
            recipient: fallback.keeper,
            code: "lead.queued".to_owned(),
            subject_kind: Kind::Lead.name().to_owned(),
            subject: lead.id.uuid(),
            due_at: now,
            created_at: now,
            delivered: None,
            snoozed_until: None,
            ext: Ext::new(),
        };
        cx.put(&notice)?;
    }
    Ok(Assigned { lead: lead.id, assignment: assignment.id, how, owner: chosen, rule, queue })
}

/// The ledger of one rule as it is stored.
struct Ledger {
    policy: Code,
    rule: Code,
    clock: AssignmentShare,
    shares: BTreeMap<Id<User>, AssignmentShare>,
}

impl Ledger {
    fn read(cx: &mut Cx<'_>, policy: &Code, rule: &Code) -> Result<Self, Error> {
        let prefix = [Val::from(policy.as_str()), Val::from(rule.as_str())];
        let rows = cx.list::<AssignmentShare>(AssignmentShare::BY_RULE, &prefix)?;
        let mut ledger = Self {
            policy: policy.clone(),
            rule: rule.clone(),
            clock: share(policy, rule, None),
            shares: BTreeMap::new(),
        };
        for row in rows {
            match row.user {
                Some(user) => drop(ledger.shares.insert(user, row)),
                None => ledger.clock = row,
            }
        }
        Ok(ledger)
    }

    fn credit(&self, user: Id<User>) -> i64 {
        self.shares.get(&user).map_or(0, |share| share.credit_at(self.clock.clock))
    }

    /// Will write what changes when one of these seats gets a lead: the clock, the one chosen, and whoever takes part
    /// anew, takes part no longer, or with another weight.
    fn write(&self, cx: &mut Cx<'_>, seats: &[Seat], chosen: usize) -> Result<(), Error> {
        let (step, price) = (step_of(seats), price_of(seats));
        let clock = self.clock.clock;
        for (at, seat) in (0_usize..).zip(seats) {
            let stored = self.shares.get(&seat.user);
            let sharing = seat.skip.is_none();
            let weight = seat.weight.unwrap_or(0);
            let same = stored.map_or(!sharing, |stored| {
                stored.sharing == sharing && (!sharing || stored.weight == weight)
            });
            let is_chosen = at == chosen;
            if same && !is_chosen {
                continue;
            }
            let before = stored.cloned();
            let before = before.unwrap_or_else(|| share(&self.policy, &self.rule, Some(seat.user)));
            let paid = if is_chosen { price } else { 0 };
            let got = before.got.saturating_add(i64::from(is_chosen));
            let credit = seat.credit.saturating_sub(paid);
            cx.put(&AssignmentShare { weight, sharing, credit, clock, got, ..before })?;
        }
        let moved = clock.saturating_add(step);
        let given = self.clock.got.saturating_add(1);
        cx.put(&AssignmentShare { clock: moved, got: given, ..self.clock.clone() })
    }
}

/// A share of which nothing is known yet.
fn share(policy: &Code, rule: &Code, user: Option<Id<User>>) -> AssignmentShare {
    AssignmentShare {
        id: AssignmentShare::id_of(policy, rule, user),
        policy: policy.clone(),
        rule: rule.clone(),
        user,
        weight: 0,
        sharing: false,
        credit: 0,
        clock: 0,
        got: 0,
        ext: Ext::new(),
    }
}

/// Everybody whom a rule names or whose share its ledger holds, with what speaks against them.
fn seated(
    cx: &mut Cx<'_>,
    policy: &AssignmentPolicy,
    rule: &Rule,
    ledger: &Ledger,
    exclude: &[Id<User>],
) -> Result<Vec<Seat>, Error> {
    let users = pool_users(cx, rule)?;
    let pool = members(&rule.pool, &users);
    let away = away(cx)?;
    let mut hours = BTreeMap::new();
    let mut seats = Vec::with_capacity(pool.len());
    for (user, weight) in &pool {
        let mut seat = Seat::of(user.id, Some(*weight), ledger.credit(user.id));
        seat.inactive = !user.active;
        seat.excluded = exclude.contains(&user.id);
        seat.absent_until = away.get(&user.id).copied();
        seat.off_shift = off_shift(cx, user, &mut hours)?;
        seat.lacks = lacking(user, &rule.pool.skills);
        seat.capacity = user.capacity.map(i64::from);
        if seat.capacity.is_some() || rule.strategy == Strategy::LeastLoad {
            seat.load = Some(load(cx, user.id, policy.load)?);
        }
        seats.push(seat.judged());
    }
    let within: BTreeSet<Id<User>> = pool.iter().map(|(user, _)| user.id).collect();
    let left = ledger.shares.keys().filter(|user| !within.contains(user));
    seats.extend(left.map(|user| Seat::of(*user, None, ledger.credit(*user)).judged()));
    Ok(seats)
}

/// The users that a rule may mean.
fn pool_users(cx: &mut Cx<'_>, rule: &Rule) -> Result<Vec<User>, Error> {
    if rule.pool.is_everybody() {
        return cx.list(User::BY_LOGIN, &[]);
    }
    let mut users = Vec::new();
    for member in &rule.pool.users {
        users.extend(cx.find(member.user)?);
    }
    for team in &rule.pool.teams {
        users.extend(cx.list::<User>(User::BY_TEAM, &[Val::Id(team.uuid())])?);
    }
    Ok(users)
}

/// Until when those are absent who are absent now.
fn away(cx: &mut Cx<'_>) -> Result<BTreeMap<Id<User>, Timestamp>, Error> {
    let now = cx.now();
    let mut away = BTreeMap::new();
    let mut after = None;
    loop {
        let scan = Scan {
            range: (Bound::Excluded(Val::Int(now.micros())), Bound::Unbounded),
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), Absence::KIND, Absence::BY_UNTIL, &[])
        };
        let page = cx.page::<Absence>(&scan)?;
        for (_, stored) in page.rows {
            if let Some(absence) = cx.find(stored.id)?.filter(|absence| absence.covers(now)) {
                away.insert(absence.user, absence.until);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(away),
        }
    }
}

/// Whether the working calendar of a user rests now; `hours` keeps what was looked up.
fn off_shift(
    cx: &mut Cx<'_>,
    user: &User,
    hours: &mut BTreeMap<Code, bool>,
) -> Result<bool, Error> {
    let Some(code) = &user.calendar else { return Ok(false) };
    if let Some(rests) = hours.get(code) {
        return Ok(*rests);
    }
    let calendar = cx.unique::<Calendar>(Calendar::BY_CODE, &[Val::from(code.as_str())])?;
    let rests = calendar.is_some_and(|calendar| !calendar.hours.is_working(cx.now()));
    hours.insert(code.clone(), rests);
    Ok(rests)
}

/// The weighted open leads of a user.
fn load(cx: &mut Cx<'_>, user: Id<User>, weights: LoadWeights) -> Result<i64, Error> {
    let statuses = [
        (LeadStatus::New, weights.new),
        (LeadStatus::Working, weights.working),
        (LeadStatus::Qualified, weights.qualified),
    ];
    let mut load = 0_i64;
    for (status, weight) in statuses.into_iter().filter(|(_, weight)| *weight > 0) {
        let prefix = [Val::Id(user.uuid()), Val::from(status.code())];
        let open = cx.list::<Lead>(Lead::BY_OWNER_STATUS, &prefix)?.len();
        let open = i64::try_from(open).unwrap_or(i64::MAX);
        load = load.saturating_add(open.saturating_mul(i64::from(weight)));
    }
    Ok(load)
}
