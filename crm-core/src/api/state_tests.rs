//! Every operation on a payment, a service request and a request for feedback, in every state: it leads where the table of
//! its machine says, or is refused by the rule of that table and changes nothing.

use core::cell::Cell;

use serde_json::{Value, json};

use super::party_tests::Host;
use super::service_tests::House;
use crate::machine::Machine;
use crate::payment::{PaymentState, PaymentStep, Payments};
use crate::service::{FeedbackState, FeedbackStep, Feedbacks, ServiceState, ServiceStep, Services};

#[test]
fn every_operation_on_a_service_request_in_every_state() {
    let house = House::new();
    let request = |step: ServiceStep, id: &str| {
        let (op, more) = match step {
            ServiceStep::Assign => ("service.assign", json!({"handler": house.users[2]})),
            ServiceStep::Start => ("service.start", json!({})),
            ServiceStep::Respond => ("service.respond", json!({})),
            ServiceStep::Wait => ("service.wait", json!({"reason": "铭牌"})),
            ServiceStep::Resume => ("service.resume", json!({})),
            ServiceStep::Resolve => ("service.resolve", json!({"resolution": "换密封圈"})),
            ServiceStep::Close => ("service.close", json!({})),
            ServiceStep::Reopen => ("service.reopen", json!({"reason": "又漏了"})),
            ServiceStep::Cancel => ("service.cancel", json!({"reason": "打错了"})),
        };
        let mut request = more;
        request["id"] = json!(id);
        (op, request)
    };
    use ServiceStep::{Assign, Cancel, Close, Resolve, Start, Wait};
    let in_state = |state: ServiceState| {
        let wish = json!({"customer": house.customer, "request_type": "fault", "subject": "漏水"});
        let id = house.id("service.open", wish);
        let way: &[ServiceStep] = match state {
            ServiceState::New => &[],
            ServiceState::Assigned => &[Assign],
            ServiceState::InWork => &[Assign, Start],
            ServiceState::Waiting => &[Assign, Start, Wait],
            ServiceState::Resolved => &[Assign, Start, Resolve],
            ServiceState::Closed => &[Assign, Start, Resolve, Close],
            ServiceState::Cancelled => &[Cancel],
        };
        for step in way {
            let (op, request) = request(*step, &id);
            house.ok(op, request);
        }
        id
    };
    for state in ServiceState::ALL {
        for step in ServiceStep::ALL {
            let id = in_state(*state);
            let seen = || house.ok("service.get", json!({"id": id}));
            let before = seen();
            assert_eq!(before["state"], state.code());
            let (op, request) = request(*step, &id);
            match Services::next(*state, *step) {
                Ok(after) => {
                    house.ok(op, request);
                    assert_eq!(seen()["state"], after.code(), "{op} of one that is {state}");
                }
                Err(rule) => {
                    let refused = house.refused(op, request);
                    assert_eq!(refused, format!("id {rule}"), "{op} of one that is {state}");
                    assert_eq!(seen(), before, "a refusal changes nothing");
                }
            }
        }
    }
    house.is_sound();
}

/// A request for feedback, with the last token that the host was given.
struct Asked {
    id: String,
    contact: String,
    token: Value,
}

#[test]
fn every_operation_on_a_request_for_feedback_in_every_state() {
    let house = House::new();
    let minute = Cell::new(0);
    let later = |minutes: i64| {
        minute.set(minute.get() + minutes);
        house.at(minute.get());
    };
    let withdraw = |contact: &str| {
        let said = json!({"subject_kind": "contact", "subject": contact, "purpose": "feedback",
            "state": "withdrawn"});
        house.ok("consent.record", said);
    };
    let in_state = |state: FeedbackState| {
        later(1);
        let contact =
            json!({"customer": house.customer, "name": "李娜", "phones": ["13800138009"]});
        let contact = house.id("contact.create", contact);
        let wish = json!({"customer": house.customer, "request_type": "fault", "subject": "漏水"});
        let about = json!({"kind": "service_request", "id": house.id("service.open", wish)});
        let id = house.id("feedback.request", json!({"about": about, "contact": contact}));
        let mut asked = Asked { id: id.clone(), contact, token: json!("0") };
        if state != FeedbackState::Planned {
            asked.token = house.ok("feedback.ask", json!({"id": id}))["token"].clone();
        }
        match state {
            FeedbackState::Planned | FeedbackState::Asked => {}
            FeedbackState::Answered => {
                house.ok("feedback.record", json!({"id": id, "answer": {"service": 4}}));
            }
            FeedbackState::Expired => {
                later(20 * 24 * 60);
                house.tick();
            }
            FeedbackState::Cancelled => {
                house.ok("feedback.cancel", json!({"id": id, "reason": "重复"}));
            }
            FeedbackState::Skipped => {
                withdraw(&asked.contact);
                house.ok("feedback.ask", json!({"id": id}));
            }
        }
        asked
    };
    for state in FeedbackState::ALL {
        for step in FeedbackStep::ALL {
            let asked = in_state(*state);
            let seen = || {
                let all = house.ok("feedback.list", json!({"limit": 1000}));
                let rows = all["rows"].as_array().unwrap();
                rows.iter().find(|row| row["id"] == json!(asked.id)).unwrap()["state"].clone()
            };
            assert_eq!(seen(), state.code());
            let of = json!({"id": asked.id});
            let (op, request) = match step {
                FeedbackStep::Ask => ("feedback.ask", of),
                FeedbackStep::Skip => {
                    withdraw(&asked.contact);
                    ("feedback.ask", of)
                }
                FeedbackStep::Answer => {
                    ("feedback.answer", json!({"token": asked.token, "service": 4}))
                }
                FeedbackStep::Record => {
                    ("feedback.record", json!({"id": asked.id, "answer": {"service": 4}}))
                }
                FeedbackStep::Cancel => {
                    ("feedback.cancel", json!({"id": asked.id, "reason": "重复"}))
                }
                // Time alone does it: what is asked expires, everything else stays as it is.
                FeedbackStep::Expire => {
                    later(20 * 24 * 60);
                    house.tick();
                    let after = Feedbacks::next(*state, *step).unwrap_or(*state);
                    assert_eq!(seen(), after.code(), "time passes for one that is {state}");
                    continue;
                }
            };
            match Feedbacks::next(*state, *step) {
                Ok(after) => {
                    house.ok(op, request);
                    assert_eq!(seen(), after.code(), "{op} of one that is {state}");
                }
                Err(rule) => {
                    // Whoever is not asked has no token, and whoever is asked again has another one.
                    let unasked = *step == FeedbackStep::Answer
                        && matches!(*state, FeedbackState::Planned | FeedbackState::Skipped);
                    let expected = match unasked {
                        true => "token feedback.unknown_token".to_owned(),
                        false => format!("id {rule}"),
                    };
                    assert_eq!(house.refused(op, request), expected, "{op} of one that is {state}");
                    assert_eq!(seen(), state.code(), "a refusal changes nothing");
                }
            }
        }
    }
    house.is_sound();
}

