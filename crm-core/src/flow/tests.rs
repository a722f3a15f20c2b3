//! When leads move, and to whom.

use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::*;
use crate::access::Role;
use crate::decision::broken;
use crate::lead::{CaptureLead, DefinePool, Lead, LeadStatus, PoolTerms, capture, define_pool};
use crate::record::Kind;
use crate::settings::{CreateUser, Team, create_user};
use crate::value::{Country, DayHours, Timestamp, Week, WorkCalendar};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn just(at: Timestamp, micros: i64) -> Timestamp {
    at.checked_add(TimeDelta::microseconds(micros)).unwrap()
}

fn id<K>(number: u128) -> Id<K> {
    Id::new(Uuid::from_u128(number))
}

fn user(number: u128, role: Role) -> User {
    let wish = CreateUser {
        login: format!("u{number}"),
        name: "张三".into(),
        role: Some(role.code().into()),
        ..Default::default()
    };
    create_user(id(number), &wish, &[]).unwrap()
}

fn lead(made: Timestamp) -> Lead {
    let wish = CaptureLead {
        name: Some("王伟".into()),
        phones: vec!["13800138000".into()],
        source: Some("web".into()),
        owner: Some(id(1)),
        ..Default::default()
    };
    capture(id(9), &wish, Country::CHINA, made).unwrap().0
}

fn pool(terms: PoolTerms) -> Pool {
    let wish =
        DefinePool { code: "public".into(), name: "公海".into(), terms, ..Default::default() };
    define_pool(id(7), &wish, None).unwrap()
}

fn terms(when: Trigger, then: Action) -> FlowTerms {
    let moves = matches!(then, Action::Reassign | Action::Pool);
    FlowTerms {
        of: Holds::Lead,
        when,
        then,
        boundary: Boundary::At,
        pool: moves.then(|| Code::parse("public").unwrap()),
        calendar: None,
        sources: BTreeSet::new(),
        max_bounces: None,
        warn_before_minutes: None,
        plans: Plans::Move,
        tell: BTreeSet::new(),
    }
}

fn wish(code: &str, terms: FlowTerms) -> DefineFlowRule {
    DefineFlowRule { code: code.into(), name: code.into(), active: true, rank: 0, terms }
}

fn ruled(code: &str, rank: u32, terms: FlowTerms) -> Ruled {
    let number = code.bytes().fold(0_u128, |sum, byte| sum * 256 + u128::from(byte));
    let wish = DefineFlowRule { rank, ..wish(code, terms) };
    let rule = define_rule(id(number), &wish, Some(&pool(PoolTerms::default())), &[]).unwrap();
    Ruled { pool: rule.terms.moves().then(|| id(7)), calendar: china(), rule }
}

fn office() -> DayHours {
    DayHours::new(["09:00-12:00".parse().unwrap(), "13:00-18:00".parse().unwrap()]).unwrap()
}

fn china() -> Arc<WorkCalendar> {
    Arc::new(WorkCalendar::mainland_china(&office()))
}

fn grounds(rules: Vec<Ruled>) -> Grounds {
    Grounds { rules, home: None }
}

/// What is due to a lead now: the moves, then what is told, by rule.
fn due(lead: &Lead, spells: &[OwnerSpell], grounds: &Grounds, now: Timestamp) -> String {
    let stay = stay(lead.created_at, spells, lead.followed_at);
    let verdict = verdict(lead, &deadlines(lead, &stay, grounds), now);
    let all = verdict.moves.iter().chain(&verdict.tell);
    let all: Vec<String> = all
        .map(|one| match one.does {
            Does::Warn => format!("{} warns", one.by),
            Does::Tell => format!("{} tells", one.by),
            Does::Escalate => format!("{} escalates", one.by),
            Does::Reassign { .. } => format!("{} reassigns", one.by),
            Does::Pool { .. } => format!("{} pools", one.by),
        })
        .collect();
    all.join(", ")
}

const THREE_DAYS: Trigger = Trigger::NoFirstFollowUp(Wait::Days(3));
const TEN_SILENT: Trigger = Trigger::Silence(Wait::WorkingDays(10));

/// 2026-09-30 15:00 in Shanghai, the day before 国庆.
const EVE: &str = "2026-09-30T07:00:00Z";

