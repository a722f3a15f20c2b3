//! What may be done to a deal in which state; and the test deals of this folder.

use chrono::NaiveDate;
use uuid::Uuid;

use super::create::Grounds;
use super::*;
use crate::party::{CustomerStatus, CustomerType};
use crate::pipeline::{Approval, Criteria, Item, StageKind};

/// Monday, 2026-11-23, 09:00 in Shanghai, and that many hours later.
pub(crate) fn at(hour: u32) -> Timestamp {
    let monday: Timestamp = "2026-11-23T01:00:00Z".parse().unwrap();
    monday.checked_add(chrono::TimeDelta::hours(hour.into())).unwrap()
}

pub(crate) fn user(number: u128) -> Id<User> {
    Id::new(Uuid::from_u128(0x500 + number))
}

/// A manager acts in that hour.
pub(crate) fn ctx(hour: u32) -> Ctx {
    Ctx { by: user(1), role: Role::Manager, now: at(hour) }
}

fn rep(hour: u32) -> Ctx {
    Ctx { role: Role::Rep, ..ctx(hour) }
}

pub(crate) fn move_id(ordinal: usize) -> Id<StageMove> {
    Id::new(Uuid::from_u128(0x900 + ordinal as u128))
}

/// The code of the first violation.
pub(crate) fn code(refusal: &Refusal) -> String {
    refusal.violations().next().unwrap().code.clone()
}

fn process() -> Shared<Process> {
    crate::pipeline::tests::process("a b c won lost", "").into()
}

pub(crate) fn stage(code: &str) -> Id<Stage> {
    process().coded(code).unwrap().id
}

fn customer() -> Customer {
    Customer {
        id: Id::new(Uuid::from_u128(0x10)),
        customer_type: CustomerType::Business,
        name: Name::parse("小米科技").unwrap(),
        industry: None,
        size: None,
        source: None,
        region: None,
        owner: Some(user(1)),
        birthday: None,
        note: None,
        status: CustomerStatus::Active,
        created_at: at(0),
        website: None,
        credit_code: None,
        parent: None,
        primary_contact: None,
        merged_into: None,
        price_group: None,
        price_sensitivity: None,
        pool: None,
        told: None,
        form: None,
        zone: None,
        ext: Default::default(),
    }
}

fn created(
    wish: &CreateOpportunity,
    process: Shared<Process>,
    ctx: Ctx,
) -> Result<Dossier, Refusal> {
    let customer = customer();
    let grounds = Grounds {
        id: Id::new(Uuid::from_u128(0x40)),
        moves: [move_id(0), move_id(1)],
        customer: &customer,
        contact: None,
        process: &process,
        owner: user(1),
        today: day("2026-11-23"),
    };
    let (deal, moves) = create(wish, grounds, ctx)?;
    Ok(Dossier { deal, process, moves, evidence: Vec::new(), lines: Vec::new() })
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn wish(stage: &str) -> CreateOpportunity {
    let stage = Some(stage.to_owned());
    CreateOpportunity { name: "Press line".into(), stage, ..Default::default() }
}

/// A deal that was made at hour 0 in that stage.
pub(crate) fn dossier(stage: &str) -> Dossier {
    created(&wish(stage), process(), ctx(0)).unwrap()
}

fn after(dossier: Dossier, moved: Moved) -> Dossier {
    let mut moves = dossier.moves;
    moves.push(moved.step);
    Dossier { deal: moved.deal, moves, ..dossier }
}

/// A deal that was won from `b` in hour 5.
pub(crate) fn won() -> Dossier {
    let open = dossier("b");
    let moved = win(&open, &winning(None), move_id(1), ctx(5)).unwrap();
    after(open, moved)
}

/// A deal that was lost from `b` in hour 5.
pub(crate) fn lost() -> Dossier {
    let open = dossier("b");
    let moved = lose(&open, &losing("price"), move_id(1), ctx(5)).unwrap();
    after(open, moved)
}

fn named(owner: u128) -> Named<'static> {
    Named { owner: user(owner), contact: None }
}

