//! What decides about orders, rule by rule.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::access::Role;
use crate::catalog::{CreateProduct, create as product_of};
use crate::decision::broken;
use crate::machine::{Machine, step as machine_step};
use crate::opportunity::Phase;
use crate::party::{AddAddress, CreateCustomer, create as customer_of};
use crate::value::Invalid;

fn id<K>(n: u128) -> Id<K> {
    Id::new(Uuid::from_u128(n))
}

fn at(hour: i64) -> Timestamp {
    // 2026-01-05 00:00 in Shanghai.
    Timestamp::from_micros((1_767_542_400 + hour * 3_600) * 1_000_000).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn ctx(hour: i64) -> Ctx {
    Ctx { by: id(1), now: at(hour) }
}

fn products() -> Vec<Product> {
    let of = |n: u128, active| {
        let wish = CreateProduct {
            code: format!("P{n}"),
            name: format!("Press {n}"),
            price: Some(UnitPrice::from(money("9.99 CNY"))),
            active: Some(active),
            ..CreateProduct::default()
        };
        product_of(id(n), &wish).unwrap()
    };
    vec![of(7, true), of(8, false)]
}

fn customer() -> Customer {
    let wish = CreateCustomer { name: "小米科技".into(), ..CreateCustomer::default() };
    customer_of(id(0x10), &wish, id(1), at(0)).unwrap()
}

fn addresses() -> Vec<Address> {
    let of = |n: u128, whose: u128, purpose: &str| {
        let wish = AddAddress {
            customer: Some(id(whose)),
            purpose: purpose.into(),
            country: Some("CN".into()),
            ..AddAddress::default()
        };
        crate::party::place(id(n), &wish, crate::value::Country::CHINA, &[]).unwrap().0
    };
    vec![of(1, 0x10, "delivery"), of(2, 0x10, "billing"), of(3, 0x11, "delivery")]
}

fn line(quantity: &str, price: &str, discount: &str, tax: &str) -> SetOrderLine {
    SetOrderLine {
        product: Some(id(7)),
        quantity: quantity.into(),
        unit_price: Some(UnitPrice::from(money(price))),
        discount: Some(discount.into()),
        tax_rate: Some(tax.into()),
        ..SetOrderLine::default()
    }
}

fn wish(lines: &[SetOrderLine]) -> CreateOrder {
    CreateOrder { lines: lines.to_vec(), ..CreateOrder::default() }
}

fn decide(
    wish: &CreateOrder,
) -> Result<(Order, Vec<OrderLine>, OrderStep), crate::decision::Refusal> {
    let (customer, products, addresses) = (customer(), products(), addresses());
    let grounds = Grounds {
        id: id(0x40),
        step: id(0x41),
        number: "SO-1".parse().unwrap(),
        customer: &customer,
        contact: None,
        owner: id(1),
        opportunity: None,
        quote: None,
        contract: None,
        products: &products,
        quoted: &[],
        addresses: &addresses,
        zone: "Asia/Shanghai".parse().unwrap(),
        today: day("2026-01-05"),
    };
    let mut next = 0x80;
    let mut new_id = || {
        next += 1;
        id(next)
    };
    create(wish, grounds, &mut new_id, ctx(1))
}

/// An order of two lines, 3 × 9.99 and 2 × 0.05, in a state.
fn dossier(state: OrderState) -> Dossier {
    let two = [line("3", "9.99 CNY", "0", "13"), line("2", "0.05 CNY", "0", "0")];
    let (order, lines, _) = decide(&wish(&two)).unwrap();
    let bound = !matches!(
        state,
        OrderState::Draft | OrderState::InReview | OrderState::Confirmed | OrderState::Cancelled
    );
    let order = Order { state, submitted_at: bound.then(|| at(2)), ..order };
    Dossier { order, lines, steps: 1 }
}

#[test]
fn what_may_be_done_to_an_order_in_which_state() {
    // What the issue asks for, state by state; every other step is refused.
    use OrderState as S;
    use OrderStepCode as T;
    let allowed = [
        (
            S::Draft,
            vec![(T::Edit, S::Draft), (T::RequestReview, S::InReview), (T::Cancel, S::Cancelled)],
        ),
        (
            S::InReview,
            vec![(T::Reject, S::Draft), (T::Confirm, S::Confirmed), (T::Cancel, S::Cancelled)],
        ),
        (
            S::Confirmed,
            vec![(T::Reject, S::Draft), (T::Submit, S::Submitted), (T::Cancel, S::Cancelled)],
        ),
        (
            S::Submitted,
            vec![
                (T::Change, S::Submitted),
                (T::Ship, S::InDelivery),
                (T::Deliver, S::Delivered),
                (T::Cancel, S::Cancelled),
            ],
        ),
        (
            S::InDelivery,
            vec![
                (T::Change, S::InDelivery),
                (T::Ship, S::InDelivery),
                (T::Deliver, S::Delivered),
                (T::Return, S::InDelivery),
            ],
        ),
        (
            S::Delivered,
            vec![
                (T::Ship, S::Delivered),
                (T::Deliver, S::Delivered),
                (T::Return, S::Delivered),
                (T::Complete, S::Completed),
            ],
        ),
        (
            S::Completed,
            vec![(T::Ship, S::Completed), (T::Deliver, S::Completed), (T::Return, S::Completed)],
        ),
        (S::Cancelled, vec![]),
    ];
    assert_eq!(allowed.each_ref().map(|(state, _)| *state).as_slice(), OrderState::ALL);
    for (state, steps) in &allowed {
        for code in OrderStepCode::ALL {
            let to = steps.iter().find(|(step, _)| step == code).map(|(_, to)| *to);
            assert_eq!(OrderMachine::next(*state, *code).ok(), to, "{code} in {state}");
            // The decision is the table.
            let stepped = step(&dossier(*state), *code, None, id(9), ctx(5));
            assert_eq!(stepped.ok().map(|stepped| stepped.order.state), to, "{code} in {state}");
            let refused = machine_step::<OrderMachine>(*state, *code).err();
            assert!(refused.is_none_or(|refused| refused.code.starts_with("order.")));
        }
    }
}

#[test]
fn a_step_has_its_actor_and_its_instant() {
    let stepped = step(&dossier(OrderState::Confirmed), OrderStepCode::Submit, None, id(9), ctx(5));
    let Stepped { order, step } = stepped.unwrap();
    assert_eq!((step.by, step.at, step.ordinal), (id(1), at(5), 1));
    assert_eq!((step.from, step.to), (Some(OrderState::Confirmed), OrderState::Submitted));
    assert_eq!((order.submitted_at, order.touched_at), (Some(at(5)), at(5)));
    assert!(order.is_effective());
}

#[test]
fn a_plan_adds_up_to_the_order() {
    let share = |percent: &str, due| TermStep {
        percent: Some(percent.parse().unwrap()),
        amount: None,
        due,
    };
    let sum = |amount: &str, due| TermStep { percent: None, amount: Some(money(amount)), due };
    let after = |days| Due::After { milestone: Milestone::Delivered, days };
    let (on, open) = (Due::On(day("2026-02-01")), Due::Open);
    let no = |code: &str| Err(code.to_owned());
    let ok = |amounts: &[&str]| Ok(amounts.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
    let table = [
        // a plan of …                        terms, total, instalments
        ("nothing is one of everything", vec![], "100.00 CNY", ok(&["100.00 CNY"])),
        (
            "halves",
            vec![share("50", on), share("50", after(30))],
            "100.01 CNY",
            ok(&["50.01 CNY", "50.00 CNY"]),
        ),
        (
            "thirds gives what rounding leaves to the last",
            vec![share("33.33", on), share("33.33", on), share("33.34", on)],
            "0.10 CNY",
            ok(&["0.03 CNY", "0.03 CNY", "0.04 CNY"]),
        ),
        (
            "a deposit leaves a rest",
            vec![sum("30.00 CNY", on)],
            "100.00 CNY",
            ok(&["30.00 CNY", "70.00 CNY"]),
        ),
        (
            "shares of less leave a rest",
            vec![share("30", on)],
            "100.00 CNY",
            ok(&["30.00 CNY", "70.00 CNY"]),
        ),
        (
            "more than everything",
            vec![sum("100.01 CNY", on)],
            "100.00 CNY",
            no("terms terms.exceed_total"),
        ),
        (
            "more shares than there are",
            vec![share("60", on), share("60", on)],
            "1.00 CNY",
            no("terms terms.exceed_total"),
        ),
        (
            "another currency",
            vec![sum("1.00 USD", on)],
            "100.00 CNY",
            no("terms[0] money.currency_mismatch"),
        ),
        (
            "nothing said",
            vec![TermStep { percent: None, amount: None, due: open }],
            "1.00 CNY",
            no("terms[0] terms.unclear"),
        ),
        (
            "a negative amount",
            vec![sum("-1.00 CNY", on)],
            "1.00 CNY",
            no("terms[0] terms.not_positive"),
        ),
        ("no share", vec![share("0", on)], "1.00 CNY", no("terms[0] terms.not_positive")),
        ("a far day", vec![share("100", after(3651))], "1.00 CNY", no("terms[0].due terms.days")),
        ("a gift has none", vec![share("100", on)], "0.00 CNY", ok(&[])),
    ];
    for (rule, terms, total, expected) in table {
        let found = split(money(total), &PaymentTerms(terms));
        let wrong = broken(&found).join(", ");
        let found = found.map(|parts| parts.iter().map(|(a, _)| a.to_string()).collect::<Vec<_>>());
        assert_eq!(found.map_err(|_| wrong), expected, "a plan of {rule}");
    }
}

proptest! {
    #[test]
    fn a_plan_loses_and_invents_nothing(
        total in 0_i64..10_000_000,
        shares in proptest::collection::vec(1_u32..40, 0..6),
    ) {
        let total = Money::from_minor(total, "CNY".parse().unwrap()).unwrap();
        let step = |share: &u32| TermStep {
            percent: Some(share.to_string().parse().unwrap()),
            amount: None,
            due: Due::Open,
        };
        if let Ok(parts) = split(total, &PaymentTerms(shares.iter().map(step).collect())) {
            let sum = Money::sum(total.currency(), parts.iter().map(|(amount, _)| *amount));
            prop_assert_eq!(sum, Ok(total));
            prop_assert!(parts.iter().all(|(amount, _)| amount.minor() > 0));
        } else {
            prop_assert!(shares.iter().sum::<u32>() > 100);
        }
    }
}

#[test]
fn what_an_order_comes_to_by_both_rules() {
    let third = line("1", "0.15 CNY", "33.3", "13");
    let table = [
        // lines, rounding                       net, tax, total
        (vec![line("3", "9.99 CNY", "0", "13")], OrderRounding::EachLine, "29.97 3.90 33.87"),
        (vec![third.clone(); 3], OrderRounding::EachLine, "0.30 0.03 0.33"),
        // 3 × 0.10005 = 0.30015; 13 % of 0.30 = 0.039.
        (vec![third.clone(); 3], OrderRounding::Total, "0.30 0.04 0.34"),
        (vec![line("1", "0.05 CNY", "50", "0"); 2], OrderRounding::EachLine, "0.06 0.00 0.06"),
        (vec![line("1", "0.05 CNY", "50", "0"); 2], OrderRounding::Total, "0.05 0.00 0.05"),
    ];
    for (lines, rounding, expected) in table {
        let rule = Some(rounding.code().to_owned());
        let (order, _, _) = decide(&CreateOrder { rounding: rule, ..wish(&lines) }).unwrap();
        let plain = |money: Money| money.amount().to_string();
        let found = [order.net, order.tax, order.total].map(plain).join(" ");
        assert_eq!(found, expected, "{} lines by {rounding}", lines.len());
    }
    let wide = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(
        exact_sum([wide("0.1"), wide("0.20")]).map(|sum| sum.to_string()),
        Ok("0.30".into())
    );
    let both = [wide("79228162514264337593543950335"), wide("0.1")];
    assert_eq!(exact_sum(both).map_err(|e| e.code), Err("decimal.precision".to_owned()));
}

#[test]
fn what_came_back_need_not_be_paid() {
    let Dossier { order, mut lines, .. } = dossier(OrderState::Delivered);
    let mut value = |back: [&str; 2]| {
        for (line, back) in lines.iter_mut().zip(back) {
            line.returned = back.parse().unwrap();
        }
        returned_value(order.net, order.tax, &lines).unwrap().amount().to_string()
    };
    // 3 × 9.99 with 13 % is 33.87; 2 × 0.05 is 0.10.
    assert_eq!(value(["0", "0"]), "0.00");
    assert_eq!(value(["1", "0"]), "11.29");
    assert_eq!(value(["2", "0"]), "22.58");
    assert_eq!(value(["3", "1"]), "33.92");
    assert_eq!(value(["3", "2"]), "33.97");
    assert_eq!(value(["9", "9"]), "33.97", "no more than everything");
}

#[test]
fn a_policy_changes_what_is_said() {
    let before = OrderPolicy::preset();
    let wish = SetOrderPolicy { complete_on_delivery: Some(true), ..SetOrderPolicy::default() };
    let after = set_policy(&before, &wish).unwrap();
    assert_eq!((after.complete_on_delivery, after.remind_days), (true, 3));
    let wrong = SetOrderPolicy { remind_days: Some(366), ..SetOrderPolicy::default() };
    assert_eq!(broken(&set_policy(&before, &wrong)), ["remind_days order.remind_days"]);
    let service = before.told(ExceptionKind::Late).any(|told| told == Told::Role(Role::Service));
    assert!(service && before.told(ExceptionKind::ReturnUnmatched).count() == 2);
}

#[test]
fn orders_make_a_customer_an_existing_one() {
    let of =
        |state, ordered_on: &str| Order { ordered_on: day(ordered_on), ..dossier(state).order };
    let draft = of(OrderState::Draft, "2026-01-01");
    let bought = of(OrderState::Submitted, "2026-01-02");
    let again = of(OrderState::Completed, "2026-01-03");
    let off = of(OrderState::Cancelled, "2026-01-01");
    let table = [
        // a customer with …              orders, standing, how many bind them
        ("nothing", vec![], Standing::Potential, 0),
        ("a draft", vec![draft.clone()], Standing::Potential, 0),
        ("an order", vec![draft, bought.clone()], Standing::Existing, 1),
        ("its only order called off", vec![off.clone()], Standing::Potential, 0),
        ("two orders", vec![again.clone(), bought.clone(), off], Standing::Existing, 2),
    ];
    for (rule, orders, expected, count) in table {
        let basis = standing(&orders);
        assert_eq!((basis.standing, basis.orders), (expected, count), "a customer with {rule}");
    }
    let basis = standing(&[again.clone(), bought.clone()]);
    assert_eq!((basis.first, basis.last), (Some(bought), Some(again)));
}

#[test]
fn a_new_order() {
    let one = || vec![line("1", "10 CNY", "0", "0")];
    let with = |change: fn(&mut CreateOrder)| {
        let mut order = wish(&one());
        change(&mut order);
        order
    };
    let of = |change: fn(&mut SetOrderLine)| {
        let mut lines = one();
        change(&mut lines[0]);
        wish(&lines)
    };
    let big = "9223372036854775808";
    let huge = of(|line| line.quantity = "99999999999999999999".into());
    #[rustfmt::skip]
    let table = [
        // an order …                             is refused for
        ("needs a line", with(|o| o.lines.clear()), "lines order.lines_missing"),
        ("is of one line", with(|_| ()), ""),
        ("is not of tomorrow", with(|o| o.ordered_on = Some(day("2026-01-06"))), "ordered_on time.future"),
        ("is of yesterday", with(|o| o.ordered_on = Some(day("2026-01-04"))), ""),
        ("is not due before", with(|o| o.due_on = Some(day("2026-01-04"))), "due_on order.due_before_ordered"),
        ("goes to where goods go", with(|o| o.delivery_address = Some(id(1))), ""),
        ("goes not to where invoices go", with(|o| o.delivery_address = Some(id(2))), "delivery_address address.wrong_use"),
        ("goes to nobody else", with(|o| o.delivery_address = Some(id(3))), "delivery_address address.elsewhere"),
        ("is billed where invoices go", with(|o| o.billing_address = Some(id(1))), "billing_address address.wrong_use"),
        ("rounds by a rule that is known", with(|o| o.rounding = Some("up".into())), "rounding code.unknown"),
        ("has a freight in its currency", with(|o| o.freight = Some(money("1 USD"))), "freight order.currency_mixed"),
        ("has no negative freight", with(|o| o.freight = Some(money("-1 CNY"))), "freight order.freight_negative"),
        ("has a known product", of(|l| l.product = Some(id(9))), "lines[0].product order.line.product_unknown"),
        ("has an active product", of(|l| l.product = Some(id(8))), "lines[0].product order.line.product_inactive"),
        ("may be of a text", of(|l| { l.product = None; l.text = Some("Setup".into()); }), ""),
        ("is of something", of(|l| l.product = None), "lines[0].product order.line.unnamed"),
        ("takes the price of the product", of(|l| l.unit_price = None), ""),
        ("has no zero", of(|l| l.quantity = "0".into()), "lines[0].quantity order.line.quantity_zero"),
        ("has nothing negative", of(|l| l.quantity = "-1".into()), "lines[0].quantity quantity.negative"),
        ("has numbers", of(|l| l.quantity = "one".into()), "lines[0].quantity decimal.format"),
        ("has no discount over 100 %", of(|l| l.discount = Some("101".into())), "lines[0].discount percent.range"),
        ("has no negative tax", of(|l| l.tax_rate = Some("-1".into())), "lines[0].tax_rate percent.range"),
        ("is not too large", huge, "lines[0].unit_price money.overflow"),
    ];
    assert!(big.parse::<i64>().is_err());
    for (rule, wish, expected) in table {
        assert_eq!(broken(&decide(&wish)).join(", "), expected, "an order {rule}");
    }
    let mixed = wish(&[line("1", "1 CNY", "0", "0"), line("1", "1 USD", "0", "0")]);
    assert_eq!(broken(&decide(&mixed)), ["lines[1].unit_price order.currency_mixed"]);
    let many = wish(&vec![line("1", "1 CNY", "0", "0"); 501]);
    assert_eq!(broken(&decide(&many)), ["lines order.too_many_lines"]);
    let archived = Customer { status: crate::party::CustomerStatus::Archived, ..customer() };
    assert_eq!(archived.takes_new().map_err(|e: Invalid| e.code), Err("customer.archived".into()));
}

fn deal(phase: &str) -> crate::opportunity::Dossier {
    let mut dossier = crate::opportunity::tests::dossier("a");
    if phase == "won" {
        dossier.deal.phase = Phase::Won { from: dossier.deal.phase.stage(), at: at(1) };
    }
    let sold = |n: u128, quantity: &str| OpportunityLine {
        id: id(n),
        opportunity: dossier.deal.id,
        ordinal: 0,
        product: id(7),
        quantity: quantity.parse().unwrap(),
        unit_price: UnitPrice::from(money("9.99 CNY")),
        discount: Percent::ZERO,
        net: money("9.99 CNY"),
        ext: Default::default(),
    };
    dossier.lines = vec![sold(0x51, "10"), sold(0x52, "1.5")];
    dossier
}

#[test]
fn a_won_deal_is_ordered_once() {
    let won = deal("won");
    let ordered = |quantity: &str, state| {
        let mut dossier = dossier(state);
        dossier.order.opportunity = Some(won.deal.id);
        dossier.lines.truncate(1);
        dossier.lines[0].deal_line = Some(id(0x51));
        dossier.lines[0].quantity = quantity.parse().unwrap();
        dossier
    };
    let part = |line: u128, quantity: Option<&str>| Part {
        line: id(line),
        quantity: quantity.map(str::to_owned),
    };
    let some = vec![ordered("4", OrderState::Submitted)];
    let off = vec![ordered("4", OrderState::Cancelled)];
    let all = vec![ordered("10", OrderState::Draft)];
    #[rustfmt::skip]
    let table = [
        // a deal …                 its orders, parts        quantities, or violations
        ("gives everything", &vec![], vec![], Ok("10 1.5")),
        ("gives what is left", &some, vec![], Ok("6 1.5")),
        ("gives back what was called off", &off, vec![], Ok("10 1.5")),
        ("gives a part", &some, vec![part(0x51, Some("2.5"))], Ok("2.5")),
        ("gives all that is left of a line", &some, vec![part(0x51, None)], Ok("6")),
        ("gives no more than is left", &some, vec![part(0x51, Some("7"))], Err("parts[0].quantity order.part.exceeds_remaining")),
        ("gives nothing of a line that is gone", &all, vec![part(0x51, None)], Err("parts[0].quantity order.part.exceeds_remaining")),
        ("gives no zero", &some, vec![part(0x51, Some("0"))], Err("parts[0].quantity order.line.quantity_zero")),
        ("gives lines of its own", &some, vec![part(0x53, None)], Err("parts[0].line order.part.unknown")),
        ("gives a line once", &some, vec![part(0x52, None), part(0x52, None)], Err("parts[1].line order.part.twice")),
    ];
    for (rule, orders, parts, expected) in table {
        let lines: Vec<OrderLine> = orders.iter().flat_map(|d: &Dossier| d.lines.clone()).collect();
        let orders: Vec<Order> = orders.iter().map(|d| d.order.clone()).collect();
        let ground = Seed { deal: &won.deal, lines: &won.lines, orders: &orders, ordered: &lines };
        let wish = generate(won.deal.id, parts);
        let found = seed(&wish, &ground);
        let wrong = broken(&found).join(", ");
        let found = found.map(|wish| {
            assert_eq!(wish.customer, Some(won.deal.customer), "what the deal says is taken over");
            let quantities: Vec<String> = wish.lines.iter().map(|l| l.quantity.clone()).collect();
            quantities.join(" ")
        });
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found.map_err(|_| wrong), expected, "a deal {rule}");
    }
    let open = deal("open");
    let ground = Seed { deal: &open.deal, lines: &open.lines, orders: &[], ordered: &[] };
    let found = seed(&generate(open.deal.id, vec![]), &ground);
    assert_eq!(broken(&found), ["opportunity order.deal_not_won"]);
    let mut bare = deal("won");
    bare.lines.clear();
    let of = |bare: &crate::opportunity::Dossier| {
        let ground = Seed { deal: &bare.deal, lines: &[], orders: &[], ordered: &[] };
        seed(&generate(bare.deal.id, vec![]), &ground)
    };
    assert_eq!(broken(&of(&bare)), ["opportunity order.deal_without_amount"]);
    bare.deal.amount = Some(money("5 CNY"));
    let found = of(&bare).unwrap();
    assert_eq!(found.lines[0].unit_price, Some(UnitPrice::from(money("5 CNY"))));
    let key = |key: &str| GenerateOrder { key: Some(key.into()), ..generate(id(1), vec![]) };
    assert_eq!(key("a").order_id(0), key("a").order_id(0), "the same call is the same order");
    assert_ne!(key("a").order_id(0), key("b").order_id(0));
}

fn generate(opportunity: Id<Opportunity>, parts: Vec<Part>) -> GenerateOrder {
    GenerateOrder {
        contract: None,
        opportunity,
        key: None,
        parts,
        number: None,
        ordered_on: None,
        due_on: None,
        delivery_address: None,
        billing_address: None,
        rounding: None,
        freight: None,
        tax_rate: None,
        terms: PaymentTerms::default(),
        method: None,
    }
}

fn revise(change: impl FnOnce(&mut ReviseOrder)) -> ReviseOrder {
    let mut wish = ReviseOrder {
        contract: None,
        id: id(0x40),
        base_revision: None,
        reason: Some("the customer asked".into()),
        due_on: None,
        delivery_address: None,
        billing_address: None,
        freight: None,
        terms: None,
        lines: None,
        note: None,
    };
    change(&mut wish);
    wish
}

fn revised(
    dossier: &Dossier,
    wish: &ReviseOrder,
    decide: fn(
        &Dossier,
        &ReviseOrder,
        RevisionGrounds<'_>,
        Ctx,
    ) -> Result<Revised, crate::decision::Refusal>,
) -> Result<Revised, crate::decision::Refusal> {
    let (products, addresses) = (products(), addresses());
    let mut next = 0x90;
    let mut new_id = || {
        next += 1;
        id(next)
    };
    let grounds = RevisionGrounds {
        products: &products,
        addresses: &addresses,
        contract: None,
        quoted: &[],
        step: id(0x61),
        change: id(0x62),
        new_id: &mut new_id,
    };
    decide(dossier, wish, grounds, ctx(9))
}

#[test]
fn a_draft_changes_freely() {
    let draft = dossier(OrderState::Draft);
    let fewer = revise(|wish| wish.lines = Some(vec![line("1", "5 CNY", "0", "0")]));
    let after = revised(&draft, &fewer, edit).unwrap();
    assert_eq!((after.order.total, after.order.revision), (money("5 CNY"), 1));
    assert_eq!((after.removed.len(), after.change), (2, None));
    let stale = revise(|wish| wish.base_revision = Some(7));
    assert_eq!(broken(&revised(&draft, &stale, edit)), ["base_revision record.conflict"]);
    let submitted = dossier(OrderState::Submitted);
    assert_eq!(broken(&revised(&submitted, &fewer, edit)), ["order.change_order_needed"]);
}

#[test]
fn a_submitted_order_changes_by_change_orders_alone() {
    let mut shipped = dossier(OrderState::InDelivery);
    shipped.lines[0].shipped = "2".parse().unwrap();
    let (first, second) = (shipped.lines[0].wish(), shipped.lines[1].wish());
    let of = |quantity: &str| SetOrderLine { quantity: quantity.into(), ..first.clone() };
    let lines = |lines: Vec<SetOrderLine>| revise(|wish| wish.lines = Some(lines));
    #[rustfmt::skip]
    let table = [
        // a change order …                    is refused for
        ("says less", lines(vec![of("2"), second.clone()]), ""),
        ("says less than is shipped", lines(vec![of("1"), second.clone()]), "lines[0].quantity order.line.below_shipped"),
        ("leaves out what is shipped", lines(vec![second.clone()]), "lines[0].quantity order.line.below_shipped"),
        ("leaves out the rest", lines(vec![of("3")]), ""),
        ("says the same", revise(|_| ()), "order.nothing_changed"),
        ("says why", revise(|w| { w.reason = None; w.due_on = Some(day("2026-03-01")); }), "reason order.reason_missing"),
        ("leaves payments to their plan", revise(|w| w.terms = Some(PaymentTerms::default())), "terms order.terms_submitted"),
        ("keeps the currency", lines(vec![SetOrderLine { unit_price: Some(UnitPrice::from(money("1 USD"))), ..of("3") }]), "freight order.currency_mixed"),
        ("names lines of the order", lines(vec![SetOrderLine { id: Some(id(5)), ..of("3") }, second.clone()]), "lines[0].id order.line.unknown, lines[0].quantity order.line.below_shipped"),
        ("names a line once", lines(vec![of("3"), of("3")]), "lines[1].id order.line.twice"),
    ];
    for (rule, wish, expected) in table {
        let found = revised(&shipped, &wish, change);
        assert_eq!(broken(&found).join(", "), expected, "a change order {rule}");
    }
    let more = lines(vec![line("1", "7 CNY", "0", "0"), first.clone(), second.clone()]);
    let after = revised(&shipped, &more, change).unwrap();
    let ordinals: Vec<u32> = after.lines.iter().map(|line| line.ordinal).collect();
    assert_eq!(ordinals, [0, 1, 2]);
    assert_eq!(after.lines[0].id, shipped.lines[0].id, "a line keeps its place");
    let row = after.change.unwrap();
    assert_eq!((row.revision, after.order.revision), (2, 2));
    assert_eq!(row.total_after, money("40.97 CNY"));
    let paths: Vec<&str> = row.difference.0.iter().map(|d| d.path.as_str()).collect();
    assert!(paths.contains(&"total") && paths.contains(&"new lines[2].quantity"), "{paths:?}");
    let draft = dossier(OrderState::Draft);
    assert_eq!(broken(&revised(&draft, &more, change)), ["order.not_submitted"]);
}

#[test]
fn an_order_is_called_off_once_and_before_it_is_shipped() {
    let wish = CancelOrder { id: id(0x40), reason: "no budget".into() };
    for (state, expected) in [
        (OrderState::Submitted, ""),
        (OrderState::InDelivery, "order.already_shipped"),
        (OrderState::Delivered, "order.already_delivered"),
        (OrderState::Cancelled, "order.cancelled"),
    ] {
        let found = cancel(&dossier(state), &wish, id(9), ctx(4));
        assert_eq!(broken(&found).join(", "), expected, "{state}");
        if let Ok(found) = found {
            assert_eq!(found.order.cancel_reason.map(|r| r.to_string()), Some("no budget".into()));
        }
    }
    let silent = CancelOrder { reason: " ".into(), ..wish };
    let found = cancel(&dossier(OrderState::Draft), &silent, id(9), ctx(4));
    assert_eq!(broken(&found), ["reason text.empty"]);
}

#[test]
fn no_more_comes_back_than_was_delivered() {
    let mut delivered = dossier(OrderState::Delivered);
    for line in &mut delivered.lines {
        (line.shipped, line.delivered) = (line.quantity, line.quantity);
    }
    delivered.lines[0].returned = "1".parse().unwrap();
    let back = |line, quantity: &str| ReturnedLine { line, quantity: quantity.into() };
    let wish = |lines: Vec<ReturnedLine>| ReturnGoods {
        id: id(0x40),
        key: "r1".into(),
        reason: "broken".into(),
        lines,
    };
    #[rustfmt::skip]
    let table = [
        // coming back …          lines                         what, or violations
        ("everything", wish(vec![]), Ok("0:2 1:2")),
        ("a part", wish(vec![back(0, "0.5")]), Ok("0:0.5")),
        ("too much", wish(vec![back(0, "2.5")]), Err("lines[0].quantity order.return.exceeds_delivered")),
        ("nothing", wish(vec![back(0, "0")]), Err("lines[0].quantity order.line.quantity_zero")),
        ("of no line", wish(vec![back(7, "1")]), Err("lines[0].line order.line.unknown")),
        ("of a line twice", wish(vec![back(1, "1"), back(1, "1")]), Err("lines[1].line order.line.twice")),
    ];
    for (rule, wish, expected) in table {
        let found = returned(&delivered, &wish);
        let wrong = broken(&found).join(", ");
        let text = |back: Vec<(u32, Quantity)>| {
            back.iter().map(|(line, q)| format!("{line}:{q}")).collect::<Vec<_>>().join(" ")
        };
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found.map(text).map_err(|_| wrong), expected, "coming back: {rule}");
    }
    let early = returned(&dossier(OrderState::Submitted), &wish(vec![]));
    assert_eq!(broken(&early), ["order.nothing_delivered"]);
}