#[test]
fn one_tick_before_its_deadline_a_lead_stays_at_it_it_moves() {
    let berlin = Arc::new(WorkCalendar::new(Tz::Europe__Berlin, Week::monday_to_friday(&office())));
    let minutes = |n| Trigger::NoFirstFollowUp(Wait::WorkingMinutes(n));
    let days = |n| Trigger::NoFirstFollowUp(Wait::WorkingDays(n));
    let table = [
        // a rule of …                 in …        on a lead of …            moves it at …
        (THREE_DAYS, china(), EVE, "2026-10-03T07:00:00Z"),
        (days(3), china(), EVE, "2026-10-10T07:00:00Z"),
        (minutes(24 * 60), china(), EVE, "2026-10-10T07:00:00Z"),
        (minutes(3 * 60), china(), EVE, "2026-09-30T10:00:00Z"),
        (minutes(3 * 60 + 1), china(), EVE, "2026-10-08T01:01:00Z"),
        (days(1), china(), "2026-10-04T02:00:00Z", "2026-10-08T02:00:00Z"),
        (THREE_DAYS, Arc::clone(&berlin), "2026-10-23T10:00:00Z", "2026-10-26T11:00:00Z"),
        (
            Trigger::NoFirstFollowUp(Wait::ElapsedMinutes(4320)),
            Arc::clone(&berlin),
            "2026-10-23T10:00:00Z",
            "2026-10-26T10:00:00Z",
        ),
        (days(1), berlin, "2026-03-27T11:00:00Z", "2026-03-30T10:00:00Z"),
    ];
    for (when, calendar, made, deadline) in table {
        let (lead, deadline) = (lead(at(made)), at(deadline));
        for (boundary, first) in [(Boundary::At, deadline), (Boundary::After, just(deadline, 1))] {
            let terms = FlowTerms { boundary, ..terms(when.clone(), Action::Pool) };
            let rule = Ruled { calendar: Arc::clone(&calendar), ..ruled("r", 0, terms) };
            let grounds = grounds(vec![rule]);
            let said = format!("{when:?} from {made}, {boundary}");
            assert_eq!(due(&lead, &[], &grounds, just(first, -1)), "", "{said}: stays");
            assert_eq!(due(&lead, &[], &grounds, first), "r pools", "{said}: moves");
            assert_eq!(due(&lead, &[], &grounds, just(first, 1)), "r pools", "{said}: late");
        }
    }
}

/// A spell of user 2 that ended then, with the lead going to user 1.
fn spell_until(until: &str, cause: Cause) -> OwnerSpell {
    let (before, after) = (Some(id(2)), Some(id(1)));
    let keepers = (Keeper { owner: before, pool: None }, Keeper { owner: after, pool: None });
    let spell =
        spell((Kind::Lead, id::<Lead>(9).uuid()), keepers, (at(EVE), at(until)), &[], id(1));
    OwnerSpell { cause, ..spell }
}

