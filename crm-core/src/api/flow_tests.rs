//! The flow of leads through the door: whichever way an owner changes, history and clocks follow.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::engine::{CallOptions, Engine, Env, Error, SessionOptions, verify};
use crate::record::{Kind, Record, Val};
use crate::store::{KINDS, MemoryStore, Row, Scan, Store, TenantId};
use crate::value::Timestamp;

pub(super) const DAY: i64 = 86_400;
/// Monday, 2026-11-23, 09:00 in Shanghai.
const START: i64 = 1_795_395_600;

/// A house with a boss, two reps who report to them, and a host who says what time it is.
pub(super) struct House {
    engine: Engine,
    store: Arc<MemoryStore>,
    now: Cell<i64>,
    step: Cell<u64>,
    users: BTreeMap<&'static str, String>,
}

impl House {
    pub(super) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let engine = Engine::open(Arc::clone(&store) as Arc<dyn Store>);
        let (now, step) = (Cell::new(START * 1_000_000), Cell::new(0));
        let mut house = Self { engine, store, now, step, users: BTreeMap::new() };
        let boss = house.id(
            "owner",
            "user.create",
            json!({"login": "boss", "name": "周敏", "role": "manager"}),
        );
        for login in ["an", "bo", "cy"] {
            let wish = json!({"login": login, "name": login, "manager": boss});
            let id = house.id("owner", "user.create", wish);
            house.users.insert(login, id);
        }
        house.users.insert("boss", boss);
        house
    }

    /// A house with a pool and the three-days rule.
    pub(super) fn with_rule(terms: Value, pool: Value) -> Self {
        let house = Self::new();
        house.ok("owner", "pool.define", json!({"code": "public", "name": "公海", "terms": pool}));
        let rule = json!({"code": "first3d", "name": "3天规则", "terms": terms});
        house.ok("owner", "flow_rule.define", rule);
        house.tick();
        house
    }

    pub(super) fn call(&self, actor: &str, op: &str, request: Value) -> Result<Value, Error> {
        self.step.set(self.step.get() + 1);
        let now = Timestamp::from_micros(self.now.get()).unwrap();
        let env = Env { now, entropy: [7; 32] }.step(self.step.get());
        let actor = actor.to_owned();
        let session = self.engine.session(SessionOptions { actor, ..Default::default() });
        let answer =
            session.call(&env, op, request.to_string().as_bytes(), &CallOptions::default())?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }

    #[track_caller]
    pub(super) fn ok(&self, actor: &str, op: &str, request: Value) -> Value {
        self.call(actor, op, request).map_err(|e| e.problem()).unwrap()
    }

    #[track_caller]
    pub(super) fn id(&self, actor: &str, op: &str, request: Value) -> String {
        self.ok(actor, op, request)["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(super) fn refused(&self, actor: &str, op: &str, request: Value) -> String {
        let problem = self.call(actor, op, request).unwrap_err().problem();
        let found: Vec<String> =
            problem.violations.iter().map(|v| format!("{} {}", v.path, v.code)).collect();
        if found.is_empty() { problem.code } else { found.join(", ") }
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.wait_micros(seconds * 1_000_000);
    }

    pub(super) fn now(&self) -> i64 {
        self.now.get()
    }

    pub(super) fn wait_micros(&self, micros: i64) {
        self.now.set(self.now.get() + micros);
    }

    /// Lets everything that is due happen; says how many timers that were.
    pub(super) fn tick(&self) -> u64 {
        let mut done = 0;
        loop {
            let ticked = self.ok("owner", "tick", json!({"limit": 7}));
            done += ticked["done"].as_u64().unwrap();
            if ticked["more"] == false {
                return done;
            }
        }
    }

    pub(super) fn user(&self, login: &str) -> &str {
        &self.users[login]
    }

    pub(super) fn login(&self, id: &Value) -> String {
        let found = self.users.iter().find(|(_, user)| id == user.as_str());
        found.map_or_else(|| "-".to_owned(), |(login, _)| (*login).to_owned())
    }

    pub(super) fn lead(&self, owner: &str) -> String {
        let wish = json!({"name": "王伟", "phones": ["13800138000"], "owner": self.user(owner)});
        self.id("owner", "lead.capture", wish)
    }

    /// With whom a lead is: a login, `pool`, or `-`.
    pub(super) fn keeper(&self, lead: &str) -> String {
        let lead = self.ok("owner", "lead.get", json!({"id": lead}));
        assert!(lead["owner"].is_null() || lead["pool"].is_null(), "{lead}");
        if lead["pool"].is_null() { self.login(&lead["owner"]) } else { "pool".to_owned() }
    }

    /// The history of a record: `cause:from>to`.
    pub(super) fn history(&self, kind: &str, id: &str) -> String {
        let owners = self.ok("owner", "owner.history", json!({"kind": kind, "id": id}));
        let spells = owners["spells"].as_array().unwrap();
        let place = |owner: &Value, pool: &Value| {
            if pool.is_null() { self.login(owner) } else { "pool".to_owned() }
        };
        let told: Vec<String> = spells
            .iter()
            .map(|spell| {
                let from = place(&spell["owner"], &spell["pool"]);
                let to = place(&spell["next_owner"], &spell["next_pool"]);
                format!("{}:{from}>{to}", spell["cause"].as_str().unwrap())
            })
            .collect();
        told.join(" ")
    }

    pub(super) fn followed_up(&self, actor: &str, lead: &str) {
        self.ok(actor, "activity.log", json!({"kind": "call", "lead": lead}));
    }

    /// What a user was told: `code because`.
    pub(super) fn told(&self, login: &str) -> Vec<String> {
        let due = json!({"channel": "app", "recipient": self.user(login), "limit": 1000});
        let due = self.ok("owner", "reminder.due", due);
        let notices = due["notices"].as_array().unwrap();
        let say = |n: &Value| {
            let because = n["because"].as_str().unwrap_or("");
            format!("{} {because}", n["code"].as_str().unwrap()).trim().to_owned()
        };
        notices.iter().map(say).collect()
    }

    #[track_caller]
    pub(super) fn is_sound(&self) {
        let found = verify(&*self.store, TenantId(1)).unwrap();
        assert_eq!(found.faults, [], "a sound store");
    }
}