fn deal_id() -> Id<Opportunity> {
    Id::new(Uuid::from_u128(0x40))
}

fn winning(at: Option<Timestamp>) -> Win {
    Win { id: deal_id(), at, override_reason: None }
}

fn losing(reason: &str) -> Lose {
    let reason = Some(reason.to_owned());
    Lose { id: deal_id(), reason, note: None, competitor: None, at: None }
}

fn to(stage: &str) -> Advance {
    Advance { id: deal_id(), stage: stage.to_owned(), at: None, override_reason: None }
}

/// Codes and paths of everything that is wrong.
fn faults<T: core::fmt::Debug>(decided: Result<T, Refusal>) -> String {
    let refusal = decided.unwrap_err();
    let faults = refusal.violations().map(|v| format!("{} {}", v.code, v.path).trim().to_owned());
    let short = |fault: String| fault.trim_start_matches("opportunity.").to_owned();
    faults.map(short).collect::<Vec<_>>().join("; ")
}

/// A process whose first stage asks for a report and a budget before it is left, and the second for an approval.
fn demanding() -> Shared<Process> {
    let item = |code: &str| Item { code: code.parse().unwrap(), name: Name::parse(code).unwrap() };
    let mut process = process();
    process.stages[0].exit = Criteria {
        fields: vec!["amount".into(), "custom.vat".into()],
        checklist: vec![item("budget")],
        documents: vec![item("report")],
        ..Default::default()
    };
    let Item { code, name } = item("legal");
    process.stages[1].entry = Criteria {
        amount_at_least: Some("1000 CNY".parse().unwrap()),
        approvals: vec![Approval { code, name, role: Role::Finance }],
        role: Some(Role::Manager),
        ..Default::default()
    };
    process
}

#[test]
fn what_may_be_done_to_a_deal_in_which_state() {
    let states = [("open", dossier("b")), ("won", won()), ("lost", lost())];
    type Verb = fn(&Dossier) -> Result<(), Refusal>;
    let verbs: [(&str, Verb); 10] = [
        ("advance", |d| advance(d, &to("c"), move_id(9), ctx(9)).map(drop)),
        ("win", |d| win(d, &winning(None), move_id(9), ctx(9)).map(drop)),
        ("lose", |d| lose(d, &losing("price"), move_id(9), ctx(9)).map(drop)),
        ("reopen", |d| {
            reopen(d, &Reopen { id: deal_id(), at: None }, move_id(9), ctx(9)).map(drop)
        }),
        ("amend amount", |d| {
            let details = Details { amount: Some("7 CNY".parse().unwrap()), ..d.deal.details() };
            amend(&d.deal, &details, named(1), day("2026-11-23"), at(9)).map(drop)
        }),
        ("amend owner", |d| {
            amend(&d.deal, &d.deal.details(), named(2), day("2026-11-23"), at(9)).map(drop)
        }),
        ("provide", |d| {
            let d = Dossier { process: demanding(), ..d.clone() };
            let (kind, code) = ("checklist".to_owned(), "budget".to_owned());
            let wish = Provide { id: deal_id(), kind, code, document: None };
            provide(&d, &wish, Id::new(Uuid::nil()), ctx(9)).map(drop)
        }),
        ("set_lines", |d| {
            let wish = SetLines { id: deal_id(), lines: Vec::new(), amount_basis: None };
            set_lines(d, &wish, &[], &mut || Id::new(Uuid::nil()), ctx(9)).map(drop)
        }),
        ("set_probability", |d| {
            let (id, reason) = (deal_id(), None);
            let wish = SetProbability { id, probability_basis_points: None, reason };
            set_probability(d, &wish, ctx(9)).map(drop)
        }),
        ("change_pipeline", |d| {
            let mut other = process();
            other.pipeline.id = Id::new(Uuid::from_u128(2));
            let stage_map = [("b".to_owned(), "c".to_owned())].into();
            let wish = ChangePipeline { id: deal_id(), pipeline: other.pipeline.id, stage_map };
            change_pipeline(d, &other, &wish, move_id(9), ctx(9)).map(drop)
        }),
    ];
    #[rustfmt::skip]
    let table = [
        // verb              open          won                  lost
        ("advance",         ["ok",         "already_closed",    "already_closed"]),
        ("win",             ["ok",         "already_closed",    "already_closed"]),
        ("lose",            ["ok",         "already_closed",    "already_closed"]),
        ("reopen",          ["not_closed", "ok",                "ok"]),
        ("amend amount",    ["ok",         "already_closed amount", "already_closed amount"]),
        ("amend owner",     ["ok",         "ok",                "ok"]),
        ("provide",         ["ok",         "already_closed",    "already_closed"]),
        ("set_lines",       ["ok",         "already_closed",    "already_closed"]),
        ("set_probability", ["ok",         "already_closed",    "already_closed"]),
        ("change_pipeline", ["ok",         "already_closed",    "already_closed"]),
    ];
    for ((name, verb), (row, expected)) in verbs.into_iter().zip(table) {
        assert_eq!(name, row);
        for ((state, dossier), expected) in states.iter().zip(expected) {
            let decided = verb(dossier);
            let found = if decided.is_ok() { "ok".to_owned() } else { faults(decided) };
            assert_eq!(found, expected, "{name} when {state}");
        }
    }
}

