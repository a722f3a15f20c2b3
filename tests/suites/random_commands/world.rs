//! What a caller knows of the store it writes to: the ids it saw; and what it may try next.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::dice::Dice;

/// A request that was made up.
pub struct Wish {
    pub op: &'static str,
    pub request: Value,
}

/// The ids that were seen, by kind; the newest are tried most.
#[derive(Default)]
pub struct World {
    ids: BTreeMap<&'static str, Vec<String>>,
    /// The codes of the open stages by pipeline, and the pipeline of each deal.
    stages: BTreeMap<String, Vec<String>>,
    pipeline_of: BTreeMap<String, String>,
    default_pipeline: Option<String>,
    /// Kind of record and code of the custom fields there are.
    custom: Vec<(String, String)>,
    pub logins: Vec<String>,
    codes: Vec<String>,
    serial: u64,
    /// Microseconds since 1970.
    pub now: i64,
}

const NAMES: &[&str] = &[
    "上海精密机械有限公司",
    "Ada Ltd",
    "Müller & Söhne",
    "王伟",
    "شركة",
    "北京云图",
    "Acme",
    "Zoë",
    "O'Neil",
    "深圳市智造科技",
    "東京商事",
    "Ærø",
];
const DAYS: &[&str] = &["2026-03-31", "2026-06-30", "2025-12-31", "2027-01-01", "2026-02-28"];
/// Operations that need an open deal.
const OF_OPEN: &[&str] =
    &["advance", "win", "lose", "set_lines", "provide", "set_probability", "change_pipeline"];
const AMOUNTS: &[&str] = &["1.00", "12345.67", "999999.99", "0.01", "250000", "88.80"];
const CURRENCIES: &[&str] = &["CNY", "CNY", "CNY", "USD", "EUR"];
const SOURCES: &[&str] = &["web", "fair", "referral", "donation"];
const EMAILS: &[&str] = &["ada@example.com", "wang@例子.cn", "x@y.example", "sales@acme.test"];
const PHONES: &[&str] = &["13800138000", "+1 415 555 2671", "021-62345678", "+44 20 7946 0958"];
const FIELDS: &[&str] = &["name", "region", "note", "source", "industry", "website"];

/// How often each is tried; the numbers are shares.
const MENU: &[(u64, &str)] = &[
    (60, "customer.create"),
    (30, "customer.amend"),
    (8, "customer.archive"),
    (10, "customer.restore"),
    (6, "customer.set_type"),
    (30, "contact.create"),
    (12, "contact.amend"),
    (8, "contact.move"),
    (10, "contact.set_primary"),
    (6, "contact.remove"),
    (20, "contact_point.add"),
    (5, "contact_point.remove"),
    (20, "address.add"),
    (8, "address.amend"),
    (4, "address.remove"),
    (10, "product.create"),
    (10, "product.amend"),
    (3, "user.create"),
    (5, "user.amend"),
    (2, "team.create"),
    (5, "term.define"),
    (2, "term.retire"),
    (3, "calendar.define"),
    (3, "settings.amend"),
    (3, "custom_field.define"),
    (1, "custom_field.remove"),
    (2, "pipeline.template"),
    (5, "pipeline.define"),
    (80, "opportunity.create"),
    (40, "opportunity.amend"),
    (110, "opportunity.advance"),
    (30, "opportunity.win"),
    (25, "opportunity.lose"),
    (15, "opportunity.reopen"),
    (40, "opportunity.set_lines"),
    (20, "opportunity.provide"),
    (6, "opportunity.withdraw"),
    (15, "opportunity.set_probability"),
    (12, "opportunity.change_pipeline"),
    (25, "lead.capture"),
    (10, "lead.discard"),
    (8, "lead.reactivate"),
    (25, "activity.log"),
    (25, "activity.plan"),
    (12, "activity.complete"),
    (8, "activity.reschedule"),
    (6, "activity.cancel"),
    (4, "reminder.due"),
    (3, "reminder.snooze"),
    (25, "batch"),
    (20, "import.rows"),
    (30, "tick"),
    (6, "audit.seal"),
    (12, "read"),
];

impl World {
    pub fn new(now: i64) -> Self {
        let owner = "00000000-0000-7000-8000-000000000002".to_owned();
        Self {
            now,
            ids: BTreeMap::from([("user", vec![owner])]),
            logins: vec!["owner".to_owned()],
            codes: vec!["loss_reason/price".to_owned()],
            ..Self::default()
        }
    }

