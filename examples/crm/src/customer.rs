//! `crm report customer`: everything that matters about one customer, as a page.
//!
//! It shows whatever `customer.overview` and `customer.pick_up` answer: sections that it knows in its own words, any other
//! one as a plain table, so that a part of the engine that comes later shows up by itself.

use chrono::DateTime;
use chrono_tz::Tz;
use crm_core::export;
use crm_core::export::document::{Cell, Column, Figure, Label, Language, Report, Table, Unit};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::host::{Format, Host};

/// Headings by the name of a field or section: English, Chinese.
const WORDS: &[(&str, &str, &str)] = &[
    ("allocated", "Pays for", "已核销"),
    ("amount", "Amount", "金额"),
    ("answered_at", "Answered", "回复时间"),
    ("at", "When", "时间"),
    ("birthday", "Birthday", "生日"),
    ("budget", "Budget", "预算"),
    ("by", "Who", "经办人"),
    ("changed", "What changed", "变更内容"),
    ("channel", "Channel", "渠道"),
    ("comment", "Comment", "评语"),
    ("competitor", "Competitor", "竞争对手"),
    ("completed_on", "Completed on", "完成日期"),
    ("consent", "Consent", "授权"),
    ("contact_name", "Contact", "联系人"),
    ("contacts", "Contacts", "联系人"),
    ("contracts", "Contracts", "合同"),
    ("created_at", "Since", "登记时间"),
    ("credit", "Credit", "预收余额"),
    ("credit_code", "Credit code", "统一社会信用代码"),
    ("customer_type", "Type", "类型"),
    ("deals", "Deals", "商机"),
    ("delivered_on", "Delivered on", "送达日期"),
    ("department", "Department", "部门"),
    ("discount", "Discount %", "折扣 %"),
    ("due_on", "Due", "到期日"),
    ("email", "E-mail", "邮箱"),
    ("ends_on", "Until", "结束日期"),
    ("expected_close", "Expected close", "预计成交"),
    ("feedback", "Feedback", "客户反馈"),
    ("first_at", "First met", "首次接触"),
    ("fixed_since", "Fixed since the last dealing", "上次联系后已解决"),
    ("given_at", "Given", "授权时间"),
    ("gross", "With tax", "含税金额"),
    ("industry", "Industry", "行业"),
    ("kind", "Kind", "类别"),
    ("last_at", "Last met", "最近接触"),
    ("last_prices", "Last prices", "最近报价"),
    ("met", "Who met whom", "谁见过谁"),
    ("name", "Name", "名称"),
    ("needs", "Needs and concerns", "需求与顾虑"),
    ("net", "Net", "净额"),
    ("note", "Note", "备注"),
    ("number", "Number", "编号"),
    ("ordered_on", "Ordered on", "下单日期"),
    ("orders", "Orders", "订单"),
    ("outstanding", "Outstanding", "应收余额"),
    ("overdue", "Overdue", "已逾期"),
    ("owner_name", "Looked after by", "负责人"),
    ("parent_name", "Belongs to", "上级单位"),
    ("payments", "Payments", "收款"),
    ("phone", "Phone", "电话"),
    ("price_sensitivity", "Price sensitivity", "价格敏感度"),
    ("product_name", "Product", "产品"),
    ("product_score", "Product", "产品评分"),
    ("profile", "Profile", "基本资料"),
    ("promises", "Open promises", "未兑现承诺"),
    ("purpose", "Purpose", "用途"),
    ("quotes", "Quotes", "报价"),
    ("receivable", "Owed", "应收"),
    ("received_at", "Received", "受理时间"),
    ("received_on", "Received on", "到账日期"),
    ("reference", "Bank reference", "银行流水号"),
    ("refunded", "Given back", "已退款"),
    ("region", "Region", "地区"),
    ("request_type", "Kind", "类别"),
    ("resolution", "How it was settled", "解决方式"),
    ("resolved_at", "Resolved", "解决时间"),
    ("responded_at", "First answered", "首次响应"),
    ("revision", "Revision", "版本"),
    ("revisits", "Revisit plans", "回访计划"),
    ("service_score", "Service", "服务评分"),
    ("services", "Service", "售后服务"),
    ("severity", "Severity", "严重程度"),
    ("shipped_on", "Shipped on", "发货日期"),
    ("signed_on", "Signed on", "签署日期"),
    ("size", "Size", "规模"),
    ("source", "Source", "来源"),
    ("stage_name", "Stage", "阶段"),
    ("starts_on", "From", "开始日期"),
    ("state", "State", "状态"),
    ("status", "Status", "状态"),
    ("subject", "Subject", "主题"),
    ("submitted_at", "Handed over", "提交时间"),
    ("text", "Text", "内容"),
    ("timeline", "Timeline", "时间线"),
    ("times", "Times", "次数"),
    ("title", "Position", "职位"),
    ("total", "Total", "合计"),
    ("unit_price", "Unit price", "单价"),
    ("urgency", "Urgency", "紧迫性"),
    ("user_name", "One of us", "我方人员"),
    ("valid_until", "Valid until", "有效期至"),
    ("website", "Website", "网站"),
    ("what", "What", "事项"),
    ("withdrawn_at", "Withdrawn", "撤回时间"),
];