#[test]
fn a_new_deal() {
    type Change = fn(&mut CreateOpportunity);
    let table: [(&str, Change, &str); 12] = [
        ("needs a name and begins first", |w| w.stage = None, "a open"),
        ("may begin later", |w| w.stage = Some("c".into()), "c open"),
        ("may begin won", |w| w.stage = Some("won".into()), "a won"),
        ("may expect to close today", |w| w.expected_close = Some(day("2026-11-23")), "a open"),
        ("does not begin lost", |w| w.stage = Some("lost".into()), "lost_reason_missing stage"),
        ("begins in a known stage", |w| w.stage = Some("z".into()), "stage.unknown stage"),
        ("has a name", |w| w.name = " ".into(), "text.empty name"),
        (
            "has no negative amount",
            |w| w.amount = Some("-1 CNY".parse().unwrap()),
            "amount.negative amount",
        ),
        (
            "has an unknown amount, not 0",
            |w| w.amount = Some("0 CNY".parse().unwrap()),
            "amount.zero amount",
        ),
        (
            "closes after it was made",
            |w| w.expected_close = Some(day("2026-11-22")),
            "close_before_creation expected_close",
        ),
        (
            "says all that is wrong",
            |w| {
                (w.name, w.source) = (String::new(), Some("A B".into()));
                w.stage = Some("z".into());
            },
            "text.empty name; code.format source; stage.unknown stage",
        ),
        (
            "is overridden for a reason",
            |w| w.override_reason = Some(" ".into()),
            "text.empty override_reason",
        ),
    ];
    for (rule, change, expected) in table {
        let mut wish = wish("a");
        change(&mut wish);
        let found = match created(&wish, process(), ctx(0)) {
            Ok(Dossier { deal, process, .. }) => {
                format!("{} {}", process.stage(deal.phase.stage()).unwrap().code, deal.phase.code())
            }
            refused => faults(refused),
        };
        assert_eq!(found, expected, "a new deal {rule}");
    }
}

#[test]
fn a_deal_is_talked_about_with_somebody_at_its_customer() {
    let contact = |customer| crate::party::Contact {
        id: Id::new(Uuid::from_u128(0x20)),
        customer,
        name: Name::parse("王伟").unwrap(),
        title: None,
        department: None,
        role: None,
        birthday: None,
        note: None,
        created_at: at(0),
        merged_into: None,
        ext: Default::default(),
    };
    let deal = dossier("a").deal;
    let amended = |contact: &crate::party::Contact| {
        let details = Details { contact: Some(contact.id), ..deal.details() };
        let named = Named { owner: user(1), contact: Some(contact) };
        amend(&deal, &details, named, day("2026-11-23"), at(1))
    };
    assert!(amended(&contact(deal.customer)).is_ok());
    let elsewhere = amended(&contact(Id::new(Uuid::nil())));
    assert_eq!(faults(elsewhere), "contact_elsewhere contact");
}