    /// The next wish: what is there to try.
    pub fn wish(&mut self, dice: &mut Dice) -> Wish {
        let total: u64 = MENU.iter().map(|(share, _)| share).sum();
        let mut at = dice.next() % total;
        let op = MENU.iter().find(|(share, _)| {
            let found = at < *share;
            at = at.saturating_sub(*share);
            found
        });
        let (mut op, request) = self.of(op.unwrap().1, dice);
        if crm_core::api::find(op).is_err() {
            (op, _) = ("tick", ());
            return Wish { op, request: json!({}) };
        }
        Wish { op, request }
    }

    fn some(&self, kind: &str, dice: &mut Dice) -> Value {
        let none = Vec::new();
        let ids = self.ids.get(kind).unwrap_or(&none);
        if ids.is_empty() || dice.percent(2) {
            return json!(dice.uuid());
        }
        // One of the last forty, mostly: so that stories grow.
        let from = if dice.percent(80) { ids.len().saturating_sub(40) } else { 0 };
        json!(ids[from + dice.below(ids.len() - from)])
    }

    fn count(&self, kind: &str) -> usize {
        self.ids.get(kind).map_or(0, Vec::len)
    }

    fn name(&mut self, dice: &mut Dice) -> Value {
        self.serial += 1;
        json!(format!("{} {}", dice.pick(NAMES), self.serial))
    }

    fn code(&mut self) -> String {
        self.serial += 1;
        format!("c{}", self.serial)
    }

    /// An instant around now: mostly before.
    fn instant(&self, dice: &mut Dice) -> Value {
        let days = dice.within(-20, 2);
        let seconds = (self.now / 1_000_000) + days * 86_400 + dice.within(-3_600, 3_600);
        json!(time(seconds))
    }

    fn later(&self, dice: &mut Dice) -> Value {
        json!(time(self.now / 1_000_000 + dice.within(60, 10 * 86_400)))
    }

    fn money(dice: &mut Dice) -> Value {
        json!({"amount": dice.pick(AMOUNTS), "currency": dice.pick(CURRENCIES)})
    }

    fn stage(&self, pipeline: Option<&String>, dice: &mut Dice) -> Value {
        let stages = pipeline.and_then(|pipeline| self.stages.get(pipeline));
        match stages.filter(|stages| !stages.is_empty() && dice.percent(95)) {
            Some(stages) => json!(stages[dice.below(stages.len())]),
            None => dice.text(&["won", "lost", "nowhere", "contact", "needs"]),
        }
    }

    /// A day that may still come.
    fn day(&self, dice: &mut Dice) -> Value {
        json!(time(self.now / 1_000_000 + dice.within(-2, 300) * 86_400)[..10])
    }

    fn deal(&self, op: &str, dice: &mut Dice) -> (Value, Option<&String>) {
        let of_open = OF_OPEN.iter().any(|suffix| op.ends_with(suffix));
        let kind = match op {
            "opportunity.reopen" if dice.percent(90) => "closed",
            _ if of_open && dice.percent(90) => "open",
            _ => "opportunity",
        };
        let deal = self.some(kind, dice);
        let pipeline = deal.as_str().and_then(|deal| self.pipeline_of.get(deal));
        (deal, pipeline)
    }

    fn edits(&mut self, dice: &mut Dice, fields: &[&str]) -> Value {
        let mut set = Map::new();
        for _ in 0..=dice.below(2) {
            let to =
                dice.maybe(90, |dice| json!(format!("{} {}", dice.pick(NAMES), dice.below(99))));
            set.insert(dice.pick(fields).to_owned(), json!({"from": null, "to": to}));
        }
        Value::Object(set)
    }

    fn custom(&self, entity: &str, dice: &mut Dice) -> Value {
        let mut custom = Map::new();
        let fields: Vec<&(String, String)> =
            self.custom.iter().filter(|(of, _)| of == entity || dice.percent(1)).collect();
        if dice.percent(40) && !fields.is_empty() {
            let code = fields[dice.below(fields.len())].1.as_str();
            let value = match code {
                "grade" => dice.text(&["A", "B", "C"]),
                "score" => json!(dice.within(-5, 105)),
                "since" => dice.text(DAYS),
                "flag" => json!(dice.percent(50)),
                _ => dice.text(NAMES),
            };
            custom.insert(code.to_owned(), value);
        }
        Value::Object(custom)
    }

