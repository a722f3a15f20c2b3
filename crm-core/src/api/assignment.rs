//! Operations on assignment rules, and leads on their way to an owner.

use core::ops::Bound;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Seen, assignment_load::Loads};
use crate::access::Access;
use crate::assignment::{
    Absence, Assignment, AssignmentHow, AssignmentPolicy, AssignmentShare, Compiled,
    DefineAssignmentPolicy, Facts, Finding, Ground, Ledger, Proof, RULES_MAX, Read, Rule, Schema,
    Seat, Strategy, choose, define_policy, facts_of, lacking, lint_rules, members, refuse_defects,
};
use crate::custom::CustomField;
use crate::decision::Violation;
use crate::engine::{Cx, Error, Operation};
use crate::lead::Lead;
use crate::record::{Entity, Ext, Kind, Val};
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
        let compiled = Compiled::of(&policy.rules.0, &schema)?;
        refuse_defects(&policy.rules.0, &lint_rules(&policy.rules.0, &compiled))?;
        cx.about(policy.id);
        for other in cx.list::<AssignmentPolicy>(AssignmentPolicy::BY_ACTIVE, &[Val::Bool(true)])? {
            if policy.active || other.code == policy.code {
                cx.put(&AssignmentPolicy { active: false, ..other })?;
            }
        }
        cx.amend(&policy)
    }
}

/// What is wrong with assignment rules, each finding with a lead that shows it; nothing is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintAssignmentPolicy {
    /// The rules, in order.
    pub rules: Vec<Rule>,
}

/// What was found in assignment rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// The findings, in the order of the rules; what is about all of them comes last.
    pub findings: Vec<Finding>,
}

impl Operation for LintAssignmentPolicy {
    const NAME: &'static str = "assignment_policy.lint";
    const ACCESS: Access = Access::Read;
    type Response = Findings;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Findings, Error> {
        let count = self.rules.len();
        if count > RULES_MAX {
            let invalid = Invalid::new("assignment.rules", &count.to_string());
            return Err(Error::invalid("rules", invalid.limit(format!("at most {RULES_MAX}"))));
        }
        let compiled = Compiled::of(&self.rules, &cx.lead_schema()?)?;
        Ok(Findings { findings: lint_rules(&self.rules, &compiled) })
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
            let rules = InForce::read(cx, self.policy.as_deref())?;
            return one_by_rules(cx, &rules, &lead, &self.exclude, reason);
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

/// A policy ready to decide.
struct InForce {
    policy: AssignmentPolicy,
    compiled: Compiled,
}

impl InForce {
    /// The policy named, or the active one; made ready once, until a policy or a custom field changes.
    fn read(cx: &mut Cx<'_>, code: Option<&str>) -> Result<Arc<Self>, Error> {
        let of = code.map_or(Uuid::nil(), |code| {
            Id::<AssignmentPolicy>::derived([b"in force".as_slice(), code.as_bytes()]).uuid()
        });
        cx.once("assignment_policy.in_force", of, |cx| {
            let policy = cx.assignment_policy(code)?.ok_or_else(|| match code {
                Some(code) => Error::invalid("policy", Invalid::new("reference.unknown", code)),
                None => {
                    let none = Invalid::new("assignment.no_policy", "");
                    let limit = "an active policy: `assignment_policy.define`";
                    Error::invalid("policy", none.limit(limit))
                }
            })?;
            let compiled = Compiled::of(&policy.rules.0, &cx.lead_schema()?)?;
            Ok(Self { policy, compiled })
        })
    }
}

/// What the decisions of one call have in common: read once, kept true by what each of them gives, and written when the
/// call ends, or its fact is full.
struct Round<'a> {
    rules: &'a InForce,
    exclude: &'a [Id<User>],
    tables: BTreeMap<Code, Table>,
    /// The open work of users, from when it is first asked for.
    loads: Option<Loads>,
    away: Option<BTreeMap<Id<User>, Timestamp>>,
    /// Which calendars rest now.
    rests: BTreeMap<Code, bool>,
    /// The rows of ledgers that are to be written.
    changed: BTreeMap<Id<AssignmentShare>, AssignmentShare>,
    /// Whether ledgers are read row by row without guards, where many are.
    many: bool,
    /// How many bytes a fact takes, at most, to tell of the last decision.
    told: usize,
}

/// The ledger of one rule, and everybody whom the rule names or whose share the ledger holds.
struct Table {
    ledger: Ledger,
    /// With what speaks against them for the whole call; credit and load are those of each lead.
    seats: Vec<Seat>,
}

impl<'a> Round<'a> {
    fn new(rules: &'a InForce, exclude: &'a [Id<User>]) -> Self {
        Self {
            rules,
            exclude,
            tables: BTreeMap::new(),
            loads: None,
            away: None,
            rests: BTreeMap::new(),
            changed: BTreeMap::new(),
            many: false,
            told: 0,
        }
    }