#[test]
fn what_stops_a_clock_and_what_does_not() {
    let made = lead(at(EVE));
    let followed = |when: &str| Lead { followed_at: Some(at(when)), ..made.clone() };
    let in_status = |status| Lead { status, ..made.clone() };
    let three = || grounds(vec![ruled("first", 0, terms(THREE_DAYS, Action::Pool))]);
    let silent = || grounds(vec![ruled("silent", 0, terms(TEN_SILENT, Action::Pool))]);
    let of_fairs = FlowTerms {
        sources: BTreeSet::from([Code::parse("fair").unwrap()]),
        ..terms(THREE_DAYS, Action::Pool)
    };
    let fairs = || grounds(vec![ruled("fairs", 0, of_fairs.clone())]);
    let none = || Vec::<OwnerSpell>::new();
    let handed = |until: &str| vec![spell_until(until, Cause::Edit)];
    let month_later = "2026-11-15T07:00:00Z";
    let table = [
        ("untouched moves", made.clone(), none(), three(), month_later, "first pools"),
        (
            "followed up once stays",
            followed("2026-10-01T00:00:00Z"),
            none(),
            three(),
            month_later,
            "",
        ),
        (
            "followed up at the instant it came stays",
            followed(EVE),
            none(),
            three(),
            month_later,
            "",
        ),
        (
            "followed up late, but before it moved, stays",
            followed("2026-10-20T00:00:00Z"),
            none(),
            three(),
            month_later,
            "",
        ),
        (
            "followed up by the owner before moves",
            followed("2026-10-01T00:00:00Z"),
            handed("2026-10-02T00:00:00Z"),
            three(),
            month_later,
            "first pools",
        ),
        (
            "with a new owner has a new clock",
            made.clone(),
            handed("2026-11-13T07:00:00Z"),
            three(),
            month_later,
            "",
        ),
        ("silent for long moves", made.clone(), none(), silent(), month_later, "silent pools"),
        (
            "silent since its last follow-up moves",
            followed("2026-10-10T02:00:00Z"),
            none(),
            silent(),
            month_later,
            "silent pools",
        ),
        (
            "that spoke lately stays",
            followed("2026-11-10T02:00:00Z"),
            none(),
            silent(),
            month_later,
            "",
        ),
        (
            "that became none stays",
            in_status(LeadStatus::Discarded),
            none(),
            three(),
            month_later,
            "",
        ),
        (
            "that was converted stays",
            in_status(LeadStatus::Converted),
            none(),
            three(),
            month_later,
            "",
        ),
        (
            "that is qualified moves",
            in_status(LeadStatus::Qualified),
            none(),
            three(),
            month_later,
            "first pools",
        ),
        ("of another source stays", made.clone(), none(), fairs(), month_later, ""),
        (
            "without a source is of none",
            Lead { source: None, ..made.clone() },
            none(),
            fairs(),
            month_later,
            "",
        ),
        ("in a pool stays", made.pooled_in(id(7)), none(), three(), month_later, ""),
        (
            "with nobody stays",
            Lead { owner: None, ..made.clone() },
            none(),
            three(),
            month_later,
            "",
        ),
    ];
    for (rule, lead, spells, grounds, now, expected) in table {
        assert_eq!(due(&lead, &spells, &grounds, at(now)), expected, "a lead {rule}");
    }
}

#[test]
fn two_rules_at_once_are_one_move_with_both_reasons_in_whatever_order_they_stand() {
    let lead = lead(at(EVE));
    let first = || ruled("b-first", 2, terms(THREE_DAYS, Action::Reassign));
    let silent = || ruled("a-silent", 1, terms(TEN_SILENT, Action::Pool));
    let note = || ruled("note", 0, terms(THREE_DAYS, Action::Notify));
    let now = at("2026-11-15T07:00:00Z");
    let expected = "a-silent pools, b-first reassigns, note tells";
    for rules in [vec![first(), silent(), note()], vec![note(), silent(), first()]] {
        assert_eq!(due(&lead, &[], &grounds(rules), now), expected);
    }
    let same_rank = || ruled("b-first", 1, terms(THREE_DAYS, Action::Reassign));
    let by_code = due(&lead, &[], &grounds(vec![same_rank(), silent()]), now);
    assert_eq!(by_code, "a-silent pools, b-first reassigns", "among equals the first by code");
}

#[test]
fn a_lead_bounces_as_often_as_its_rule_allows_then_it_escalates() {
    let lead = lead(at(EVE));
    let terms = FlowTerms { max_bounces: Some(2), ..terms(THREE_DAYS, Action::Reassign) };
    let grounds = grounds(vec![ruled("first", 0, terms)]);
    let bounce = |day: u32| spell_until(&format!("2026-10-{day:02}T07:00:00Z"), Cause::Rule);
    let claimed = spell_until("2026-10-06T07:00:00Z", Cause::Claim);
    let followed = Lead { followed_at: Some(at("2026-10-05T00:00:00Z")), ..lead.clone() };
    let table = [
        ("moved once moves", &lead, vec![bounce(3)], "first reassigns"),
        ("moved twice escalates", &lead, vec![bounce(3), bounce(6)], "first escalates"),
        (
            "taken on purpose since begins anew",
            &lead,
            vec![bounce(3), bounce(4), claimed.clone()],
            "first reassigns",
        ),
        (
            "moved before it was claimed counts what came after",
            &lead,
            vec![bounce(3), claimed, bounce(9)],
            "first reassigns",
        ),
        (
            "followed up between two moves counts the last",
            &followed,
            vec![bounce(3), bounce(6)],
            "first reassigns",
        ),
    ];
    for (rule, lead, spells, expected) in table {
        let found = due(lead, &spells, &grounds, at("2026-11-15T07:00:00Z"));
        assert_eq!(found, expected, "a lead {rule}");
    }
}

