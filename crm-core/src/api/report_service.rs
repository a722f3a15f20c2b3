//! The reports on service and on satisfaction.

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::believed::believed;
use super::report::all;
use crate::access::Access;
use crate::analytics::Proportion;
use crate::catalog::Product;
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Figure, Label, Report, Series, Table, Unit,
};
use crate::record::Entity;
use crate::service::{
    Clocks, FeedbackRequest, FeedbackState, Pace, ServicePause, ServicePolicy, ServiceRequest,
    ServiceTerms, ServiceType, clocks, percentile,
};
use crate::settings::{Settings, User};
use crate::value::{Id, Invalid, Timestamp};

/// Which requests or answers, over which days, split by what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceQuery {
    /// What to split by, one of: of service `handler`, `severity`, `request_type`, `product`, `customer`; of satisfaction
    /// `product`, `owner`, `about`, `channel`.
    pub by: Vec<String>,
    /// The first day: of service the day on which a request reached us, of satisfaction the one on which it was answered.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
    /// The zone of days; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// What was known then, as it then stood, whatever was entered or changed since; what is known now where nothing is said.
    pub known_at: Option<Timestamp>,
}

/// What a report is about, read.
pub(super) struct Frame {
    pub(super) zone: Tz,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) currency: String,
    pub(super) now: Timestamp,
}

impl Frame {
    /// Reads days and zone of a report.
    ///
    /// # Errors
    ///
    /// `time.zone` · `period.empty`.
    pub(super) fn of(
        cx: &mut Cx<'_>,
        zone: Option<&str>,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    ) -> Result<Self, Error> {
        let settings = cx.get(Settings::ID)?;
        let zone = zone.unwrap_or(&settings.zone);
        let zone: Tz =
            zone.parse().map_err(|_| Error::invalid("zone", Invalid::new("time.zone", zone)))?;
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            let empty = Invalid::new("period.empty", &to.to_string());
            return Err(Error::invalid("to", empty.limit(format!("after {from}"))));
        }
        let currency = settings.base_currency.code().to_owned();
        Ok(Self { zone, from, to, currency, now: cx.now() })
    }

    /// Whether a day is one of the period.
    pub(super) fn admits(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| day >= from) && self.to.is_none_or(|to| day < to)
    }

    /// A report that says nothing yet.
    pub(super) fn report(&self, name: &str, title: Label) -> Report {
        Report {
            name: name.to_owned(),
            title,
            as_of: self.now,
            zone: self.zone.name().to_owned(),
            currency: self.currency.clone(),
            parameters: Vec::new(),
            figures: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
            definitions: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// A key figure.
pub(super) fn figure(key: &str, (en, zh): (&str, &str), value: Cell, unit: Unit) -> Figure {
    Figure { key: key.to_owned(), label: Label::new(en, zh), value, unit, note: None }
}

/// A column.
pub(super) fn column(key: &str, (en, zh): (&str, &str), unit: Unit) -> Column {
    Column::new(key, Label::new(en, zh), unit)
}

/// The one thing that a report is split by.
pub(super) fn split<'a>(by: &'a [String], allowed: &[&str]) -> Result<Option<&'a str>, Error> {
    match by {
        [] => Ok(None),
        [one] if allowed.contains(&one.as_str()) => Ok(Some(one)),
        [one, ..] => {
            let invalid = Invalid::new("report.dimension", one);
            Err(Error::invalid("by", invalid.limit("one of them").allowed(allowed.iter().copied())))
        }
    }
}

/// How requests of a group were served.
#[derive(Clone, Debug, Default)]
struct Served {
    requests: u64,
    open: u64,
    reopened: u64,
    complaints: u64,
    responses: Vec<u32>,
    resolutions: Vec<u32>,
    response: (u64, u64),
    resolution: (u64, u64),
}

impl Served {
    fn add(&mut self, request: &ServiceRequest, clocks: &Clocks) {
        let one = |count: &mut u64, is: bool| *count = count.saturating_add(u64::from(is));
        one(&mut self.requests, true);
        one(&mut self.open, request.state.is_open());
        one(&mut self.reopened, request.reopened > 0);
        one(&mut self.complaints, request.request_type == ServiceType::Complaint);
        for (clock, times, (in_time, asked)) in [
            (clocks.response, &mut self.responses, &mut self.response),
            (clocks.resolution, &mut self.resolutions, &mut self.resolution),
        ] {
            if clock.done_at.is_some() {
                times.push(clock.spent_seconds);
            }
            one(asked, clock.done_at.is_some() || clock.breached);
            one(in_time, clock.done_at.is_some() && !clock.breached);
        }
    }