pub(super) fn three_days(then: &str) -> Value {
    json!({"when": {"no_first_follow_up": {"days": 3}}, "then": then, "pool": "public"})
}

#[test]
fn a_lead_that_its_owner_does_not_follow_up_for_three_days_moves_once() {
    let house = House::with_rule(three_days("reassign"), json!({}));
    let (idle, called) = (house.lead("an"), house.lead("an"));
    house.followed_up("an", &called);
    // What does not stop the clock: an edit, a colleague's call, the owner's note, a plan.
    house.followed_up("bo", &idle);
    house.ok("an", "activity.log", json!({"kind": "note", "lead": idle, "content": "x"}));
    house.ok("an", "activity.log", json!({"kind": "call", "lead": idle, "outcome": "missed"}));
    let at = Timestamp::from_micros(house.now.get() + 10 * DAY * 1_000_000).unwrap();
    house.ok("an", "activity.plan", json!({"kind": "call", "lead": idle, "at": at}));
    let future = json!({"kind": "call", "lead": idle, "at": at});
    assert_eq!(house.refused("an", "activity.log", future), "at time.future");
    house.wait_micros(3 * DAY * 1_000_000 - 1);
    assert_eq!(house.tick(), 0, "one tick before the deadline nothing is due");
    assert_eq!(house.keeper(&idle), "an");
    house.wait_micros(1);
    assert_eq!(house.tick(), 1);
    assert_eq!((house.keeper(&idle), house.keeper(&called)), ("pool".into(), "an".into()));
    let history = house.history("lead", &idle);
    assert_eq!(house.tick(), 0, "sweeping twice is once");
    assert_eq!(house.history("lead", &idle), history);
    assert_eq!(history, "rule:an>pool");
    assert_eq!(house.told("an"), ["lead.taken first3d"]);
    assert_eq!(house.told("boss"), ["lead.nobody_free first3d"], "nobody is free: an alert");
    house.is_sound();
}

#[test]
fn downtime_loses_nothing_and_the_next_deadline_is_known() {
    let house = House::with_rule(three_days("pool"), json!({}));
    let leads: Vec<String> = (0..20).map(|_| house.lead("an")).collect();
    let ticked = house.ok("owner", "tick", json!({}));
    let due = Timestamp::from_micros(house.now.get() + 3 * DAY * 1_000_000).unwrap();
    assert_eq!(ticked["next_due"], due.to_string());
    house.wait(90 * DAY);
    assert_eq!(house.tick(), 20);
    assert!(leads.iter().all(|lead| house.keeper(lead) == "pool"));
    house.is_sound();
}