/// Codes in words: English, Chinese.
const CODES: &[(&str, &str, &str)] = &[
    ("accepted", "accepted", "已接受"),
    ("active", "active", "正常"),
    ("address.add", "address added", "新增地址"),
    ("answered", "answered", "已回复"),
    ("approval.approve", "agreed", "审批同意"),
    ("approval.delegate", "approval delegated", "转交审批"),
    ("approval.recall", "request taken back", "撤回审批"),
    ("approval.reject", "not agreed", "审批驳回"),
    ("approved", "approved", "已批准"),
    ("archived", "archived", "已归档"),
    ("asked", "asked", "已询问"),
    ("assigned", "assigned", "已分派"),
    ("business", "organization", "企业客户"),
    ("call", "call", "电话"),
    ("cancelled", "cancelled", "已取消"),
    ("closed", "closed", "已关闭"),
    ("complaint", "complaint", "投诉"),
    ("completed", "completed", "已完成"),
    ("concern", "concern", "关注点"),
    ("confirmed", "confirmed", "已确认"),
    ("contact.amend", "contact changed", "修改联系人"),
    ("contact.create", "contact added", "新增联系人"),
    ("contract.amend", "contract amended", "变更合同"),
    ("contract.create", "contract written", "新建合同"),
    ("contract.edit", "contract changed", "修改合同"),
    ("contract.renew", "contract renewed", "续签合同"),
    ("contract.sign", "contract signed", "签署合同"),
    ("contract.submit", "contract handed in", "合同送审"),
    ("contract.terminate", "contract terminated", "终止合同"),
    ("critical", "critical", "非常紧急"),
    ("customer.amend", "customer changed", "修改客户"),
    ("customer.create", "customer created", "创建客户"),
    ("customer.merge", "customers merged", "合并客户"),
    ("declined", "declined", "已拒绝"),
    ("delivered", "delivered", "已送达"),
    ("document.attach", "document attached", "附加文档"),
    ("done", "done", "已完成"),
    ("draft", "draft", "草稿"),
    ("email", "e-mail", "邮件"),
    ("expired", "expired", "已过期"),
    ("false", "no", "否"),
    ("fault", "fault", "故障"),
    ("feedback.answer", "feedback answered", "客户回复"),
    ("feedback.ask", "feedback asked", "征求反馈"),
    ("feedback.record", "feedback noted", "登记反馈"),
    ("feedback.request", "feedback planned", "计划回访"),
    ("form", "form", "表单"),
    ("high", "high", "高"),
    ("in_approval", "in approval", "审批中"),
    ("in_delivery", "in delivery", "交付中"),
    ("in_review", "in review", "审核中"),
    ("in_work", "in work", "处理中"),
    ("lead.assign", "lead assigned", "分配线索"),
    ("lead.capture", "lead came in", "线索进入"),
    ("lead.convert", "lead converted", "线索转化"),
    ("lead.grade", "lead graded", "线索评级"),
    ("lost", "lost", "输单"),
    ("low", "low", "低"),
    ("mail", "mail", "邮件"),
    ("maintenance", "maintenance", "保养"),
    ("medium", "medium", "中"),
    ("meeting", "meeting", "会议"),
    ("message", "message", "消息"),
    ("need", "need", "需求"),
    ("need.record", "need noted", "记录需求"),
    ("need.resolve", "need met", "需求已解决"),
    ("new", "new", "新建"),
    ("normal", "normal", "一般"),
    ("note", "note", "记录"),
    ("objection", "objection", "异议"),
    ("open", "open", "进行中"),
    ("opportunity.advance", "deal moved on", "商机推进"),
    ("opportunity.amend", "deal changed", "修改商机"),
    ("opportunity.create", "deal created", "创建商机"),
    ("opportunity.lose", "deal lost", "商机输单"),
    ("opportunity.set_lines", "products set", "设置产品"),
    ("opportunity.win", "deal won", "商机赢单"),
    ("order.cancel", "order called off", "取消订单"),
    ("order.change", "change order", "订单变更"),
    ("order.complete", "order completed", "订单完成"),
    ("order.confirm", "order confirmed", "确认订单"),
    ("order.create", "order made", "新建订单"),
    ("order.edit", "order changed", "修改订单"),
    ("order.from_quote", "order made", "新建订单"),
    ("order.generate", "order made", "新建订单"),
    ("order.record_event", "report on the order", "订单进展"),
    ("order.reject", "order sent back", "驳回订单"),
    ("order.request_review", "order in review", "订单送审"),
    ("order.return", "goods came back", "退货"),
    ("order.submit", "order handed over", "提交订单"),
    ("other", "other", "其他"),
    ("payment.allocate", "payment used", "核销"),
    ("payment.credit", "credited", "减免"),
    ("payment.free", "payment freed", "取消核销"),
    ("payment.plan", "payments planned", "调整付款计划"),
    ("payment.receive", "payment received", "收款"),
    ("payment.refund", "payment given back", "退款"),
    ("payment.void", "payment voided", "收款作废"),
    ("personal", "person", "个人客户"),
    ("phone", "phone", "电话"),
    ("planned", "planned", "计划中"),
    ("promise.keep", "promise kept", "承诺已兑现"),
    ("promise.make", "promise made", "作出承诺"),
    ("question", "question", "咨询"),
    ("quote.accept", "quote accepted", "接受报价"),
    ("quote.amend", "quote changed", "修改报价"),
    ("quote.create", "quote written", "新建报价"),
    ("quote.decline", "quote declined", "拒绝报价"),
    ("quote.revise", "quote revised", "报价改版"),
    ("quote.send", "quote sent", "发出报价"),
    ("quote.set_lines", "quote changed", "修改报价"),
    ("quote.submit", "quote handed in", "报价送审"),
    ("quote.withdraw", "quote withdrawn", "撤回报价"),
    ("resolved", "resolved", "已解决"),
    ("return", "return", "退货"),
    ("sent", "sent", "已发出"),
    ("service.assign", "request assigned", "分派请求"),
    ("service.cancel", "request cancelled", "取消请求"),
    ("service.close", "request closed", "关闭请求"),
    ("service.open", "request opened", "受理请求"),
    ("service.reopen", "request reopened", "重新打开"),
    ("service.resolve", "request resolved", "解决请求"),
    ("service.resume", "request resumed", "继续处理"),
    ("service.start", "request in work", "开始处理"),
    ("service.wait", "waiting for the customer", "等待客户"),
    ("skipped", "not asked", "未询问"),
    ("submitted", "submitted", "已提交"),
    ("superseded", "superseded", "已被新版取代"),
    ("task", "task", "任务"),
    ("terminated", "terminated", "已终止"),
    ("tick", "by itself", "系统自动"),
    ("true", "yes", "是"),
    ("visit", "visit", "拜访"),
    ("waiting", "waiting", "等待客户"),
    ("withdrawn", "withdrawn", "已撤回"),
    ("won", "won", "赢单"),
];