fn event(
    n: u128,
    kind: EventKind,
    line: Option<u32>,
    quantity: Option<&str>,
    hour: i64,
) -> OrderEvent {
    OrderEvent {
        id: id(n),
        source: "erp".parse().unwrap(),
        key: n.to_string().parse().unwrap(),
        order_number: "SO-1".parse().unwrap(),
        order: Some(id(0x40)),
        kind,
        line,
        quantity: quantity.map(|q| q.parse().unwrap()),
        occurred_at: at(hour),
        received_at: at(hour),
        status: EventStatus::Parked,
        reason: None,
        note: None,
        ext: Default::default(),
    }
}

#[test]
fn how_far_an_order_is() {
    use EventKind::{
        Delivered, Logistics, ProductionStarted, QualityIssue, QualityResolved, Returned, Shipped,
    };
    let Dossier { order, lines, .. } = dossier(OrderState::Submitted);
    let whole = |n, kind, hour| event(n, kind, None, None, hour);
    #[rustfmt::skip]
    let table = [
        // with …                     reports                    shipped/delivered/returned by line, step
        ("nothing", vec![], "0/0/0 0/0/0", None),
        ("production", vec![whole(1, ProductionStarted, 3)], "0/0/0 0/0/0", None),
        ("a part shipped", vec![event(1, Shipped, Some(0), Some("2"), 3)], "2/0/0 0/0/0", Some(OrderStepCode::Ship)),
        ("all shipped", vec![whole(1, Shipped, 3)], "3/0/0 2/0/0", Some(OrderStepCode::Ship)),
        ("delivered without being shipped", vec![whole(1, Delivered, 3)], "3/3/0 2/2/0", Some(OrderStepCode::Deliver)),
        ("delivered in parts", vec![event(1, Delivered, Some(0), Some("1"), 3), event(2, Delivered, Some(0), Some("2"), 4), event(3, Delivered, Some(1), None, 5)], "3/3/0 2/2/0", Some(OrderStepCode::Deliver)),
        ("something back before it was delivered", vec![event(1, Returned, Some(0), Some("1"), 3)], "0/0/0 0/0/0", None),
        ("something back", vec![event(1, Returned, Some(0), Some("1"), 3), whole(2, Delivered, 4)], "3/3/1 2/2/0", Some(OrderStepCode::Deliver)),
        ("a line that is not there", vec![event(1, Shipped, Some(9), None, 3)], "0/0/0 0/0/0", None),
        ("news", vec![whole(1, Logistics, 3), whole(2, QualityIssue, 4), whole(3, QualityResolved, 5)], "0/0/0 0/0/0", None),
    ];
    for (rule, events, expected, step) in table {
        let far = progress(&order, &lines, &events);
        let text = |l: &ReportedLine| format!("{}/{}/{}", l.shipped, l.delivered, l.returned);
        let text: Vec<String> = far.lines.iter().map(text).collect();
        assert_eq!(text.join(" "), expected, "with {rule}");
        let (order, lines) = progressed(order.clone(), lines.clone(), &far);
        assert_eq!(settled_step(&order, &lines), step, "with {rule}");
    }
    let heard = |state, event: OrderEvent| {
        let Dossier { order, lines, .. } = dossier(state);
        let far = progress(&order, &lines, &[event]);
        far.heard[0].reason.as_ref().map(|code| code.as_str().to_owned())
    };
    let early = event(1, Shipped, None, None, -30);
    let parked = |code: &str| Some(code.to_owned());
    assert_eq!(heard(OrderState::Draft, whole(1, Shipped, 3)), parked("order.not_submitted"));
    assert_eq!(heard(OrderState::Cancelled, whole(1, Shipped, 3)), parked("order.cancelled"));
    assert_eq!(heard(OrderState::Submitted, early), parked("order.event_too_early"));
    assert_eq!(
        heard(OrderState::Submitted, event(1, Shipped, Some(9), None, 3)),
        parked("order.line.unknown")
    );
    assert_eq!(heard(OrderState::Submitted, whole(1, Shipped, 3)), None);
}