    fn of(&mut self, op: &'static str, dice: &mut Dice) -> (&'static str, Value) {
        let request = match op {
            "customer.create" => self.customer(dice),
            "customer.amend" => {
                json!({"id": self.some("customer", dice), "set": self.edits(dice, FIELDS)})
            }
            "customer.archive" | "customer.restore" => json!({"id": self.some("customer", dice)}),
            "customer.set_type" => json!({
                "id": self.some("customer", dice), "confirm": dice.percent(50),
                "customer_type": dice.text(&["business", "personal"]),
            }),
            "contact.create" => json!({
                "customer": self.some("customer", dice), "name": self.name(dice),
                "primary": dice.percent(30), "birthday": dice.maybe(20, |_| json!("1990-02-28")),
                "phones": if dice.percent(30) { vec![dice.pick(PHONES)] } else { vec![] },
                "emails": if dice.percent(30) { vec![dice.pick(EMAILS)] } else { vec![] },
                "custom": self.custom("contact", dice),
            }),
            "contact.amend" => json!({
                "id": self.some("contact", dice),
                "set": self.edits(dice, &["title", "department", "note", "name"]),
            }),
            "contact.move" => {
                json!({"id": self.some("contact", dice), "customer": self.some("customer", dice)})
            }
            "contact.set_primary" => {
                json!({"id": self.some("contact", dice), "primary": dice.percent(70)})
            }
            "contact.remove" => json!({"id": self.some("contact", dice)}),
            "contact_point.add" => {
                let owner = dice.pick(&["customer", "contact", "lead"]);
                let (medium, text, network) = match dice.below(4) {
                    0 => ("phone", dice.pick(PHONES), None),
                    1 => ("email", dice.pick(EMAILS), None),
                    2 => ("url", "www.example.com/a", None),
                    _ => ("social", "ada_l", Some("wechat")),
                };
                let point = json!({"medium": medium, "text": text, "network": network});
                json!({"owner_kind": owner, "owner": self.some(owner, dice), "point": point})
            }
            "contact_point.remove" => json!({"id": self.some("contact_point", dice)}),
            "address.add" => json!({
                "customer": self.some("customer", dice),
                "use": dice.text(&["office", "delivery", "billing", "visit", "home"]),
                "city": dice.maybe(60, |dice| dice.text(&["上海", "Berlin"])),
                "region_code": dice.maybe(40, |dice| dice.text(&["310000", "999999"])),
                "default": dice.maybe(40, |dice| json!(dice.percent(70))),
            }),
            "address.amend" => {
                let to = dice.percent(70);
                let set = match dice.below(3) {
                    0 => json!({"default": {"from": !to, "to": to}}),
                    1 => json!({"use": {"from": "office", "to": "billing"}}),
                    _ => self.edits(dice, &["city", "street", "recipient"]),
                };
                json!({"id": self.some("address", dice), "set": set})
            }
            "address.remove" => json!({"id": self.some("address", dice)}),
            "product.create" => json!({
                "code": format!("SKU-{}", dice.below(300)), "name": self.name(dice),
                "category": dice.maybe(50, |dice| dice.text(&["tools", "services"])),
                "price": dice.maybe(80, Self::money),
            }),
            "product.amend" => {
                let set = match dice.below(2) {
                    0 => json!({"active": {"from": true, "to": false}}),
                    _ => self.edits(dice, &["name", "category", "unit"]),
                };
                json!({"id": self.some("product", dice), "set": set})
            }
            "user.create" if self.count("user") < 40 => {
                let login = self.code();
                json!({
                    "login": login, "name": self.name(dice),
                    "role": dice.text(&["rep", "rep", "manager", "viewer", "owner", "integration"]),
                    "team": dice.maybe(40, |dice| self.some("team", dice)),
                    "manager": dice.maybe(50, |dice| self.some("user", dice)),
                })
            }
            "user.amend" => {
                let set = match dice.below(3) {
                    0 => json!({"active": {"from": true, "to": false}}),
                    1 => json!({"manager": {"from": null, "to": self.some("user", dice)}}),
                    _ => json!({"active": {"from": false, "to": true}}),
                };
                json!({"id": self.some("user", dice), "set": set})
            }
            "team.create" if self.count("team") < 20 => json!({"name": self.name(dice)}),
            "term.define" => {
                let scheme = dice.pick(&["loss_reason", "source", "industry"]);
                let code =
                    dice.pick(&["price", "web", "fair", "steel", "rival", "other", "referral"]);
                self.codes.push(format!("{scheme}/{code}"));
                json!({"scheme": scheme, "code": code, "zh": dice.pick(NAMES)})
            }
            "term.retire" => {
                let known = self.codes[dice.below(self.codes.len())].clone();
                let (scheme, code) = known.split_once('/').unwrap();
                let instead = dice.maybe(50, |dice| dice.text(&["price", "web", "rival"]));
                json!({"scheme": scheme, "code": code, "replaced_by": instead})
            }
            "calendar.define" => json!({
                "code": dice.pick(&["cn", "shop"]), "name": "c", "preset": "cn",
                "exceptions": {"2026-03-02": if dice.percent(50) { vec!["10:00-12:00"] } else { vec![] }},
            }),
            "settings.amend" => {
                let zones = ["Asia/Shanghai", "America/New_York", "Europe/Berlin"];
                let (from, to) = (dice.below(3), dice.below(3));
                json!({"set": {"zone": {"from": zones[from], "to": zones[to]}}})
            }
            "custom_field.define" => Self::custom_field(dice),
            "custom_field.remove" => {
                json!({"id": self.some("custom_field", dice), "confirm": dice.percent(60)})
            }
            "pipeline.template" if self.count("pipeline") < 12 => json!({
                "template": dice.text(&["basic", "full", "solution"]), "name": self.name(dice),
                "is_default": dice.percent(40), "language": dice.maybe(50, |dice| dice.text(&["zh", "en"])),
            }),
            "pipeline.define" => self.pipeline(dice),
            "lead.capture" => json!({
                "name": self.name(dice), "company": dice.maybe(40, |dice| dice.text(NAMES)),
                "phones": if dice.percent(70) { vec![dice.pick(PHONES)] } else { vec![] },
                "emails": if dice.percent(50) { vec![dice.pick(EMAILS)] } else { vec![] },
                "owner": dice.maybe(40, |dice| self.some("user", dice)),
                "received_at": dice.maybe(30, |dice| self.instant(dice)),
            }),
            "lead.discard" => json!({"id": self.some("lead", dice), "reason": "no budget"}),
            "lead.reactivate" => json!({"id": self.some("lead", dice)}),
            "batch" => self.batch(dice),
            "import.rows" => self.import(dice),
            "tick" => json!({"limit": dice.maybe(40, |dice| json!(dice.within(1, 200)))}),
            "audit.seal" => json!({}),
            "read" => return self.read(dice),
            deal if deal.starts_with("opportunity.") => self.opportunity(deal, dice),
            activity if activity.starts_with("activity.") => self.activity(activity, dice),
            "reminder.due" => json!({"channel": dice.pick(&["mail", "sms"])}),
            "reminder.snooze" => {
                json!({"id": self.some("notice", dice), "until": self.later(dice)})
            }
            // Enough of those.
            _ => return ("tick", json!({})),
        };
        (op, request)
    }

