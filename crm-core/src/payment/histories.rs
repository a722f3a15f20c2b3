//! Money is conserved: random histories of orders, plans, receipts, refunds, credits, cancels, in two currencies. After
//! every step, receivables, ledger and reports agree to the minor unit, and nothing is negative.
//!
//! Small in CI; 10^5 histories with `CRM_PROOF=full`.

use std::collections::BTreeMap;

use super::tests::{at, clerk, day, id, order};
use super::*;
use crate::decision::Refusal;
use crate::order::{OrderState, PaymentTerms, TermStep};
use crate::value::Percent;

/// A small generator that every platform has alike (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }
}

/// A customer with orders and payments, and what was done to them.
struct House {
    book: Book,
    orders: Vec<Order>,
    returned: BTreeMap<Id<Order>, Money>,
    entries: Vec<LedgerEntry>,
    credits: Vec<Credit>,
    refunds: Vec<Refund>,
    next: u128,
    days: u32,
}

fn amount(dice: &mut Dice, max: u64, currency: &str) -> Money {
    let minor = i64::try_from(dice.roll(max)).unwrap() + 1;
    Money::from_minor(minor, currency.parse().unwrap()).unwrap()
}

fn terms(dice: &mut Dice) -> Vec<TermStep> {
    let percent = |text: &str| Some(text.parse::<Percent>().unwrap());
    let due = |n: u64| match n {
        0 => Due::Open,
        n => Due::On(day("2026-02-01") + chrono::Days::new(n * 7)),
    };
    match dice.roll(4) {
        0 => vec![],
        1 => vec![TermStep { percent: percent("100"), amount: None, due: due(dice.roll(9)) }],
        2 => ["33.33", "33.33", "33.34"]
            .map(|share| TermStep { percent: percent(share), amount: None, due: due(dice.roll(9)) })
            .into(),
        _ => vec![TermStep { percent: percent("30"), amount: None, due: due(dice.roll(9)) }],
    }
}

impl House {
    fn today(&self) -> String {
        (day("2026-01-05") + chrono::Days::new(self.days.into())).to_string()
    }