    fn cells(&mut self) -> Vec<Cell> {
        self.responses.sort_unstable();
        self.resolutions.sort_unstable();
        let minutes = |times: &[u32], percent| Cell::count(percentile(times, percent));
        let met =
            |(in_time, asked): (u64, u64)| Cell::decimal(Proportion::new(in_time, asked).rate());
        vec![
            Cell::Count(self.requests),
            Cell::Count(self.open),
            Cell::Count(self.reopened),
            Cell::Count(self.complaints),
            Cell::Count(self.responses.len() as u64),
            minutes(&self.responses, 50),
            minutes(&self.responses, 90),
            minutes(&self.responses, 95),
            met(self.response),
            minutes(&self.resolutions, 50),
            minutes(&self.resolutions, 90),
            met(self.resolution),
        ]
    }
}

/// Requests and complaints: how many, how fast we first responded and resolved them in the time that their clocks count, at
/// the median and the ninth decile, and how often in time. By `handler`, `severity`, `request_type`, `product` or `customer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportService(pub ServiceQuery);

impl Operation for ReportService {
    const NAME: &'static str = "report.service";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportService {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let frame = Frame::of(cx, query.zone.as_deref(), (query.from, query.to))?;
        let dimensions = ["handler", "severity", "request_type", "product", "customer"];
        let by = split(&query.by, &dimensions)?;
        let names = Named::read(cx)?;
        let mut requests: Vec<ServiceRequest> = Vec::new();
        all(cx, |request: ServiceRequest| {
            if frame.admits(request.received_at.day_in(frame.zone)) {
                requests.push(request);
            }
        })?;
        let mut pauses: BTreeMap<Id<ServiceRequest>, Vec<ServicePause>> = BTreeMap::new();
        all(cx, |pause: ServicePause| pauses.entry(pause.request).or_default().push(pause))?;
        let mut terms: BTreeMap<Option<Id<ServicePolicy>>, _> = BTreeMap::new();
        let (mut whole, mut groups) = (Served::default(), BTreeMap::<String, Served>::new());
        for request in &requests {
            cx.checkpoint()?;
            let own = pauses.entry(request.id).or_default();
            own.sort_by_key(|pause| pause.ordinal);
            if let Entry::Vacant(unread) = terms.entry(request.policy) {
                unread.insert(cx.service_terms(request.policy)?);
            }
            let Some((terms, calendar)) = terms.get(&request.policy) else { continue };
            let terms: &ServiceTerms = terms;
            let Some(shown) = clocks(request, Pace { pauses: own, terms, calendar }, frame.now)
            else {
                continue;
            };
            whole.add(request, &shown);
            if let Some(by) = by {
                groups.entry(names.of_request(by, request)).or_default().add(request, &shown);
            }
        }
        Ok(served(&frame, by, whole, groups))
    }
}