#[test]
fn every_way_to_change_an_owner_keeps_history_and_starts_the_clock_anew() {
    let house = House::with_rule(three_days("pool"), json!({"cool_down": {"days": 1}}));
    let lead = house.lead("an");
    let clock = |lead: &str| {
        let clocks = house.ok("owner", "lead.clocks", json!({"id": lead}));
        let since: Timestamp = clocks["since"].as_str().unwrap().parse().unwrap();
        assert_eq!(since.micros(), house.now.get(), "the stay begins now");
        clocks["deadlines"][0]["due"].as_str().map(str::to_owned)
    };
    let due = || Timestamp::from_micros(house.now.get() + 3 * DAY * 1_000_000).unwrap().to_string();
    house.wait(DAY);
    let hand = json!({"id": lead, "to": house.user("bo"), "reason": "休假"});
    assert_eq!(house.refused("cy", "lead.transfer", hand.clone()), "id owner.not_yours");
    house.ok("an", "lead.transfer", hand);
    assert_eq!(clock(&lead), Some(due()));
    house.wait(DAY);
    house.ok("bo", "lead.release", json!({"id": lead, "reason": "无预算"}));
    assert_eq!(clock(&lead), None, "nothing is due in a pool");
    assert_eq!(house.refused("bo", "lead.claim", json!({"id": lead})), "id pool.cooling_down");
    house.wait(DAY);
    house.ok("bo", "lead.claim", json!({"id": lead}));
    assert_eq!(clock(&lead), Some(due()));
    house.wait(DAY);
    let all = json!({"from": house.user("bo"), "to": house.user("cy"), "reason": "离职"});
    assert_eq!(house.ok("boss", "handover.move", all)["leads"], 1);
    assert_eq!(clock(&lead), Some(due()));
    house.wait(3 * DAY);
    house.tick();
    assert_eq!(
        house.history("lead", &lead),
        "transfer:an>bo release:bo>pool claim:pool>bo transfer:bo>cy rule:cy>pool"
    );
    // A customer is edited; an import sets another owner; a deal is edited.
    let customer = json!({"name": "A", "owner": house.user("an")});
    let customer = house.id("owner", "customer.create", customer);
    let to =
        |from: &str, to: &str| json!({"owner": {"from": house.user(from), "to": house.user(to)}});
    house.ok("an", "customer.amend", json!({"id": customer, "set": to("an", "bo")}));
    assert_eq!(house.history("customer", &customer), "edit:an>bo");
    let row = |owner: &str| {
        json!({"source": "old", "entity": "customer", "file": "c.csv",
            "rows": [{"row": 1, "key": "1", "set": {"name": "I", "owner": house.user(owner)}}]})
    };
    let first = house.ok("owner", "import.rows", row("an"));
    house.ok("owner", "import.rows", row("cy"));
    let imported = first["results"][0]["id"].as_str().unwrap();
    assert_eq!(house.history("customer", imported), "import:an>cy");
    house.is_sound();
}

#[test]
fn a_new_rule_reaches_the_leads_there_are_and_a_retired_one_lets_them_go() {
    let house = House::with_rule(three_days("pool"), json!({}));
    let leads: Vec<String> = (0..450).map(|_| house.lead("an")).collect();
    let rule = |active: bool, days: u32| {
        json!({"code": "first3d", "name": "r", "active": active, "terms": {
            "when": {"no_first_follow_up": {"days": days}}, "then": "pool", "pool": "public"}})
    };
    house.wait(DAY);
    house.ok("owner", "flow_rule.define", rule(true, 1));
    assert_eq!(house.tick(), 3 + 450, "three pages of leads, and every lead");
    assert!(leads.iter().all(|lead| house.keeper(lead) == "pool"));
    house.is_sound();
    let late = house.lead("bo");
    house.ok("owner", "flow_rule.define", rule(false, 1));
    house.tick();
    house.is_sound();
    house.wait(30 * DAY);
    assert_eq!(house.tick(), 0);
    assert_eq!(house.keeper(&late), "bo");
    let closed = json!({"code": "public", "name": "公海", "active": false});
    house.ok("owner", "flow_rule.define", rule(true, 1));
    assert_eq!(house.refused("owner", "pool.define", closed), "active pool.in_use");
    house.tick();
    assert_eq!(house.keeper(&late), "pool");
    house.is_sound();
}

#[test]
fn an_imported_lead_has_a_clock_from_its_import_on() {
    let house = House::with_rule(three_days("pool"), json!({}));
    let rows = json!({"source": "old", "entity": "lead", "file": "l.csv", "rows": [{
        "row": 1, "key": "1", "set": {"name": "I", "phones": ["13800138000"],
        "owner": house.user("an"), "received_at": "2020-01-01T00:00:00Z"}}]});
    let imported = house.ok("owner", "import.rows", rows);
    let lead = imported["results"][0]["id"].as_str().unwrap();
    house.is_sound();
    house.wait(3 * DAY - 1);
    house.tick();
    assert_eq!(house.keeper(lead), "an", "it came long ago, but nobody could follow it up here");
    house.wait(1);
    house.tick();
    assert_eq!(house.keeper(lead), "pool");
}