#[test]
fn deciding_twice_is_deciding_once() {
    let made = lead(at(EVE));
    let terms = FlowTerms { warn_before_minutes: Some(1440), ..terms(THREE_DAYS, Action::Notify) };
    let grounds = grounds(vec![ruled("note", 0, terms)]);
    let stay = stay(made.created_at, &[], None);
    let all = deadlines(&made, &stay, &grounds);
    let (warned, told) = (at("2026-10-02T07:00:00Z"), at("2026-10-03T07:00:00Z"));
    assert_eq!(next(&made, &all), Some(warned));
    let first = verdict(&made, &all, warned);
    assert_eq!(first.tell.len(), 1);
    let made = Lead { told: first.told, ..made };
    assert_eq!(next(&made, &all), Some(told), "what was told is not due again");
    assert_eq!(verdict(&made, &all, warned).tell, []);
    let second = verdict(&made, &all, told);
    assert_eq!(second.tell.len(), 1, "the warning is not told again");
    let made = Lead { told: second.told, ..made };
    assert_eq!((next(&made, &all), verdict(&made, &all, told).tell.len()), (None, 0));
}

/// Quality is counted from when the owner got the lead; what is told of it is told once in a stay.
#[test]
fn a_lead_moves_when_its_quality_changes() {
    let code = |text: &str| Code::parse(text).unwrap();
    let (fit, d) = (code("fit"), code("d"));
    let made = lead(at(EVE));
    let fell = |points: u32| Trigger::ScoreDrop(ScoreDrop { model: fit.clone(), points });
    let became = |to: &[&str]| {
        let to = to.iter().map(|grade| code(grade)).collect();
        Trigger::GradeChange(GradeChange { model: fit.clone(), to })
    };
    let first = made.scored(&fit, 80, Some(&code("b")), at("2026-10-08T00:00:00Z"));
    let low = first.scored(&fit, 60, Some(&d), at("2026-10-09T00:00:00Z"));
    let anew = low.with(id(2));
    let other = first.scored(&code("other"), 0, None, at("2026-10-09T00:00:00Z"));
    let (before, now) = ("2026-10-08T23:59:59.999999Z", "2026-10-09T00:00:00Z");
    let table = [
        ("never scored stays", fell(20), &made, now, ""),
        ("scored for the first time stays", fell(20), &first, now, ""),
        ("that fell by less stays", fell(21), &low, now, ""),
        ("that fell by as much moves", fell(20), &low, now, "q pools"),
        ("that will fall stays", fell(20), &low, before, ""),
        ("that fell before its owner got it stays", fell(20), &anew, now, ""),
        ("that another model scores stays", fell(20), &other, now, ""),
        ("of another grade moves", became(&["c", "d"]), &low, now, "q pools"),
        ("of a grade that is not named stays", became(&["c"]), &low, now, ""),
        ("of its old grade stays", became(&["b"]), &first, now, ""),
        ("whose grade changed before stays", became(&["d"]), &anew, now, ""),
    ];
    for (rule, when, lead, now, expected) in table {
        let grounds = grounds(vec![ruled("q", 0, terms(when, Action::Pool))]);
        assert_eq!(due(lead, &[], &grounds, at(now)), expected, "a lead {rule}");
    }
    let note = grounds(vec![ruled("q", 0, terms(fell(20), Action::Notify))]);
    let stay = stay(low.created_at, &[], None);
    let told = verdict(&low, &deadlines(&low, &stay, &note), at(now));
    assert_eq!(told.tell.len(), 1);
    let lower =
        Lead { told: told.told, ..low }.scored(&fit, 50, Some(&d), at("2026-10-10T00:00:00Z"));
    let again = deadlines(&lower, &stay, &note);
    assert_eq!(verdict(&lower, &again, at("2026-10-10T00:00:00Z")).tell, [], "told once");
    assert_eq!(next(&lower, &again), None);
}