fn served(
    frame: &Frame,
    by: Option<&str>,
    mut whole: Served,
    groups: BTreeMap<String, Served>,
) -> Report {
    let mut report = frame.report("service", Label::new("Service", "售后服务"));
    let count = |key: &str, en, zh| column(key, (en, zh), Unit::Count);
    let rate = |key: &str, en, zh| column(key, (en, zh), Unit::Rate);
    let columns = vec![
        column(by.unwrap_or("group"), ("Group", "分组"), Unit::Text),
        count("requests", "Requests", "请求数"),
        count("open", "Open", "未完成"),
        count("reopened", "Opened again", "重新打开"),
        count("complaints", "Complaints", "投诉"),
        count("responded", "Responded", "已响应"),
        count("response_p50", "First response, median, minutes", "首次响应中位数（分钟）"),
        count("response_p90", "90th percentile", "第90百分位"),
        count("response_p95", "95th percentile", "第95百分位"),
        rate("response_in_time", "Responded in time", "按时响应率"),
        count("resolution_p50", "Resolution, median, minutes", "解决用时中位数（分钟）"),
        count("resolution_p90", "90th percentile", "第90百分位"),
        rate("resolution_in_time", "Resolved in time", "按时解决率"),
    ];
    let shown: Vec<(String, Served)> = groups.into_iter().collect();
    report.charts = chart(&shown).into_iter().collect();
    let total = core::iter::once(Cell::Label(Label::new("All", "合计"))).chain(whole.cells());
    let total: Vec<Cell> = total.collect();
    let rows = shown
        .into_iter()
        .map(|(name, mut group)| core::iter::once(Cell::text(name)).chain(group.cells()).collect());
    let rows = rows.chain([total]).collect();
    let title = Label::new("Requests", "服务请求");
    report.tables = vec![Table { key: "service".to_owned(), title, columns, rows }];
    let in_time = Proportion::new(whole.response.0, whole.response.1);
    let interval = in_time.interval();
    let minutes = |times: &[u32], percent| Cell::count(percentile(times, percent));
    report.figures = vec![
        figure("requests", ("Requests", "请求数"), Cell::Count(whole.requests), Unit::Count),
        figure(
            "response_p50",
            ("First response, median, minutes", "首次响应中位数（分钟）"),
            minutes(&whole.responses, 50),
            Unit::Count,
        ),
        figure(
            "response_p90",
            ("First response, 90th percentile, minutes", "首次响应第90百分位（分钟）"),
            minutes(&whole.responses, 90),
            Unit::Count,
        ),
        figure(
            "response_in_time",
            ("Responded in time", "按时响应率"),
            Cell::decimal(in_time.rate()),
            Unit::Rate,
        ),
        figure("low", ("95 % from", "95% 下限"), Cell::decimal(interval.map(|i| i.0)), Unit::Rate),
        figure("high", ("95 % to", "95% 上限"), Cell::decimal(interval.map(|i| i.1)), Unit::Rate),
    ];
    report.definitions = vec![
        Definition::new(
            ("First response, resolution", "首次响应、解决用时"),
            (
                "In the time that the request's policy counts, pauses left out; whole minutes, halves rounded up; percentiles \
                 interpolated linearly (Hyndman and Fan, type 7).",
                "按请求所依据政策的计时方式（扣除暂停）；取整分钟，四舍五入；百分位为线性插值（Hyndman–Fan 第7型）。",
            ),
        ),
        Definition::new(
            ("In time", "按时"),
            (
                "Done within the limit / (done + overdue); what is neither done nor due is in neither number.",
                "按时完成 /（已完成 + 已超时）；尚未完成且未到期的不计入。",
            ),
        ),
    ];
    report
}

fn chart(groups: &[(String, Served)]) -> Option<Chart> {
    const BARS_MAX: usize = 15;
    let shown = groups.get(..groups.len().min(BARS_MAX))?;
    (!shown.is_empty()).then(|| Chart {
        key: "service".to_owned(),
        kind: ChartKind::Bar,
        title: Label::new("Requests", "服务请求"),
        unit: Unit::Count,
        categories: shown.iter().map(|(name, _)| Label::same(name)).collect(),
        series: vec![Series {
            label: Label::new("Requests", "请求数"),
            values: shown.iter().map(|(_, group)| Some(group.requests.to_string())).collect(),
        }],
        shares: Vec::new(),
    })
}

/// What records are called.
struct Named {
    users: BTreeMap<Id<User>, String>,
    products: BTreeMap<Id<Product>, String>,
    customers: BTreeMap<Id<crate::party::Customer>, String>,
}

impl Named {
    fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        fn names<T: Entity>(
            cx: &Cx<'_>,
            name: impl Fn(&T) -> String,
        ) -> Result<BTreeMap<Id<T>, String>, Error> {
            let mut found = BTreeMap::new();
            all(cx, |value: T| drop(found.insert(value.id(), name(&value))))?;
            Ok(found)
        }
        Ok(Self {
            users: names(cx, |user: &User| user.name.to_string())?,
            products: names(cx, |product: &Product| product.name.to_string())?,
            customers: names(cx, |customer: &crate::party::Customer| customer.name.to_string())?,
        })
    }

    fn of_request(&self, by: &str, request: &ServiceRequest) -> String {
        match by {
            "handler" => self.user(request.handler),
            "severity" => request.severity.code().to_owned(),
            "request_type" => request.request_type.code().to_owned(),
            "product" => self.product(request.product),
            _ => self.customers.get(&request.customer).cloned().unwrap_or_default(),
        }
    }

    fn of_answer(&self, by: &str, request: &FeedbackRequest) -> String {
        match by {
            "product" => self.product(request.product),
            "owner" => self.user(Some(request.owner)),
            "about" => request.about_kind.code().to_owned(),
            _ => request.channel.map_or(NONE, |channel| channel.code()).to_owned(),
        }
    }

    fn user(&self, id: Option<Id<User>>) -> String {
        id.and_then(|id| self.users.get(&id)).map_or(NONE, String::as_str).to_owned()
    }

    fn product(&self, id: Option<Id<Product>>) -> String {
        id.and_then(|id| self.products.get(&id)).map_or(NONE, String::as_str).to_owned()
    }
}