/// Columns of the sections that are known, in order.
const COLUMNS: &[(&str, &[&str])] = &[
    ("contacts", &["name", "title", "department", "phone", "email"]),
    ("deals", &["name", "state", "stage_name", "amount", "expected_close", "created_at"]),
    ("needs", &["kind", "text", "budget", "urgency", "created_at"]),
    ("promises", &["text", "due_on", "overdue"]),
    ("revisits", &["subject", "kind", "due_at"]),
    ("quotes", &["number", "revision", "state", "gross", "valid_until", "created_at"]),
    ("contracts", &["number", "name", "state", "gross", "starts_on", "ends_on", "signed_on"]),
    ("orders", &["number", "state", "total", "ordered_on", "due_on", "shipped_on", "delivered_on"]),
    ("outstanding", &["receivable", "overdue", "credit"]),
    ("payments", &["received_on", "amount", "allocated", "refunded", "reference"]),
    ("services", &["request_type", "subject", "severity", "state", "received_at", "resolved_at"]),
    ("feedback", &["state", "channel", "product_score", "service_score", "comment", "answered_at"]),
    ("consent", &["purpose", "state", "given_at", "withdrawn_at"]),
    ("timeline", &["at", "what", "subject", "text", "status"]),
    ("last_prices", &["product_name", "unit_price", "discount", "at", "valid_until"]),
    ("met", &["user_name", "contact_name", "times", "last_at"]),
    ("fixed_since", &["kind", "text", "resolution"]),
];