#[test]
fn a_new_deal_has_what_its_stage_asks_for() {
    let made = |stage: &str, process: Shared<Process>, ctx| created(&wish(stage), process, ctx);
    assert!(made("a", demanding(), rep(0)).is_ok(), "exits are not asked of those who enter");
    let expected = "stage.criteria_unmet entry.amount_at_least; \
                    stage.criteria_unmet entry.approval.legal; \
                    stage.criteria_unmet entry.role";
    assert_eq!(faults(made("b", demanding(), rep(0))), expected);
    let overridden = CreateOpportunity { override_reason: Some("fair".into()), ..wish("b") };
    assert!(created(&overridden, demanding(), ctx(0)).is_ok());
    let denied = faults(created(&overridden, demanding(), rep(0)));
    assert_eq!(denied, "override_denied override_reason");
    let archived = Customer { status: CustomerStatus::Archived, ..customer() };
    let (process, open) = (process(), wish("a"));
    let grounds = Grounds {
        id: deal_id(),
        moves: [move_id(0), move_id(1)],
        customer: &archived,
        contact: None,
        process: &process,
        owner: user(1),
        today: day("2026-11-23"),
    };
    assert_eq!(faults(create(&open, grounds, ctx(0))), "customer_archived customer");
}

/// Odoo PR 234714: creating a deal in a won stage crashed; the stays were wrong besides.
#[test]
fn a_deal_that_begins_won_was_open_for_no_time() {
    let made = dossier("won");
    assert_eq!(made.deal.phase, Phase::Won { from: stage("a"), at: at(0) });
    let kinds: Vec<_> = made.moves.iter().map(|step| (step.kind, step.from, step.to)).collect();
    let expected =
        [(MoveKind::Create, None, stage("a")), (MoveKind::Won, Some(stage("a")), stage("won"))];
    assert_eq!(kinds, expected);
    let history = history(&made.deal, &made.moves);
    assert_eq!(history.cumulative(stage("a"), at(9)), chrono::TimeDelta::zero());
    assert_eq!(history.latest(stage("won"), at(9)), chrono::TimeDelta::hours(9));
}

#[test]
fn advancing() {
    let hour = |hour| Some(at(hour));
    let strict = || {
        let mut dossier = dossier("b");
        (dossier.process.pipeline.allow_skip, dossier.process.pipeline.allow_back) = (false, false);
        dossier
    };
    let skipping = |mut dossier: Dossier| {
        dossier.deal.phase = Phase::Open { stage: stage("a") };
        dossier
    };
    let table = [
        ("forward", dossier("a"), to("b"), "b forward"),
        ("past a stage", dossier("a"), to("c"), "c skip"),
        ("back", dossier("c"), to("a"), "a back"),
        ("not back where that is forbidden", strict(), to("a"), "stage.transition_forbidden stage"),
        (
            "not past one where that is forbidden",
            skipping(strict()),
            to("c"),
            "stage.transition_forbidden stage",
        ),
        ("not to where it stands", dossier("a"), to("a"), "stage.transition_forbidden stage"),
        ("not to an unknown stage", dossier("a"), to("z"), "stage.unknown stage"),
        ("not to an end", dossier("a"), to("won"), "stage.is_end stage"),
        ("in the past", dossier("a"), Advance { at: hour(3), ..to("b") }, "b forward"),
        ("not in the future", dossier("a"), Advance { at: hour(10), ..to("b") }, "time.future at"),
        ("not out of a removed stage into it", removed("b"), to("b"), "stage.unknown stage"),
        ("out of a removed stage", skipping(removed("a")), to("b"), "b forward"),
    ];
    for (rule, dossier, wish, expected) in table {
        let found = match advance(&dossier, &wish, move_id(1), ctx(9)) {
            Ok(Moved { deal, step }) => {
                assert_eq!(deal.phase.stage(), step.to, "{rule}");
                assert_eq!(deal.stage_entered_at, step.at, "{rule}");
                let stage = dossier.process.stage(step.to).unwrap();
                format!("{} {}", stage.code, step.kind)
            }
            refused => faults(refused),
        };
        assert_eq!(found, expected, "a deal goes {rule}");
    }
    let forbidden = advance(&strict(), &to("a"), move_id(1), ctx(9)).unwrap_err();
    let allowed = &forbidden.violations().next().unwrap().allowed;
    assert_eq!(allowed.join(" "), "c lost", "the refusal names what is allowed");
    let early = Advance { at: hour(2), ..to("c") };
    let moved = advance(&dossier("a"), &to("b"), move_id(1), ctx(3)).unwrap();
    let moved = after(dossier("a"), moved);
    let found = faults(advance(&moved, &early, move_id(2), ctx(9)));
    assert_eq!(found, "before_last_move at");
}