/// What a group is called of which nobody knows.
const NONE: &str = "(none)";

/// How satisfied those were who answered: of one of product and service.
#[derive(Clone, Copy, Debug, Default)]
struct Satisfied {
    answers: u64,
    satisfied: u64,
    points: u64,
}

impl Satisfied {
    /// Somebody is satisfied who gives more than the middle of the scale: 4 or 5 of 5, 6 to 10 of 10.
    fn add(&mut self, score: Option<u32>, scale: u32) {
        let Some(score) = score else { return };
        let is = score.saturating_mul(2) > scale.saturating_add(1);
        self.answers = self.answers.saturating_add(1);
        self.satisfied = self.satisfied.saturating_add(u64::from(is));
        self.points = self.points.saturating_add(score.into());
    }

    const fn share(self) -> Proportion {
        Proportion::new(self.satisfied, self.answers)
    }

    fn cells(self) -> Vec<Cell> {
        let interval = self.share().interval();
        let mean = Decimal::from(self.points).checked_div(Decimal::from(self.answers));
        let halves = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        let mean = mean.map(|mean| mean.round_dp_with_strategy(2, halves).to_string());
        vec![
            Cell::Count(self.answers),
            Cell::decimal(self.share().rate()),
            Cell::decimal(interval.map(|i| i.0)),
            Cell::decimal(interval.map(|i| i.1)),
            mean.map_or(Cell::Absent, Cell::text),
        ]
    }
}

/// The satisfaction of one group or month.
#[derive(Clone, Copy, Debug, Default)]
struct Both {
    product: Satisfied,
    service: Satisfied,
}

impl Both {
    fn add(&mut self, request: &FeedbackRequest) {
        self.product.add(request.product_score, request.scale);
        self.service.add(request.service_score, request.scale);
    }

    fn cells(self) -> impl Iterator<Item = Cell> {
        self.product.cells().into_iter().chain(self.service.cells())
    }
}

/// How satisfied customers are: the share of those who gave more than the middle of the scale, of product and service apart,
/// with how many answered and the 95 % interval (Wilson), month by month; how many were asked, and how many not, and why. By
/// `product`, `owner`, `about` or `channel`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportSatisfaction(pub ServiceQuery);

impl Operation for ReportSatisfaction {
    const NAME: &'static str = "report.satisfaction";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportSatisfaction {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let frame = Frame::of(cx, query.zone.as_deref(), (query.from, query.to))?;
        let by = split(&query.by, &["product", "owner", "about", "channel"])?;
        let names = Named::read(cx)?;
        let mut states: BTreeMap<String, u64> = BTreeMap::new();
        let (mut whole, mut low) = (Both::default(), 0_u64);
        let mut months: BTreeMap<String, Both> = BTreeMap::new();
        let mut groups: BTreeMap<String, Both> = BTreeMap::new();
        all(cx, |request: FeedbackRequest| {
            let at = request.answered_at.unwrap_or(request.created_at).day_in(frame.zone);
            if !frame.admits(at) {
                return;
            }
            let why = request.skipped.map(|why| format!("skipped: {why}"));
            let state = why.unwrap_or_else(|| request.state.code().to_owned());
            let count = states.entry(state).or_default();
            *count = count.saturating_add(1);
            if request.state == FeedbackState::Answered {
                whole.add(&request);
                low = low.saturating_add(u64::from(request.is_low()));
                let month = format!("{:04}-{:02}", at.year(), at.month());
                months.entry(month).or_default().add(&request);
                if let Some(by) = by {
                    groups.entry(names.of_answer(by, &request)).or_default().add(&request);
                }
            }
        })?;
        let figures = Figures { whole, low, states, months, groups };
        Ok(satisfaction(&frame, by, figures))
    }
}

struct Figures {
    whole: Both,
    low: u64,
    states: BTreeMap<String, u64>,
    months: BTreeMap<String, Both>,
    groups: BTreeMap<String, Both>,
}