#[test]
fn what_was_claimed_comes_back_to_its_pool_when_its_protection_ends() {
    let made = lead(at(EVE));
    let terms = PoolTerms {
        protection: Some(Wait::Days(7)),
        max_protection: Some(Wait::Days(30)),
        warn_before_minutes: Some(2 * 1440),
        ..Default::default()
    };
    let home = |active| {
        let pool = Pool { active, ..pool(terms.clone()) };
        Grounds { rules: Vec::new(), home: Some(Protected { pool, calendar: china() }) }
    };
    let followed = |when: &str| Lead { followed_at: Some(at(when)), ..made.clone() };
    let claimed = [OwnerSpell { pool: Some(id(7)), ..spell_until(EVE, Cause::Claim) }];
    let table = [
        (&made, "2026-10-05T06:59:59Z", ""),
        (&made, "2026-10-05T07:00:00Z", "pool.public.protection warns"),
        (&made, "2026-10-07T06:59:59Z", "pool.public.protection warns"),
        (&made, "2026-10-07T07:00:00Z", "pool.public.protection pools"),
        (&followed("2026-10-06T00:00:00Z"), "2026-10-10T23:59:59Z", ""),
        (&followed("2026-10-06T00:00:00Z"), "2026-10-13T00:00:00Z", "pool.public.protection pools"),
        (
            &followed("2026-10-29T00:00:00Z"),
            "2026-10-30T06:59:59Z",
            "pool.public.max_protection warns",
        ),
        (
            &followed("2026-10-29T00:00:00Z"),
            "2026-10-30T07:00:00Z",
            "pool.public.max_protection pools",
        ),
        (
            &made,
            "2026-10-30T07:00:00Z",
            "pool.public.max_protection pools, pool.public.protection pools",
        ),
    ];
    for (lead, now, expected) in table {
        assert_eq!(due(lead, &claimed, &home(true), at(now)), expected, "at {now}");
        assert_eq!(
            due(lead, &claimed, &home(false), at(now)),
            "",
            "nothing comes into a closed pool"
        );
    }
}

#[test]
fn a_rule_that_could_never_do_what_it_says_is_refused() {
    let three = || terms(THREE_DAYS, Action::Pool);
    let of = |source: &str| FlowTerms {
        sources: BTreeSet::from([Code::parse(source).unwrap()]),
        ..three()
    };
    let zero = Trigger::Silence(Wait::Days(0));
    let ten = Trigger::NoFirstFollowUp(Wait::Days(10));
    let hour = Trigger::Silence(Wait::ElapsedMinutes(60));
    let open = pool(PoolTerms::default());
    let closed = Pool { active: false, ..open.clone() };
    let others = [ruled("first", 0, three()).rule];
    let fairs = [ruled("fairs", 0, of("fair")).rule];
    let bounded = [ruled("few", 0, FlowTerms { max_bounces: Some(3), ..three() }).rule];
    let nothing = Trigger::GradeChange(GradeChange {
        model: Code::parse("fit").unwrap(),
        to: BTreeSet::new(),
    });
    let table: [(&str, FlowTerms, &Pool, &[FlowRule], &str); 13] = [
        (
            "waits for some grade, and cannot warn of it",
            FlowTerms { warn_before_minutes: Some(1), ..terms(nothing, Action::Notify) },
            &open,
            &[],
            "terms.when flow_rule.wait_zero, terms.warn_before_minutes flow_rule.warned_at_once",
        ),
        ("moves leads into a pool", three(), &open, &[], ""),
        (
            "waits",
            FlowTerms { when: zero, ..three() },
            &open,
            &[],
            "terms.when flow_rule.wait_zero",
        ),
        (
            "warns after its wait began",
            FlowTerms { warn_before_minutes: Some(60), ..terms(hour, Action::Notify) },
            &open,
            &[],
            "terms.warn_before_minutes flow_rule.warned_at_once",
        ),
        (
            "says where leads go",
            FlowTerms { pool: None, ..three() },
            &open,
            &[],
            "terms.pool flow_rule.pool_missing",
        ),
        (
            "that tells somebody moves nothing",
            FlowTerms {
                pool: three().pool,
                max_bounces: Some(1),
                ..terms(THREE_DAYS, Action::Notify)
            },
            &open,
            &[],
            "terms.pool flow_rule.pool_unused, terms.max_bounces flow_rule.bounces_unused",
        ),
        ("needs an open pool", three(), &closed, &[], "terms.pool flow_rule.pool_closed"),
        (
            "is not forestalled",
            FlowTerms { when: ten.clone(), ..three() },
            &open,
            &others,
            "terms.when flow_rule.shadowed",
        ),
        (
            "is not forestalled for one source either",
            FlowTerms { when: ten.clone(), ..of("web") },
            &open,
            &others,
            "terms.when flow_rule.shadowed",
        ),
        (
            "may wait longer where the other does not apply",
            FlowTerms { when: ten.clone(), ..three() },
            &open,
            &fairs,
            "",
        ),
        (
            "may wait longer where the other gives up",
            FlowTerms { when: ten, ..three() },
            &open,
            &bounded,
            "",
        ),
        ("may wait for something else", terms(TEN_SILENT, Action::Pool), &open, &others, ""),
        ("may tell of what moves", terms(THREE_DAYS, Action::Notify), &open, &others, ""),
    ];
    for (rule, terms, pool, others, expected) in table {
        let pool = terms.pool.as_ref().map(|_| pool);
        let decided = define_rule(id(3), &wish("mine", terms.clone()), pool, others);
        assert_eq!(broken(&decided).join(", "), expected, "a rule {rule}");
    }
    assert_eq!(broken(&closable(&closed, &others)), ["active pool.in_use"]);
    assert_eq!(closable(&open, &others), Ok(()));
}

