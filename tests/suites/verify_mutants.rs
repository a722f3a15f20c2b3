//! Every invariant has mutants: a sound store, built by operations, and one wrong write straight through the port.
//! `verify` must report exactly that invariant; a store without a mutant must be sound.
//! long: one table, one mutant after another, and the store that they are done to.

use std::collections::{BTreeMap, BTreeSet};

use crm_core::audit::{Fact, Seal, root};
use crm_core::engine::{CallOptions, Engine, Env, INVARIANTS, SessionOptions, verify};
use crm_core::record::{Entity, Key, Kind, Record, Val};
use crm_core::settings::User;
use crm_core::store::{
    Batch, CommitId, Expect, Flow, KINDS, MemoryStore, Op, Row, Scan, Store, StoreExt, TenantId,
};
use crm_core::value::Timestamp;
use crm_sqlite::SqliteStore;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use crate::repository::Scratch;

const TENANT: TenantId = TenantId(1);

/// A store that operations built, and what was found in it.
struct Sound {
    store: Arc<dyn Store>,
    engine: Engine,
    calls: u64,
    commits: u64,
}

/// The id that ends in `n`.
fn id(n: u64) -> Uuid {
    format!("01890000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

impl Sound {
    fn build(store: Arc<dyn Store>) -> Self {
        let engine = Engine::open(Arc::clone(&store));
        let mut sound = Self { store, engine, calls: 0, commits: 0 };
        let stage = |code: &str| json!({"code": code, "name": code});
        let limited = json!({
            "code": "a", "name": "a", "limit": {"time": {"elapsed_minutes": 600}},
            "exit": {"checklist": [{"code": "asked", "name": "Asked"}]},
        });
        let end = |code: &str| json!({"code": code, "name": code, "kind": code});
        let stages = json!([limited, stage("b"), stage("c"), end("won"), end("lost")]);
        let others = json!([stage("x"), end("won"), end("lost")]);
        sound.call("term.define", json!({"scheme": "source", "code": "web", "zh": "网站"}));
        sound.call("term.define", json!({"scheme": "source", "code": "fair", "zh": "展会"}));
        sound.call(
            "custom_field.define",
            json!({"entity": "customer", "code": "grade",
            "label": "Grade", "field_type": "int", "indexed": true}),
        );
        sound.call("pipeline.define", json!({"id": id(1), "name": "P", "stages": stages}));
        sound.call("pipeline.define", json!({"id": id(2), "name": "Q", "stages": others}));
        sound.call(
            "product.create",
            json!({"id": id(3), "code": "A", "name": "A",
            "price": {"amount": "9.99", "currency": "CNY"}}),
        );
        for n in [4, 5, 6] {
            sound.call(
                "customer.create",
                json!({"id": id(n), "name": format!("C{n}"),
                "custom": {"grade": n}, "phones": ["13800138000"]}),
            );
        }
        sound.call(
            "contact.create",
            json!({"id": id(7), "customer": id(4), "name": "王伟", "primary": true}),
        );
        sound.call("contact.create", json!({"id": id(8), "customer": id(5), "name": "Ada"}));
        for n in [9, 10] {
            sound.call("address.add", json!({"id": id(n), "customer": id(4), "use": "office"}));
        }
        for n in [11, 12, 13] {
            sound.call(
                "opportunity.create",
                json!({"id": id(n), "customer": id(4), "pipeline": id(1),
                "name": format!("D{n}")}),
            );
        }
        let line = json!({"product": id(3), "quantity": "3", "discount": "5"});
        sound.call("opportunity.set_lines", json!({"id": id(11), "lines": [line, line]}));
        sound.call(
            "opportunity.provide",
            json!({"id": id(11), "kind": "checklist", "code": "asked"}),
        );
        sound.call("opportunity.advance", json!({"id": id(11), "stage": "b"}));
        sound.call("opportunity.advance", json!({"id": id(11), "stage": "c"}));
        sound.call("opportunity.lose", json!({"id": id(12), "reason": "price"}));
        sound.call("lead.capture", json!({"id": id(14), "name": "L", "phones": ["13800138000"]}));
        let owner = sound.call("user.list", json!({}))["rows"][0]["id"].clone();
        sound.call(
            "activity.log",
            json!({"id": id(15), "kind": "visit", "customer": id(4), "minutes": 30,
            "at": "2026-01-05T01:00:00Z", "participants": [{"user": owner}, {"contact": id(7)}]}),
        );
        sound.call(
            "activity.plan",
            json!({"id": id(16), "kind": "task", "customer": id(4), "subject": "T",
            "at": "2026-01-05T07:00:00Z", "backfill": true}),
        );
        sound.call("tick", json!({}));
        sound.call(
            "import.rows",
            json!({"source": "old", "entity": "customer", "file": "f.csv",
            "rows": [{"row": 1, "key": "1", "set": {"name": "I"}}]}),
        );
        sound.call("lead.capture", json!({"id": id(15), "name": "M", "phones": ["13800138015"]}));
        sound.call("lead.convert", json!({"id": id(15)}));
        for (n, into) in [(16, 6), (17, 6)] {
            sound.call("customer.create", json!({"id": id(n), "name": format!("C{n}")}));
            sound.call("customer.merge", json!({"keep": id(into), "merge": [id(n)]}));
        }
        sound.call(
            "campaign.create",
            json!({"id": id(15), "name": "F", "campaign_type": "fair", "starts_on": "2026-01-01"}),
        );
        sound.call(
            "campaign.add_members",
            json!({"campaign": id(15), "members": [
            {"id": id(16), "lead": id(14), "invited_on": "2026-01-02", "attended_on": "2026-01-03"},
            {"id": id(17), "contact": id(8)}]}),
        );
        sound.call(
            "quality.define",
            json!({"code": "named", "entity": "customer", "severity": "warn",
            "test": {"is": "length", "field": "name", "min": 2}}),
        );
        sound.call(
            "intake.define",
            json!({"code": "site", "name": "S", "kind": "website", "fields": {"n": "name"}}),
        );
        sound.call(
            "revisit.plan",
            json!({"id": id(18), "customer": id(4), "subject": "S", "rule": {"unit": "week"}}),
        );
        sound.flow();
        sound.service();
        sound.feedback();
        sound.marketing();
        sound.grades();
        sound.depth();
        sound.documents();
        sound.people();
        sound.money();
        sound.offered();
        sound.call("audit.seal", json!({}));
        sound.call("customer.amend", json!({"id": id(6), "set": {"region": {"to": "East"}}}));
        sound.call("audit.seal", json!({}));
        sound.call("term.define", json!({"scheme": "source", "code": "phone", "zh": "电话"}));
        sound.call("customer.amend", json!({"id": id(5), "set": {"region": {"to": "West"}}}));
        sound
    }

    /// A pool, a rule, and leads that changed hands: one twice, one that lies in the pool, one that stays.
    fn flow(&mut self) {
        let owner = "00000000-0000-7000-8000-000000000002";
        self.call("user.create", json!({"id": id(0x40), "login": "an", "name": "An"}));
        self.call("pool.define", json!({"code": "public", "name": "公海"}));
        let terms =
            json!({"when": {"no_first_follow_up": {"days": 3}}, "then": "pool", "pool": "public"});
        self.call("flow_rule.define", json!({"code": "first3d", "name": "3天", "terms": terms}));
        for n in [0x41, 0x42, 0x43] {
            let lead = json!({"id": id(n), "name": "F", "phones": ["13800138000"], "owner": owner});
            self.call("lead.capture", lead);
        }
        for lead in [0x41, 0x42] {
            let hand = json!({"id": id(lead), "to": id(0x40), "reason": "x"});
            self.call("lead.transfer", hand);
            self.call("lead.release", json!({"id": id(lead), "reason": "x"}));
        }
        self.call("lead.claim", json!({"id": id(0x41)}));
        let swept = self.call("tick", json!({}));
        assert_eq!(swept["more"], false);
    }

    /// Requests: one new, one for which we wait, one resolved.
    fn service(&mut self) {
        let owner = "00000000-0000-7000-8000-000000000002";
        for n in [0x50, 0x51, 0x52] {
            let wish =
                json!({"id": id(n), "customer": id(4), "request_type": "fault", "subject": "S"});
            self.call("service.open", wish);
        }
        for n in [0x51, 0x52] {
            self.call("service.assign", json!({"id": id(n), "handler": owner}));
            self.call("service.start", json!({"id": id(n)}));
        }
        self.call("service.wait", json!({"id": id(0x51), "reason": "x"}));
        self.call("service.resolve", json!({"id": id(0x52), "resolution": "x"}));
    }

    /// A request for feedback that was asked, one that is answered, one that is not asked; an issue and who reported it.
    fn feedback(&mut self) {
        self.call("customer.create", json!({"id": id(0x5F), "name": "N"}));
        let about = |n: u64| json!({"kind": "service_request", "id": id(n)});
        let silent =
            json!({"id": id(0x53), "customer": id(0x5F), "request_type": "fault", "subject": "S"});
        self.call("service.open", silent);
        let mut asked = Vec::new();
        for n in [0x50, 0x51, 0x53] {
            asked.push(self.call("feedback.request", json!({"about": about(n)}))["id"].clone());
        }
        self.call("feedback.ask", json!({"id": asked[0]}));
        self.call("feedback.record", json!({"id": asked[1], "answer": {"service": 1}}));
        let wish = json!({"id": id(0x54), "title": "I", "department": "rd", "theme": "x"});
        self.call("issue.route", wish);
        self.call("issue.link", json!({"id": id(0x54), "customer": id(4)}));
    }

    /// Money spent, a chain of three who brought each other, a review.
    fn marketing(&mut self) {
        let cost = json!({"amount": "9.99", "currency": "CNY"});
        let kpi = json!({"code": "won", "name": "Won", "of": "won", "aggregation": "sum"});
        self.call("kpi.define", kpi);
        for value in ["100", "90"] {
            let target =
                json!({"kpi": "won", "period": "2025-12", "value": value, "reason": "new"});
            self.call("target.set", target);
        }
        self.call("period.close", json!({"period": "2025-11"}));
        self.call("period.close", json!({"period": "2025-12"}));
        self.call("spend.add", json!({"channel": "web", "from_day": "2026-01-01", "cost": cost}));
        for (n, referrer, referred) in [(0x58, 4, 5), (0x59, 5, 6)] {
            let wish = json!({"id": id(n), "referrer": id(referrer), "referred": id(referred)});
            self.call("referral.add", wish);
        }
        self.call("review.add", json!({"site": "jd", "score": 4}));
    }

    /// A segment, and customers who are graded.
    fn grades(&mut self) {
        let when = json!({"range": {"field": "spent", "from": "1"}});
        self.call("segment.define", json!({"code": "buyers", "name": "S", "when": when}));
        let axis = |measure: &str| json!({"measure": measure, "cuts": ["1", "2"]});
        let policy = json!({"value": axis("spent"), "potential": axis("open_amount")});
        self.call("grade_policy.define", policy);
        self.call("grade.refresh", json!({"limit": 1}));
    }

    /// The request for feedback that is so far.
    fn asked(&self, state: &str) -> Record {
        let of = |row: &Record| field(row, "state") == Val::from(state);
        self.rows(Kind::FeedbackRequest).into_iter().find(of).unwrap()
    }

    /// A need, a promise that was broken, a team that changed, a strategy, a project up to its acceptance, a change.
    fn depth(&mut self) {
        let owner = "00000000-0000-7000-8000-000000000002";
        let (won, open) = (id(0x50), id(0x51));
        for deal in [won, open] {
            let deal = json!({"id": deal, "customer": id(4), "pipeline": id(2), "name": "P"});
            self.call("opportunity.create", deal);
        }
        self.call("need.record", json!({"id": id(0x52), "opportunity": open, "text": "N"}));
        self.call("need.resolve", json!({"id": id(0x52), "resolution": "R"}));
        let promise =
            json!({"id": id(0x53), "opportunity": open, "text": "T", "due_on": "2026-09-01"});
        self.call("promise.make", promise);
        self.call("promise.break", json!({"id": id(0x53), "note": "x"}));
        let member = |user: Value, credit: u32| json!({"user": user, "role": "lead", "credit_basis_points": credit});
        let team = json!([member(json!(owner), 4_000), member(json!(id(0x40)), 6_000)]);
        self.call("opportunity.set_team", json!({"id": open, "members": team}));
        let team = json!([member(json!(owner), 10_000)]);
        self.call("opportunity.set_team", json!({"id": open, "members": team}));
        for plan in ["A", "B"] {
            let set = json!({"opportunity": open, "product_plan": plan, "cause": "x"});
            self.call("strategy.set", set);
        }
        self.call("opportunity.win", json!({"id": won}));
        let milestones = json!([{"id": id(0x54), "name": "S", "due_on": "2026-09-01"},
            {"id": id(0x55), "name": "E", "kind": "acceptance", "due_on": "2026-09-01"}]);
        self.call("milestone.plan", json!({"opportunity": won, "milestones": milestones}));
        self.call("milestone.reach", json!({"id": id(0x54)}));
        let stage = |code: &str| json!({"code": code, "name": code});
        let end = |code: &str| json!({"code": code, "name": code, "kind": code});
        let stages = json!([stage("y"), end("won"), end("lost")]);
        let definition = json!({"id": id(2), "name": "Q", "stages": stages, "moved": {"x": "y"}});
        self.call("process_change.draft", json!({"id": id(0x56), "definition": definition}));
        self.call("process_change.apply", json!({"id": id(0x56)}));
    }

    /// The member of a team who is on it, or who left.
    fn member(&self, left: bool) -> Record {
        let mut members = self.rows(Kind::DealMember);
        members.retain(|member| field(member, "left_at").is_null() != left);
        members.remove(0)
    }

    /// A slumber of the open deal, as the engine would write it.
    fn slumber(&self, at: u64, vals: [i64; 2]) -> Op {
        let deal = Val::Id(id(0x51));
        let def = crm_core::store::def(Kind::DealSlumber).unwrap();
        let vals_of = vec![Val::Null; def.fields.len()];
        let row = Record {
            def,
            id: id(at),
            version: 0,
            deleted: false,
            vals: vals_of,
            ext: Default::default(),
        };
        new(
            row,
            id(at),
            &[
                ("opportunity", deal),
                ("quiet_since", Val::Int(vals[0])),
                ("dormant_at", Val::Int(vals[1])),
                ("revived_at", Val::Null),
                ("revived_by", Val::Id(Uuid::nil())),
            ],
        )
    }

    /// A bundle; a quote and its revision; one that waits for approval; a contract that both signed.
    fn documents(&mut self) {
        self.call(
            "user.create",
            json!({"id": id(0x71), "login": "zhou", "name": "周敏", "role": "manager"}),
        );
        self.call("product.create", json!({"id": id(0x72), "code": "B", "name": "B"}));
        let parts = json!([{"product": id(3), "quantity": "2"}]);
        self.call("product.set_parts", json!({"id": id(0x72), "parts": parts}));
        let steps = json!([{"code": "boss", "name": "B", "approver": {"role": "manager"},
            "when": [{"discount": {"from": "10"}}]}]);
        self.call("approval_policy.define", json!({"entity": "quote", "steps": steps}));
        let freight = json!({"description": "运费", "quantity": "1", "tax_rate": "13",
            "unit_price": {"amount": "100", "currency": "CNY"}});
        let press =
            |discount: &str| json!({"product": id(3), "quantity": "3", "discount": discount});
        for (quote, lines) in [(0x73, json!([press("5"), freight])), (0x75, json!([press("20")]))] {
            let wish = json!({"id": id(quote), "name": "Q", "customer": id(5), "lines": lines});
            self.call("quote.create", wish);
            self.call("quote.submit", json!({"id": id(quote)}));
        }
        self.call("quote.send", json!({"id": id(0x73)}));
        self.call("quote.revise", json!({"id": id(0x73), "new_id": id(0x74)}));
        let amount = json!({"amount": "1000", "currency": "CNY"});
        let contract = json!({"id": id(0x76), "name": "K", "customer": id(5), "amount": amount,
            "ends_on": "2030-12-31"});
        self.call("contract.create", contract);
        self.call("contract.submit", json!({"id": id(0x76)}));
        let document = json!({"id": id(0x77), "subject_kind": "contract", "subject": id(0x76),
            "name": "K", "reference": "d", "hash": "0".repeat(64), "media_type": "text/plain"});
        self.call("document.attach", document);
        for party in ["ours", "theirs"] {
            let sign =
                json!({"id": id(0x76), "party": party, "signed_by": "W", "document": id(0x77)});
            self.call("contract.sign", sign);
        }
    }

    /// The last line of a quote.
    fn last_line(&self, quote: u64) -> Record {
        let mut lines = self.rows(Kind::QuoteLine);
        lines.retain(|line| field(line, "quote") == Val::Id(id(quote)));
        lines.sort_by_key(|line| field(line, "ordinal"));
        lines.pop().unwrap()
    }

    /// What somebody allows, who works with whom, and an automation that ran.
    fn people(&mut self) {
        let said = json!({"subject_kind": "lead", "subject": id(0x43), "purpose": "browsing",
            "state": "given", "evidence": "form"});
        self.call("consent.record", said);
        let share = json!({"kind": "lead", "id": id(0x43), "user": id(0x40), "role": "reads"});
        self.call("share.add", share);
        let terms = json!({"of": "lead", "on": {"changed": ["need"]},
            "then": [{"notify": {"to": ["owner"]}}]});
        self.call("automation.define", json!({"code": "told", "name": "T", "terms": terms}));
        let need = json!({"id": id(0x43), "set": {"need": {"to": "pumps"}}});
        self.call("lead.amend", need);
    }

    /// The one row of a kind.
    fn only(&self, kind: Kind) -> Record {
        self.rows(kind).remove(0)
    }

    /// Orders: one that is shipped in part and paid in part, a draft, one of a deal, one in another currency.
    fn money(&mut self) {
        let half = |day: &str| json!({"percent": "50", "due": {"on": day}});
        let order = json!({"id": id(0x20), "customer": id(4), "due_on": "2026-02-01",
            "terms": [half("2026-02-01"), half("2026-03-01")],
            "lines": [{"product": id(3), "quantity": "10", "tax_rate": "13"}]});
        self.call("order.create", order);
        self.submit(&json!(id(0x20)));
        self.call(
            "order.record_event",
            json!({"source": "erp", "key": "1", "order_number": "SO-2026-000001",
            "kind": "shipped", "line": 0, "quantity": "4"}),
        );
        self.call(
            "payment.receive",
            json!({"id": id(0x21), "order": id(0x20), "reference": "TT-1",
            "amount": {"amount": "20", "currency": "CNY"}}),
        );
        self.call(
            "order.create",
            json!({"id": id(0x22), "customer": id(5),
            "lines": [{"product": id(3), "quantity": "2"}]}),
        );
        self.call(
            "opportunity.create",
            json!({"id": id(0x23), "customer": id(5), "pipeline": id(2), "name": "W"}),
        );
        let sold = json!([{"product": id(3), "quantity": "3"}]);
        self.call("opportunity.set_lines", json!({"id": id(0x23), "lines": sold}));
        self.call("opportunity.win", json!({"id": id(0x23)}));
        self.call("order.generate", json!({"opportunity": id(0x23)}));
        self.call(
            "rate.set",
            json!({"from": "USD", "to": "CNY", "day": "2026-01-05", "rate": "7.1",
            "source": "PBOC"}),
        );
        let dollars = json!({"amount": "10", "currency": "USD"});
        self.call(
            "order.create",
            json!({"id": id(0x24), "customer": id(5),
            "lines": [{"product": id(3), "quantity": "2", "unit_price": dollars}]}),
        );
        self.submit(&json!(id(0x24)));
    }

    /// An accepted quote that is ordered in two parts, and an order that waits for approval.
    fn offered(&mut self) {
        let press = json!([{"product": id(3), "quantity": "3"}]);
        let wish = json!({"id": id(0x78), "name": "T", "customer": id(5), "lines": press,
            "discount_amount": {"amount": "1.00", "currency": "CNY"}});
        self.call("quote.create", wish);
        for op in ["quote.submit", "quote.send", "quote.accept"] {
            self.call(op, json!({"id": id(0x78)}));
        }
        let line = self.last_line(0x78).id;
        for (key, quantity) in [("1", "2"), ("2", "1")] {
            let parts = json!([{"line": line, "quantity": quantity}]);
            self.call("order.from_quote", json!({"quote": id(0x78), "key": key, "parts": parts}));
        }
        let steps = json!([{"code": "boss", "name": "B", "approver": {"role": "manager"},
            "when": [{"discount": {"from": "10"}}]}]);
        self.call("approval_policy.define", json!({"entity": "order", "steps": steps}));
        let cheap = json!([{"product": id(3), "quantity": "1", "discount": "20"}]);
        let order = json!({"id": id(0x79), "customer": id(5), "lines": cheap});
        self.call("order.create", order);
        self.call("order.request_review", json!({"id": id(0x79)}));
    }

    /// A line of an order that comes from a quote.
    fn quoted_line(&self) -> Record {
        let nobody = Val::Id(Uuid::nil());
        let of_quote = |row: &Record| field(row, "quote_line") != nobody;
        self.rows(Kind::OrderLine).into_iter().find(of_quote).unwrap()
    }

    fn submit(&mut self, order: &Value) {
        for op in ["order.request_review", "order.confirm", "order.submit"] {
            self.call(op, json!({"id": order}));
        }
    }

    /// The rows of a kind that belong to an order.
    fn of_order(&self, kind: Kind, order: u64) -> Vec<Record> {
        let mut rows = self.rows(kind);
        rows.retain(|row| field(row, "order") == Val::Id(id(order)));
        rows
    }

    /// What was said of an order.
    fn posting(&self, order: u64) -> Record {
        let mut rows = self.rows(Kind::Posting);
        rows.retain(|row| field(row, "document") == Val::Id(id(order)));
        rows.remove(0)
    }

    /// A revision of the one target.
    fn revision(&self, number: i64) -> Record {
        let of = |target: &Record| field(target, "revision") == Val::Int(number);
        self.rows(Kind::Target).into_iter().find(of).unwrap()
    }

    /// The pause of a request.
    fn pause(&self, request: u64) -> Record {
        let of = |pause: &Record| field(pause, "request") == Val::Id(id(request));
        self.rows(Kind::ServicePause).into_iter().find(of).unwrap()
    }

    /// The spells of a lead, in order.
    fn spells(&self, lead: u64) -> Vec<Record> {
        let mut spells = self.rows(Kind::OwnerSpell);
        spells.retain(|spell| field(spell, "subject") == Val::Id(id(lead)));
        spells.sort_by_key(|spell| field(spell, "ordinal"));
        spells
    }

    /// The timer of a lead.
    fn clock(&self, lead: u64) -> Record {
        let of = |timer: &Record| field(timer, "subject") == Val::Id(id(lead));
        self.rows(Kind::Timer).into_iter().find(of).unwrap()
    }

    fn call(&mut self, op: &str, request: Value) -> Value {
        self.calls += 1;
        let now = Timestamp::from_micros(1_767_600_000_000_000).unwrap();
        let env = Env { now, entropy: [5; 32] }.step(self.calls);
        let session = self.engine.session(SessionOptions::default());
        let request = request.to_string();
        let answer = session.call(&env, op, request.as_bytes(), &CallOptions::default());
        serde_json::from_slice(&answer.unwrap_or_else(|e| panic!("{op} {request}: {e:?}"))).unwrap()
    }

    /// Writes past the engine.
    fn write(&mut self, ops: Vec<Op>) {
        self.commits += 1;
        let commit = CommitId(Uuid::from_u128(self.commits.into()));
        let batch = Batch { tenant: TENANT, commit, at: 0, guards: Vec::new(), as_of: None, ops };
        self.store.apply_one(&batch).unwrap();
    }

    fn rows(&self, kind: Kind) -> Vec<Record> {
        let mut found = Vec::new();
        let scan = Scan::of(TENANT, kind, 0, &[]);
        let sink = &mut |row: Row<'_>| {
            if let Row::Rec(_, record) = row {
                found.push(record.clone());
            }
            Flow::Continue(())
        };
        self.store.scan(&scan, sink).unwrap();
        found
    }

    fn row(&self, kind: Kind, id: Uuid) -> Record {
        let mut found = None;
        let sink = &mut |_, _, record: &Record| {
            found = Some(record.clone());
            Flow::Continue(())
        };
        self.store.get(TENANT, &[Key { kind, id }], sink).unwrap();
        found.unwrap()
    }

    /// The moves of a deal, in order.
    fn moves(&self, deal: u64) -> Vec<Record> {
        let mut moves = self.rows(Kind::StageMove);
        moves.retain(|step| field(step, "opportunity") == Val::Id(id(deal)));
        moves.sort_by_key(|step| field(step, "ordinal"));
        moves
    }

    /// One who took part in the visit: of us, or of them.
    fn person(&self, ours: bool) -> Record {
        let mut people = self.rows(Kind::Participant);
        people.retain(|person| field(person, "ours") == Val::Bool(ours));
        people.remove(0)
    }

    /// The stage of that code of the first pipeline.
    fn stage(&self, code: &str) -> Val {
        let stages = self.rows(Kind::Stage);
        let stage = stages.iter().find(|stage| {
            field(stage, "code") == Val::from(code) && field(stage, "pipeline") == Val::Id(id(1))
        });
        Val::Id(stage.unwrap().id)
    }

    /// The fact of the last such decision.
    fn fact(&self, operation: &str) -> Fact {
        let facts = self.rows(Kind::Fact);
        let mut facts = facts.iter().map(|row| Fact::from_record(row).unwrap());
        facts.rfind(|fact| fact.operation == operation).unwrap()
    }

    fn seals(&self) -> Vec<Seal> {
        let mut seals: Vec<Seal> =
            self.rows(Kind::Seal).iter().map(|row| Seal::from_record(row).unwrap()).collect();
        seals.sort_by_key(|seal| seal.ordinal);
        seals
    }

    fn broken(&self) -> BTreeSet<String> {
        let found = verify(&*self.store, TENANT).unwrap();
        found.faults.into_iter().map(|fault| fault.invariant).collect()
    }
}

fn field(row: &Record, name: &str) -> Val {
    row.get(row.def.field_named(name).unwrap_or_else(|| panic!("{name}")).id)
}

/// The same row with other values, as its next version.
fn with(row: Record, vals: &[(&str, Val)]) -> Op {
    let mut rec = Record { version: row.version + 1, ..row };
    for (name, val) in vals {
        let id = rec.def.field_named(name).unwrap_or_else(|| panic!("{name}")).id;
        let at = rec.def.position(id).unwrap();
        rec.vals[at] = val.clone();
    }
    let expect = Expect::Version(row.version);
    Op::Put { rec, expect }
}

fn new(row: Record, id: Uuid, vals: &[(&str, Val)]) -> Op {
    let Op::Put { mut rec, .. } = with(row, vals) else { panic!() };
    (rec.id, rec.version) = (id, 1);
    Op::Put { rec, expect: Expect::Absent }
}

fn purge(row: &Record) -> Op {
    Op::Purge { key: Key { kind: row.def.kind, id: row.id }, version: row.version }
}

fn deleted(row: Record) -> Op {
    let Op::Put { mut rec, expect } = with(row, &[]) else { panic!() };
    rec.deleted = true;
    Op::Put { rec, expect }
}

type Mutate = fn(&Sound) -> Vec<Op>;

/// Invariant, what is done, and how.
const MUTANTS: &[(&str, &str, Mutate)] = &[
    ("record.decodes", "a name without a letter", |s| {
        vec![with(s.row(Kind::Customer, id(6)), &[("name", Val::from(""))])]
    }),
    ("record.decodes", "an instant beyond time", |s| {
        vec![with(s.row(Kind::Lead, id(14)), &[("created_at", Val::Int(i64::MAX))])]
    }),
    ("record.reference", "a contact of nobody", |s| {
        vec![with(s.row(Kind::Contact, id(8)), &[("customer", Val::Id(id(99)))])]
    }),
    ("record.reference", "a product that was sold is purged", |s| {
        vec![purge(&s.row(Kind::Product, id(3)))]
    }),
    ("record.reference", "a stage that a deal went through is deleted", |s| {
        let Val::Id(stage) = s.stage("b") else { panic!() };
        vec![deleted(s.row(Kind::Stage, stage))]
    }),
    ("customer.primary_contact", "another customer's contact", |s| {
        vec![with(s.row(Kind::Customer, id(4)), &[("primary_contact", Val::Id(id(8)))])]
    }),
    ("customer.parent", "its own parent", |s| {
        vec![with(s.row(Kind::Customer, id(5)), &[("parent", Val::Id(id(5)))])]
    }),
    ("customer.parent", "a circle of three", |s| {
        let under =
            |n, parent| with(s.row(Kind::Customer, id(n)), &[("parent", Val::Id(id(parent)))]);
        vec![under(4, 5), under(5, 6), under(6, 4)]
    }),
    ("address.default", "two defaults of one use", |s| {
        vec![with(s.row(Kind::Address, id(10)), &[("is_default", Val::Bool(true))])]
    }),
    ("opportunity.stage", "a pipeline that does not have its stage", |s| {
        vec![with(s.row(Kind::Opportunity, id(13)), &[("pipeline", Val::Id(id(2)))])]
    }),
    ("opportunity.stage", "an open deal in a stage of the lost", |s| {
        let lost = s.stage("lost");
        let last = s.moves(13).pop().unwrap();
        let deal = s.row(Kind::Opportunity, id(13));
        vec![with(deal, &[("phase_stage", lost.clone())]), with(last, &[("to", lost)])]
    }),
    ("service.state", "resolved at no time", |s| {
        vec![with(s.row(Kind::ServiceRequest, id(0x52)), &[("resolved_at", Val::Null)])]
    }),
    ("service.state", "in work with nobody", |s| {
        let nobody = Val::Id(Uuid::nil());
        vec![with(s.row(Kind::ServiceRequest, id(0x51)), &[("handler", nobody)])]
    }),
    ("service.state", "resolved before we first responded", |s| {
        vec![with(s.row(Kind::ServiceRequest, id(0x52)), &[("responded_at", Val::Null)])]
    }),
    ("service.state", "about what never was", |s| {
        let about = [("about_kind", Val::from("product")), ("about", Val::Id(id(99)))];
        vec![with(s.row(Kind::ServiceRequest, id(0x51)), &about)]
    }),
    ("service.state", "a pause that ended, and still we wait", |s| {
        let pause = s.pause(0x51);
        let until = field(&pause, "since");
        vec![with(pause, &[("until", until)])]
    }),
    ("service.state", "a pause that is missing", |s| {
        vec![with(s.pause(0x52), &[("ordinal", Val::Int(1))])]
    }),
    ("feedback.state", "answered beyond the scale", |s| {
        vec![with(s.asked("answered"), &[("service_score", Val::Int(6))])]
    }),
    ("feedback.state", "a score of one who was only asked", |s| {
        vec![with(s.asked("asked"), &[("product_score", Val::Int(3))])]
    }),
    ("feedback.state", "not asked for no reason", |s| {
        vec![with(s.asked("skipped"), &[("skipped", Val::Null)])]
    }),
    ("feedback.state", "asked, and its timer gone", |s| {
        let row = s.asked("asked");
        let of = |timer: &Record| field(timer, "subject") == Val::Id(row.id);
        vec![purge(&s.rows(Kind::Timer).into_iter().find(of).unwrap())]
    }),
    ("issue.report", "told that it is fixed, and it is not", |s| {
        let report = s.only(Kind::IssueReport);
        let at = field(&report, "at");
        vec![with(report, &[("told_at", at)])]
    }),
    ("issue.report", "fixed at an instant, and not fixed", |s| {
        let issue = s.only(Kind::Issue);
        let at = field(&issue, "created_at");
        vec![with(issue, &[("fixed_at", at)])]
    }),
    ("target.revisions", "a revision left out", |s| {
        vec![with(s.revision(2), &[("revision", Val::Int(3))])]
    }),
    ("target.revisions", "less than nothing", |s| {
        vec![with(s.revision(2), &[("value", Val::from("-1"))])]
    }),
    ("target.revisions", "of a month from its second day", |s| {
        vec![new(s.revision(1), id(0x5B), &[("from_day", Val::from("2025-10-02"))])]
    }),
    ("target.revisions", "nobody's", |s| {
        let nobody = [("scope_kind", Val::from("team")), ("scope", Val::Id(id(0x77)))];
        vec![new(s.revision(1), id(0x5B), &nobody)]
    }),
    ("period.figures", "a figure twice", |s| vec![new(s.only(Kind::PeriodFigure), id(0x5C), &[])]),
    ("period.figures", "a period that corrects itself", |s| {
        let figure = s.only(Kind::PeriodFigure);
        let close = field(&figure, "close");
        vec![new(figure, id(0x5C), &[("corrects", close)])]
    }),
    ("marketing.records", "a circle of three", |s| {
        let first = s.row(Kind::Referral, id(0x58));
        vec![new(first, id(0x5A), &[("referred", Val::Id(id(4))), ("referrer", Val::Id(id(6)))])]
    }),
    ("marketing.records", "money less than none", |s| {
        vec![with(s.only(Kind::AdSpend), &[("cost_minor", Val::Int(-1))])]
    }),
    ("marketing.records", "a score beyond the scale", |s| {
        vec![with(s.only(Kind::Review), &[("score", Val::Int(6))])]
    }),
    ("segment.predicate", "nobody can belong to it", |s| {
        let never = Val::from(r#"{"when":{"any":[]}}"#);
        vec![with(s.only(Kind::Segment), &[("terms", never)])]
    }),
    ("grade.ledger", "a version that is not the next", |s| {
        vec![with(s.only(Kind::GradePolicy), &[("version", Val::Int(7))])]
    }),
    ("grade.ledger", "measured, and nothing before", |s| {
        vec![with(s.only(Kind::GradeChange), &[("cause", Val::from("measured"))])]
    }),
    ("service.clock", "an open request without a timer", |s| vec![purge(&s.clock(0x50))]),
    ("service.clock", "a timer of a clock that stands still", |s| {
        let timer = s.clock(0x50);
        vec![with(
            timer,
            &[("subject", Val::Id(id(0x51))), ("code", Val::from("service.resolution"))],
        )]
    }),
    ("need.settled", "settled by nobody", |s| {
        vec![with(s.row(Kind::Need, id(0x52)), &[("settled_at", Val::Null)])]
    }),
    ("promise.ledger", "a promise that says what no version says", |s| {
        vec![with(s.row(Kind::Promise, id(0x53)), &[("text", Val::from("Other words"))])]
    }),
    ("promise.ledger", "a version that vanished", |s| {
        let versions = s.rows(Kind::PromiseVersion);
        let first = versions.iter().find(|row| field(row, "ordinal") == Val::Int(1)).unwrap();
        vec![purge(first)]
    }),
    ("deal_member.credit", "a team of which a point is missing", |s| {
        vec![with(s.member(false), &[("credit_basis_points", Val::Int(9_999))])]
    }),
    ("deal_member.credit", "a share for one who left", |s| {
        vec![with(s.member(true), &[("credit_basis_points", Val::Int(1))])]
    }),
    ("strategy.versions", "a version that vanished", |s| {
        let versions = s.rows(Kind::Strategy);
        let first = versions.iter().find(|row| field(row, "ordinal") == Val::Int(1)).unwrap();
        vec![purge(first)]
    }),
    ("deal_slumber.times", "asleep before it was quiet", |s| vec![s.slumber(0x60, [9, 8])]),
    ("deal_slumber.times", "asleep twice at once", |s| {
        vec![s.slumber(0x60, [1, 8]), s.slumber(0x61, [2, 9])]
    }),
    ("milestone.reached", "reached at no time", |s| {
        vec![with(s.row(Kind::Milestone, id(0x54)), &[("reached_at", Val::Null)])]
    }),
    ("milestone.reached", "planned beside a reached acceptance", |s| {
        let now = Val::Int(1_767_600_000_000_000);
        let by = Val::Id(User::OWNER.uuid());
        let reached = [("state", Val::from("reached")), ("reached_at", now), ("reached_by", by)];
        let none = [
            ("state", Val::from("planned")),
            ("reached_at", Val::Null),
            ("reached_by", Val::Id(Uuid::nil())),
        ];
        vec![
            with(s.row(Kind::Milestone, id(0x55)), &reached),
            with(s.row(Kind::Milestone, id(0x54)), &none),
        ]
    }),
    ("process_change.left", "applied by nothing", |s| {
        vec![with(s.row(Kind::ProcessChange, id(0x56)), &[("reversal", Val::Null)])]
    }),
    ("campaign.member", "nobody", |s| {
        vec![with(s.row(Kind::CampaignMember, id(16)), &[("member", Val::Id(id(99)))])]
    }),
    ("campaign.member", "one who came before they were invited", |s| {
        let early = Val::from("2026-01-01");
        vec![with(s.row(Kind::CampaignMember, id(16)), &[("attended_on", early)])]
    }),
    ("campaign.member", "a lead from a campaign that never was", |s| {
        vec![with(s.row(Kind::Lead, id(14)), &[("campaign", Val::Id(id(99)))])]
    }),
    ("consent.state", "withdrawn by nobody", |s| {
        vec![with(s.only(Kind::Consent), &[("state", Val::from("withdrawn"))])]
    }),
    ("consent.state", "of nobody", |s| {
        vec![with(s.only(Kind::Consent), &[("subject", Val::Id(id(99)))])]
    }),
    ("share.member", "with nobody", |s| {
        vec![with(s.only(Kind::RecordShare), &[("user", Val::Id(Uuid::nil()))])]
    }),
    ("share.member", "ended before it began", |s| {
        vec![with(s.only(Kind::RecordShare), &[("until", Val::Int(0))])]
    }),
    ("share.member", "of nothing", |s| {
        vec![with(s.only(Kind::RecordShare), &[("subject", Val::Id(id(99)))])]
    }),
    ("automation.run", "refused for no reason", |s| {
        vec![with(s.only(Kind::AutomationRun), &[("outcome", Val::from("refused"))])]
    }),
    ("automation.run", "of nothing", |s| {
        vec![with(s.only(Kind::AutomationRun), &[("subject", Val::Id(id(99)))])]
    }),
    ("revisit.timer", "a timer is missing", |s| {
        let timer = |row: &Record| field(row, "subject") == Val::Id(id(18));
        vec![deleted(s.rows(Kind::Timer).into_iter().find(timer).unwrap())]
    }),
    ("revisit.timer", "a plan that ended and goes on", |s| {
        vec![with(s.row(Kind::RevisitPlan, id(18)), &[("ended", Val::from("done"))])]
    }),
    ("revisit.timer", "a step that is not there", |s| {
        vec![with(s.row(Kind::RevisitPlan, id(18)), &[("planned_on", Val::from("2020-01-01"))])]
    }),
    ("opportunity.history", "a move is missing", |s| vec![purge(&s.moves(11)[1])]),
    ("opportunity.history", "the last move is missing", |s| vec![purge(&s.moves(11)[2])]),
    ("opportunity.history", "a deal without moves", |s| vec![purge(&s.moves(13)[0])]),
    ("opportunity.history", "moves that the deal does not know of", |s| {
        vec![with(s.row(Kind::Opportunity, id(13)), &[("has_history", Val::Bool(false))])]
    }),
    ("opportunity.history", "a move from elsewhere", |s| {
        vec![with(s.moves(11).pop().unwrap(), &[("from", s.stage("a"))])]
    }),
    ("opportunity.history", "a move before the one before", |s| {
        vec![with(s.moves(11).pop().unwrap(), &[("at", Val::Int(0))])]
    }),
    ("opportunity.history", "a creation at another time", |s| {
        vec![with(s.moves(13).pop().unwrap(), &[("at", Val::Int(0))])]
    }),
    ("opportunity.history", "a deal that stands elsewhere", |s| {
        vec![with(s.row(Kind::Opportunity, id(13)), &[("phase_stage", s.stage("b"))])]
    }),
    ("opportunity.history", "a deal that ended at another time", |s| {
        vec![with(s.row(Kind::Opportunity, id(12)), &[("phase_closed_at", Val::Int(0))])]
    }),
    ("opportunity.lines", "a net that its price does not give", |s| {
        let line = s.rows(Kind::OpportunityLine).remove(0);
        let other = with(line.clone(), &[("quantity", Val::from("4"))]);
        vec![other]
    }),
    ("opportunity.lines", "an amount that is not the sum", |s| {
        vec![with(s.row(Kind::Opportunity, id(11)), &[("amount_minor", Val::Int(1))])]
    }),
    ("opportunity.lines", "a line is gone", |s| {
        vec![deleted(s.rows(Kind::OpportunityLine).remove(1))]
    }),
    ("opportunity.lines", "two currencies", |s| {
        let line = s.rows(Kind::OpportunityLine).remove(1);
        let usd = Val::from("USD");
        vec![with(line, &[("unit_price_currency", usd.clone()), ("net_currency", usd)])]
    }),
    ("order.totals", "a total that its lines do not give", |s| {
        vec![with(s.row(Kind::Order, id(0x22)), &[("total_minor", Val::Int(1))])]
    }),
    ("order.totals", "a net that its price does not give", |s| {
        let line = s.of_order(Kind::OrderLine, 0x22).remove(0);
        vec![with(line, &[("net_minor", Val::Int(1))])]
    }),
    ("order.steps", "a step is missing", |s| vec![purge(&s.of_order(Kind::OrderStep, 0x20)[1])]),
    ("order.steps", "an order that stands elsewhere", |s| {
        vec![with(s.row(Kind::Order, id(0x22)), &[("state", Val::from("in_review"))])]
    }),
    ("order.reports", "a report that waits and is known", |s| {
        let event = s.of_order(Kind::OrderEvent, 0x20).remove(0);
        vec![with(event, &[("status", Val::from("parked"))])]
    }),
    ("order.reports", "more is delivered than was reported", |s| {
        let line = s.of_order(Kind::OrderLine, 0x20).remove(0);
        vec![with(line, &[("delivered", Val::from("3"))])]
    }),
    ("order.sold", "another order of what is sold", |s| {
        let mut sold = s.rows(Kind::OpportunityLine);
        sold.retain(|line| field(line, "opportunity") == Val::Id(id(0x23)));
        let line = s.of_order(Kind::OrderLine, 0x22).remove(0);
        vec![with(line, &[("deal_line", Val::Id(sold[0].id))])]
    }),
    ("order.offered", "more of it than was offered", |s| {
        vec![with(s.quoted_line(), &[("quantity", Val::from("9"))])]
    }),
    ("order.offered", "a line that is of no quote", |s| {
        let offered = Val::Id(s.last_line(0x78).id);
        let line = s.of_order(Kind::OrderLine, 0x22).remove(0);
        vec![with(line, &[("quote_line", offered)])]
    }),
    ("order.offered", "a quote that nobody took", |s| {
        vec![with(s.row(Kind::Quote, id(0x78)), &[("state", Val::from("sent"))])]
    }),
    ("order.number", "numbers that were never given out", |s| {
        let mut series = s.rows(Kind::DocumentSeries);
        series.retain(|row| field(row, "entity") == Val::from("order"));
        vec![with(series.remove(0), &[("given", Val::from(r#"{"2026":2}"#))])]
    }),
    ("payment.receivable", "money that pays for something else", |s| {
        let mut open = s.of_order(Kind::Instalment, 0x20);
        open.retain(|row| field(row, "ordinal") == Val::Int(1));
        let paid = s.of_order(Kind::Allocation, 0x20).remove(0);
        vec![with(paid, &[("instalment", Val::Id(open[0].id))])]
    }),
    ("payment.receivable", "an open instalment that is none", |s| {
        let row = s.of_order(Kind::Instalment, 0x20).remove(0);
        vec![with(row, &[("open", Val::Bool(false))])]
    }),
    ("payment.credit", "credit that is none", |s| {
        vec![with(s.row(Kind::Payment, id(0x21)), &[("has_credit", Val::Bool(true))])]
    }),
    ("ledger.balance", "an entry is missing", |s| {
        vec![purge(&s.of_order(Kind::LedgerEntry, 0x24)[0])]
    }),
    ("ledger.balance", "an entry of more", |s| {
        let entry = s.of_order(Kind::LedgerEntry, 0x24).remove(0);
        vec![with(entry, &[("amount_minor", Val::Int(1))])]
    }),
    ("outbox.posting", "what was said is not what the order holds", |s| {
        let posting = s.posting(0x20);
        let levels = Val::from(r#"{"stock.reserved":{"x":"1"}}"#);
        vec![with(posting, &[("levels", levels.clone()), ("brought", levels)])]
    }),
    ("outbox.posting", "a message is missing", |s| {
        let mut said = s.rows(Kind::OutboxMessage);
        said.retain(|row| field(row, "document") == Val::Id(id(0x20)));
        vec![purge(&said[0])]
    }),
    ("outbox.posting", "a message counts twice", |s| {
        vec![with(s.posting(0x20), &[("messages", Val::Int(1))])]
    }),
    ("rate.frozen", "a figure at another rate", |s| {
        vec![with(s.row(Kind::Order, id(0x24)), &[("base_total_minor", Val::Int(1))])]
    }),
    ("lead.converted", "converted into nothing", |s| {
        let nobody = Val::Id(Uuid::nil());
        vec![with(s.row(Kind::Lead, id(15)), &[("customer", nobody)])]
    }),
    ("lead.converted", "into somebody, and still new", |s| {
        vec![with(s.row(Kind::Lead, id(15)), &[("status", Val::from("new"))])]
    }),
    ("lead.converted", "new, and says when it was converted", |s| {
        vec![with(s.row(Kind::Lead, id(14)), &[("converted_at", Val::Int(0))])]
    }),
    ("quote.lines", "a net that its lines do not come to", |s| {
        vec![with(s.row(Kind::Quote, id(0x74)), &[("net_minor", Val::Int(1))])]
    }),
    ("quote.lines", "a line is gone", |s| vec![deleted(s.last_line(0x74))]),
    ("quote.lines", "a line to another customer", |s| {
        vec![with(s.last_line(0x74), &[("customer", Val::Id(id(4)))])]
    }),
    ("quote.revisions", "the one before lives", |s| {
        vec![with(s.row(Kind::Quote, id(0x73)), &[("state", Val::from("sent"))])]
    }),
    ("quote.revisions", "a number is missing", |s| {
        vec![with(s.row(Kind::Quote, id(0x74)), &[("revision", Val::Int(3))])]
    }),
    ("approval.waits", "nobody is asked", |s| {
        let voided = [("state", Val::from("voided")), ("ended_at", Val::Int(0))];
        let of = |row: &Record| field(row, "subject") == Val::Id(id(0x75));
        let request = s.rows(Kind::ApprovalRequest).into_iter().find(of).unwrap();
        vec![with(request, &voided)]
    }),
    ("approval.waits", "a draft that waits", |s| {
        vec![with(s.row(Kind::Quote, id(0x75)), &[("state", Val::from("draft"))])]
    }),
    ("approval.waits", "an order that two are asked about", |s| {
        let of = |row: &Record| field(row, "subject") == Val::Id(id(0x79));
        let request = s.rows(Kind::ApprovalRequest).into_iter().find(of).unwrap();
        vec![new(request, id(0x7A), &[])]
    }),
    ("contract.signed", "a signature is missing", |s| {
        vec![purge(&s.rows(Kind::ContractSignature)[0])]
    }),
    ("contract.signed", "an amount that was not agreed", |s| {
        vec![with(s.row(Kind::Contract, id(0x76)), &[("net_minor", Val::Int(1))])]
    }),
    ("contract.signed", "an amendment that nobody tells of", |s| {
        vec![with(s.row(Kind::Contract, id(0x76)), &[("revision", Val::Int(2))])]
    }),
    ("contract.timer", "no timer for its end", |s| {
        let end = |row: &Record| field(row, "code") == Val::from("contract.expire");
        vec![deleted(s.rows(Kind::Timer).into_iter().find(end).unwrap())]
    }),
    ("bundle.cycle", "a bundle in itself", |s| {
        vec![with(s.rows(Kind::BundlePart).remove(0), &[("part", Val::Id(id(0x72)))])]
    }),
    ("record.merged", "merged and live", |s| {
        vec![with(s.row(Kind::Customer, id(4)), &[("merged_into", Val::Id(id(6)))])]
    }),
    ("record.merged", "merged into nothing", |s| {
        vec![with(s.row(Kind::Customer, id(16)), &[("merged_into", Val::Id(id(99)))])]
    }),
    ("record.merged", "merged into each other", |s| {
        let into =
            |n, other| with(s.row(Kind::Customer, id(n)), &[("merged_into", Val::Id(id(other)))]);
        vec![into(16, 17), into(17, 16)]
    }),
    ("owner.history", "a spell is missing", |s| vec![purge(&s.spells(0x41)[1])]),
    ("owner.history", "the first spell is missing", |s| vec![purge(&s.spells(0x41)[0])]),
    ("owner.history", "a spell began before the one before ended", |s| {
        vec![with(s.spells(0x41).remove(1), &[("since", Val::Int(0))])]
    }),
    ("owner.history", "a spell with somebody else", |s| {
        vec![with(s.spells(0x41).remove(1), &[("owner", Val::Id(User::OWNER.uuid()))])]
    }),
    ("owner.history", "an owner that no spell tells of", |s| {
        vec![with(s.row(Kind::Lead, id(0x41)), &[("owner", Val::Id(id(0x40)))])]
    }),
    ("owner.history", "a spell of what has no owner", |s| {
        let spell = s.spells(0x41).remove(0);
        let of_product = [("subject", Val::Id(id(3))), ("subject_kind", Val::from("product"))];
        vec![new(spell, id(0x50), &of_product)]
    }),
    ("lead.keeper", "in a pool and with somebody who never had it", |s| {
        let pool = s.rows(Kind::Pool)[0].id;
        vec![with(
            s.row(Kind::Lead, id(14)),
            &[
                ("pool", Val::Id(pool)),
                ("owner", Val::Id(id(0x40))),
                ("status", Val::from("discarded")),
            ],
        )]
    }),
    ("lead.clock", "a clock that is gone", |s| vec![deleted(s.clock(0x43))]),
    ("lead.clock", "a clock that is late", |s| {
        let Val::Int(due) = field(&s.clock(0x43), "due_at") else { panic!() };
        vec![with(s.clock(0x43), &[("due_at", Val::Int(due + 1))])]
    }),
    ("lead.clock", "a clock of a lead in a pool", |s| {
        vec![new(s.clock(0x43), id(0x50), &[("subject", Val::Id(id(0x42)))])]
    }),
    ("lead.clock", "a follow-up that nobody wound the clock for", |s| {
        vec![with(s.row(Kind::Lead, id(0x43)), &[("followed_at", Val::Int(1_767_600_000_000_000))])]
    }),
    ("timer.subject", "due to nothing", |s| {
        let mut timers = s.rows(Kind::Timer);
        timers.retain(|timer| field(timer, "code") == Val::from("stage.breach"));
        vec![with(timers.remove(0), &[("subject", Val::Id(id(99)))])]
    }),
    ("timer.subject", "due to a kind that is none", |s| {
        let mut timers = s.rows(Kind::Timer);
        timers.retain(|timer| field(timer, "code") != Val::from("lead.flow"));
        vec![with(timers.remove(0), &[("subject_kind", Val::from("nonsense"))])]
    }),
    ("activity.times", "an end before the beginning", |s| {
        vec![with(s.row(Kind::Activity, id(15)), &[("ends_at", Val::Int(0))])]
    }),
    ("activity.times", "due when it shall not happen", |s| {
        vec![with(s.row(Kind::Activity, id(16)), &[("due_at", Val::Int(0))])]
    }),
    ("participant.person", "nobody", |s| {
        let nobody = ("user", Val::Id(Uuid::nil()));
        vec![with(s.person(true), &[nobody])]
    }),
    ("participant.person", "two at once", |s| {
        vec![with(s.person(false), &[("name", Val::from("Ada"))])]
    }),
    ("participant.person", "at another time", |s| {
        vec![with(s.person(true), &[("at", Val::Int(0))])]
    }),
    ("notice.subject", "about what never was", |s| {
        vec![with(s.rows(Kind::Notice).remove(0), &[("subject", Val::Id(id(99)))])]
    }),
    ("custom.index", "a value without its row", |s| {
        vec![deleted(s.rows(Kind::CustomIndex).remove(0))]
    }),
    ("custom.index", "a row of another value", |s| {
        vec![with(s.rows(Kind::CustomIndex).remove(0), &[("value", Val::from("0"))])]
    }),
    ("custom.index", "a row of no record", |s| {
        let row = s.rows(Kind::CustomIndex).remove(0);
        vec![new(row, id(96), &[("subject", Val::Id(id(7)))])]
    }),
    ("audit.secret", "another value", |s| {
        let secret = s.rows(Kind::FactSecret).remove(0);
        let Val::Text(values) = field(&secret, "values") else { panic!() };
        let mut values: Value = serde_json::from_str(&values).unwrap();
        values[0]["to"] = json!("Eve");
        vec![with(secret, &[("values", Val::Text(values.to_string()))])]
    }),
    ("audit.secret", "another salt", |s| {
        let secret = s.rows(Kind::FactSecret).remove(0);
        let Val::Text(values) = field(&secret, "values") else { panic!() };
        let mut values: Value = serde_json::from_str(&values).unwrap();
        values[0]["salt"] = json!("00".repeat(32));
        vec![with(secret, &[("values", Val::Text(values.to_string()))])]
    }),
    ("audit.secret", "no values", |s| {
        vec![with(s.rows(Kind::FactSecret).remove(0), &[("values", Val::from("[]"))])]
    }),
    ("audit.secret", "the secret of another fact", |s| {
        let fact = s.fact("term.define").id.uuid();
        vec![with(s.rows(Kind::FactSecret).remove(0), &[("fact", Val::Id(fact))])]
    }),
    ("audit.chain", "a fact is edited", |s| {
        let fact = s.row(Kind::Fact, s.fact("opportunity.lose").id.uuid());
        let Val::Text(changes) = field(&fact, "changes") else { panic!() };
        let other = changes.replace("price", "rival");
        assert_ne!(other, changes);
        vec![with(fact, &[("changes", Val::Text(other))])]
    }),
    ("audit.chain", "a fact is edited by one who knows how roots are made", |s| {
        let mut fact = s.fact("opportunity.lose");
        fact.actor = id(98);
        fact.root = root(&fact).to_vec();
        let row = s.row(Kind::Fact, fact.id.uuid());
        vec![with(row, &[("actor", Val::Id(fact.actor)), ("root", Val::Bytes(fact.root))])]
    }),
    ("audit.chain", "a fact is removed", |s| {
        vec![purge(&s.row(Kind::Fact, s.fact("pipeline.define").id.uuid()))]
    }),
    ("audit.chain", "a fact is hidden", |s| {
        vec![deleted(s.row(Kind::Fact, s.fact("pipeline.define").id.uuid()))]
    }),
    ("audit.chain", "facts change places", |s| {
        let row = s.row(Kind::Fact, s.fact("pipeline.define").id.uuid());
        vec![purge(&row), new(row.clone(), row.id, &[])]
    }),
    ("audit.chain", "the tail is cut behind the last seal", |s| {
        // The newest fact of them all that has no secret.
        vec![purge(&s.row(Kind::Fact, s.fact("term.define").id.uuid()))]
    }),
    ("audit.chain", "a fact of the tail is edited by one who knows how roots are made", |s| {
        let mut fact = s.fact("term.define");
        fact.actor = id(98);
        fact.root = root(&fact).to_vec();
        let row = s.row(Kind::Fact, fact.id.uuid());
        vec![with(row, &[("actor", Val::Id(fact.actor)), ("root", Val::Bytes(fact.root))])]
    }),
    ("audit.chain", "a seal is removed", |s| {
        vec![purge(&s.row(Kind::Seal, s.seals()[0].id.uuid()))]
    }),
    ("audit.chain", "the last seal is removed", |s| {
        vec![purge(&s.row(Kind::Seal, s.seals()[1].id.uuid()))]
    }),
    ("audit.chain", "a seal is edited", |s| {
        let seal = s.row(Kind::Seal, s.seals()[1].id.uuid());
        vec![with(seal, &[("chain", Val::Bytes(vec![7; 32]))])]
    }),
    ("audit.chain", "a seal covers less", |s| {
        let seal = s.row(Kind::Seal, s.seals()[1].id.uuid());
        vec![with(seal, &[("through", Val::Int(3))])]
    }),
];

#[test]
fn the_store_without_a_mutant_is_sound() {
    let sound = Sound::build(Arc::new(MemoryStore::default()));
    let found = verify(&*sound.store, TENANT).unwrap();
    assert_eq!(found.faults, []);
    let bare: Vec<&str> = KINDS.iter().map(|(kind, _)| kind.name()).collect();
    let bare = bare.into_iter().filter(|name| found.records[*name] == 0);
    println!("kinds without a record: {:?}", bare.collect::<Vec<_>>());
}

#[test]
fn every_mutant_is_found_as_what_it_is() {
    let mut killed: BTreeMap<&str, u32> = BTreeMap::new();
    let mut survivors = Vec::new();
    for (invariant, what, mutate) in MUTANTS {
        let mut sound = Sound::build(Arc::new(MemoryStore::default()));
        let ops = mutate(&sound);
        sound.write(ops);
        let broken = sound.broken();
        if broken == BTreeSet::from([(*invariant).to_owned()]) {
            *killed.entry(invariant).or_default() += 1;
        } else {
            survivors.push(format!("{invariant}, {what}: {broken:?}"));
        }
    }
    println!("killed {}/{}", killed.values().sum::<u32>(), MUTANTS.len());
    assert!(survivors.is_empty(), "{survivors:#?}");
    for invariant in INVARIANTS.iter().map(|invariant| invariant.id).chain(["audit.chain"]) {
        assert!(killed.contains_key(invariant), "{invariant} has no mutant");
    }
}

/// A forged fact that fits nothing is found; one that is new and rightly rooted is only a fact, until it lies under a seal.
#[test]
fn an_inserted_fact_is_found_under_the_next_seal() {
    let mut sound = Sound::build(Arc::new(MemoryStore::default()));
    let mut forged = sound.fact("opportunity.lose");
    forged.id = crm_core::value::Id::new(id(97));
    forged.root = vec![0; 32];
    let row = sound.rows(Kind::Fact).remove(0);
    let forged_row = new(row, id(97), &[("root", Val::Bytes(forged.root))]);
    sound.write(vec![forged_row]);
    assert_eq!(sound.broken(), BTreeSet::from(["audit.chain".to_owned()]));
}

/// What a thief with the file can do: rows change, their places do not.
#[test]
fn edits_of_the_file_itself_are_found() {
    let chain = "audit.chain";
    let consistent = "store.consistent";
    // Sealed facts without secrets, the last one of the unsealed tail, and two places of two facts.
    let lost = "operation = 'opportunity.lose'";
    let defined = "seq = (SELECT max(seq) FROM fact WHERE operation = 'term.define')";
    let doubled = format!(
        "CREATE TEMP TABLE f AS SELECT * FROM fact WHERE {lost};
         UPDATE f SET id = zeroblob(16); INSERT INTO fact SELECT * FROM f"
    );
    let swapped = "CREATE TEMP TABLE f AS SELECT id, seq FROM fact
            WHERE operation IN ('opportunity.lose', 'lead.capture');
         UPDATE fact SET seq = (SELECT f.seq FROM f WHERE f.id <> fact.id)
            WHERE id IN (SELECT id FROM f)";
    let table: &[(&str, String, &[&str])] = &[
        ("an edit", format!("UPDATE fact SET actor = zeroblob(16) WHERE {lost}"), &[chain]),
        ("a removal", format!("DELETE FROM fact WHERE {lost}"), &[chain]),
        ("a cut of the tail", format!("DELETE FROM fact WHERE {defined}"), &[chain]),
        ("an insertion", doubled, &[chain, consistent]),
        ("an exchange", swapped.to_owned(), &[chain, consistent]),
        ("a hole", "DELETE FROM crm_journal WHERE seq = 3".to_owned(), &[consistent]),
    ];
    let mut wrong = Vec::new();
    for (what, sql, expected) in table {
        let folder = Scratch::new("edited");
        let path = folder.path("crm.db");
        let sound = Sound::build(Arc::new(SqliteStore::open(&path).unwrap()));
        assert_eq!(sound.broken(), BTreeSet::new());
        drop(sound);
        rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let found = verify(&SqliteStore::open(&path).unwrap(), TENANT).unwrap();
        let broken: BTreeSet<&str> = found.faults.iter().map(|fault| &*fault.invariant).collect();
        if broken != expected.iter().copied().collect() {
            wrong.push(format!("{what}: {:#?}", found.faults));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
