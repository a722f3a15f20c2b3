//! What decides about money, rule by rule.

use chrono::NaiveDate;
use uuid::Uuid;

use super::*;
use crate::decision::{Refusal, broken};
use crate::machine::Machine;
use crate::order::{Milestone, OrderRounding, OrderState, PaymentTerms, TermStep};

pub(super) fn id<K>(n: u128) -> Id<K> {
    Id::new(Uuid::from_u128(n))
}

pub(super) fn at(day: &str, hour: i64) -> Timestamp {
    let midnight: Timestamp = format!("{day}T00:00:00Z").parse().unwrap();
    Timestamp::from_micros(midnight.micros() + hour * 3_600_000_000).unwrap()
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn step(amount: &str, due: Due) -> TermStep {
    TermStep { percent: None, amount: Some(money(amount)), due }
}

/// A submitted order of so much, due by these terms.
pub(crate) fn order(n: u128, total: &str, terms: Vec<TermStep>) -> Order {
    let total = money(total);
    let none = Money::zero(total.currency());
    Order {
        id: id(n),
        number: format!("SO-{n}").parse().unwrap(),
        customer: id(0x10),
        contact: None,
        owner: id(1),
        opportunity: None,
        state: OrderState::Submitted,
        ordered_on: day("2026-01-05"),
        due_on: None,
        delivery_address: None,
        billing_address: None,
        rounding: OrderRounding::EachLine,
        net: total,
        tax: none,
        freight: none,
        total,
        terms: PaymentTerms(terms),
        method: None,
        revision: 1,
        created_at: at("2026-01-05", 1),
        touched_at: at("2026-01-05", 1),
        submitted_at: Some(at("2026-01-05", 2)),
        started_on: None,
        produced_on: None,
        shipped_on: None,
        delivered_on: None,
        completed_on: None,
        base_total: None,
        rate: None,
        rate_day: None,
        note: None,
        zone: "Asia/Shanghai".parse().unwrap(),
        has_history: true,
        cancel_reason: None,
        quote: None,
        contract: None,
        ext: Default::default(),
    }
}

/// Runs a decision with a clerk of that day.
pub(super) fn clerk<R>(
    next: &mut u128,
    of: &str,
    decide: impl FnOnce(&mut Clerk<'_>) -> Result<R, Refusal>,
) -> Result<R, Refusal> {
    let mut new_id = || {
        *next += 1;
        Uuid::from_u128(0x1_0000 + *next)
    };
    decide(&mut Clerk { by: id(1), now: at(of, 3), day: day(of), new_id: &mut new_id })
}

/// An order of 100 in two halves, due on 1 February and 1 March, in the books.
fn two_halves() -> (Order, Book) {
    let halves = vec![
        step("50.00 CNY", Due::On(day("2026-02-01"))),
        step("50.00 CNY", Due::On(day("2026-03-01"))),
    ];
    let order = order(0x20, "100.00 CNY", halves);
    let book = clerk(&mut 0, "2026-01-05", |clerk| booked(Book::default(), &order, clerk));
    (order, book.unwrap())
}

fn receipt(amount: &str) -> ReceivePayment {
    ReceivePayment { amount: Some(money(amount)), ..ReceivePayment::default() }
}

fn received(book: Book, wish: &ReceivePayment, n: u128) -> Result<Book, Refusal> {
    let mut next = n * 100;
    let today = "2026-01-20";
    clerk(&mut next, today, |clerk| receive(book, wish, (id(n), id(0x10)), day(today), clerk))
}

/// Paid and credited of each instalment; then the credit of each payment.
fn figures(book: &Book) -> String {
    let of = |row: &Instalment| {
        format!("{}+{}/{}", row.paid.minor(), row.credited.minor(), row.amount.minor())
    };
    let rows: Vec<String> = book.instalments.iter().map(of).collect();
    let credits: Vec<String> =
        book.payments.iter().map(|p| p.credit().unwrap().minor().to_string()).collect();
    format!("{} | {}", rows.join(" "), credits.join(" "))
}

#[test]
fn a_handed_over_order_is_owed() {
    let (order, book) = two_halves();
    assert_eq!(figures(&book), "0+0/5000 0+0/5000 | ");
    let debit: i64 = book.fresh.entries.iter().map(|entry| entry.amount.minor()).sum();
    assert_eq!(debit, 10_000);
    assert!(
        book.fresh
            .entries
            .iter()
            .all(|e| (e.debit, e.credit) == (Account::Receivable, Account::Revenue))
    );
    let taxed = Order { tax: money("11.50 CNY"), ..order };
    let book = clerk(&mut 0, "2026-01-05", |clerk| booked(Book::default(), &taxed, clerk)).unwrap();
    let last = book.fresh.entries.last().unwrap();
    assert_eq!(
        (last.debit, last.credit, last.amount),
        (Account::Revenue, Account::Tax, money("11.50 CNY"))
    );
}

#[test]
fn money_pays_what_it_is_for() {
    let to = |n: usize, amount: Option<&str>| {
        let (_, book) = two_halves();
        Allocate { instalment: book.instalments[n].id, amount: amount.map(money) }
    };
    let named = |amount: &str, allocations: Vec<Allocate>| ReceivePayment {
        allocations,
        ..receipt(amount)
    };
    let foreign = Allocate { instalment: id(0x99), amount: None };
    #[rustfmt::skip]
    let table = [
        // money that …                          wish                          figures, or violations
        ("pays the oldest first", receipt("30.00 CNY"), "3000+0/5000 0+0/5000 | 0"),
        ("goes on with the next", receipt("70.00 CNY"), "5000+0/5000 2000+0/5000 | 0"),
        ("is too much is credit", receipt("120.00 CNY"), "5000+0/5000 5000+0/5000 | 2000"),
        ("is kept is credit", ReceivePayment { keep_as_credit: true, ..receipt("30.00 CNY") }, "0+0/5000 0+0/5000 | 3000"),
        ("is of another currency is credit", receipt("30.00 USD"), "0+0/5000 0+0/5000 | 3000"),
        ("is for the second", named("30.00 CNY", vec![to(1, None)]), "0+0/5000 3000+0/5000 | 0"),
        ("is for both", named("60.00 CNY", vec![to(1, Some("10.00 CNY")), to(0, None)]), "5000+0/5000 1000+0/5000 | 0"),
        ("is more than is open", named("60.00 CNY", vec![to(0, Some("50.01 CNY"))]), "allocations[0].amount payment.exceeds_instalment"),
        ("is more than there is", named("10.00 CNY", vec![to(0, Some("10.01 CNY"))]), "allocations[0].amount payment.exceeds_credit"),
        ("is negative", named("10.00 CNY", vec![to(0, Some("-1.00 CNY"))]), "allocations[0].amount payment.not_positive"),
        ("is for nothing known", named("10.00 CNY", vec![foreign]), "allocations[0].instalment payment.instalment_unknown"),
        ("is for another currency", named("10.00 USD", vec![to(0, None)]), "allocations[0].instalment payment.currency_mismatch"),
        ("is said in another currency", named("10.00 CNY", vec![to(0, Some("1.00 USD"))]), "allocations[0].amount payment.currency_mismatch"),
        ("is nothing", receipt("0.00 CNY"), "amount payment.not_positive"),
        ("is less than nothing", receipt("-5.00 CNY"), "amount payment.not_positive"),
        ("is not said", ReceivePayment::default(), "amount payment.amount_missing"),
        ("comes tomorrow", ReceivePayment { received_on: Some(day("2026-01-21")), ..receipt("1.00 CNY") }, "received_on time.future"),
        ("has an empty reference", ReceivePayment { reference: Some(" ".into()), ..receipt("1.00 CNY") }, "reference text.empty"),
    ];
    for (rule, wish, expected) in table {
        let (_, book) = two_halves();
        let found = received(book, &wish, 0x30);
        let said = match &found {
            Ok(book) => figures(book),
            Err(_) => broken(&found).join(", "),
        };
        assert_eq!(said, expected, "money that {rule}");
    }
    let (_, mut book) = two_halves();
    book.instalments[0].customer = id(0x11);
    let found = received(book, &named("10.00 CNY", vec![to(0, None)]), 0x30);
    assert_eq!(broken(&found), ["allocations[0].instalment payment.other_customer"]);
}

#[test]
fn the_same_reference_is_the_same_payment() {
    let wish = ReceivePayment { reference: Some("TT-1".into()), ..receipt("30.00 CNY") };
    let (_, book) = two_halves();
    let book = received(book, &wish, 0x30).unwrap();
    let known = &book.payments[0];
    let code = |wish: &ReceivePayment, customer| {
        known.same(wish, customer).map_err(|invalid| invalid.code)
    };
    assert_eq!(code(&wish, id(0x10)), Ok(()));
    let conflict = || Err("payment.reference_conflict".to_owned());
    assert_eq!(code(&wish, id(0x11)), conflict());
    assert_eq!(
        code(&ReceivePayment { amount: Some(money("30.01 CNY")), ..wish.clone() }, id(0x10)),
        conflict()
    );
    assert_eq!(
        Payment::id_of(known.reference.as_ref().unwrap()),
        Payment::id_of(&"TT-1".parse().unwrap())
    );
    let voided = Payment { voided_at: Some(at("2026-01-21", 0)), ..known.clone() };
    assert_eq!(voided.same(&wish, id(0x10)).map_err(|i| i.code), Err("payment.void".to_owned()));
}

/// A book in which payment 0x30 of 70 pays the first half and 20 of the second.
fn paid() -> (Order, Book) {
    let (order, book) = two_halves();
    let mut book = received(book, &receipt("70.00 CNY"), 0x30).unwrap();
    book.allocations.append(&mut book.fresh.allocations);
    book.fresh = Fresh::default();
    (order, book)
}

#[test]
fn what_is_freed_is_credit_and_what_is_credit_is_used() {
    let (_, book) = paid();
    let second = book.instalments[1].id;
    let wish = |amount: Option<&str>| FreePayment {
        id: id(0x30),
        instalment: second,
        amount: amount.map(money),
    };
    let freed = |wish: &FreePayment| {
        let (_, book) = paid();
        clerk(&mut 500, "2026-02-02", |clerk| free(book, wish, clerk))
    };
    assert_eq!(figures(&freed(&wish(None)).unwrap()), "5000+0/5000 0+0/5000 | 2000");
    assert_eq!(figures(&freed(&wish(Some("5.00 CNY"))).unwrap()), "5000+0/5000 1500+0/5000 | 500");
    assert_eq!(broken(&freed(&wish(Some("20.01 CNY")))), ["amount payment.not_allocated"]);
    assert_eq!(broken(&freed(&wish(Some("0.00 CNY")))), ["amount payment.not_positive"]);
    let unknown = FreePayment { instalment: id(0x99), ..wish(None) };
    assert_eq!(broken(&freed(&unknown)), ["instalment payment.instalment_unknown"]);
    let credit = freed(&wish(None)).unwrap();
    let again =
        clerk(&mut 900, "2026-02-02", |clerk| allocate(credit, id(0x30), (None, &[]), clerk));
    assert_eq!(figures(&again.unwrap()), "5000+0/5000 2000+0/5000 | 0");
}

#[test]
fn credit_is_given_back_and_no_more() {
    let wish = |amount: Option<&str>, reason: &str| RefundPayment {
        id: id(0x30),
        amount: amount.map(money),
        reference: None,
        reason: reason.into(),
    };
    let back = |wish: &RefundPayment| {
        let (_, book) = two_halves();
        let book = received(book, &receipt("120.00 CNY"), 0x30).unwrap();
        clerk(&mut 500, "2026-02-02", |clerk| refund(book, wish, clerk))
    };
    let rest = back(&wish(Some("5.00 CNY"), "asked")).unwrap();
    assert_eq!(figures(&rest), "5000+0/5000 5000+0/5000 | 1500");
    assert_eq!(rest.payments[0].state(), PaymentState::Credit);
    let all = back(&wish(None, "asked")).unwrap();
    assert_eq!(all.payments[0].state(), PaymentState::Used);
    assert_eq!(broken(&back(&wish(Some("20.01 CNY"), "asked"))), ["amount payment.exceeds_credit"]);
    assert_eq!(broken(&back(&wish(Some("1.00 USD"), "asked"))), ["amount money.currency_mismatch"]);
    assert_eq!(
        broken(&back(&wish(Some("0.00 CNY"), " "))),
        ["reason text.empty", "amount payment.not_positive"]
    );
    let (_, used) = paid();
    let none = clerk(&mut 500, "2026-02-02", |clerk| refund(used, &wish(None, "x"), clerk));
    assert_eq!(broken(&none), ["payment.no_credit"]);
}

#[test]
fn a_payment_that_never_came_paid_for_nothing() {
    let wish = VoidPayment { id: id(0x30), reason: "another customer's".into() };
    let (_, book) = paid();
    let book = clerk(&mut 500, "2026-02-02", |clerk| void(book, &wish, clerk)).unwrap();
    assert_eq!(figures(&book), "0+0/5000 0+0/5000 | 0");
    assert_eq!(book.payments[0].state(), PaymentState::Void);
    let again = clerk(&mut 900, "2026-02-02", |clerk| void(book.clone(), &wish, clerk));
    assert_eq!(broken(&again), ["payment.void"]);
    let (_, mut book) = paid();
    book.payments[0].refunded = money("1.00 CNY");
    let given = clerk(&mut 900, "2026-02-02", |clerk| void(book, &wish, clerk));
    assert_eq!(broken(&given), ["id payment.refunded"]);
}

#[test]
fn what_can_be_done_with_a_payment_in_which_state() {
    use PaymentState::{Credit, Used, Void};
    let table = [
        // state, allocate a part, the rest, free, refund a part, the rest, void
        (Credit, [Some(Credit), Some(Used), Some(Credit), Some(Credit), Some(Used), Some(Void)]),
        (Used, [None, None, Some(Credit), None, None, Some(Void)]),
        (Void, [None; 6]),
    ];
    assert_eq!(table.map(|(state, _)| state).as_slice(), PaymentState::ALL);
    for (state, expected) in table {
        let found: Vec<_> =
            PaymentStep::ALL.iter().map(|step| Payments::next(state, *step).ok()).collect();
        assert_eq!(found, expected, "{state}");
        // Real decisions on a payment in that state agree with the table.
        let (order, mut book) = paid();
        let row = book.instalments[1].id;
        book = match state {
            Used => book,
            Credit => {
                let wish = FreePayment { id: id(0x30), instalment: row, amount: None };
                clerk(&mut 500, "2026-02-02", |clerk| free(book, &wish, clerk)).unwrap()
            }
            Void => {
                let wish = VoidPayment { id: id(0x30), reason: "x".into() };
                clerk(&mut 500, "2026-02-02", |clerk| void(book, &wish, clerk)).unwrap()
            }
        };
        let first = book.instalments[0].id;
        let part = |amount: &str| vec![Allocate { instalment: row, amount: Some(money(amount)) }];
        let back = |amount: &str| RefundPayment {
            id: id(0x30),
            amount: Some(money(amount)),
            reference: None,
            reason: "x".into(),
        };
        for (step, wanted) in PaymentStep::ALL.iter().zip(expected) {
            let book = book.clone();
            let done = clerk(&mut 900, "2026-02-03", |clerk| match step {
                PaymentStep::AllocatePart => {
                    allocate(book, id(0x30), (None, &part("1.00 CNY")), clerk)
                }
                PaymentStep::AllocateRest => allocate(book, id(0x30), (Some(order.id), &[]), clerk),
                PaymentStep::Free => free(
                    book,
                    &FreePayment { id: id(0x30), instalment: first, amount: None },
                    clerk,
                ),
                PaymentStep::RefundPart => refund(book, &back("1.00 CNY"), clerk),
                PaymentStep::RefundRest => refund(book, &back("20.00 CNY"), clerk),
                PaymentStep::Void => {
                    void(book, &VoidPayment { id: id(0x30), reason: "x".into() }, clerk)
                }
            });
            assert_eq!(done.ok().map(|book| book.payments[0].state()), wanted, "{step} of {state}");
        }
    }
}

#[test]
fn another_plan_keeps_what_is_paid() {
    let wish = |terms: Vec<TermStep>, difference: Option<&str>| PlanPayments {
        order: id(0x20),
        terms: PaymentTerms(terms),
        difference: difference.map(str::to_owned),
    };
    let on = |amount: &str, when: &str| step(amount, Due::On(day(when)));
    let plan = |wish: &PlanPayments| {
        let (order, book) = paid();
        clerk(&mut 500, "2026-02-02", |clerk| planned(book, &order, wish, clerk))
    };
    let three = vec![
        on("60.00 CNY", "2026-05-01"),
        on("20.00 CNY", "2026-03-01"),
        on("20.00 CNY", "2026-04-01"),
    ];
    let found = plan(&wish(three, None)).unwrap();
    assert_eq!(figures(&found), "0+0/0 0+0/0 3000+0/6000 2000+0/2000 2000+0/2000 | 0");
    let less = vec![on("60.00 CNY", "2026-05-01")];
    assert_eq!(broken(&plan(&wish(less.clone(), None))), ["terms terms.below_total"]);
    let found = plan(&wish(less, Some("the rest when we know"))).unwrap();
    assert_eq!(found.instalments.last().unwrap().due, Due::Open);
    let more = vec![on("100.01 CNY", "2026-05-01")];
    assert_eq!(broken(&plan(&wish(more, None))), ["terms terms.exceed_total"]);
    let (draft, book) = paid();
    let draft = Order { state: OrderState::Draft, ..draft };
    let early =
        clerk(&mut 500, "2026-02-02", |clerk| planned(book, &draft, &wish(vec![], None), clerk));
    assert_eq!(broken(&early), ["order payment.order_not_binding"]);
}

#[test]
fn due_days_follow_what_happens() {
    let after = |milestone, days| step("50.00 CNY", Due::After { milestone, days });
    let terms = vec![after(Milestone::Shipped, 10), after(Milestone::Delivered, 30)];
    let before = order(0x20, "100.00 CNY", terms);
    let book =
        clerk(&mut 0, "2026-01-05", |clerk| booked(Book::default(), &before, clerk)).unwrap();
    let days = |book: &Book| book.instalments.iter().map(|row| row.due_on).collect::<Vec<_>>();
    assert_eq!(days(&book), [None, None]);
    let shipped = Order { shipped_on: Some(day("2026-01-10")), ..before };
    let book = redated(book, &shipped);
    assert_eq!(days(&book), [Some(day("2026-01-20")), None]);
    let delivered = Order { delivered_on: Some(day("2026-01-15")), ..shipped };
    assert_eq!(
        days(&redated(book, &delivered)),
        [Some(day("2026-01-20")), Some(day("2026-02-14"))]
    );
}

#[test]
fn what_is_let_off_is_open_before_it_is_paid() {
    let note: Note = "sorry".parse().unwrap();
    let off = |amount: &str, cause| {
        let (order, book) = paid();
        clerk(&mut 500, "2026-02-02", |clerk| {
            credit(book, &order, money(amount), (cause, Some(&note)), clerk)
        })
    };
    use CreditCause::{Goodwill, WriteOff};
    assert_eq!(figures(&off("10.00 CNY", Goodwill).unwrap()), "5000+0/5000 2000+1000/5000 | 0");
    assert_eq!(figures(&off("40.00 CNY", Goodwill).unwrap()), "5000+0/5000 1000+4000/5000 | 1000");
    assert_eq!(figures(&off("100.00 CNY", Goodwill).unwrap()), "0+5000/5000 0+5000/5000 | 7000");
    assert_eq!(broken(&off("100.01 CNY", Goodwill)), ["amount credit.exceeds_order"]);
    assert_eq!(broken(&off("30.01 CNY", WriteOff)), ["amount credit.exceeds_open"]);
    assert_eq!(broken(&off("0.00 CNY", Goodwill)), ["amount credit.not_positive"]);
    assert_eq!(broken(&off("1.00 USD", Goodwill)), ["amount money.currency_mismatch"]);
}

#[test]
fn calling_off_reverses_once_and_leaves_credit() {
    let (order, book) = paid();
    let order = Order { state: OrderState::Cancelled, tax: money("11.50 CNY"), ..order };
    let once = clerk(&mut 500, "2026-02-02", |clerk| cancelled(book, &order, clerk)).unwrap();
    assert_eq!(figures(&once), "0+5000/5000 0+5000/5000 | 7000");
    let entries = once.fresh.entries.len();
    let twice = clerk(&mut 900, "2026-02-02", |clerk| cancelled(once, &order, clerk)).unwrap();
    assert_eq!(twice.fresh.entries.len(), entries, "nothing is reversed twice");
}

#[test]
fn what_came_back_is_credited_as_a_whole() {
    let (order, book) = paid();
    let back = |book: Book, value: &str, before: &str, n: u128| {
        clerk(&mut (n * 100), "2026-02-02", |clerk| {
            taken_back(book, &order, (money(value), money(before)), clerk)
        })
        .unwrap()
    };
    let some = back(book, "30.00 CNY", "0.00 CNY", 5);
    assert_eq!(figures(&some), "5000+0/5000 2000+3000/5000 | 0");
    let same = back(some.clone(), "30.00 CNY", "30.00 CNY", 6);
    assert_eq!(figures(&same), figures(&some));
    let all = back(some, "100.00 CNY", "30.00 CNY", 7);
    assert_eq!(figures(&all), "0+5000/5000 0+5000/5000 | 7000");
}

#[test]
fn an_order_that_comes_to_something_else_is_owed_as_that() {
    let to = |total: &str| {
        let (order, book) = paid();
        let order = Order { total: money(total), ..order };
        let none = money("0.00 CNY");
        clerk(&mut 500, "2026-02-02", |clerk| repriced(book, &order, none, clerk))
    };
    assert_eq!(figures(&to("130.00 CNY").unwrap()), "5000+0/5000 2000+0/8000 | 0");
    assert_eq!(figures(&to("80.00 CNY").unwrap()), "5000+0/5000 2000+0/3000 | 0");
    assert_eq!(figures(&to("60.00 CNY").unwrap()), "5000+0/5000 1000+0/1000 | 1000");
    assert_eq!(figures(&to("0.00 CNY").unwrap()), "0+0/0 0+0/0 | 7000");
    let (order, mut book) = paid();
    for row in &mut book.instalments {
        (row.credited, row.paid, row.open) = (row.amount, money("0.00 CNY"), false);
    }
    let order = Order { total: money("90.00 CNY"), ..order };
    let less =
        clerk(&mut 500, "2026-02-02", |clerk| repriced(book, &order, money("0.00 CNY"), clerk));
    assert_eq!(broken(&less), ["lines credit.exceeds_order"]);
}

#[test]
fn overdue_is_the_day_after_where_the_customer_is() {
    let (_, book) = two_halves();
    let of = |zone: &str| Instalment { zone: zone.parse().unwrap(), ..book.instalments[0].clone() };
    let table = [
        // zone, instant                        days overdue; due on 2026-02-01
        ("Asia/Shanghai", at("2026-02-01", 15), 0),
        ("Asia/Shanghai", at("2026-02-01", 16), 1),
        ("America/New_York", at("2026-02-01", 16), 0),
        ("America/New_York", at("2026-02-02", 4), 0),
        ("America/New_York", at("2026-02-02", 5), 1),
        ("UTC", at("2026-02-11", 0), 10),
    ];
    for (zone, now, expected) in table {
        assert_eq!(of(zone).days_overdue(now), expected, "{zone} at {now}");
    }
    let paid = Instalment { open: false, ..of("UTC") };
    assert_eq!(paid.days_overdue(at("2026-03-01", 0)), 0);
    let unknown = Instalment { due_on: None, ..of("UTC") };
    assert_eq!(unknown.days_overdue(at("2026-03-01", 0)), 0);
}

#[test]
fn how_an_instalment_and_an_order_stand() {
    let (_, fresh) = two_halves();
    let (order, some) = paid();
    let (early, late) = (at("2026-01-20", 0), at("2026-03-05", 0));
    let states = |book: &Book, now| {
        let each: Vec<&str> =
            book.instalments.iter().map(|row| instalment_state(row, now).unwrap().code()).collect();
        format!("{} = {}", each.join(" "), order_state(&book.instalments, now).unwrap())
    };
    assert_eq!(states(&fresh, early), "unpaid unpaid = unpaid");
    assert_eq!(states(&some, early), "paid partly_paid = partly_paid");
    assert_eq!(states(&some, late), "paid overdue = overdue");
    let off = clerk(&mut 500, "2026-02-02", |clerk| cancelled(fresh, &order, clerk)).unwrap();
    assert_eq!(states(&off, late), "void void = void");
}

#[test]
fn buckets_add_up_to_what_is_open() {
    let (_, book) = two_halves();
    let row =
        |due: Option<&str>| Instalment { due_on: due.map(day), ..book.instalments[0].clone() };
    let rows: Vec<Instalment> = [
        None,
        Some("2026-06-01"),
        Some("2026-05-31"),
        Some("2026-05-02"),
        Some("2026-05-01"),
        Some("2026-04-02"),
        Some("2026-03-03"),
        Some("2026-03-02"),
    ]
    .map(row)
    .into();
    let today = day("2026-06-01");
    let aged = |instalment| Aged { instalment, open: money("50.00 CNY"), today };
    let found = ageing(rows.iter().map(aged)).unwrap();
    let of = |bucket| found.sums.get(&(money("0 CNY").currency(), bucket)).map(|sum| sum.minor());
    let counts = Bucket::ALL.iter().map(|bucket| of(*bucket).unwrap_or(0) / 5000);
    assert_eq!(counts.collect::<Vec<_>>(), [1, 1, 2, 2, 1, 1]);
    assert_eq!(found.outstanding(money("0 CNY").currency()), Ok(money("400.00 CNY")));
}

#[test]
fn each_step_of_dunning_is_taken_once() {
    let policy = PaymentPolicy::preset().unwrap();
    let (_, book) = two_halves();
    let row = &book.instalments[0];
    let codes = |taken: &[Dunning], now| {
        let due = dunned(&policy, row, taken, now).unwrap();
        due.iter().map(|d| d.step.code.as_str().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let none: &[Dunning] = &[];
    assert_eq!(codes(none, at("2026-02-01", 15)), "");
    assert_eq!(codes(none, at("2026-02-01", 16)), "overdue");
    assert_eq!(
        codes(none, at("2026-03-20", 0)),
        "overdue dunning_1 dunning_2",
        "downtime loses nothing"
    );
    let first = dunned(&policy, row, none, at("2026-02-01", 16)).unwrap().remove(0).row;
    assert_eq!((first.days, first.amount), (1, money("50.00 CNY")));
    let taken = [first];
    assert_eq!(codes(&taken, at("2026-02-02", 0)), "");
    assert_eq!(next_dunning(&policy, row, none), Some(at("2026-02-01", 16)));
    assert_eq!(next_dunning(&policy, row, &taken), Some(at("2026-02-14", 16)));
    let closed = Instalment { open: false, ..row.clone() };
    assert_eq!(next_dunning(&policy, &closed, none), None);
}

#[test]
fn steps_of_dunning_are_data() {
    let before = PaymentPolicy::preset().unwrap();
    let step = |code: &str, days| DunningStep { code: code.parse().unwrap(), days, to: vec![] };
    let wish = |steps: Vec<DunningStep>| SetPaymentPolicy {
        steps: Some(DunningSteps(steps)),
        ..SetPaymentPolicy::default()
    };
    assert!(set_policy(&before, &wish(vec![step("a", 1), step("b", 5)])).is_ok());
    let wrong = wish(vec![step("a", 5), step("a", 0)]);
    assert_eq!(
        broken(&set_policy(&before, &wrong)),
        [
            "steps[1].days dunning.days",
            "steps[1].days dunning.order",
            "steps[1].code dunning.twice"
        ]
    );
    let habits = SetPaymentPolicy { habit_percent: Some(101), ..SetPaymentPolicy::default() };
    assert_eq!(broken(&set_policy(&before, &habits)), ["habit_percent payment.habit"]);
}

#[test]
fn who_pays_late_by_habit_is_shown() {
    let policy = PaymentPolicy::preset().unwrap();
    let (_, book) = two_halves();
    let row = |n: u128, due: &str, paid: Option<&str>| Instalment {
        id: id(n),
        due_on: Some(day(due)),
        settled_on: paid.map(day),
        open: paid.is_none(),
        ..book.instalments[0].clone()
    };
    let now = at("2026-06-01", 0);
    let late = [
        row(1, "2026-01-01", Some("2026-01-11")),
        row(2, "2026-02-01", Some("2026-02-01")),
        row(3, "2026-05-01", None),
        row(4, "2026-07-01", None),
    ];
    let found = lateness(&policy, &late, now);
    assert_eq!((found.known, found.late, found.days, found.habitual), (3, 2, 41, true));
    assert_eq!(found.evidence[0].instalment, id(3), "the longest first");
    assert!(!lateness(&policy, &late[..2], now).habitual, "too few");
    let mostly = [late[0].clone(), late[1].clone(), row(5, "2026-03-01", Some("2026-02-27"))];
    assert!(!lateness(&policy, &mostly, now).habitual, "one of three");
}

#[test]
fn rates_are_dated_and_stay() {
    let wish = |day_of: &str, rate: &str| SetRate {
        from: "USD".into(),
        to: "CNY".into(),
        day: day(day_of),
        rate: rate.into(),
        source: "PBOC".into(),
    };
    let today = day("2026-01-20");
    let set = |day_of: &str, rate: &str| set_rate(&wish(day_of, rate), None, today).unwrap();
    let known = set("2026-01-05", "7.12");
    let same = set_rate(&wish("2026-01-05", "7.120"), Some(&known), today);
    assert_eq!(same, Ok(known.clone()));
    let other = set_rate(&wish("2026-01-05", "7.13"), Some(&known), today);
    assert_eq!(broken(&other), ["rate rate.exists"]);
    assert_eq!(broken(&set_rate(&wish("2026-01-21", "7"), None, today)), ["day time.future"]);
    assert_eq!(
        broken(&set_rate(&wish("2026-01-05", "0"), None, today)),
        ["rate exchange_rate.not_positive"]
    );
    let one = SetRate { to: "USD".into(), ..wish("2026-01-05", "1") };
    assert_eq!(broken(&set_rate(&one, None, today)), ["rate exchange_rate.same_currency"]);
}

#[test]
fn a_rate_holds_for_ten_days_and_never_before() {
    let row = |n: u128, of: &str| RateRow {
        id: id(n),
        from: "USD".parse().unwrap(),
        to: "CNY".parse().unwrap(),
        day: day(of),
        rate: "7".parse().unwrap(),
        source: "PBOC".parse().unwrap(),
        ext: Default::default(),
    };
    let rates = [row(1, "2026-01-05"), row(2, "2026-01-07")];
    let table = [
        ("2026-01-04", None),
        ("2026-01-05", Some(1)),
        ("2026-01-06", Some(1)),
        ("2026-01-07", Some(2)),
        ("2026-01-17", Some(2)),
        ("2026-01-18", None),
    ];
    for (of, expected) in table {
        let found = applicable(&rates, day(of)).map(|rate| rate.id);
        assert_eq!(found, expected.map(id), "{of}");
    }
}

#[test]
fn an_instalment_of_another_system_is_of_what_nobody_planned() {
    let order = order(0x20, "100.00 CNY", vec![]);
    let book = clerk(&mut 0, "2026-01-05", |clerk| booked(Book::default(), &order, clerk)).unwrap();
    let carve = |book: Book, amount: &str| {
        let due = Due::On(day("2026-02-01"));
        clerk(&mut 500, "2026-01-05", |clerk| carved(book, &order, (money(amount), due), clerk))
    };
    let some = carve(book.clone(), "85.50 CNY").unwrap();
    assert_eq!(figures(&some), "0+0/1450 0+0/8550 | ");
    assert_eq!(figures(&carve(book.clone(), "100.00 CNY").unwrap()), "0+0/0 0+0/10000 | ");
    assert_eq!(broken(&carve(some, "14.51 CNY")), ["amount instalment.exceeds_order"]);
    assert_eq!(broken(&carve(book.clone(), "0.00 CNY")), ["amount instalment.not_positive"]);
    assert_eq!(broken(&carve(book, "1.00 USD")), ["amount money.currency_mismatch"]);
}