#[test]
fn a_claim_is_refused_by_the_rule_that_it_breaks() {
    let lying = lead(at(EVE)).pooled_in(id(7));
    let team: Id<Team> = id(77);
    let rep = user(1, Role::Rep);
    let in_team = User { team: Some(team), ..rep.clone() };
    let strict = PoolTerms {
        teams: BTreeSet::from([team]),
        roles: BTreeSet::from([Role::Rep]),
        claims_per_day: Some(3),
        holding_limit: Some(5),
        cool_down: Some(Wait::Days(7)),
        ..Default::default()
    };
    let lost = at("2026-10-01T00:00:00Z");
    let cooled = at("2026-10-08T00:00:00Z");
    let (open, free) = (pool(strict), pool(PoolTerms::default()));
    let closed = Pool { active: false, ..free.clone() };
    let gone = Lead { status: LeadStatus::Discarded, ..lying.clone() };
    let of = |user, claims_today, held, lost_at| Claimer { user, claims_today, held, lost_at };
    let busy = of(&rep, 3, 5, Some(lost));
    let table = [
        ("is free", &lying, &free, busy, cooled, ""),
        ("is of the team", &lying, &open, of(&in_team, 0, 0, None), cooled, ""),
        ("is the third of the day", &lying, &open, of(&in_team, 2, 4, None), cooled, ""),
        ("comes when it cooled down", &lying, &open, of(&in_team, 0, 0, Some(lost)), cooled, ""),
        (
            "comes too early",
            &lying,
            &open,
            of(&in_team, 0, 0, Some(lost)),
            just(cooled, -1),
            "id pool.cooling_down",
        ),
        ("is of another team", &lying, &open, of(&rep, 0, 0, None), cooled, "id pool.not_member"),
        (
            "is the fourth of the day",
            &lying,
            &open,
            of(&in_team, 3, 0, None),
            cooled,
            "id pool.claims_per_day",
        ),
        (
            "is more than one holds",
            &lying,
            &open,
            of(&in_team, 0, 5, None),
            cooled,
            "id pool.holding_limit",
        ),
        ("is of a closed pool", &lying, &closed, busy, cooled, "pool pool.closed"),
        ("is of no lead any more", &gone, &free, busy, cooled, "id lead.discarded"),
        (
            "breaks everything",
            &lying,
            &open,
            busy,
            just(cooled, -1),
            "id pool.not_member, id pool.cooling_down, id pool.claims_per_day, id pool.holding_limit",
        ),
    ];
    for (rule, lead, pool, claimer, now, expected) in table {
        let decided = claim(lead, pool, claimer, &china(), now);
        assert_eq!(broken(&decided).join(", "), expected, "a claim that {rule}");
        if let Ok(claimed) = decided {
            assert_eq!((claimed.owner, claimed.pool), (Some(claimer.user.id), None));
        }
    }
    assert_eq!(broken(&lead(at(EVE)).lies_in()), ["id lead.not_in_pool"]);
}