/// Fields of the profile that are shown, where they are known.
const PROFILE: &[&str] = &[
    "customer_type",
    "industry",
    "size",
    "region",
    "source",
    "website",
    "credit_code",
    "birthday",
    "price_sensitivity",
    "status",
    "created_at",
    "note",
];

/// Parts of the pick-up that no section shows, in order.
const PICKED_UP: &[&str] = &["last_prices", "met", "fixed_since"];

/// Columns of a section that is not known.
const COLUMNS_MAX: usize = 8;

/// The report on a customer, a part for each section.
pub(crate) fn reports(host: &Host, id: &str) -> Result<Vec<Report>, Failure> {
    let seen = host.call("customer.overview", &json!({"id": id}))?;
    let picked_up = host.call("customer.pick_up", &json!({"id": id}))?;
    told(host, &seen, &picked_up)
}

fn told(host: &Host, seen: &Value, picked_up: &Value) -> Result<Vec<Report>, Failure> {
    let settings = host.call("settings.get", &json!({}))?;
    let zone = settings["zone"].as_str().and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC);
    let page = Page { zone, settings: &settings, as_of: &seen["as_of"] };
    page.reports(seen, picked_up)
}

/// The report on a customer as bytes of a format.
pub(crate) fn rendered(
    host: &Host,
    id: &str,
    format: Format,
    language: Language,
) -> Result<Vec<u8>, Failure> {
    let seen = host.call("customer.overview", &json!({"id": id}))?;
    let picked_up = host.call("customer.pick_up", &json!({"id": id}))?;
    if format == Format::Json {
        let both = json!({"overview": seen, "pick_up": picked_up});
        return Ok((serde_json::to_string_pretty(&both)? + "\n").into_bytes());
    }
    let reports = told(host, &seen, &picked_up)?;
    let title = Label::same(seen["name"].as_str().unwrap_or_default());
    Ok(match format {
        Format::Html => export::page(&title, &reports, language).into_bytes(),
        Format::Xlsx => export::xlsx(&reports, language)?,
        Format::Table => {
            let texts: Vec<String> =
                reports.iter().map(|report| export::text(report, language)).collect();
            texts.join("\n").into_bytes()
        }
        _ => {
            let message = "the report on a customer is a table, json, xlsx or html".to_owned();
            return Err(Failure::Usage(message));
        }
    })
}

struct Page<'a> {
    zone: Tz,
    settings: &'a Value,
    as_of: &'a Value,
}

/// A text in both languages, from one of the lists; itself where it is not there.
fn word(list: &[(&str, &str, &str)], key: &str) -> Label {
    let found = list.iter().find(|(name, _, _)| *name == key);
    found.map_or_else(|| Label::same(key), |(_, en, zh)| Label::new(*en, *zh))
}