    fn customer(&mut self, dice: &mut Dice) -> Value {
        let business = dice.percent(75);
        let of_business = |share, dice: &mut Dice| business && dice.percent(share);
        json!({
            "name": self.name(dice),
            "customer_type": if business { "business" } else { "personal" },
            "industry": of_business(30, dice).then_some("steel"),
            "source": dice.maybe(30, |dice| dice.text(SOURCES)),
            "region": dice.maybe(40, |dice| dice.text(&["East", "West"])),
            "owner": dice.maybe(30, |dice| self.some("user", dice)),
            "parent": of_business(25, dice).then(|| self.some("customer", dice)),
            "website": dice.maybe(20, |_| json!("www.example.com")),
            "phones": if dice.percent(20) { vec![dice.pick(PHONES)] } else { vec![] },
            "emails": if dice.percent(20) { vec![dice.pick(EMAILS)] } else { vec![] },
            "custom": self.custom("customer", dice),
        })
    }

    fn custom_field(dice: &mut Dice) -> Value {
        let code = dice.pick(&["grade", "score", "since", "flag", "why"]);
        let (field_type, choices, min, max) = match code {
            "grade" => ("code", json!(["A", "B"]), json!(null), json!(null)),
            "score" => ("int", json!([]), json!("0"), json!("100")),
            "since" => ("date", json!([]), json!(null), json!(null)),
            "flag" => ("bool", json!([]), json!(null), json!(null)),
            _ => ("text", json!([]), json!(null), json!(null)),
        };
        json!({
            "entity": dice.text(&["customer", "contact", "opportunity", "product", "lead"]),
            "code": code, "label": code, "field_type": field_type, "choices": choices,
            "min": min, "max": max, "indexed": dice.percent(60), "required": dice.percent(3),
        })
    }