#[test]
fn plans_go_along_stay_or_are_cancelled() {
    let house = House::with_rule(three_days("pool"), json!({"plans": "cancel"}));
    let at = Timestamp::from_micros(house.now.get() + 20 * DAY * 1_000_000).unwrap();
    let plan = |actor: &str, lead: &str| {
        house.id(actor, "activity.plan", json!({"kind": "call", "lead": lead, "at": at}))
    };
    let stands = |plan: &str| {
        let plan = house.ok("owner", "activity.get", json!({"id": plan}));
        format!("{} {}", house.login(&plan["owner"]), plan["status"].as_str().unwrap())
    };
    for (how, expected) in
        [("move", "bo planned"), ("keep", "an planned"), ("cancel", "an cancelled")]
    {
        let lead = house.lead("an");
        let (own, others) = (plan("an", &lead), plan("cy", &lead));
        let wish = json!({"id": lead, "to": house.user("bo"), "reason": "x", "plans": how});
        let handed = house.ok("an", "lead.transfer", wish);
        assert_eq!(handed["plans_concerned"], u32::from(how != "keep"), "{how}");
        assert_eq!((stands(&own), stands(&others)), (expected.into(), "cy planned".into()));
        house.followed_up("bo", &lead);
    }
    let lead = house.lead("an");
    let own = plan("an", &lead);
    house.wait(3 * DAY);
    house.tick();
    assert_eq!((house.keeper(&lead), stands(&own)), ("pool".into(), "an cancelled".into()));
    house.is_sound();
}

#[test]
fn claims_are_counted_by_the_day_of_the_tenant() {
    let pool = json!({"claims_per_day": 2, "holding_limit": 3});
    let house = House::with_rule(three_days("pool"), pool);
    let leads: Vec<String> = (0..5).map(|_| house.lead("an")).collect();
    house.wait(3 * DAY);
    house.tick();
    let claim = |n: usize| json!({"id": leads[n]});
    let listed = house.ok("bo", "pool.leads", json!({"pool": "public"}));
    assert_eq!(listed["rows"].as_array().unwrap().len(), 5);
    house.ok("bo", "lead.claim", claim(0));
    assert_eq!(house.refused("cy", "lead.claim", claim(0)), "id lead.not_in_pool");
    house.ok("bo", "lead.claim", claim(1));
    assert_eq!(house.refused("bo", "lead.claim", claim(2)), "id pool.claims_per_day");
    house.ok("cy", "lead.claim", claim(2));
    house.wait(15 * 3600 - 1);
    assert_eq!(house.refused("bo", "lead.claim", claim(3)), "id pool.claims_per_day", "23:59:59");
    house.wait(1);
    house.ok("bo", "lead.claim", claim(3));
    assert_eq!(house.refused("bo", "lead.claim", claim(4)), "id pool.holding_limit");
    house.is_sound();
}

/// Two claims of one user at the same time count as two: the second is decided again on what the first left.
#[test]
fn two_claims_at_once_do_not_outwit_the_limit() {
    let house = House::with_rule(three_days("pool"), json!({"claims_per_day": 1}));
    let leads = [house.lead("an"), house.lead("an")];
    house.wait(3 * DAY);
    house.tick();
    let plan = |n: usize, step: u64| {
        let now = Timestamp::from_micros(house.now.get()).unwrap();
        let env = Env { now, entropy: [9; 32] }.step(step);
        let options = SessionOptions { actor: "bo".into(), ..Default::default() };
        let request = json!({"id": leads[n]}).to_string();
        let session = house.engine.session(options);
        session.plan(&env, "lead.claim", request.as_bytes()).unwrap().batch.unwrap()
    };
    let (first, second) = (plan(0, 1), plan(1, 2));
    let apply = |batch| crate::store::StoreExt::apply_one(&*house.store, batch).map(drop);
    assert!(apply(&first).is_ok());
    assert!(apply(&second).is_err(), "decided on what is not so any more");
    assert_eq!(
        house.refused("bo", "lead.claim", json!({"id": leads[1]})),
        "id pool.claims_per_day"
    );
}

#[test]
fn a_lead_that_somebody_moved_on_purpose_bounces_anew() {
    let mut rule = three_days("pool");
    rule["max_bounces"] = json!(2);
    let house = House::with_rule(rule, json!({}));
    let lead = house.lead("an");
    for next in ["bo", "cy"] {
        house.wait(3 * DAY);
        house.tick();
        assert_eq!(house.keeper(&lead), "pool");
        let give = json!({"id": lead, "to": house.user(next), "reason": "x"});
        house.ok("boss", "lead.transfer", give);
    }
    assert_eq!(
        house.history("lead", &lead),
        "rule:an>pool transfer:pool>bo rule:bo>pool transfer:pool>cy"
    );
    // A transfer is on purpose: it begins anew.
    let clocks = house.ok("owner", "lead.clocks", json!({"id": lead}));
    assert_eq!((&clocks["bounces"], &clocks["deadlines"][0]["does"]), (&json!(0), &json!("pool")));
    house.is_sound();
}