/// A deal in `a` whose process lost a stage.
fn removed(code: &str) -> Dossier {
    let mut dossier = dossier("a");
    for stage in &mut dossier.process.stages {
        stage.active &= stage.code.as_str() != code;
    }
    dossier
}

#[test]
fn a_deal_moves_once_it_has_all_that_is_asked_for() {
    let mut dossier = Dossier { process: demanding(), ..dossier("a") };
    let lacks = |dossier: &Dossier, ctx: Ctx| {
        let target = dossier.process.coded("b").unwrap();
        let unmet = unmet(dossier, target, ctx.role).unwrap();
        let paths: Vec<_> = unmet.iter().map(|unmet| unmet.path.clone()).collect();
        let refused = advance(dossier, &to("b"), move_id(1), ctx);
        if let Err(refused) = refused {
            let found: Vec<_> = refused.violations().cloned().collect();
            assert_eq!(found, unmet, "what can be asked is what is refused");
        }
        paths.join(" ")
    };
    let all = "exit.fields.amount exit.fields.custom.vat exit.checklist.budget \
               exit.document.report entry.amount_at_least entry.approval.legal entry.role";
    assert_eq!(lacks(&dossier, rep(1)), all, "never only the first");
    dossier.deal.amount = Some("999.99 CNY".parse().unwrap());
    dossier.deal.ext.insert("vat".into(), crate::record::Val::from("13"));
    let document =
        Document { reference: "files/1".into(), hash: Some("0".repeat(64)), ..Default::default() };
    let shown = [("checklist", "budget", None), ("document", "report", Some(document))];
    for (kind, code, document) in shown {
        let (kind, code) = (kind.to_owned(), code.to_owned());
        let wish = Provide { id: deal_id(), kind, code, document };
        let id = Id::new(Uuid::from_u128(0x700 + dossier.evidence.len() as u128));
        let provided = provide(&dossier, &wish, id, rep(1)).unwrap();
        dossier.evidence.push(provided.evidence.clone());
        let again = provide(&dossier, &wish, Id::new(Uuid::nil()), rep(2)).unwrap();
        assert_eq!(again.evidence, provided.evidence, "the same again is once");
    }
    assert_eq!(lacks(&dossier, ctx(1)), "entry.amount_at_least entry.approval.legal");
    dossier.deal.amount = Some("1000.00 CNY".parse().unwrap());
    let (kind, code) = ("approval".to_owned(), "legal".to_owned());
    let approve = Provide { id: deal_id(), kind, code, document: None };
    let id = Id::new(Uuid::from_u128(0x7ff));
    let denied = faults(provide(&dossier, &approve, id, ctx(1)));
    assert_eq!(denied, "approval_denied code", "a manager is not finance");
    let finance = Ctx { role: Role::Finance, ..ctx(1) };
    dossier.evidence.push(provide(&dossier, &approve, id, finance).unwrap().evidence);
    assert_eq!(lacks(&dossier, ctx(1)), "");
    assert!(advance(&dossier, &to("b"), move_id(1), ctx(1)).is_ok());
    assert_eq!(lacks(&dossier, rep(1)), "entry.role");
    let (kind, code) = ("checklist".to_owned(), "budget".to_owned());
    let taken = withdraw(&dossier, &Withdraw { id: deal_id(), kind, code }, rep(1)).unwrap();
    assert_eq!(taken, [Id::new(Uuid::from_u128(0x700))]);
}