    fn pipeline(&mut self, dice: &mut Dice) -> Value {
        let codes = ["a", "b", "c", "d"];
        let open = 2 + dice.below(3);
        let criteria = |dice: &mut Dice| match dice.below(6) {
            0 => json!({"fields": ["amount"]}),
            1 => json!({"checklist": [{"code": "asked", "name": "Asked"}]}),
            2 => json!({"approvals": [{"code": "boss", "name": "Boss", "role": "manager"}]}),
            3 => json!({"documents": [{"code": "paper", "name": "Paper"}]}),
            _ => json!({}),
        };
        let mut stages: Vec<Value> = codes[..open]
            .iter()
            .map(|code| {
                let time = match dice.below(2) {
                    0 => json!({"elapsed_minutes": dice.within(60, 9000)}),
                    _ => json!({"working_minutes": dice.within(60, 3000)}),
                };
                let limit = dice.maybe(60, |dice| {
                    json!({"time": time, "warn_before_minutes": dice.within(1, 50),
                           "escalate_after_minutes": dice.within(10, 500)})
                });
                json!({"code": code, "name": code, "limit": limit,
                       "entry": criteria(dice), "exit": criteria(dice)})
            })
            .collect();
        stages.push(json!({"code": "won", "name": "Won", "kind": "won"}));
        stages.push(json!({"code": "lost", "name": "Lost", "kind": "lost"}));
        let fresh = self.count("pipeline") < 6 || dice.percent(2) && self.count("pipeline") < 12;
        let known = if fresh { Value::Null } else { self.some("pipeline", dice) };
        let mut moved = Map::new();
        for code in ["b", "c", "d", "contact", "needs", "proposal", "negotiation", "research"] {
            if dice.percent(70) {
                moved.insert(code.to_owned(), json!("a"));
            }
        }
        json!({
            "id": known, "name": self.name(dice), "stages": stages, "moved": moved,
            "is_default": dice.percent(30), "allow_skip": dice.percent(80),
            "allow_back": dice.percent(80),
            "back_clock": dice.text(&["restart", "accumulate"]),
            "calendar": dice.maybe(20, |_| json!("cn")),
            "reopen_to": dice.maybe(20, |_| json!("a")),
        })
    }