    /// For a call that will give many leads.
    fn of_many(cx: &Cx<'_>, rules: &'a InForce, exclude: &'a [Id<User>]) -> Self {
        // What the unit of work wrote itself is seen in listings only.
        let many = cx.written_ids(Kind::AssignmentShare).is_empty();
        Self { many, ..Self::new(rules, exclude) }
    }

    /// Whoever a rule may mean, as they stand for the next lead.
    fn seated(&mut self, cx: &mut Cx<'_>, rule: &Rule) -> Result<Vec<Seat>, Error> {
        if !self.tables.contains_key(&rule.code) {
            let table = self.table(cx, rule)?;
            self.tables.insert(rule.code.clone(), table);
        }
        let Some(table) = self.tables.get(&rule.code) else { return Ok(Vec::new()) };
        let mut seats = table.seats.clone();
        for seat in &mut seats {
            seat.credit = table.ledger.credit(seat.user);
            let counts = seat.capacity.is_some() || rule.strategy == Strategy::LeastLoad;
            if counts && seat.weight.is_some() {
                let loads = match &mut self.loads {
                    Some(loads) => loads,
                    none => none.insert(Loads::begin(cx, self.rules.policy.load)?),
                };
                seat.load = Some(loads.of(cx, seat.user)?);
            }
            seat.skip = seat.reason();
        }
        Ok(seats)
    }

    /// What a rule needs for all leads of the call.
    fn table(&mut self, cx: &mut Cx<'_>, rule: &Rule) -> Result<Table, Error> {
        let policy = &self.rules.policy.code;
        let rows = match self.many {
            true => shares(cx, policy, &rule.code)?,
            false => {
                let prefix = [Val::from(policy.as_str()), Val::from(rule.code.as_str())];
                cx.list::<AssignmentShare>(AssignmentShare::BY_RULE, &prefix)?
            }
        };
        let ledger = Ledger::of(policy, &rule.code, rows);
        if self.away.is_none() {
            self.away = Some(away(cx)?);
        }
        let users = pool_users(cx, rule)?;
        let mut seats = Vec::with_capacity(users.len());
        for (user, weight) in members(&rule.pool, &users) {
            let mut seat = Seat::of(user.id, Some(weight), 0);
            seat.inactive = !user.active;
            seat.excluded = self.exclude.contains(&user.id);
            seat.absent_until = self.away.as_ref().and_then(|away| away.get(&user.id)).copied();
            seat.off_shift = off_shift(cx, user, &mut self.rests)?;
            seat.lacks = lacking(user, &rule.pool.skills);
            seat.capacity = user.capacity.map(i64::from);
            seats.push(seat);
        }
        let within: BTreeSet<Id<User>> = seats.iter().map(|seat| seat.user).collect();
        let left = ledger.users().filter(|user| !within.contains(user));
        seats.extend(left.map(|user| Seat::of(user, None, 0)));
        Ok(Table { ledger, seats })
    }

    /// A lead is given to one of these seats, or to nobody.
    fn gave(&mut self, lead: &Lead, rule: Option<&Rule>, seats: &[Seat], chosen: Option<usize>) {
        let to = chosen.and_then(|at| seats.get(at)).map(|seat| seat.user);
        let shares = self.changed.len();
        if let Some(loads) = &mut self.loads {
            loads.moved(lead, to);
        }
        if let (Some(rule), Some(chosen)) = (rule, chosen)
            && rule.strategy != Strategy::Fixed
            && let Some(table) = self.tables.get_mut(&rule.code)
        {
            let changed = table.ledger.give(seats, chosen).into_iter();
            self.changed.extend(changed.map(|share| (share.id, share)));
        }
        let shares = self.changed.len().saturating_sub(shares);
        let tried = self.rules.policy.rules.0.len().saturating_mul(RULE_BYTES);
        let all = seats.len().saturating_mul(SEAT_BYTES).saturating_add(tried);
        self.told = all.saturating_add(DECISION_BYTES.saturating_mul(shares.saturating_add(1)));
    }