impl Page<'_> {
    fn reports(&self, seen: &Value, picked_up: &Value) -> Result<Vec<Report>, Failure> {
        let (mut reports, mut empty) = (Vec::new(), Vec::new());
        let order = seen["order"].as_array().cloned().unwrap_or_default();
        for name in order.iter().filter_map(Value::as_str) {
            let section = &seen["sections"][name];
            let mut report = self.report(name)?;
            if name == "profile" {
                report.figures = self.figures(seen, picked_up);
                report.tables.push(self.profile(section));
            } else {
                report.tables.extend(self.table(name, rows_of(section)));
            }
            // What matters to whoever calls next comes before what happened long ago.
            if name == "timeline" {
                for part in PICKED_UP {
                    let mut own = self.report(part)?;
                    own.tables.extend(self.table(part, rows_of(&picked_up[*part])));
                    reports.extend(Some(own).filter(|own| !own.tables.is_empty()));
                }
            }
            match report.tables.is_empty() {
                true => empty.push(report.title),
                false => reports.push(report),
            }
        }
        // What is not there is said once, not in a section each.
        if let Some(first) = reports.first_mut().filter(|_| !empty.is_empty()) {
            let en: Vec<&str> = empty.iter().map(|title| title.en.as_str()).collect();
            let zh: Vec<&str> = empty.iter().map(|title| title.zh.as_str()).collect();
            let note = Label::new(
                format!("Nothing in: {}.", en.join(", ")),
                format!("暂无：{}。", zh.join("、")),
            );
            first.notes.push(note);
        }
        Ok(reports)
    }

    fn report(&self, name: &str) -> Result<Report, Failure> {
        let text = |key: &str| self.settings[key].as_str().unwrap_or_default().to_owned();
        Ok(Report {
            name: name.to_owned(),
            title: word(WORDS, name),
            as_of: serde_json::from_value(self.as_of.clone())?,
            zone: text("zone"),
            currency: text("base_currency"),
            parameters: Vec::new(),
            figures: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
            definitions: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// What one looks at first.
    fn figures(&self, seen: &Value, picked_up: &Value) -> Vec<Figure> {
        let figure = |key: &str, en: &str, zh: &str, value: Cell, note: Option<Label>| Figure {
            key: key.to_owned(),
            label: Label::new(en, zh),
            value,
            unit: Unit::Count,
            note,
        };
        let count = |rows: usize| Cell::Count(u64::try_from(rows).unwrap_or(u64::MAX));
        let open = picked_up["open_deals"].as_array().map_or(0, Vec::len);
        let promises = picked_up["promises"].as_array().cloned().unwrap_or_default();
        let overdue = promises.iter().filter(|promise| promise["overdue"] == true).count();
        let late = Label::new(format!("{overdue} overdue"), format!("其中逾期 {overdue}"));
        let needs = rows_of(&seen["sections"]["needs"]).len();
        let quiet = picked_up["quiet_days"].as_i64().and_then(|days| u64::try_from(days).ok());
        vec![
            figure(
                "quiet",
                "Days since the last dealing",
                "距上次联系天数",
                Cell::count(quiet),
                None,
            ),
            figure("open", "Open deals", "进行中的商机", count(open), None),
            figure("promises", "Open promises", "未兑现承诺", count(promises.len()), Some(late)),
            figure("needs", "Open needs and concerns", "未解决需求与顾虑", count(needs), None),
        ]
    }

    fn profile(&self, section: &Value) -> Table {
        let customer = &section["customer"];
        let mut rows = Vec::new();
        let mut add = |key: &str, cell: Cell| {
            rows.extend((cell != Cell::Absent).then(|| vec![Cell::Label(word(WORDS, key)), cell]));
        };
        add("owner_name", self.cell(&section["owner_name"]));
        add("parent_name", self.cell(&section["parent_name"]));
        for key in PROFILE {
            add(key, self.cell(&customer[*key]));
        }
        for (key, medium) in [("phone", "phone"), ("email", "email")] {
            add(key, points(&section["points"], medium));
        }
        for (code, value) in customer["ext"].as_object().into_iter().flatten() {
            add(code, self.cell(value));
        }
        let column =
            |key: &str, en: &str, zh: &str| Column::new(key, Label::new(en, zh), Unit::Text);
        Table {
            key: "profile".to_owned(),
            title: Label::new("Who they are", "客户信息"),
            columns: vec![column("field", "Field", "项目"), column("value", "Value", "内容")],
            rows,
        }
    }

    /// A section as a table; nothing where it is empty.
    fn table(&self, name: &str, rows: &[Value]) -> Option<Table> {
        let first = rows.first()?;
        let known = COLUMNS.iter().find(|(of, _)| *of == name);
        let columns: Vec<String> = match known {
            Some((_, columns)) => columns.iter().map(|column| (*column).to_owned()).collect(),
            None => plain(first),
        };
        let currencies: Vec<Option<&str>> =
            columns.iter().map(|column| currency(rows, column)).collect();
        let headings = columns.iter().zip(&currencies).map(|(key, currency)| {
            let unit = match currency {
                Some(_) => Unit::Money,
                None if key == "times" => Unit::Count,
                None => Unit::Text,
            };
            Column::new(key, self.heading(key, *currency), unit)
        });
        let cells = |row: &Value| {
            let cell = |(column, currency): (&String, &Option<&str>)| match currency {
                Some(_) => row[column]["amount"].as_str().map_or(Cell::Absent, Cell::text),
                None => self.of(row, column),
            };
            columns.iter().zip(&currencies).map(cell).collect()
        };
        let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        Some(Table {
            key: name.to_owned(),
            title: Label::new(format!("{} shown", rows.len()), format!("显示 {} 条", rows.len())),
            columns: headings.collect(),
            rows,
        })
    }

    /// What stands over a column; with the currency of its amounts where that is not the tenant's own.
    fn heading(&self, key: &str, currency: Option<&str>) -> Label {
        let label = word(WORDS, key);
        match currency.filter(|code| self.settings["base_currency"] != *code) {
            Some(code) => {
                Label::new(format!("{} ({code})", label.en), format!("{}（{code}）", label.zh))
            }
            None => label,
        }
    }

    /// One field of a row.
    fn of(&self, row: &Value, column: &str) -> Cell {
        match column {
            "phone" | "email" => points(&row["points"], column),
            // What was decided says what changed, where nothing was said.
            "text" if row["text"].is_null() => changed(row),
            _ => self.cell(&row[column]),
        }
    }

    /// A value as people read it.
    fn cell(&self, value: &Value) -> Cell {
        match value {
            Value::Null => Cell::Absent,
            Value::Bool(yes) => Cell::Label(word(CODES, if *yes { "true" } else { "false" })),
            Value::Number(number) => Cell::number(number),
            Value::String(text) => match DateTime::parse_from_rfc3339(text) {
                Ok(at) => {
                    let local = at.with_timezone(&self.zone);
                    Cell::text(local.format("%Y-%m-%d %H:%M").to_string())
                }
                Err(_) => Cell::Label(word(CODES, text)),
            },
            Value::Array(all) => {
                let texts: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                if texts.is_empty() { Cell::Absent } else { Cell::text(texts.join(", ")) }
            }
            Value::Object(fields) => match (fields.get("amount"), fields.get("currency")) {
                (Some(Value::String(amount)), Some(Value::String(currency))) => {
                    Cell::text(format!("{amount} {currency}"))
                }
                _ => Cell::Absent,
            },
        }
    }
}

/// What a change of somebody's words changed, in words; every other decision says by its name what it did.
fn changed(row: &Value) -> Cell {
    let what = row["what"].as_str().unwrap_or_default();
    if !what.ends_with(".amend") && !what.ends_with(".edit") {
        return Cell::Absent;
    }
    let fields = row["changed"].as_array().map_or(&[][..], Vec::as_slice).iter();
    let fields = fields.filter_map(|field| field.as_str()?.split_once('.')).map(|(_, name)| name);
    let known: Vec<&(&str, &str, &str)> =
        fields.filter_map(|name| WORDS.iter().find(|(word, _, _)| *word == name)).collect();
    if known.is_empty() {
        return Cell::Absent;
    }
    let words = |of: fn(&(&str, &str, &str)) -> String| {
        known.iter().map(|word| of(word)).collect::<Vec<_>>().join(", ")
    };
    Cell::Label(Label::new(words(|word| word.1.to_owned()), words(|word| word.2.to_owned())))
}

/// The one currency of a column of amounts; nothing where it holds anything else.
fn currency<'a>(rows: &'a [Value], column: &str) -> Option<&'a str> {
    let mut of = rows.iter().map(|row| &row[column]).filter(|value| !value.is_null());
    let first = of.next()?["currency"].as_str()?;
    of.all(|value| value["currency"] == first).then_some(first)
}