#[test]
fn a_warning_comes_once_and_a_follow_up_stops_the_rest() {
    let mut rule = three_days("pool");
    rule["warn_before_minutes"] = json!(1440);
    let house = House::with_rule(rule, json!({}));
    let lead = house.lead("an");
    house.wait(2 * DAY);
    assert_eq!((house.tick(), house.tick()), (1, 0));
    assert_eq!(house.told("an"), ["lead.flow_warned first3d"]);
    assert_eq!(house.told("an"), [""; 0], "once by each channel");
    house.is_sound();
    house.followed_up("an", &lead);
    house.wait(30 * DAY);
    assert_eq!(house.tick(), 0);
    assert_eq!(house.keeper(&lead), "an");
    house.is_sound();
}

#[test]
fn nobody_is_disturbed_outside_their_hours_and_what_waited_comes_with_the_morning() {
    let house = House::with_rule(three_days("pool"), json!({}));
    house.ok("owner", "calendar.define", json!({"code": "cn", "name": "中国", "preset": "cn"}));
    let nowhere = json!({"set": {"quiet_calendar": {"to": "mars"}}});
    let refused = house.refused("owner", "settings.amend", nowhere);
    assert_eq!(refused, "set.quiet_calendar calendar.unknown");
    house.lead("an");
    house.wait(3 * DAY + 11 * 3600);
    house.tick();
    let quiet = json!({"set": {"quiet_calendar": {"to": "cn"}}});
    house.ok("owner", "settings.amend", quiet);
    assert_eq!(house.told("an"), [""; 0], "20:00 on a Thursday");
    let peek = json!({"channel": "screen", "recipient": house.user("an"), "even_if_quiet": true});
    let seen = house.ok("owner", "reminder.due", peek);
    assert_eq!(seen["notices"].as_array().unwrap().len(), 1);
    house.wait(13 * 3600);
    assert_eq!(house.told("an"), ["lead.taken first3d"], "09:00 on Friday");
}

impl House {
    /// The three take turns at leads.
    fn with_rotation(&self) {
        let users: Vec<Value> =
            ["an", "bo", "cy"].iter().map(|login| json!({"user": self.user(login)})).collect();
        let policy = json!({"code": "leads", "name": "分配", "on_capture": false,
            "rules": [{"code": "all", "when": {"all": []}, "pool": {"users": users},
                "strategy": "rotation"}],
            "fallback": {"queue": "lost", "keeper": self.user("boss")}});
        self.ok("owner", "assignment_policy.define", policy);
    }
}

#[test]
fn a_lead_that_lies_goes_to_another_who_is_free_and_never_back() {
    let house = House::with_rule(three_days("reassign"), json!({}));
    house.with_rotation();
    let lead = house.lead("an");
    let mut had = vec![house.keeper(&lead)];
    for _ in 0..2 {
        house.wait(3 * DAY);
        house.tick();
        had.push(house.keeper(&lead));
    }
    let distinct: BTreeSet<&String> = had.iter().collect();
    assert_eq!((distinct.len(), distinct.contains(&"pool".to_owned())), (3, false), "{had:?}");
    house.wait(3 * DAY);
    house.tick();
    assert_eq!(house.keeper(&lead), "pool", "all had their turn");
    assert_eq!(house.told("boss"), ["lead.nobody_free first3d"]);
    let expected = format!("rule:an>{} rule:{}>{} rule:{}>pool", had[1], had[1], had[2], had[2]);
    assert_eq!(house.history("lead", &lead), expected);
    assert_eq!(house.told(&had[1]), ["lead.given first3d", "lead.taken first3d"]);
    house.is_sound();
    // A follow-up ends the round: whoever had it may have it again.
    house.ok("an", "lead.claim", json!({"id": lead}));
    house.followed_up("an", &lead);
    house.wait(30 * DAY);
    assert_eq!(house.tick(), 0);
    // Whoever is absent is not free.
    let other = house.lead("bo");
    let (from, until) = (house.now.get(), house.now.get() + 90 * DAY * 1_000_000);
    let instant = |at: i64| Timestamp::from_micros(at).unwrap();
    for away in ["an", "cy"] {
        let leave =
            json!({"user": house.user(away), "from": instant(from), "until": instant(until)});
        house.ok("boss", "absence.add", leave);
    }
    house.wait(3 * DAY);
    house.tick();
    assert_eq!(house.keeper(&other), "pool");
    house.is_sound();
}

#[test]
fn a_lead_that_bounced_as_often_as_it_may_stays_and_the_manager_hears_once() {
    let mut rule = three_days("reassign");
    rule["max_bounces"] = json!(1);
    let house = House::with_rule(rule, json!({}));
    house.with_rotation();
    let lead = house.lead("an");
    house.wait(3 * DAY);
    house.tick();
    let second = house.keeper(&lead);
    assert!(["bo", "cy"].contains(&second.as_str()), "{second}");
    house.wait(3 * DAY);
    assert_eq!((house.tick(), house.tick()), (1, 0));
    assert_eq!(house.keeper(&lead), second);
    assert_eq!(house.told("boss"), ["lead.flow_escalated first3d"]);
    house.is_sound();
    house.wait(30 * DAY);
    assert_eq!(house.tick(), 0);
    assert_eq!(house.told("boss"), [""; 0]);
}