proptest! {
    #[test]
    fn reports_in_any_order_say_the_same(
        reports in proptest::collection::vec((0_usize..8, 0_u32..4, 0_u32..4, 0_i64..40), 0..12),
        keys in proptest::collection::vec(any::<u32>(), 12),
    ) {
        let Dossier { order, lines, .. } = dossier(OrderState::Submitted);
        let mut events: Vec<OrderEvent> = reports.iter().zip(1..).map(|((kind, line, quantity, hour), n)| {
            let quantity = (*quantity > 0).then(|| quantity.to_string());
            let line = (*line < 3).then_some(*line);
            event(n, EventKind::ALL[*kind], line, quantity.as_deref(), *hour)
        }).collect();
        let mut first = progress(&order, &lines, &events);
        let mut keyed: Vec<(u32, OrderEvent)> = keys.into_iter().zip(events.drain(..)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<OrderEvent> = keyed.into_iter().map(|(_, event)| event).collect();
        let mut second = progress(&order, &lines, &shuffled);
        for far in [&mut first, &mut second] {
            far.heard.sort_by_key(|heard| heard.event);
            for line in &far.lines {
                prop_assert!(line.returned <= line.delivered && line.delivered <= line.shipped);
            }
        }
        prop_assert_eq!(first, second);
    }
}

#[test]
fn an_order_is_late_the_day_after_where_its_customer_is() {
    let of = |zone: &str, state| Order {
        zone: zone.parse().unwrap(),
        due_on: Some(day("2026-01-10")),
        ..dossier(state).order
    };
    let table = [
        // in …                 the first instant of the day after
        ("Asia/Shanghai", "2026-01-10T16:00:00Z"),
        ("America/New_York", "2026-01-11T05:00:00Z"),
        ("UTC", "2026-01-11T00:00:00Z"),
    ];
    for (zone, expected) in table {
        let order = of(zone, OrderState::Submitted);
        let from: Timestamp = expected.parse().unwrap();
        assert_eq!(late_from(&order), Some(from), "{zone}");
        let before = Timestamp::from_micros(from.micros() - 1).unwrap();
        assert!(!is_late(&order, before) && is_late(&order, from), "{zone}");
        assert!(!is_late(&of(zone, OrderState::Delivered), from), "what is there is not late");
        assert!(!is_late(&of(zone, OrderState::Draft), from), "a draft is not late");
        let remind = remind_from(&order, 3).unwrap();
        assert_eq!(remind.day_in(order.tz()), day("2026-01-07"));
        assert_eq!(remind_from(&order, 0), None);
    }
}

#[test]
fn what_has_to_be_seen_to_follows_from_dates_and_reports() {
    use EventKind::{Delivered, QualityIssue, QualityResolved, Returned};
    let Dossier { order, lines, .. } = dossier(OrderState::Submitted);
    let order = Order { due_on: Some(day("2026-01-06")), ..order };
    let kinds = |events: &[OrderEvent], hour| {
        let far = progress(&order, &lines, events);
        let (order, lines) = progressed(order.clone(), lines.clone(), &far);
        let order = match settled_step(&order, &lines) {
            Some(OrderStepCode::Deliver) => Order { state: OrderState::Delivered, ..order },
            _ => order,
        };
        let found = standing_exceptions(&order, &far, at(hour)).unwrap();
        found.iter().map(|found| found.kind.code()).collect::<Vec<_>>().join(" ")
    };
    let whole = |n, kind, hour| event(n, kind, None, None, hour);
    let (issue, mended) = (whole(1, QualityIssue, 3), whole(2, QualityResolved, 4));
    assert_eq!(kinds(&[], 47), "");
    assert_eq!(kinds(&[], 48), "late", "nobody reported anything");
    assert_eq!(kinds(&[whole(3, Delivered, 20)], 99), "");
    assert_eq!(kinds(std::slice::from_ref(&issue), 5), "quality");
    assert_eq!(kinds(&[mended.clone(), issue.clone()], 5), "", "whatever came first");
    assert_eq!(kinds(&[issue.clone(), mended, whole(4, QualityIssue, 6)], 7), "quality");
    assert_eq!(
        kinds(&[issue, event(5, Returned, Some(0), Some("1"), 3)], 99),
        "late quality return_unmatched"
    );
}

#[test]
fn an_order_of_another_system_stands_as_it_stood_there() {
    let customer = customer();
    let products = products();
    let sold = ImportedOrderLine {
        product: Some(id(7)),
        text: None,
        quantity: "2".into(),
        unit_price: Some(UnitPrice::from(money("10 CNY"))),
        discount: None,
        tax_rate: None,
    };
    let wish = |change: fn(&mut ImportOrder)| {
        let mut wish = ImportOrder {
            number: "10248".into(),
            ordered_on: Some(day("2025-12-01")),
            lines: vec![sold.clone()],
            ..ImportOrder::default()
        };
        change(&mut wish);
        wish
    };
    #[rustfmt::skip]
    let table = [
        // an order …                                   stands, or is refused for
        ("says nothing", wish(|_| ()), "submitted 20.00 CNY"),
        ("was shipped", wish(|w| w.shipped_on = Some(day("2025-12-03"))), "in_delivery 20.00 CNY"),
        ("was delivered", wish(|w| w.delivered_on = Some(day("2025-12-03"))), "delivered 20.00 CNY"),
        ("is done", wish(|w| w.state = Some("completed".into())), "completed 20.00 CNY"),
        ("was called off", wish(|w| w.state = Some("cancelled".into())), "cancelled 20.00 CNY"),
        ("has an amount alone", wish(|w| { w.lines.clear(); w.amount = Some(money("811 CNY")); }), "submitted 811.00 CNY"),
        ("has nothing", wish(|w| w.lines.clear()), "lines order.lines_missing"),
        ("is of no day", wish(|w| w.ordered_on = None), "ordered_on order.ordered_on_missing"),
        ("is of tomorrow", wish(|w| w.ordered_on = Some(day("2026-02-01"))), "ordered_on time.future"),
        ("was shipped before", wish(|w| w.shipped_on = Some(day("2025-11-30"))), "shipped_on order.shipped_before_ordered"),
        ("is in a state between", wish(|w| w.state = Some("in_review".into())), "state order.state_not_imported"),
        ("has no number", wish(|w| w.number.clear()), "number text.empty"),
    ];
    for (rule, wish, expected) in table {
        let zone = "Asia/Shanghai".parse().unwrap();
        let grounds = ImportGrounds {
            id: id(0x40),
            customer: &customer,
            owner: id(1),
            products: &products,
            zone,
        };
        let mut next = 0x80;
        let mut new_id = || {
            next += 1;
            id(next)
        };
        let found = import(&wish, &grounds, &mut new_id, ctx(9));
        let said = match &found {
            Ok(found) => format!("{} {}", found.order.state, found.order.total),
            Err(_) => broken(&found).join(", "),
        };
        assert_eq!(said, expected, "an order that {rule}");
        if let Ok(found) = found {
            let again = progress(&found.order, &found.lines, &found.events);
            let (order, lines) = progressed(found.order.clone(), found.lines.clone(), &again);
            assert_eq!((order, lines), (found.order, found.lines), "an order that {rule}");
        }
    }
}