    /// Writes the ledgers as the leads since the last time left them, and says by whose rules.
    fn written(&mut self, cx: &mut Cx<'_>) -> Result<(), Error> {
        for share in core::mem::take(&mut self.changed).into_values() {
            cx.put(&share)?;
        }
        cx.by_rule(self.rules.policy.id);
        Ok(())
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
    let rules = InForce::read(cx, None)?;
    let why = Note::parse(why).ok();
    one_by_rules(cx, &rules, lead, exclude, why)?;
    cx.get(lead.id)
}

/// Decides about one lead by rules and writes what follows.
fn one_by_rules(
    cx: &mut Cx<'_>,
    rules: &InForce,
    lead: &Lead,
    exclude: &[Id<User>],
    why: Option<Note>,
) -> Result<Assigned, Error> {
    let mut round = Round::new(rules, exclude);
    let assigned = by_rules(cx, &mut round, lead, why)?;
    round.written(cx)?;
    Ok(assigned)
}

/// Assigns a captured lead that nobody looks after, where the active policy says so. Rule ASG-9 (F024, W44).
pub(super) fn on_capture(cx: &mut Cx<'_>, lead: &Lead) -> Result<(), Error> {
    if lead.owner.is_some() {
        return Ok(());
    }
    // Asked with every lead that comes in: a policy of many rules is not read for that.
    let wanted = cx.once("assignment_policy.on_capture", Uuid::nil(), |cx| {
        Ok(cx.assignment_policy(None)?.is_some_and(|policy| policy.on_capture))
    })?;
    if *wanted {
        assign_lead(cx, lead, &[], "captured")?;
    }
    Ok(())
}

/// What was decided about a lead, before it is written.
struct Outcome<'a> {
    policy: Option<&'a AssignmentPolicy>,
    rule: Option<Code>,
    how: AssignmentHow,
    chosen: Option<Id<User>>,
    read: Facts,
    proof: Proof,
}

impl Outcome<'_> {
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

/// Decides by rules and writes the lead and the decision; the ledger is left in `round`.
fn by_rules(
    cx: &mut Cx<'_>,
    round: &mut Round<'_>,
    lead: &Lead,
    why: Option<Note>,
) -> Result<Assigned, Error> {
    let InForce { policy, compiled } = round.rules;
    let facts = facts_of(lead);
    let matched = compiled.first(&compiled.slots.row(&facts));
    let rule = matched.hit.and_then(|at| policy.rules.0.get(at));
    let seats = rule.map(|rule| round.seated(cx, rule)).transpose()?.unwrap_or_default();
    let place = rule.and_then(|rule| choose(rule.strategy, &seats));
    let chosen = place.and_then(|at| seats.get(at)).map(|seat| seat.user);
    // From here on nothing is refused any more, so what is given need not be taken back.
    round.gave(lead, rule, &seats, place);
    let outcome = Outcome {
        policy: Some(policy),
        rule: rule.map(|rule| rule.code.clone()),
        how: if chosen.is_some() { AssignmentHow::Rule } else { AssignmentHow::Queue },
        chosen,
        read: facts,
        proof: Proof { failed: matched.failed, seats },
    };
    written(cx, lead, outcome, why)
}

/// Writes the lead with its owner, the decision, and the notice to the keeper of the queue.
fn written(
    cx: &mut Cx<'_>,
    lead: &Lead,
    outcome: Outcome<'_>,
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
        ordinal: i64::try_from(cx.made_so_far()).unwrap_or(i64::MAX),
        ext: Ext::new(),
    };
    cx.put(&assignment)?;
    if let Some(fallback) = fallback {
        cx.tell(fallback.keeper, "lead.queued", lead.id, now, None)?;
    }
    Ok(Assigned { lead: lead.id, assignment: assignment.id, how, owner: chosen, rule, queue })
}

/// The stored ledger of one rule for a call that gives many leads. Only its clock is a guard: whoever gives a lead moves
/// that, and guards for each share of many rules were more than a commit takes.
fn shares(cx: &mut Cx<'_>, policy: &Code, rule: &Code) -> Result<Vec<AssignmentShare>, Error> {
    cx.find(AssignmentShare::id_of(policy, rule, None))?;
    let prefix = [Val::from(policy.as_str()), Val::from(rule.as_str())];
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let scan = Scan {
            after: after.as_ref(),
            ..Scan::of(cx.tenant(), AssignmentShare::KIND, AssignmentShare::BY_RULE, &prefix)
        };
        let page = cx.page::<AssignmentShare>(&scan)?;
        rows.extend(page.rows.into_iter().map(|(_, share)| share));
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(rows),
        }
    }
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

/// Until when those are absent who are absent now, also where this unit of work says so.
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
            None => break,
        }
    }
    for own in cx.written_here(Kind::Absence) {
        let own = Absence::from_record(own)?;
        if own.covers(now) {
            away.insert(own.user, own.until);
        }
    }
    Ok(away)
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