#[test]
fn assigning_from_a_pool_empties_it_and_is_kept() {
    let house = House::with_rule(three_days("pool"), json!({}));
    house.with_rotation();
    let lead = house.lead("an");
    house.wait(3 * DAY);
    house.tick();
    house.ok("boss", "lead.assign", json!({"id": lead, "to": house.user("bo"), "reason": "x"}));
    assert_eq!(house.history("lead", &lead), "rule:an>pool assign:pool>bo");
    assert_eq!(house.keeper(&lead), "bo");
    house.is_sound();
    let to = json!({"owner": {"from": house.user("bo"), "to": house.user("cy")}});
    house.ok("boss", "lead.amend", json!({"id": lead, "set": to}));
    assert_eq!(house.history("lead", &lead), "rule:an>pool assign:pool>bo edit:bo>cy");
    house.is_sound();
}

/// The score of a lead falls while somebody has it: it moves with the next tick, once.
#[test]
fn a_lead_whose_score_falls_moves_and_its_next_owner_begins_anew() {
    let drop = json!({"when": {"score_drop": {"model": "heat", "points": 5000}}, "then": "pool", "pool": "public"});
    let house = House::with_rule(drop, json!({}));
    let points = json!({"half_life_days": 30, "cap": "100",
        "behaviours": [{"code": "demo", "points": "10"}, {"code": "unsubscribe", "points": "-20"}]});
    let grades = json!([{"grade": "hot", "from": 9000}, {"grade": "cold"}]);
    let model = json!({"name": "heat", "target": "lead", "points": points, "grades": grades});
    house.ok("owner", "score_model.define", model);
    let lead = house.lead("an");
    let did = |code: &str| {
        let did = json!({"subject_kind": "lead", "subject": lead, "code": code});
        house.ok("owner", "behaviour.record", did);
        house.ok("owner", "score.refresh", json!({"model": "heat"}));
    };
    did("demo");
    assert_eq!((house.tick(), house.keeper(&lead)), (0, "an".to_owned()));
    did("unsubscribe");
    assert_eq!((house.tick(), house.keeper(&lead)), (1, "pool".to_owned()));
    house.is_sound();
    house.ok("bo", "lead.claim", json!({"id": lead}));
    house.wait(DAY);
    house.ok("owner", "score.refresh", json!({"model": "heat"}));
    assert_eq!((house.tick(), house.keeper(&lead)), (0, "bo".to_owned()), "it fell before");
    house.is_sound();
}

/// A token answers once, in time, and about the value that was asked about; a changed value is not confirmed.
#[test]
fn a_contact_point_is_confirmed_by_its_token_and_loses_that_with_its_value() {
    let house = House::new();
    let lead = house.lead("an");
    let points = || house.ok("an", "confirmation.list", json!({"owner": lead}))["rows"].clone();
    let point = points()[0]["point"]["id"].clone();
    assert_eq!(points()[0]["status"], Value::Null, "nobody asked");
    let asked = house.ok("an", "confirmation.ask", json!({"point": point, "minutes": 60}));
    let again = house.ok("an", "confirmation.ask", json!({"point": point, "minutes": 60}));
    assert_ne!(asked["token"], again["token"]);
    assert_eq!(points()[0]["status"], "pending");
    let by = |asked: &Value| json!({"token": asked["token"]});
    let old = house.refused("an", "confirmation.answer", by(&asked));
    assert_eq!(old, "token confirmation.unknown_token", "another took its place");
    house.wait(3600);
    assert_eq!(points()[0]["expired"], true);
    let late = house.refused("an", "confirmation.answer", by(&again));
    assert_eq!(late, "token confirmation.expired");
    let third = house.ok("an", "confirmation.ask", json!({"point": point}));
    house.ok("an", "confirmation.answer", by(&third));
    assert_eq!(points()[0]["status"], "confirmed");
    let twice = house.refused("an", "confirmation.answer", by(&third));
    assert_eq!(twice, "token confirmation.used");
    house.ok("an", "contact_point.remove", json!({"id": point}));
    let number = json!({"medium": "phone", "text": "13900139000"});
    let new = json!({"owner_kind": "lead", "owner": lead, "point": number});
    let new = house.id("an", "contact_point.add", new);
    assert_eq!(points()[0]["status"], Value::Null, "the new number is not confirmed");
    let found = json!({"point": new, "confirmed": false, "note": "空号"});
    house.ok("an", "confirmation.record", found);
    assert_eq!(points()[0]["status"], "failed");
    let secret = again["token"].as_str().unwrap();
    let stored = |kind: Kind| {
        let mut found = String::new();
        let sink = &mut |row: Row<'_>| {
            if let Row::Rec(_, record) = row {
                found.push_str(&format!("{:?}", record.vals));
            }
            crate::store::Flow::Continue(())
        };
        house.store.scan(&Scan::of(TenantId(1), kind, 0, &[]), sink).unwrap();
        found
    };
    for kind in [Kind::Confirmation, Kind::Fact, Kind::FactSecret] {
        assert!(!stored(kind).contains(secret), "no token is kept");
    }
    house.is_sound();
}