#[test]
fn showing_what_nobody_asks_for() {
    let dossier = Dossier { process: demanding(), ..dossier("a") };
    let table = [
        ("checklist", "mood", false, Role::Rep, "evidence_unknown code"),
        ("document", "budget", true, Role::Rep, "evidence_unknown code"),
        ("song", "budget", false, Role::Rep, "code.unknown kind"),
        ("document", "report", false, Role::Rep, "document_missing document"),
        ("checklist", "budget", true, Role::Rep, "document_unwanted document"),
        ("checklist", "budget", false, Role::Viewer, "access_denied"),
    ];
    for (kind, code, with_document, role, expected) in table {
        let document = Document { reference: "files/1".into(), ..Default::default() };
        let document = Some(document).filter(|_| with_document);
        let wish = Provide { id: deal_id(), kind: kind.into(), code: code.into(), document };
        let ctx = Ctx { role, ..ctx(1) };
        let found = faults(provide(&dossier, &wish, Id::new(Uuid::nil()), ctx));
        assert_eq!(found, expected, "{kind} {code}");
    }
}

#[test]
fn overriding_what_a_stage_asks_for() {
    let dossier = Dossier { process: demanding(), ..dossier("a") };
    let with = |reason: &str| Advance { override_reason: Some(reason.into()), ..to("b") };
    let moved = advance(&dossier, &with("fair next week"), move_id(1), ctx(1)).unwrap();
    assert_eq!(moved.step.override_reason.unwrap().as_str(), "fair next week");
    let by_rep = advance(&dossier, &with("fair"), move_id(1), rep(1));
    assert_eq!(faults(by_rep), "override_denied override_reason");
    let unsaid = advance(&dossier, &with(" "), move_id(1), ctx(1));
    assert_eq!(faults(unsaid), "text.empty override_reason");
    let mut strict = dossier.clone();
    strict.process.pipeline.allow_skip = false;
    let skipped =
        advance(&strict, &Advance { stage: "c".into(), ..with("hurry") }, move_id(1), ctx(1));
    assert_eq!(faults(skipped), "stage.transition_forbidden stage", "not the order of stages");
}

#[test]
fn closing() {
    let lost = |reason: Option<&str>, note: Option<&str>| {
        let (reason, note) = (reason.map(str::to_owned), note.map(str::to_owned));
        let wish = Lose { reason, note, ..losing("price") };
        match lose(&dossier("b"), &wish, move_id(1), ctx(5)) {
            Ok(moved) => moved.deal.phase.code().to_owned(),
            refused => faults(refused),
        }
    };
    assert_eq!(lost(Some("price"), None), "lost");
    assert_eq!(lost(Some("other"), Some("moved away")), "lost");
    assert_eq!(lost(None, None), "lost_reason_missing reason");
    assert_eq!(lost(Some("other"), None), "lost_note_missing note");
    assert_eq!(lost(Some("Too dear"), None), "code.format reason");
    let mut strict = dossier("b");
    strict.process.pipeline.allow_skip = false;
    let early = win(&strict, &winning(None), move_id(1), ctx(5));
    assert_eq!(faults(early), "stage.transition_forbidden stage");
    let demanding = Dossier { process: demanding(), ..dossier("a") };
    let unmet = win(&demanding, &winning(None), move_id(1), rep(5)).unwrap_err();
    assert_eq!(unmet.violations().count(), 4, "what its stage asks for before it is left");
    let future = win(&dossier("b"), &winning(Some(at(6))), move_id(1), ctx(5));
    assert_eq!(faults(future), "time.future at");
    assert_eq!(won().deal.phase, Phase::Won { from: stage("b"), at: at(5) });
    assert!(dossier("b").process.end(StageKind::Won).is_some());
}