/// Every stored absence, by user.
pub(super) fn leave_of(cx: &mut Cx<'_>) -> Result<BTreeMap<Id<User>, Vec<Absence>>, Error> {
    let mut leave: BTreeMap<Id<User>, Vec<Absence>> = BTreeMap::new();
    for absence in cx.list::<Absence>(Absence::BY_USER, &[])? {
        leave.entry(absence.user).or_default().push(absence);
    }
    Ok(leave)
}

/// The working calendars of users.
pub(super) fn known_of(cx: &mut Cx<'_>, users: &[User]) -> Result<BTreeMap<Code, Calendar>, Error> {
    let mut hours = BTreeMap::new();
    for code in users.iter().filter_map(|user| user.calendar.clone()) {
        let calendar = cx.unique::<Calendar>(Calendar::BY_CODE, &[Val::from(code.as_str())])?;
        hours.extend(calendar.map(|calendar| (code, calendar)));
    }
    Ok(hours)
}

/// What is known of a user at an instant of the past: leave and working hours as they are stored, the rest as today.
/// What open work they had then is not known: it counts as none.
pub(super) fn seat_at(
    user: &User,
    rule: &Rule,
    at: Timestamp,
    leave: &BTreeMap<Id<User>, Vec<Absence>>,
    hours: &BTreeMap<Code, Calendar>,
) -> Seat {
    let own = leave.get(&user.id).map_or(&[][..], Vec::as_slice);
    let calendar = user.calendar.as_ref().and_then(|code| hours.get(code));
    Seat {
        inactive: !user.active,
        absent_until: own.iter().find(|absence| absence.covers(at)).map(|absence| absence.until),
        off_shift: calendar.is_some_and(|calendar| !calendar.hours.is_working(at)),
        lacks: lacking(user, &rule.pool.skills),
        load: Some(0),
        capacity: user.capacity.map(i64::from),
        ..Seat::of(user.id, Some(1), 0)
    }
}

/// Gives many leads to owners by rules, each on its own: one that is refused leaves the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignLeads {
    /// Which, 1 to 1,000, in this order.
    pub ids: Vec<Id<Lead>>,
    /// Who shall get none of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Id<User>>,
    /// The policy whose rules decide; the active one where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// What became of one of many leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedRow {
    /// The lead.
    pub lead: Id<Lead>,
    /// Who looks after it, and why; none where it was refused.
    pub assigned: Option<Assigned>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

/// What became of many leads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignedMany {
    /// The leads, in the order of the request.
    pub rows: Vec<AssignedRow>,
}

impl Operation for AssignLeads {
    const NAME: &'static str = "lead.assign_many";
    const ACCESS: Access = Access::Record;
    type Response = AssignedMany;

    fn run(&self, cx: &mut Cx<'_>) -> Result<AssignedMany, Error> {
        let count = self.ids.len();
        if !(1..=MANY_MAX).contains(&count) {
            let invalid = Invalid::new("assignment.many", &count.to_string());
            return Err(Error::invalid("ids", invalid.limit(format!("1 to {MANY_MAX} leads"))));
        }
        let rules = InForce::read(cx, self.policy.as_deref())?;
        cx.about(rules.policy.id);
        let mut round = Round::of_many(cx, &rules, &self.exclude);
        let mut rows = Vec::with_capacity(count);
        let mut told = 0_usize;
        for id in &self.ids {
            cx.checkpoint()?;
            if told > FACT_BYTES {
                round.written(cx)?;
                super::settle(cx, Self::NAME)?;
                cx.about(rules.policy.id);
                told = 0;
            }
            let one = cx.attempt(|cx| {
                let lead = cx.known("id", *id)?;
                lead.takes_new().map_err(|e| Error::invalid("id", e))?;
                by_rules(cx, &mut round, &lead, None)
            });
            rows.push(match one {
                Ok(assigned) => {
                    told = told.saturating_add(round.told);
                    AssignedRow { lead: *id, assigned: Some(assigned), violations: vec![] }
                }
                Err(Error::Refused(refusal)) => {
                    let violations = refusal.violations().cloned().collect();
                    AssignedRow { lead: *id, assigned: None, violations }
                }
                Err(other) => return Err(other),
            });
        }
        round.written(cx)?;
        Ok(AssignedMany { rows })
    }
}

/// How many leads one call can assign.
const MANY_MAX: usize = 1_000;
/// What the decisions of one fact may take, as [`Round::gave`] reckons it: a store takes values of up to a MiB. A call
/// that decides more leaves several facts, in one commit.
const FACT_BYTES: usize = 512 << 10;
/// What a fact says of a decision and its lead, of one candidate, and of one rule that did not fit; bytes at most, but for
/// long lists of skills.
const DECISION_BYTES: usize = 1_500;
const SEAT_BYTES: usize = 270;
const RULE_BYTES: usize = 4;