#[test]
fn a_lead_is_released_by_its_owner_or_who_may_override() {
    let made = lead(at(EVE));
    let (open, lying) = (pool(PoolTerms::default()), made.pooled_in(id(7)));
    let closed = Pool { active: false, ..open.clone() };
    let table = [
        ("by its owner", &made, &open, user(1, Role::Rep), "no budget", ""),
        ("by a manager", &made, &open, user(2, Role::Manager), "no budget", ""),
        ("by a colleague", &made, &open, user(2, Role::Rep), "x", "id owner.not_yours"),
        ("for no reason", &made, &open, user(1, Role::Rep), " ", "reason text.empty"),
        ("again", &lying, &open, user(2, Role::Manager), "x", "id lead.in_pool"),
        (
            "into a closed pool by anyone",
            &made,
            &closed,
            user(3, Role::Rep),
            "",
            "id owner.not_yours, pool pool.closed, reason text.empty",
        ),
    ];
    for (rule, lead, pool, actor, reason, expected) in table {
        let decided = release(lead, pool, reason, &actor);
        assert_eq!(broken(&decided).join(", "), expected, "released {rule}");
    }
    let other = Pool { id: id(8), code: Code::parse("east").unwrap(), ..open.clone() };
    let claimed_from = Some(id(8));
    let from_east = Stay { since: at(EVE), claimed_from, bounces: 0, followed_at: None };
    let from_none = Stay { claimed_from: None, ..from_east };
    let both = [open.clone(), other];
    let chosen = |code: Option<&str>, stay: &Stay, pools: &[Pool]| {
        choose(code, Holds::Lead, stay, pools).map(|pool| pool.code.to_string())
    };
    assert_eq!(chosen(Some("public"), &from_east, &both), Ok("public".into()), "the named");
    assert_eq!(chosen(None, &from_east, &both), Ok("east".into()), "where it came from");
    assert_eq!(chosen(None, &from_none, &[open]), Ok("public".into()), "the only one");
    assert_eq!(broken(&chosen(None, &from_none, &both)), ["pool pool.unsaid"]);
    assert_eq!(broken(&chosen(Some("west"), &from_none, &both)), ["pool pool.unknown"]);
}

#[test]
fn a_record_is_handed_to_an_active_colleague_for_a_reason() {
    let (rep, boss) = (user(1, Role::Rep), user(2, Role::Manager));
    let gone = User { active: false, ..user(3, Role::Rep) };
    let to = |id, reason: &str| Transfer { to: id, reason: reason.into(), plans: Plans::Move };
    let table = [
        ("by its owner", Some(id(1)), to(id(2), "leave"), Some(&boss), &rep, ""),
        ("by a manager", Some(id(3)), to(id(1), "leave"), Some(&rep), &boss, ""),
        ("by a colleague", Some(id(3)), to(id(2), "x"), Some(&boss), &rep, "id owner.not_yours"),
        ("to one who left", Some(id(1)), to(id(3), "x"), Some(&gone), &rep, "to owner.not_active"),
        ("to nobody", Some(id(1)), to(id(4), "x"), None, &rep, "to owner.not_active"),
        (
            "to its owner",
            Some(id(1)),
            to(id(1), " "),
            Some(&rep),
            &rep,
            "to owner.the_same, reason text.empty",
        ),
    ];
    for (rule, owner, wish, to, actor, expected) in table {
        let decided = transferable(owner, &wish, to, actor);
        assert_eq!(broken(&decided).join(", "), expected, "handed {rule}");
        if let Some(owner) = owner {
            assert_eq!(may_hand_over(owner, &wish, to, actor), decided);
        }
    }
}

/// The rule, who is wanted, the owner, who stands above them, and the users told.
type Told<'a> = (&'a str, &'a [Recipient], &'a User, &'a [User], &'a str);