/// Every row that is not about owners, with its owner fields masked.
fn masked(house: &House) -> BTreeMap<(Kind, Uuid), Vec<Val>> {
    let about = [
        Kind::OwnerSpell,
        Kind::Timer,
        Kind::Notice,
        Kind::Fact,
        Kind::FactSecret,
        Kind::Seal,
        Kind::Receipt,
        Kind::CustomIndex,
    ];
    let mut rows = BTreeMap::new();
    for (kind, _) in KINDS.iter().filter(|(kind, _)| !about.contains(kind)) {
        let scan = Scan::of(TenantId(1), *kind, 0, &[]);
        let sink = &mut |row: Row<'_>| {
            if let Row::Rec(_, record) = row {
                let mut record: Record = record.clone();
                for name in ["owner", "told"] {
                    if let Some(at) =
                        record.def.field_named(name).and_then(|def| record.def.position(def.id))
                        && *kind != Kind::ContactPoint
                    {
                        record.vals[at] = Val::Null;
                    }
                }
                rows.insert((*kind, record.id), record.vals);
            }
            crate::store::Flow::Continue(())
        };
        house.store.scan(&scan, sink).unwrap();
    }
    rows
}

#[test]
fn a_handover_tells_everything_open_and_moves_it_without_touching_anything_else() {
    let house = House::with_rule(three_days("pool"), json!({}));
    house.ok("owner", "pipeline.template", json!({"template": "solution", "is_default": true}));
    let an = house.user("an").to_owned();
    let at = |days: i64| Timestamp::from_micros(house.now.get() + days * DAY * 1_000_000).unwrap();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for n in 0..7 {
        let lead = house.lead("an");
        let points = json!({"name": format!("C{n}"), "owner": an, "phones": ["13800138000"]});
        let customer = house.id("an", "customer.create", points);
        house.ok("an", "contact.create", json!({"customer": customer, "name": "李娜"}));
        let deal = json!({"customer": customer, "name": format!("D{n}"), "owner": an,
            "amount": {"amount": "12.30", "currency": "CNY"}});
        let deal = house.id("an", "opportunity.create", deal);
        let with_lead = json!({"kind": "call", "lead": lead, "at": at(1)});
        let with_deal =
            json!({"kind": "task", "opportunity": deal, "at": at(2), "subject": "报价"});
        open.insert(house.id("an", "activity.plan", with_lead));
        open.insert(house.id("an", "activity.plan", with_deal));
        house.ok(
            "an",
            "activity.log",
            json!({"kind": "visit", "customer": customer,
            "participants": [{"user": an}]}),
        );
        open.extend([lead, customer, deal]);
    }
    // What is closed or of another stays with whom it is.
    let lost = house.lead("an");
    house.ok("an", "lead.discard", json!({"id": lost, "reason": "junk"}));
    let others = house.lead("bo");
    house.followed_up("bo", &others);
    house.wait(DAY + 1);
    let mut packed: BTreeSet<String> = BTreeSet::new();
    let mut request = json!({"user": an, "limit": 4});
    loop {
        let pack = house.ok("boss", "handover.pack", request.clone());
        for (list, record) in
            [("leads", "lead"), ("customers", "customer"), ("deals", "deal"), ("steps", "plan")]
        {
            let ids = pack[list].as_array().unwrap().iter();
            packed.extend(ids.map(|row| row[record]["id"].as_str().unwrap().to_owned()));
        }
        if let Some(customer) = pack["customers"].get(0) {
            assert_eq!(customer["people"][0]["name"], "李娜");
            assert_eq!(customer["last_contact"]["kind"], "visit");
            assert_eq!(customer["points"].as_array().unwrap().len(), 1);
        }
        if let Some(lead) = pack["leads"].get(0) {
            assert_eq!(lead["risks"], json!(["overdue", "clock_runs"]));
        }
        if pack["next"].is_null() {
            break;
        }
        request["after"] = pack["next"].clone();
    }
    assert_eq!(packed, open, "everything open, and nothing else");
    let before = masked(&house);
    let mut moved = 0;
    let wish = json!({"from": an, "to": house.user("cy"), "reason": "离职", "limit": 5});
    loop {
        let done = house.ok("boss", "handover.move", wish.clone());
        let count = |list: &str| done[list].as_u64().unwrap();
        moved += count("leads") + count("customers") + count("deals");
        if done["more"] == false {
            break;
        }
    }
    assert_eq!(moved, 21);
    assert_eq!(masked(&house), before, "nothing but owners and clocks changed");
    let left = house.ok("boss", "handover.pack", json!({"user": an}));
    for list in ["leads", "customers", "deals", "steps"] {
        assert_eq!(left[list], json!([]), "{list}");
    }
    assert_eq!((house.keeper(&lost), house.keeper(&others)), ("an".into(), "bo".into()));
    house.is_sound();
    let one = house.lead("bo");
    let named = json!({"from": house.user("bo"), "to": house.user("an"), "reason": "x",
        "records": [{"kind": "lead", "id": one}]});
    for expected in [1, 0] {
        assert_eq!(house.ok("bo", "handover.move", named.clone())["leads"], expected);
    }
    let foreign = json!({"from": house.user("bo"), "to": house.user("cy"), "reason": "x",
        "records": [{"kind": "lead", "id": one}, {"kind": "user", "id": an}]});
    assert_eq!(house.refused("bo", "handover.move", foreign), "records[0] owner.of_another");
}