fn cny(amount: &str) -> Value {
    json!({"amount": amount, "currency": "CNY"})
}

#[test]
fn every_operation_on_a_payment_in_every_state() {
    let host = Host::new();
    let customer = host.id("customer.create", json!({"name": "C"}));
    let half = |day: &str| json!({"percent": "50", "due": {"on": day}});
    // An order of 100 in two halves, and a payment of 70 in that state; free credit is 20.
    let in_state = |state: PaymentState| {
        let line = json!({"text": "Press", "quantity": "1", "unit_price": cny("100.00")});
        let order = host.id(
            "order.create",
            json!({"customer": customer, "lines": [line],
            "terms": [half("2027-01-01"), half("2027-02-01")]}),
        );
        for op in ["order.request_review", "order.confirm", "order.submit"] {
            host.ok(op, json!({"id": order}));
        }
        let owed = host.ok("payment.receivable", json!({"order": order}));
        let row = |at: usize| owed["instalments"][at]["id"].clone();
        let paid = json!({"order": order, "amount": cny("70.00")});
        let payment = host.id("payment.receive", paid);
        match state {
            PaymentState::Used => {}
            PaymentState::Credit => {
                host.ok("payment.free", json!({"id": payment, "instalment": row(1)}));
            }
            PaymentState::Void => {
                host.ok("payment.void", json!({"id": payment, "reason": "x"}));
            }
        }
        (order, payment, row(0), row(1))
    };
    for state in PaymentState::ALL {
        for step in PaymentStep::ALL {
            let (order, id, first, second) = in_state(*state);
            let part = json!([{"instalment": second, "amount": cny("1.00")}]);
            let (op, request) = match step {
                PaymentStep::AllocatePart => {
                    ("payment.allocate", json!({"id": id, "allocations": part}))
                }
                PaymentStep::AllocateRest => {
                    ("payment.allocate", json!({"id": id, "order": order}))
                }
                PaymentStep::Free => ("payment.free", json!({"id": id, "instalment": first})),
                PaymentStep::RefundPart => {
                    ("payment.refund", json!({"id": id, "amount": cny("1.00"), "reason": "x"}))
                }
                PaymentStep::RefundRest => ("payment.refund", json!({"id": id, "reason": "x"})),
                PaymentStep::Void => ("payment.void", json!({"id": id, "reason": "x"})),
            };
            let standing = || {
                let seen = host.ok("payment.get", json!({"id": id}));
                let of = seen.get("payment").unwrap_or(&seen).clone();
                match (of["voided_at"].is_null(), of["has_credit"].as_bool().unwrap()) {
                    (false, _) => PaymentState::Void,
                    (true, true) => PaymentState::Credit,
                    (true, false) => PaymentState::Used,
                }
            };
            assert_eq!(standing(), *state);
            match (Payments::next(*state, *step), host.call(op, request)) {
                (Ok(after), Ok(_)) => {
                    assert_eq!(standing(), after, "{step} of one that is {state}")
                }
                (Err(rule), Err(error)) => {
                    let found = error.problem().violations[0].code.clone();
                    assert_eq!(found, rule, "{step} of one that is {state}");
                    assert_eq!(standing(), *state, "a refusal changes nothing");
                }
                (expected, found) => {
                    let found = found.map_err(|error| error.problem());
                    let both = expected.is_ok() == found.is_ok();
                    assert!(both, "{step} of one that is {state}: {expected:?}, {found:?}");
                }
            }
        }
    }
    assert_eq!(host.ok("store.verify", json!({}))["faults"], json!([]));
}