    fn opportunity(&mut self, op: &str, dice: &mut Dice) -> Value {
        let (deal, pipeline) = self.deal(op, dice);
        match op {
            "opportunity.create" => {
                let pipeline = dice.maybe(60, |dice| self.some("pipeline", dice));
                let known = pipeline.as_str().map(str::to_owned);
                let stage = dice.maybe(15, |dice| self.stage(known.as_ref(), dice));
                json!({
                    "name": self.name(dice), "customer": self.some("customer", dice),
                    "pipeline": pipeline, "stage": stage,
                    "contact": dice.maybe(5, |dice| self.some("contact", dice)),
                    "owner": dice.maybe(40, |dice| self.some("user", dice)),
                    "amount": dice.maybe(60, Self::money),
                    "expected_close": dice.maybe(50, |dice| self.day(dice)),
                    "source": dice.maybe(20, |dice| dice.text(SOURCES)),
                    "custom": self.custom("opportunity", dice),
                })
            }
            "opportunity.amend" => {
                let set = match dice.below(4) {
                    0 => json!({"amount": {"from": null, "to": Self::money(dice)}}),
                    1 => json!({"expected_close": {"from": null, "to": self.day(dice)}}),
                    2 => {
                        json!({"owner": {"from": self.some("user", dice), "to": self.some("user", dice)}})
                    }
                    _ => self.edits(dice, &["name", "need", "region", "competitor"]),
                };
                json!({"id": deal, "set": set})
            }
            "opportunity.advance" => json!({
                "id": deal, "stage": self.stage(pipeline, dice),
                "at": dice.maybe(15, |dice| self.instant(dice)),
                "override_reason": dice.maybe(15, |_| json!("the boss said so")),
            }),
            "opportunity.win" => json!({
                "id": deal, "at": dice.maybe(15, |dice| self.instant(dice)),
                "override_reason": dice.maybe(30, |_| json!("signed already")),
            }),
            "opportunity.lose" => json!({
                "id": deal, "reason": dice.text(&["price", "rival", "other"]),
                "note": dice.maybe(60, |_| json!("too dear")),
                "at": dice.maybe(15, |dice| self.instant(dice)),
            }),
            "opportunity.reopen" => json!({"id": deal}),
            "opportunity.set_lines" => {
                let lines = (0..dice.below(4)).map(|_| {
                    json!({
                        "product": self.some("product", dice),
                        "quantity": dice.text(&["1", "2.5", "100", "0.333"]),
                        "unit_price": dice.maybe(70, |dice| json!({"amount": dice.pick(AMOUNTS), "currency": "CNY"})),
                        "discount": dice.maybe(30, |dice| dice.text(&["5", "33.333", "100"])),
                    })
                });
                let lines: Vec<Value> = lines.collect();
                let basis = dice.maybe(60, |dice| dice.text(&["lines", "lines", "entered"]));
                json!({"id": deal, "lines": lines, "amount_basis": basis})
            }
            "opportunity.provide" | "opportunity.withdraw" => {
                let (kind, code) = match dice.below(5) {
                    0 | 1 => ("checklist", "asked"),
                    2 => ("approval", "boss"),
                    3 => ("checklist", "budget_confirmed"),
                    _ => ("document", "paper"),
                };
                let mut request = json!({"id": deal, "kind": kind, "code": code});
                if op == "opportunity.provide" && kind == "document" {
                    request["document"] = json!({"reference": format!("doc-{}", dice.below(9))});
                }
                request
            }
            "opportunity.set_probability" => {
                let said = dice.percent(80);
                json!({
                    "id": deal, "reason": said.then_some("they told me"),
                    "probability_basis_points": said.then(|| dice.within(0, 10_000)),
                })
            }
            _ => {
                let mut map = Map::new();
                let target = self.some("pipeline", dice);
                let known = target.as_str().map(str::to_owned);
                for code in
                    pipeline.and_then(|pipeline| self.stages.get(pipeline)).into_iter().flatten()
                {
                    map.insert(code.clone(), self.stage(known.as_ref(), dice));
                }
                json!({"id": deal, "pipeline": target, "stage_map": map})
            }
        }
    }

    fn activity(&mut self, op: &str, dice: &mut Dice) -> Value {
        match op {
            "activity.log" | "activity.plan" => {
                let done = op == "activity.log";
                let deal = dice.maybe(40, |dice| self.some("opportunity", dice));
                let of_deal = deal.is_string() && dice.percent(90);
                let customer = if of_deal { Value::Null } else { self.some("customer", dice) };
                let contact = dice.percent(if of_deal { 2 } else { 15 });
                json!({
                    "kind": dice.text(&["call", "visit", "email", "meeting", "task", "note"]),
                    "at": if done { dice.maybe(60, |dice| self.instant(dice)) } else { self.later(dice) },
                    "customer": customer, "opportunity": deal,
                    "contact": contact.then(|| self.some("contact", dice)),
                    "owner": dice.maybe(20, |dice| self.some("user", dice)),
                    "subject": self.name(dice),
                    "minutes": dice.maybe(40, |dice| json!(dice.within(0, 90))),
                    "participants": if dice.percent(60) { vec![json!({"user": self.some("user", dice)})] } else { vec![] },
                    "remind_minutes": if done { Value::Null } else { dice.maybe(60, |dice| json!(dice.within(0, 600))) },
                    "message_id": dice.maybe(4, |dice| json!(format!("<m{}@x>", dice.below(40)))),
                })
            }
            "activity.complete" => json!({
                "id": self.some("activity", dice), "outcome": dice.maybe(40, |_| json!("reached")),
                "participants": if dice.percent(50) { vec![json!({"user": self.some("user", dice)})] } else { vec![] },
                "next": dice.maybe(30, |dice| json!({"plan": "call again", "at": self.later(dice)})),
            }),
            "activity.reschedule" => {
                json!({"id": self.some("activity", dice), "at": self.later(dice)})
            }
            _ => json!({"id": self.some("activity", dice), "reason": "ill"}),
        }
    }