fn satisfaction(frame: &Frame, by: Option<&str>, figures: Figures) -> Report {
    let Figures { whole, low, states, months, groups } = figures;
    let mut report = frame.report("satisfaction", Label::new("Satisfaction", "客户满意度"));
    let of = |state: FeedbackState| states.get(state.code()).copied().unwrap_or(0);
    let answered = of(FeedbackState::Answered);
    let asked = answered
        .saturating_add(of(FeedbackState::Asked))
        .saturating_add(of(FeedbackState::Expired));
    let index =
        |key, label, share: Proportion| figure(key, label, Cell::decimal(share.rate()), Unit::Rate);
    report.figures = vec![
        index("product_index", ("Satisfied with the product", "产品满意度"), whole.product.share()),
        index("service_index", ("Satisfied with the service", "服务满意度"), whole.service.share()),
        figure("answered", ("Answered", "已回答"), Cell::Count(answered), Unit::Count),
        index(
            "response_rate",
            ("Answered of those asked", "回收率"),
            Proportion::new(answered, asked),
        ),
        figure("low", ("Unhappy", "不满意"), Cell::Count(low), Unit::Count),
    ];
    let mut columns = Vec::new();
    for (key, en, zh) in [("product", "Product", "产品"), ("service", "Service", "服务")] {
        let named = |suffix: &str, en_suffix: &str, zh_suffix: &str, unit| {
            column(
                &format!("{key}_{suffix}"),
                (&format!("{en}: {en_suffix}"), &format!("{zh}：{zh_suffix}")),
                unit,
            )
        };
        columns.extend([
            named("n", "answers", "回答数", Unit::Count),
            named("index", "satisfied", "满意度", Unit::Rate),
            named("low", "95 % from", "95% 下限", Unit::Rate),
            named("high", "95 % to", "95% 上限", Unit::Rate),
            named("mean", "mean score", "平均分", Unit::Exact),
        ]);
    }
    let table = |key: &str, title: Label, first: Column, rows: &BTreeMap<String, Both>| {
        let columns = core::iter::once(first).chain(columns.clone()).collect();
        let line = |name: Cell, both: Both| core::iter::once(name).chain(both.cells()).collect();
        let total = line(Cell::Label(Label::new("All", "合计")), whole);
        let rows = rows.iter().map(|(name, both)| line(Cell::text(name), *both));
        Table { key: key.to_owned(), title, columns, rows: rows.chain([total]).collect() }
    };
    let month = column("month", ("Month", "月份"), Unit::Text);
    report.tables = vec![table("trend", Label::new("By month", "按月"), month, &months)];
    if let Some(by) = by {
        let group = column(by, ("Group", "分组"), Unit::Text);
        report.tables.push(table("groups", Label::new("By group", "分组"), group, &groups));
    }
    let states =
        states.into_iter().map(|(state, count)| vec![Cell::text(state), Cell::Count(count)]);
    report.tables.push(Table {
        key: "requests".to_owned(),
        title: Label::new("Requests for feedback", "反馈请求"),
        columns: vec![
            column("state", ("State", "状态"), Unit::Text),
            column("requests", ("Requests", "数量"), Unit::Count),
        ],
        rows: states.collect(),
    });
    let line = |label: (&str, &str), of: fn(&Both) -> Satisfied| Series {
        label: Label::new(label.0, label.1),
        values: months
            .values()
            .map(|both| of(both).share().rate().map(|rate| rate.to_string()))
            .collect(),
    };
    if !months.is_empty() {
        report.charts.push(Chart {
            key: "trend".to_owned(),
            kind: ChartKind::Line,
            title: Label::new("Satisfied customers", "客户满意度"),
            unit: Unit::Rate,
            categories: months.keys().map(|month| Label::same(month)).collect(),
            series: vec![
                line(("Product", "产品"), |both| both.product),
                line(("Service", "服务"), |both| both.service),
            ],
            shares: Vec::new(),
        });
    }
    report.definitions = vec![Definition::new(
        ("Satisfied", "满意"),
        (
            "A score above the middle of the scale (4 or 5 of 5). The interval is Wilson's at 95 %, without continuity \
             correction. Those who were not asked, and those who did not answer, are in no index.",
            "评分高于量表中点（5分制为4或5分）。区间为95%的Wilson区间，无连续性校正。未被询问与未回答者不计入指数。",
        ),
    )];
    report
}