#[test]
fn a_customer_takes_its_open_deals_along_in_their_stages() {
    let house = House::new();
    house.ok("owner", "pipeline.template", json!({"template": "solution", "is_default": true}));
    let customer = json!({"name": "A", "owner": house.user("an")});
    let customer = house.id("an", "customer.create", customer);
    let deal = |owner: &str| {
        let wish = json!({"customer": customer, "name": "D", "owner": house.user(owner)});
        house.id("an", "opportunity.create", wish)
    };
    let (own, lost, others) = (deal("an"), deal("an"), deal("cy"));
    house.ok("owner", "opportunity.lose", json!({"id": lost, "reason": "price"}));
    let before = house.ok("an", "opportunity.get", json!({"id": own}));
    let wish = json!({"id": customer, "to": house.user("bo"), "reason": "休假"});
    let handed = house.ok("an", "customer.transfer", wish);
    assert_eq!(handed["deals"], json!([own]), "neither the lost one nor a colleague's");
    let after = house.ok("an", "opportunity.get", json!({"id": own}));
    assert_eq!(house.login(&after["owner"]), "bo");
    for same in ["phase", "stage_entered_at", "touched_at", "created_at"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    assert_eq!(house.history("opportunity", &own), "transfer:an>bo");
    assert_eq!(house.history("opportunity", &others), "");
    house.is_sound();
}

/// A generator of numbers: the same seed, the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Whatever happens in whatever order: a lead that once had somebody is with somebody or in a pool, never both, history
/// has no gap, and every open lead with an owner has its clock. `verify` says so after every story.
#[test]
fn every_lead_is_with_somebody_or_in_a_pool_and_its_clock_runs() {
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let mut rule = three_days(if seed % 2 == 0 { "reassign" } else { "pool" });
        rule["max_bounces"] = json!(1 + seed % 3);
        let pool = json!({"protection": {"days": 2}, "max_protection": {"days": 9},
            "warn_before_minutes": 600, "cool_down": {"elapsed_minutes": 90}});
        let house = House::with_rule(rule, pool);
        if seed % 4 == 0 {
            house.with_rotation();
        }
        let silent = json!({"code": "silent", "name": "s", "rank": 1, "terms": {
            "when": {"silence": {"working_minutes": 2400}}, "then": "pool", "pool": "public"}});
        house.ok("owner", "flow_rule.define", silent);
        let people = ["an", "bo", "cy"];
        let mut leads: Vec<String> = (0..4).map(|n| house.lead(people[n % 3])).collect();
        for _ in 0..120 {
            let (lead, who) = (leads[dice.roll(leads.len())].clone(), people[dice.roll(3)]);
            let to = house.user(people[dice.roll(3)]).to_owned();
            let done = match dice.roll(11) {
                0 => {
                    leads.push(house.lead(who));
                    Ok(Value::Null)
                }
                1 => house.call(who, "activity.log", json!({"kind": "call", "lead": lead})),
                2 => house.call(who, "lead.claim", json!({"id": lead})),
                3 => house.call(who, "lead.release", json!({"id": lead, "reason": "x"})),
                4 => house.call(
                    "boss",
                    "lead.transfer",
                    json!({"id": lead, "to": to, "reason": "x"}),
                ),
                5 => house.call(
                    "boss",
                    "handover.move",
                    json!({"from": house.user(who), "to": to, "reason": "x"}),
                ),
                6 => house.call(who, "lead.discard", json!({"id": lead, "reason": "x"})),
                7 => house.call(who, "lead.reactivate", json!({"id": lead})),
                _ => {
                    house.wait(i64::try_from(dice.roll(40)).unwrap() * 3600);
                    house.tick();
                    Ok(Value::Null)
                }
            };
            assert!(matches!(done, Ok(_) | Err(Error::Refused(_))), "{done:?}");
            assert_ne!(house.keeper(&lead), "-", "a lead is never lost");
        }
        house.is_sound();
    }
}