#[test]
fn whom_a_rule_tells() {
    let team: Id<Team> = id(77);
    let of = |number, role, active, team| User { active, team, ..user(number, role) };
    let owner = of(1, Role::Rep, true, Some(team));
    let lone = of(1, Role::Rep, true, None);
    let left = of(1, Role::Rep, false, Some(team));
    let boss = of(2, Role::Manager, true, None);
    let gone_boss = of(2, Role::Manager, false, None);
    let head = of(3, Role::Owner, true, None);
    let peer = of(4, Role::Rep, true, Some(team));
    let gone_peer = of(5, Role::Rep, false, Some(team));
    let cash = of(6, Role::Finance, true, None);
    let all = [owner.clone(), boss.clone(), head.clone(), peer, gone_peer, cash];
    use Recipient::{Manager, Owner, Role as OfRole, Team as WholeTeam, User as One};
    let both = [boss.clone(), head.clone()];
    let without_boss = [gone_boss, head.clone()];
    let table: [Told<'_>; 11] = [
        ("the owner", &[Owner], &owner, &both, "1"),
        ("the manager", &[Manager], &owner, &both, "2"),
        ("the manager's manager where the manager left", &[Manager], &owner, &without_boss, "3"),
        ("each once", &[Owner, Manager, WholeTeam], &owner, &both, "1 2 4"),
        ("who is there of the team", &[WholeTeam], &owner, &both, "1 4"),
        ("the owner where there is no team", &[WholeTeam], &lone, &both, "1"),
        ("a role", &[OfRole(Role::Finance)], &owner, &both, "6"),
        ("one", &[One(id(4))], &owner, &both, "4"),
        ("the owner where the one left", &[One(id(5))], &owner, &both, "1"),
        ("the manager where the owner left", &[Owner], &left, &both, "2"),
        ("who governs where all left", &[Owner], &left, &[], "3"),
    ];
    for (rule, wanted, owner, above, expected) in table {
        let found = recipients(&wanted.iter().copied().collect(), owner, above, &all);
        let found: Vec<String> = found.iter().map(|id| id.uuid().as_u128().to_string()).collect();
        assert_eq!(found.join(" "), expected, "told: {rule}");
    }
}

#[test]
fn nobody_is_told_anything_outside_their_hours() {
    let china = china();
    let table = [
        ("at work", "2026-09-30T07:00:00Z", false),
        ("at lunch", "2026-09-30T04:30:00Z", true),
        ("at the end of work", "2026-09-30T10:00:00Z", true),
        ("on National Day", "2026-10-01T02:00:00Z", true),
        ("on a make-up Saturday", "2026-10-10T02:00:00Z", false),
    ];
    for (when, now, quiet) in table {
        assert_eq!(is_quiet(Some(&china), at(now)), quiet, "{when}");
        assert!(!is_quiet(None, at(now)), "without a calendar always");
    }
}

#[test]
fn a_history_has_no_gap_and_a_stay_begins_where_the_last_spell_ended() {
    let subject = (Kind::Lead, Uuid::from_u128(9));
    let keeper = |owner: u128| Keeper { owner: Some(id(owner)), pool: None };
    let mut spells: Vec<OwnerSpell> = Vec::new();
    assert_eq!(stay(at(EVE), &spells, None).since, at(EVE), "since it was made");
    for (n, until) in [(1, "2026-10-01T00:00:00Z"), (2, "2026-10-05T00:00:00Z")] {
        let keepers = (keeper(n), keeper(n + 1));
        let next = spell(subject, keepers, (at(EVE), at(until)), &spells, id(1));
        assert_eq!(next.since, stay(at(EVE), &spells, None).since);
        assert_eq!(u128::from(next.ordinal), n - 1);
        spells.push(next);
        assert_eq!(stay(at(EVE), &spells, None).since, at(until));
    }
    assert_eq!(spells[0].next_keeper(), spells[1].keeper());
    let again = spell(subject, (keeper(1), keeper(2)), (at(EVE), at(EVE)), &[], id(5));
    assert_eq!(again.id, spells[0].id, "one place of the history has one id");
    let claims = [1, 2].map(|n| again.clone().claimed(id(5), n));
    assert_ne!(claims[0].id, claims[1].id);
    assert_eq!(claims[0].id, spells[1].clone().claimed(id(5), 1).id, "one claim has one id");
}