    /// Operations that name one another, and sometimes one that breaks them all.
    fn batch(&mut self, dice: &mut Dice) -> Value {
        let customer = dice.uuid();
        let mut steps = Vec::new();
        if dice.percent(50) {
            let mut request = self.customer(dice);
            request["id"] = json!(customer);
            steps.push(json!({"op": "customer.create", "request": request}));
            steps.push(json!({"op": "contact.create",
                "request": {"customer": customer, "name": self.name(dice), "primary": true}}));
            steps.push(json!({"op": "opportunity.create",
                "request": {"customer": customer, "name": self.name(dice)}}));
        }
        for _ in 0..=dice.below(4) {
            let op = dice.pick(&[
                "customer.create",
                "customer.amend",
                "contact.create",
                "contact.set_primary",
                "contact.remove",
                "address.add",
                "opportunity.advance",
                "opportunity.set_lines",
                "opportunity.lose",
                "opportunity.reopen",
                "opportunity.provide",
                "product.create",
                "contact.move",
                "tick",
                "lead.capture",
                "customer.archive",
                "activity.plan",
            ]);
            let op = MENU.iter().map(|(_, known)| *known).find(|known| *known == op).unwrap();
            let (op, request) = self.of(op, dice);
            steps.push(json!({"op": op, "request": request}));
        }
        json!({"operations": steps})
    }

    fn import(&mut self, dice: &mut Dice) -> Value {
        let entity = dice.pick(&["customer", "contact", "product", "lead", "opportunity", "user"]);
        let entity = if entity == "user" && self.count("user") > 40 { "customer" } else { entity };
        let rows = (1..=1 + dice.below(6)).map(|row| {
            let key = format!("{}", dice.below(200));
            let other = format!("{}", dice.below(200));
            let set = match entity {
                "customer" => json!({"name": self.name(dice), "region": "N",
                    "address": {"use": "office", "city": "X"}}),
                "contact" => json!({"name": self.name(dice), "customer": {"link": other}}),
                "product" => json!({"name": self.name(dice), "code": format!("I-{key}"),
                    "price": Self::money(dice)}),
                "lead" => json!({"name": self.name(dice), "phones": ["13800138000"]}),
                "user" => json!({"name": self.name(dice), "login": format!("import-{key}")}),
                _ => {
                    let outcome = dice.pick(&["won", "lost", "open"]);
                    let closed = (outcome != "open").then(|| self.instant(dice));
                    let reason = (outcome == "lost").then_some("price");
                    json!({"name": self.name(dice), "customer": {"link": other}, "outcome": outcome,
                        "closed_at": closed, "loss_reason": reason,
                        "amount": dice.maybe(70, Self::money)})
                }
            };
            json!({"row": row, "key": key, "set": set})
        });
        let rows: Vec<Value> = rows.collect();
        json!({"source": "old", "entity": entity, "file": "f.csv", "rows": rows})
    }

    /// A question; the answer must be an answer.
    fn read(&mut self, dice: &mut Dice) -> (&'static str, Value) {
        let (deal, pipeline) = self.deal("", dice);
        match dice.below(12) {
            0 => ("report.funnel", json!({})),
            1 => ("report.overview", json!({"by": ["owner"]})),
            2 => ("report.trend", json!({"grain": "month"})),
            3 => ("report.winrate", json!({"by": ["stage"]})),
            4 => ("opportunity.get", json!({"id": deal})),
            5 => ("opportunity.history", json!({"id": deal})),
            6 => {
                ("opportunity.can_enter", json!({"id": deal, "stage": self.stage(pipeline, dice)}))
            }
            7 => ("opportunity.focus", json!({"pipeline": self.some("pipeline", dice)})),
            8 => ("audit.trail", json!({"subject": deal, "limit": 20})),
            9 => ("customer.list", json!({"limit": 5, "archived": true})),
            10 => ("export.records", json!({"kind": "opportunity", "limit": 20})),
            _ => ("report.cycle", json!({})),
        }
    }