/// The rows of a section, under whichever name it has them.
fn rows_of(section: &Value) -> &[Value] {
    let rows = ["rows", "events", "balances"].iter().find_map(|name| section[*name].as_array());
    rows.or_else(|| section.as_array()).map_or(&[], Vec::as_slice)
}

/// The ways to reach somebody by a medium, as they were given.
fn points(points: &Value, medium: &str) -> Cell {
    let all = points.as_array().map_or(&[][..], Vec::as_slice).iter();
    let all = all.filter(|point| point["medium"] == medium);
    let texts: Vec<&str> = all
        .filter_map(|point| point["raw"].as_str().or_else(|| point["normal"].as_str()))
        .collect();
    if texts.is_empty() { Cell::Absent } else { Cell::text(texts.join(", ")) }
}

/// The fields of a row that read as words: no ids, no lists, no versions.
fn plain(row: &Value) -> Vec<String> {
    let fields = row.as_object().into_iter().flatten();
    let is_id = |text: &str| text.len() == 36 && text.chars().filter(|c| *c == '-').count() == 4;
    let reads = |value: &Value| match value {
        Value::String(text) => !is_id(text),
        Value::Object(fields) => fields.contains_key("currency"),
        Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Array(_) => false,
    };
    let names = fields.filter(|(name, value)| *name != "version" && reads(value));
    names.map(|(name, _)| name.clone()).take(COLUMNS_MAX).collect()
}