/// Odoo PR 93704: the closing date survived leaving the won stage.
#[test]
fn reopening_leaves_nothing_of_the_closing() {
    let again = |dossier: &Dossier| {
        reopen(dossier, &Reopen { id: deal_id(), at: None }, move_id(2), ctx(8)).unwrap()
    };
    for closed in [won(), lost()] {
        let moved = again(&closed);
        assert_eq!(moved.deal.phase, Phase::Open { stage: stage("b") }, "where it stood");
        assert_eq!(moved.deal.phase.closed_at(), None);
        assert_eq!((moved.step.kind, moved.deal.stage_entered_at), (MoveKind::Reopen, at(8)));
        let reopened = after(closed, moved);
        assert_eq!(history(&reopened.deal, &reopened.moves).reopened, 1);
    }
    let mut elsewhere = won();
    elsewhere.process.pipeline.reopen_to = Some("a".parse().unwrap());
    assert_eq!(again(&elsewhere).deal.phase.stage(), stage("a"), "where the pipeline says");
    let mut gone = won();
    gone.process.stages[1].active = false;
    assert_eq!(again(&gone).deal.phase.stage(), stage("a"), "its stage is no longer there");
}

/// CordysCRM#1385: handing a deal to a colleague reset its stage and detached its history.
#[test]
fn handing_a_deal_over_changes_its_owner_alone() {
    let before = dossier("c").deal;
    let after = amend(&before, &before.details(), named(2), day("2026-11-23"), at(0)).unwrap();
    assert_eq!(after, Opportunity { owner: user(2), ..before });
}

#[test]
fn changing_the_pipeline_needs_a_place() {
    let other = || {
        let mut other = crate::pipeline::tests::process("x y won lost", "");
        other.pipeline.id = Id::new(Uuid::from_u128(2));
        other.stages.iter_mut().for_each(|stage| {
            stage.id = Id::new(Uuid::from_u128(stage.id.uuid().as_u128() + 0x1000));
            stage.pipeline = Id::new(Uuid::from_u128(2));
        });
        other
    };
    let change = |map: &[(&str, &str)], process: &Process| {
        let map = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let wish = ChangePipeline { id: deal_id(), pipeline: process.pipeline.id, stage_map: map };
        change_pipeline(&dossier("b"), process, &wish, move_id(1), ctx(4))
    };
    let moved = change(&[("b", "y")], &other()).unwrap();
    assert_eq!(moved.deal.pipeline, other().pipeline.id);
    assert_eq!(moved.deal.phase.stage(), other().coded("y").unwrap().id);
    assert_eq!((moved.step.kind, moved.step.from), (MoveKind::Pipeline, Some(stage("b"))));
    let mut closed = other();
    closed.pipeline.active = false;
    let table = [
        ("no map", &[][..], other(), "stage_map_missing stage_map"),
        ("a map of other stages", &[("a", "x")], other(), "stage_map_missing stage_map"),
        ("a map to an end", &[("b", "won")], other(), "stage.unknown stage_map.b"),
        (
            "a map of unknown stages",
            &[("b", "y"), ("q", "x")],
            other(),
            "stage.unknown stage_map.q",
        ),
        ("an inactive pipeline", &[("b", "y")], closed, "pipeline.inactive pipeline"),
        ("its own pipeline", &[("b", "c")], (*process()).clone(), "same_pipeline pipeline"),
    ];
    for (rule, map, process, expected) in table {
        assert_eq!(faults(change(map, &process)), expected, "{rule}");
    }
}
