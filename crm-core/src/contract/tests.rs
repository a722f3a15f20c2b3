use super::*;
use crate::decision::broken;
use crate::machine::Machine;
use crate::party::CreateCustomer;
use crate::record::Ext;
use crate::settings::Settings;
use crate::value::{Currency, Quantity, UnitPrice};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn ctx(today: &str) -> Ctx {
    Ctx { by: User::OWNER, now: Timestamp::from_micros(0).unwrap(), today: day(today) }
}

fn id<K>(bits: u128) -> Id<K> {
    Id::new(uuid::Uuid::from_u128(bits))
}

/// A contract of 1,000.00 CNY for the year 2026.
fn contract(state: ContractState) -> Contract {
    let now = Timestamp::from_micros(0).unwrap();
    let customer = CreateCustomer { name: "A".into(), ..Default::default() };
    let customer = crate::party::create(id(1), &customer, User::OWNER, now).unwrap();
    let named = Named {
        customer: &customer,
        quote: None,
        opportunity: None,
        contact: None,
        owner: User::OWNER,
        number: DocumentNumber::parse("CT-1").unwrap(),
        base: "CNY".parse().unwrap(),
    };
    let wish = CreateContract {
        name: "框架合同".into(),
        amount: "1000.00 CNY".parse().ok(),
        starts_on: Some(day("2026-01-01")),
        ends_on: Some(day("2026-12-31")),
        ..Default::default()
    };
    let made = create(id(2), &wish, &named, ctx("2026-01-01")).unwrap();
    let signed =
        matches!(state, ContractState::Active | ContractState::Expired | ContractState::Terminated);
    Contract { state, signed_revision: u32::from(signed), ..made }
}

#[test]
fn each_state_takes_its_own_steps() {
    use ContractState as S;
    use ContractStep as T;
    let may = |step: T| -> Vec<S> {
        S::ALL.iter().copied().filter(|state| Contracts::next(*state, step).is_ok()).collect()
    };
    assert_eq!(may(T::Edit), [S::Draft, S::InApproval, S::Approved]);
    assert_eq!(may(T::Sign), [S::Approved, S::Active]);
    assert_eq!((may(T::Amend), may(T::Terminate)), (vec![S::Active], vec![S::Active]));
    assert_eq!(may(T::Renew), [S::Active, S::Expired]);
    for step in T::ALL {
        assert_eq!(Contracts::next(S::Terminated, *step), Err("contract.terminated"));
        assert_eq!(Contracts::next(S::Withdrawn, *step), Err("contract.withdrawn"));
    }
}

#[test]
fn a_contract_has_a_period_and_an_amount_or_lines() {
    let before = contract(ContractState::Draft);
    let own = before.details();
    let line = |quantity: &str, price: Option<&str>| LineWish {
        description: Some("安装".into()),
        quantity: quantity.into(),
        unit_price: price.map(|price| UnitPrice::from(price.parse::<Money>().unwrap())),
        tax_rate: Some("13".into()),
        ..Default::default()
    };
    let lined = |line: LineWish| ContractDetails { amount: None, lines: vec![line], ..own.clone() };
    let silent = ContractDetails { amount: None, ..own.clone() };
    let end = |end: &str| ContractDetails { ends_on: Some(day(end)), ..own.clone() };
    let amount = |text: &str| ContractDetails { amount: text.parse().ok(), ..own.clone() };
    let both = ContractDetails { lines: vec![line("1", Some("1.00 CNY"))], ..own.clone() };
    let table = [
        ("says what it said", own.clone(), ""),
        ("may hold one day", end("2026-01-01"), ""),
        ("does not end before it begins", end("2025-12-31"), "ends_on contract.period"),
        ("is about something", silent, "amount contract.amount_missing"),
        ("is about no debt", amount("-0.01 CNY"), "amount contract.amount_negative"),
        ("may be about nothing", amount("0.00 CNY"), ""),
        ("is about an amount or lines", both, "amount contract.amount_of_lines"),
        ("may have lines", lined(line("3", Some("33.33 CNY"))), ""),
        (
            "has priced lines",
            lined(line("3", None)),
            "lines[0].unit_price contract.line.price_missing",
        ),
        (
            "has lines of something",
            lined(line("0", Some("1.00 CNY"))),
            "lines[0].quantity contract.line.quantity_zero",
        ),
        (
            "is not renewed eleven years ahead",
            ContractDetails { notice_days: Some(3_651), ..own.clone() },
            "notice_days contract.notice_days",
        ),
    ];
    for (rule, wish, expected) in table {
        let decided = details(&before, &wish, false, (None, User::OWNER));
        assert_eq!(broken(&decided).join(", "), expected, "a contract {rule}");
    }
    let lines = details(&before, &lined(line("3", Some("33.33 CNY"))), false, (None, User::OWNER));
    let lines = lines.unwrap();
    assert_eq!(
        (lines.net.to_string(), lines.gross.to_string()),
        ("99.99 CNY".into(), "112.99 CNY".into())
    );
    let same = details(&lines, &lines.details(), false, (None, User::OWNER)).unwrap();
    assert_eq!(same, lines, "saying the same changes nothing, tax neither");
}