    /// Learns from an answer.
    pub fn learn(&mut self, op: &str, request: &Value, answer: &Value) {
        match op {
            "batch" => {
                let steps = request["operations"].as_array().into_iter().flatten();
                let answers = answer["responses"].as_array().into_iter().flatten();
                for (step, answer) in steps.zip(answers) {
                    self.learn(step["op"].as_str().unwrap_or_default(), &step["request"], answer);
                }
            }
            "import.rows" => {
                let entity = request["entity"].as_str().unwrap_or_default();
                for row in answer["results"].as_array().into_iter().flatten() {
                    if row["status"] == "created" {
                        self.keep(entity, &row["id"]);
                    }
                }
            }
            "reminder.due" => {
                for notice in answer["notices"].as_array().into_iter().flatten() {
                    self.keep("notice", &notice["id"]);
                }
            }
            "pipeline.define" | "pipeline.template" => {
                let Some(id) = answer["id"].as_str().map(str::to_owned) else { return };
                if !self.stages.contains_key(&id) {
                    self.keep("pipeline", &answer["id"]);
                }
                let stages = answer["stages"].as_array().into_iter().flatten();
                let open =
                    stages.filter(|stage| stage["kind"] == "open" && stage["active"] == true);
                let codes = open.filter_map(|stage| stage["code"].as_str().map(str::to_owned));
                let codes = codes.collect();
                if answer["is_default"] == true {
                    self.default_pipeline = Some(id.clone());
                }
                self.stages.insert(id, codes);
            }
            "custom_field.define" => {
                self.keep("custom_field", &answer["id"]);
                let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
                self.custom.push((text("entity"), text("code")));
            }
            "custom_field.remove" => {
                let text = |name: &str| answer[name].as_str().unwrap_or_default();
                self.custom.retain(|(of, code)| of != text("entity") || code != text("code"));
            }
            "opportunity.win" | "opportunity.lose" => self.moves_to("closed", &answer["id"]),
            "opportunity.reopen" => self.moves_to("open", &answer["id"]),
            "activity.log" | "activity.plan" => self.keep("activity", &answer["id"]),
            "lead.capture" => self.keep("lead", &answer["id"]),
            "contact_point.add" => self.keep("contact_point", &answer["id"]),
            "address.add" => self.keep("address", &answer["id"]),
            created if created.ends_with(".create") => {
                self.keep(created.trim_end_matches(".create"), &answer["id"]);
                match created {
                    "user.create" => {
                        self.logins.extend(request["login"].as_str().map(str::to_owned))
                    }
                    "opportunity.create" => self.moves_to("open", &answer["id"]),
                    _ => {}
                }
                let default = json!(self.default_pipeline);
                let named = &request["pipeline"];
                self.follows(&answer["id"], if named.is_null() { &default } else { named });
            }
            "opportunity.change_pipeline" => self.follows(&answer["id"], &request["pipeline"]),
            _ => {}
        }
    }

    fn follows(&mut self, deal: &Value, pipeline: &Value) {
        if let (Some(deal), Some(pipeline)) = (deal.as_str(), pipeline.as_str()) {
            self.pipeline_of.insert(deal.to_owned(), pipeline.to_owned());
        }
    }

    /// A deal is open or closed now.
    fn moves_to(&mut self, phase: &'static str, id: &Value) {
        for phase in ["open", "closed"] {
            let known = self.ids.entry(phase).or_default();
            known.retain(|known| id != known);
        }
        self.ids.entry(phase).or_default().extend(id.as_str().map(str::to_owned));
    }

    fn keep(&mut self, kind: &str, id: &Value) {
        let kinds = [
            "customer",
            "contact",
            "contact_point",
            "address",
            "product",
            "user",
            "team",
            "pipeline",
            "custom_field",
            "opportunity",
            "lead",
            "activity",
            "notice",
        ];
        let kind = kinds.into_iter().find(|known| *known == kind);
        if let (Some(kind), Some(id)) = (kind, id.as_str()) {
            let known = self.ids.entry(kind).or_default();
            if known.last().is_none_or(|last| last != id) {
                known.push(id.to_owned());
            }
        }
    }
}

/// RFC 3339 of seconds since 1970.
pub fn time(seconds: i64) -> String {
    crm_core::value::Timestamp::from_micros(seconds * 1_000_000).unwrap().to_string()
}