    /// A decision over the books; where it is refused, they stay as they were.
    fn decide(
        &mut self,
        decide: impl FnOnce(Book, &mut Clerk<'_>) -> Result<Book, Refusal>,
    ) -> bool {
        let (book, today) = (self.book.clone(), self.today());
        let Ok(mut after) = clerk(&mut self.next, &today, |clerk| decide(book, clerk)) else {
            return false;
        };
        let fresh = core::mem::take(&mut after.fresh);
        after.allocations.extend(fresh.allocations);
        self.entries.extend(fresh.entries);
        self.credits.extend(fresh.credits);
        self.refunds.extend(fresh.refunds);
        self.book = after;
        true
    }

    /// One thing that may happen.
    fn step(&mut self, dice: &mut Dice) {
        self.days += u32::try_from(dice.roll(4)).unwrap();
        let currency = if dice.roll(4) == 0 { "USD" } else { "CNY" };
        let at_order = usize::try_from(dice.roll(8)).unwrap() % self.orders.len().max(1);
        let at_payment = usize::try_from(dice.roll(8)).unwrap() % self.book.payments.len().max(1);
        let some_order = self.orders.get(at_order).cloned();
        let payment = self.book.payments.get(at_payment).map(|payment| payment.id);
        let at_row = usize::try_from(dice.roll(64)).unwrap() % self.book.instalments.len().max(1);
        let row = self.book.instalments.get(at_row).map(|row| row.id);
        match (dice.roll(12), some_order, payment, row) {
            (0 | 1, ..) | (_, None, ..) => {
                let total = amount(dice, 20_000, currency);
                self.next += 1;
                let mut new = order(0x9000_0000 + self.next, &total.to_string(), terms(dice));
                new.tax = Money::from_minor(total.minor() / 9, total.currency()).unwrap();
                if self.decide(|book, clerk| booked(book, &new, clerk)) {
                    self.orders.push(new);
                }
            }
            (2..=4, order, _, row) => {
                let wish = ReceivePayment {
                    amount: Some(amount(dice, 15_000, currency)),
                    order: order.filter(|_| dice.roll(3) == 0).map(|order| order.id),
                    allocations: row
                        .filter(|_| dice.roll(3) == 0)
                        .map(|instalment| Allocate { instalment, amount: None })
                        .into_iter()
                        .collect(),
                    keep_as_credit: dice.roll(5) == 0,
                    ..ReceivePayment::default()
                };
                self.next += 1;
                let (new, today) = (id(0xA000_0000 + self.next), day(&self.today()));
                self.decide(|book, clerk| receive(book, &wish, (new, id(0x10)), today, clerk));
            }
            (5, order, Some(payment), _) => {
                let order = order.filter(|_| dice.roll(2) == 0).map(|order| order.id);
                self.decide(|book, clerk| allocate(book, payment, (order, &[]), clerk));
            }
            (6, _, Some(payment), Some(instalment)) => {
                let part = (dice.roll(2) == 0).then(|| amount(dice, 2_000, currency));
                let wish = FreePayment { id: payment, instalment, amount: part };
                self.decide(|book, clerk| free(book, &wish, clerk));
            }
            (7, _, Some(payment), _) => {
                let part = (dice.roll(2) == 0).then(|| amount(dice, 2_000, currency));
                let wish = RefundPayment {
                    id: payment,
                    amount: part,
                    reference: None,
                    reason: "asked".into(),
                };
                self.decide(|book, clerk| refund(book, &wish, clerk));
            }
            (8, _, Some(payment), _) if dice.roll(3) == 0 => {
                let wish = VoidPayment { id: payment, reason: "error".into() };
                self.decide(|book, clerk| void(book, &wish, clerk));
            }
            (9, Some(order), ..) if order.is_effective() => self.change(&order, at_order, dice),
            (10, Some(order), ..) if order.is_effective() => self.take_off(&order, at_order, dice),
            (11, Some(order), ..) => {
                let wish = PlanPayments {
                    order: order.id,
                    terms: PaymentTerms(terms(dice)),
                    difference: Some("as agreed".into()),
                };
                self.decide(|book, clerk| planned(book, &order, &wish, clerk));
            }
            _ => {}
        }
    }

    /// A change order.
    fn change(&mut self, before: &Order, at: usize, dice: &mut Dice) {
        let total = amount(dice, 20_000, before.total.currency().code());
        let tax = Money::from_minor(total.minor() / 9, total.currency()).unwrap();
        let after = Order { total, net: total, tax, ..before.clone() };
        if self.decide(|book, clerk| repriced(book, &after, before.tax, clerk)) {
            self.orders[at] = after;
        }
    }

    /// Something of an order is called off, comes back, or is let off.
    fn take_off(&mut self, order: &Order, at: usize, dice: &mut Dice) {
        let currency = order.total.currency();
        let part = amount(dice, 9_000, currency.code());
        match dice.roll(4) {
            0 => {
                let after = Order { state: OrderState::Cancelled, ..order.clone() };
                if self.decide(|book, clerk| cancelled(book, &after, clerk)) {
                    self.orders[at] = after;
                }
            }
            1 => {
                let before = self.returned.get(&order.id).copied().unwrap_or(Money::zero(currency));
                let value = before.checked_add(part).unwrap();
                if self.decide(|book, clerk| taken_back(book, order, (value, before), clerk)) {
                    let credited = self.credits.iter().filter(|row| row.order == order.id);
                    let back = credited.filter(|row| row.cause == CreditCause::Return);
                    let back = Money::sum(currency, back.map(|row| row.amount)).unwrap();
                    self.returned.insert(order.id, back);
                }
            }
            n => {
                let cause = if n == 2 { CreditCause::Goodwill } else { CreditCause::WriteOff };
                self.decide(|book, clerk| credit(book, order, part, (cause, None), clerk));
            }
        }
    }

    /// Orders, instalments, payments, ledger and ageing say the same, to the minor unit.
    fn check(&self) {
        let mut accounts: BTreeMap<(Currency, Account), i64> = BTreeMap::new();
        let mut owed: BTreeMap<Id<Instalment>, i64> = BTreeMap::new();
        for entry in &self.entries {
            let minor = entry.amount.minor();
            assert!(minor > 0, "{entry:?}");
            let currency = entry.amount.currency();
            *accounts.entry((currency, entry.debit)).or_default() += minor;
            *accounts.entry((currency, entry.credit)).or_default() -= minor;
            if let Some(row) = entry.instalment {
                if entry.debit == Account::Receivable {
                    *owed.entry(row).or_default() += minor;
                }
                if entry.credit == Account::Receivable {
                    *owed.entry(row).or_default() -= minor;
                }
            }
        }
        let mut receivable: BTreeMap<Currency, i64> = BTreeMap::new();
        for order in &self.orders {
            let rows: Vec<&Instalment> =
                self.book.instalments.iter().filter(|row| row.order == order.id).collect();
            let sum =
                |of: fn(&Instalment) -> Money| rows.iter().map(|row| of(row).minor()).sum::<i64>();
            assert_eq!(sum(|row| row.amount), order.total.minor(), "the plan is the order");
            let left = order.total.minor() - sum(|row| row.paid) - sum(|row| row.credited);
            assert!(left >= 0, "never a negative due");
            let by_ledger: i64 =
                rows.iter().map(|row| owed.get(&row.id).copied().unwrap_or(0)).sum();
            assert_eq!(left, by_ledger, "receivable = order − paid − credited");
            *receivable.entry(order.total.currency()).or_default() += left;
        }
        for row in &self.book.instalments {
            let paid = self.book.allocations.iter().filter(|a| a.instalment == row.id);
            assert_eq!(paid.map(|a| a.amount.minor()).sum::<i64>(), row.paid.minor());
            let credited = self.credits.iter().filter(|credit| credit.instalment == row.id);
            assert_eq!(credited.map(|c| c.amount.minor()).sum::<i64>(), row.credited.minor());
            let open = row.outstanding().unwrap();
            assert!(!open.is_negative() && row.open != open.is_zero());
            assert_eq!(owed.get(&row.id).copied().unwrap_or(0), open.minor());
            assert!(!row.paid.is_negative() && !row.credited.is_negative());
        }
        let mut held: BTreeMap<Currency, (i64, i64)> = BTreeMap::new();
        for payment in &self.book.payments {
            let left = payment.credit().unwrap();
            assert!(!left.is_negative() && payment.has_credit != left.is_zero());
            let used = self.book.allocations.iter().filter(|a| a.payment == payment.id);
            assert_eq!(used.map(|a| a.amount.minor()).sum::<i64>(), payment.allocated.minor());
            let back = self.refunds.iter().filter(|refund| refund.payment == payment.id);
            assert_eq!(back.map(|r| r.amount.minor()).sum::<i64>(), payment.refunded.minor());
            let (cash, credit) = held.entry(payment.amount.currency()).or_default();
            if payment.voided_at.is_none() {
                *cash += payment.amount.minor() - payment.refunded.minor();
            }
            *credit += left.minor();
        }
        let now = at(&self.today(), 3);
        let aged = self.book.instalments.iter().map(|instalment| Aged {
            instalment,
            open: instalment.outstanding().unwrap(),
            today: instalment.today(now),
        });
        let buckets = ageing(aged).unwrap();
        for code in ["CNY", "USD"] {
            let currency: Currency = code.parse().unwrap();
            let of = |account| accounts.get(&(currency, account)).copied().unwrap_or(0);
            let owed = receivable.get(&currency).copied().unwrap_or(0);
            let (cash, credit) = held.get(&currency).copied().unwrap_or_default();
            assert_eq!(of(Account::Receivable), owed);
            assert_eq!(of(Account::Cash), cash);
            assert_eq!(of(Account::CustomerCredit), -credit);
            assert_eq!(buckets.outstanding(currency).unwrap().minor(), owed);
            let all: i64 = Account::ALL.iter().map(|account| of(*account)).sum();
            assert_eq!(all, 0, "every amount stands twice");
            // What was earned is what is bound, less what is let off.
            let bound: i64 = self
                .orders
                .iter()
                .filter(|order| order.total.currency() == currency)
                .map(|order| order.total.minor())
                .sum();
            let off: i64 = self
                .credits
                .iter()
                .filter(|credit| credit.amount.currency() == currency)
                .map(|credit| credit.amount.minor())
                .sum();
            assert_eq!(owed + cash - credit, bound - off, "money is conserved");
        }
    }
}

fn history(seed: u64) -> usize {
    let mut dice = Dice(seed);
    let mut house = House {
        book: Book::default(),
        orders: Vec::new(),
        returned: BTreeMap::new(),
        entries: Vec::new(),
        credits: Vec::new(),
        refunds: Vec::new(),
        next: 0,
        days: 0,
    };
    for _ in 0..4 + dice.roll(20) {
        house.step(&mut dice);
        house.check();
    }
    house.entries.len()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how much is proved is for the caller to say")]
fn money_is_conserved_in_every_history() {
    let full = std::env::var_os("CRM_PROOF").is_some_and(|size| size == "full");
    let histories: u64 = if full { 100_000 } else { 1_500 };
    let entries: usize = (0..histories).map(history).sum();
    assert!(entries > usize::try_from(histories).unwrap(), "something happened");
    println!("{histories} histories, {entries} entries");
}