#[test]
fn an_amendment_tells_what_changed_and_waits_for_both() {
    let active = contract(ContractState::Active);
    let decide = |of: &Contract, wish: &ContractDetails, why: &str| {
        amend(of, wish, why, (id(3), (None, User::OWNER)), ctx("2026-06-01"))
    };
    let more = ContractDetails {
        amount: "1200.00 CNY".parse().ok(),
        ends_on: Some(day("2027-06-30")),
        ..active.details()
    };
    let done = decide(&active, &more, "延长半年").unwrap();
    assert_eq!((done.contract.revision, done.contract.is_signed()), (2, false));
    let fields: Vec<String> = done
        .version
        .changes
        .fields
        .iter()
        .map(|change| format!("{} {:?} {:?}", change.field, change.from, change.to))
        .collect();
    assert_eq!(fields, [r#"ends_on Some("2026-12-31") Some("2027-06-30")"#]);
    let agreed = &done.version.changes.agreed;
    assert_eq!((agreed.len(), agreed[0].kind), (1, DifferenceKind::Amount));
    assert_eq!(broken(&decide(&done.contract, &more, "x")), ["contract.amendment_unsigned"]);
    assert_eq!(broken(&decide(&active, &active.details(), "x")), ["set contract.nothing_changed"]);
    assert_eq!(broken(&decide(&active, &more, " ")), ["reason text.empty"]);
    let draft = contract(ContractState::Draft);
    assert_eq!(broken(&decide(&draft, &more, "x")), ["contract.not_signed"]);
}

fn signature(party: Party, hash: &str) -> ContractSignature {
    ContractSignature {
        id: id(5),
        contract: id(2),
        revision: 1,
        party,
        signed_by: Name::parse("王伟").unwrap(),
        signed_on: day("2026-01-02"),
        document: id(6),
        hash: hash.into(),
        by: User::OWNER,
        at: Timestamp::from_micros(0).unwrap(),
        ext: Ext::new(),
    }
}

#[test]
fn both_sign_the_same_document() {
    use crate::document::{AttachDocument, Document, DocumentState, attach};
    let wish = AttachDocument {
        id: None,
        subject_kind: "contract".into(),
        subject: id::<Contract>(2).uuid(),
        name: "合同.pdf".into(),
        reference: "dms:1".into(),
        hash: "a".repeat(64),
        media_type: "application/pdf".into(),
    };
    let now = Timestamp::from_micros(0).unwrap();
    let document = attach(id(6), &wish, (User::OWNER, now)).unwrap();
    let altered = Document { state: DocumentState::Altered, ..document.clone() };
    let foreign = Document { subject: uuid::Uuid::nil(), ..document.clone() };
    let (ours, theirs) = (signature(Party::Ours, &document.hash), signature(Party::Theirs, "b"));
    let table = [
        ("the first", &document, &[][..], "2026-01-05", "", ContractState::Approved),
        (
            "tomorrow",
            &document,
            &[],
            "2026-01-06",
            "signed_on time.future",
            ContractState::Approved,
        ),
        (
            "altered",
            &altered,
            &[],
            "2026-01-05",
            "document contract.document_bad",
            ContractState::Approved,
        ),
        (
            "another's",
            &foreign,
            &[],
            "2026-01-05",
            "document contract.document_of_other",
            ContractState::Approved,
        ),
        ("both", &document, core::slice::from_ref(&ours), "2026-01-05", "", ContractState::Active),
        (
            "twice",
            &document,
            core::slice::from_ref(&theirs),
            "2026-01-05",
            "party contract.signed_already, document contract.document_differs",
            ContractState::Approved,
        ),
    ];
    for (rule, document, others, on, expected, state) in table {
        let wish = Sign {
            id: id(2),
            party: Party::Theirs,
            signed_by: "李雷".into(),
            signed_on: Some(day(on)),
            document: document.id,
        };
        let approved = contract(ContractState::Approved);
        let decided = sign(&approved, &wish, document, others, (id(7), ctx("2026-01-05")));
        assert_eq!(broken(&decided).join(", "), expected, "{rule}");
        if let Ok(signed) = decided {
            assert_eq!(signed.contract.state, state, "{rule}");
            assert_eq!(signed.contract.is_signed(), state == ContractState::Active, "{rule}");
        }
    }
}

#[test]
fn a_renewal_goes_on_where_the_contract_ends() {
    let active = contract(ContractState::Active);
    let wish = Renew { id: active.id, new_id: None, number: None, ends_on: None };
    let number = || DocumentNumber::parse("CT-2").unwrap();
    let decide = |of: &Contract, wish: &Renew, successor: Option<&Contract>| {
        renew(of, wish, successor, (id(9), number()), ctx("2026-12-01"))
    };
    let next = decide(&active, &wish, None).unwrap();
    assert_eq!((next.starts_on, next.ends_on), (day("2027-01-01"), Some(day("2027-12-31"))));
    assert_eq!((next.state, next.previous), (ContractState::Draft, Some(active.id)));
    assert_eq!(broken(&decide(&active, &wish, Some(&next))), ["id contract.renewed_already"]);
    let given_up = Contract { state: ContractState::Withdrawn, ..next };
    assert!(
        decide(&active, &wish, Some(&given_up)).is_ok(),
        "one that was given up does not count"
    );
    let early = Renew { ends_on: Some(day("2026-12-31")), ..wish.clone() };
    assert_eq!(broken(&decide(&active, &early, None)), ["ends_on contract.period"]);
    let open = Contract { ends_on: None, ..active };
    assert_eq!(broken(&decide(&open, &wish, None)), ["id contract.open_ended"]);
}

#[test]
fn a_contract_ends_for_a_reason_or_on_the_day_after_its_last() {
    let active = contract(ContractState::Active);
    let end = |on: Option<&str>, reason: &str| {
        let wish = Terminate { id: active.id, on: on.map(day), reason: reason.into() };
        broken(&terminate(&active, &wish, ctx("2026-06-01"))).join(", ")
    };
    assert_eq!(end(None, "客户破产"), "");
    assert_eq!(end(Some("2026-05-31"), "x"), "");
    assert_eq!(end(Some("2026-06-02"), "x"), "on contract.terminated_on");
    assert_eq!(end(Some("2025-12-31"), "x"), "on contract.terminated_on");
    assert_eq!(end(None, ""), "reason text.empty");
    assert_eq!(expire(&active, ctx("2026-12-31")), None, "it holds on its last day");
    let over = expire(&active, ctx("2027-01-01")).unwrap();
    assert_eq!(over.state, ContractState::Expired);
    let ending = active.ending(day("2026-12-01")).unwrap();
    assert_eq!((ending.renewal_from, ending.days_left), (day("2026-12-01"), 30));
    assert!(ending.renewal_due && !active.ending(day("2026-11-30")).unwrap().renewal_due);
}

#[test]
fn nothing_is_delivered_before_both_signed_where_the_tenant_wants_that() {
    let settings = |wanted: Option<bool>| Settings {
        id: Settings::ID,
        zone: "UTC".into(),
        base_currency: Currency::parse("CNY").unwrap(),
        locale: "zh-CN".into(),
        quiet_calendar: None,
        contact_window_days: None,
        undo_days: None,
        contract_before_delivery: wanted,
        forms: None,
        masks: None,
        ext: Ext::new(),
    };
    let (signed, draft) = (contract(ContractState::Active), contract(ContractState::Draft));
    let over = contract(ContractState::Terminated);
    let table = [
        ("nobody wants it", None, Some(&draft), "2026-06-01", ""),
        ("nobody wants it any more", Some(false), None, "2026-06-01", ""),
        ("no contract", Some(true), None, "2026-06-01", "contract.missing"),
        ("a draft", Some(true), Some(&draft), "2026-06-01", "contract.unsigned"),
        ("signed", Some(true), Some(&signed), "2026-06-01", ""),
        ("terminated", Some(true), Some(&over), "2026-06-01", "contract.ended"),
        ("before its first day", Some(true), Some(&signed), "2025-12-31", "contract.not_begun"),
        ("on its last day", Some(true), Some(&signed), "2026-12-31", ""),
        ("after its last day", Some(true), Some(&signed), "2027-01-01", "contract.ended"),
    ];
    for (rule, wanted, contract, on, expected) in table {
        let found = may_deliver(&settings(wanted), contract, day(on));
        assert_eq!(found.err().map_or(String::new(), |invalid| invalid.code), expected, "{rule}");
    }
}

#[test]
fn two_agreements_differ_in_price_quantity_and_terms() {
    let cny = |text: &str| text.parse::<Money>().unwrap();
    let line = |product: u128, quantity: &str, price: &str, net: &str| AgreedLine {
        product: Some(id(product)),
        description: None,
        quantity: quantity.parse::<Quantity>().unwrap(),
        unit_price: UnitPrice::from(cny(price)),
        net: cny(net),
        tax: cny("0.00 CNY"),
        tax_rate: None,
        tax_included: false,
    };
    let of = |lines: Vec<AgreedLine>, net: &str| Agreed { lines, ..Agreed::amount(cny(net)) };
    let first = of(
        vec![line(1, "2", "10.00 CNY", "20.00 CNY"), line(2, "1", "5.00 CNY", "5.00 CNY")],
        "25.00 CNY",
    );
    assert_eq!(compare(&first, &first), []);
    let mut second = of(
        vec![line(1, "3", "9.00 CNY", "27.00 CNY"), line(3, "1", "1.00 CNY", "1.00 CNY")],
        "28.00 CNY",
    );
    second.payment_terms = Note::parse("月结30天").ok();
    let found: Vec<String> = compare(&first, &second)
        .into_iter()
        .map(|it| {
            let said = |text: Option<String>| text.unwrap_or_else(|| "-".into());
            let at = it.at.chars().last().map(String::from).unwrap_or_default();
            format!("{} {at}: {} / {}", it.kind, said(it.first), said(it.second))
        })
        .collect();
    let expected = [
        "amount : 25.00 CNY / 28.00 CNY",
        "terms s: - / 月结30天",
        "quantity 1: 2 / 3",
        "price 1: 10 CNY / 9 CNY",
        "amount 1: 20.00 CNY / 27.00 CNY",
        "missing 2: 1 / -",
        "extra 3: - / 1",
    ];
    assert_eq!(found, expected);
    let mirrored = compare(&second, &first);
    assert_eq!(mirrored.len(), expected.len(), "whoever is asked first");
}
