//! The report on what marketing costs and brings.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::report::all;
use super::report_service::{Frame, column, figure, split};
use crate::access::Access;
use crate::activity::Activity;
use crate::analytics::Proportion;
use crate::campaign::{AdSpend, Campaign, CampaignMember, MemberKind};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{
    Cell, Chart, ChartKind, Definition, Label, Parameter, Report, Series, Table, Unit,
};
use crate::lead::Lead;
use crate::marketing::{Effect, EffectKey, EffectRow, Model, Sales, Touch, effect, sales};
use crate::opportunity::{Opportunity, Phase};
use crate::order::Order;
use crate::party::{Contact, Customer};
use crate::payment::Credit;
use crate::settings::{Settings, Term};
use crate::value::{Id, Money, Rounding, Timestamp};

/// What marketing cost and brought: over which days, by what model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignsQuery {
    /// What to split by: `campaign` (where nothing is said) or `channel`.
    pub by: Vec<String>,
    /// The first day: of costs, of leads as they came in, and of sales as they were ordered or won.
    pub from: Option<NaiveDate>,
    /// The day after the last.
    pub to: Option<NaiveDate>,
    /// The zone of days; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// How credit is divided among touches: `first`, `last`, `linear` (where nothing is said) or `position`.
    pub model: Option<Model>,
    /// How many days before a sale a touch may lie; any number where nothing is said.
    pub lookback_days: Option<u32>,
    /// Also what was done with the customer counts as a touch, as a channel of its own.
    pub activities: bool,
    /// What was known then, as it then stood, whatever was entered or changed since; what is known now where nothing is said.
    pub known_at: Option<Timestamp>,
}

/// What campaigns, or channels, cost and brought: money spent, leads, cost per lead, sales credited by a model, return. A sale
/// is an order that was handed over and not called off, for its net less what was credited of it; and a won deal that
/// nothing is ordered of, for its amount. Another model moves shares, never totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportCampaigns(pub CampaignsQuery);

/// What the store knows of touches and what they are of.
struct Read {
    campaigns: BTreeMap<Id<Campaign>, Campaign>,
    touches: BTreeMap<Id<Customer>, Vec<Touch>>,
    leads: Vec<Touch>,
}

impl Operation for ReportCampaigns {
    const NAME: &'static str = "report.campaigns";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.0.known_at, |cx| self.told(cx))
    }
}

impl ReportCampaigns {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let query = &self.0;
        let frame = Frame::of(cx, query.zone.as_deref(), (query.from, query.to))?;
        let by = split(&query.by, &["campaign", "channel"])?.unwrap_or("campaign");
        let zero = Money::zero(cx.get(Settings::ID)?.base_currency);
        let read = read(cx, &frame, query.activities)?;
        let sold = sold(cx, &frame, zero)?;
        let key = |touch: &Touch| key(by, touch);
        let (costs, foreign) = costs(cx, &frame, zero, &read.campaigns, key)?;
        let during = |at: Timestamp| frame.admits(at.day_in(frame.zone));
        let leads = read.leads.iter().filter(|touch| during(touch.at)).map(key);
        let leads: Vec<EffectKey> = leads.collect();
        let model = query.model.unwrap_or(Model::Linear);
        let how = (model, query.lookback_days);
        let found = effect(zero, &sold.sales, &read.touches, &costs, &leads, how, key);
        let names = names(cx, &read.campaigns)?;
        let mut report = document(&frame, by, &found, &names);
        let text = model.code();
        report.parameters.push(Parameter {
            key: "model".to_owned(),
            label: Label::new("Model", "归因模型"),
            value: text.to_owned(),
            shown: Label::same(text),
        });
        let mut note = |count: u64, en: &str, zh: &str| {
            if count > 0 {
                let count = count.to_string();
                let label = Label::new(en.replace("{n}", &count), zh.replace("{n}", &count));
                report.notes.push(label);
            }
        };
        note(
            sold.orders,
            "{n} of the sales are orders, the others won deals that nothing is ordered of.",
            "成交中 {n} 笔为订单，其余为尚无订单的赢单。",
        );
        note(
            sold.unpriced_orders,
            "{n} orders have no figure in the base currency: in no sum.",
            "{n} 张订单没有本位币金额：不计入。",
        );
        note(
            sold.unpriced_deals,
            "{n} won deals have no amount in the base currency: in no sum.",
            "{n} 个赢单没有本位币金额：不计入。",
        );
        note(
            foreign,
            "{n} costs are in another currency: in no sum.",
            "{n} 项费用为其他币种：不计入。",
        );
        note(
            found.untouched,
            "{n} sales had no touch and name no source: credited to (none).",
            "{n} 笔销售没有触点也未注明来源：归入（未填）。",
        );
        Ok(report)
    }
}

/// What a touch is of.
fn key(by: &str, touch: &Touch) -> EffectKey {
    if by == "campaign" {
        return touch.campaign.map_or(EffectKey::Unknown, EffectKey::Campaign);
    }
    let channel = Some(&touch.channel).filter(|channel| !channel.is_empty());
    channel.map_or(EffectKey::Unknown, |channel| EffectKey::Channel(channel.clone()))
}

/// The touches of customers: leads that became them, campaigns that they, or their people, registered for, came to or answered,
/// and where it is asked for what was done with them; and all leads.
fn read(cx: &Cx<'_>, frame: &Frame, activities: bool) -> Result<Read, Error> {
    let mut campaigns: BTreeMap<Id<Campaign>, Campaign> = BTreeMap::new();
    all(cx, |campaign: Campaign| drop(campaigns.insert(campaign.id, campaign)))?;
    let mut touches: BTreeMap<Id<Customer>, Vec<Touch>> = BTreeMap::new();
    let mut became: BTreeMap<Uuid, Id<Customer>> = BTreeMap::new();
    let (mut leads, mut came_by) = (Vec::new(), BTreeMap::new());
    all(cx, |lead: Lead| {
        let campaign = lead.campaign.map(Id::new).filter(|id| campaigns.contains_key(id));
        let of_campaign = campaign.and_then(|id| campaigns.get(&id));
        let of_campaign = of_campaign.map(|campaign| campaign.campaign_type.code());
        let channel = lead.source.as_ref().map(|source| source.as_str()).or(of_campaign);
        let channel = channel.unwrap_or_default().to_owned();
        let touch = Touch { at: lead.received_at, channel, campaign };
        came_by.extend(campaign.map(|campaign| (lead.id.uuid(), campaign)));
        if let Some(customer) = lead.customer {
            became.insert(lead.id.uuid(), customer);
            touches.entry(customer).or_default().push(touch.clone());
        }
        leads.push(touch);
    })?;
    all(cx, |contact: Contact| {
        became.insert(contact.id.uuid(), contact.customer);
    })?;
    all(cx, |member: CampaignMember| {
        let customer = match member.member_kind {
            MemberKind::Lead | MemberKind::Contact => became.get(&member.member).copied(),
            MemberKind::Customer => Some(Id::new(member.member)),
        };
        // A lead is on the list of the campaign that it came from: that it came in is its touch.
        if came_by.get(&member.member) == Some(&member.campaign) {
            return;
        }
        let day = member.registered_on.or(member.attended_on).or(member.responded_on);
        let at = day.and_then(|day| start_of(frame, day));
        if let (Some(customer), Some(at), Some(campaign)) =
            (customer, at, campaigns.get(&member.campaign))
        {
            let channel = campaign.campaign_type.code().to_owned();
            let campaign = Some(campaign.id);
            touches.entry(customer).or_default().push(Touch { at, channel, campaign });
        }
    })?;
    if activities {
        all(cx, |activity: Activity| {
            if let Some(customer) = activity.customer.filter(|_| activity.is_follow_up()) {
                let channel = format!("activity.{}", activity.kind);
                let touch = Touch { at: activity.at, channel, campaign: None };
                touches.entry(customer).or_default().push(touch);
            }
        })?;
    }
    Ok(Read { campaigns, touches, leads })
}

/// The first instant of a day in the zone of a report.
fn start_of(frame: &Frame, day: NaiveDate) -> Option<Timestamp> {
    let next = day.succ_opt()?;
    let span = crate::value::Period::new(day, next).ok()?.instants(frame.zone).ok()?;
    Some(span.start())
}

/// The sales of the period: orders that were handed over in it, and deals that were won in it and of which none was.
fn sold(cx: &Cx<'_>, frame: &Frame, zero: Money) -> Result<Sales, Error> {
    let (mut deals, mut orders) = (Vec::new(), Vec::new());
    let mut credited: BTreeMap<Id<Order>, Money> = BTreeMap::new();
    let mut customers = BTreeMap::new();
    all(cx, |deal: Opportunity| {
        if matches!(deal.phase, Phase::Won { .. }) {
            deals.push(deal);
        }
    })?;
    all(cx, |order: Order| {
        if order.submitted_at.is_some() {
            orders.push(order);
        }
    })?;
    all(cx, |credit: Credit| {
        let sum = credited.entry(credit.order).or_insert(Money::zero(credit.amount.currency()));
        *sum = sum.checked_add(credit.amount).unwrap_or(*sum);
    })?;
    all(cx, |customer: Customer| {
        if let Some(source) = &customer.source {
            let (at, channel) = (customer.created_at, source.to_string());
            customers.insert(customer.id, Touch { at, channel, campaign: None });
        }
    })?;
    let counts = |at: Timestamp| frame.admits(at.day_in(frame.zone));
    Ok(sales(&deals, &orders, &credited, &customers, zero, counts))
}

/// What was spent in the period; of a campaign for which no spending was entered, what it cost. And how many amounts are in
/// another currency.
fn costs(
    cx: &Cx<'_>,
    frame: &Frame,
    zero: Money,
    campaigns: &BTreeMap<Id<Campaign>, Campaign>,
    key: impl Fn(&Touch) -> EffectKey,
) -> Result<(Vec<(EffectKey, Money)>, u64), Error> {
    let (mut costs, mut foreign, mut told) = (Vec::new(), 0_u64, Vec::new());
    let mut add = |touch: &Touch, cost: Money| {
        if cost.currency() != zero.currency() {
            foreign = foreign.saturating_add(1);
        } else if !cost.is_zero() {
            costs.push((key(touch), cost));
        }
    };
    all(cx, |spend: AdSpend| {
        told.extend(spend.campaign);
        let (channel, campaign) = (spend.channel.to_string(), spend.campaign);
        let touch = Touch { at: spend.created_at, channel, campaign };
        add(&touch, spend.within(|day| frame.admits(day)));
    })?;
    for campaign in campaigns.values().filter(|campaign| !told.contains(&campaign.id)) {
        if let Some(cost) = campaign.cost_within(|day| frame.admits(day)) {
            let channel = campaign.campaign_type.code().to_owned();
            let touch = Touch { at: campaign.created_at, channel, campaign: Some(campaign.id) };
            add(&touch, cost);
        }
    }
    Ok((costs, foreign))
}

/// What campaigns and channels are called.
fn names(
    cx: &Cx<'_>,
    campaigns: &BTreeMap<Id<Campaign>, Campaign>,
) -> Result<BTreeMap<EffectKey, String>, Error> {
    let named = campaigns.iter();
    let mut names: BTreeMap<EffectKey, String> =
        named.map(|(id, of)| (EffectKey::Campaign(*id), of.name.to_string())).collect();
    all(cx, |term: Term| {
        if term.scheme.as_str() == "source" {
            names.insert(EffectKey::Channel(term.code.to_string()), term.zh.to_string());
        }
    })?;
    Ok(names)
}

/// Money divided by a count, halves to even; nothing of nobody.
fn each(money: Money, count: u64) -> Cell {
    let each = money.amount().checked_div(Decimal::from(count));
    let each =
        each.and_then(|each| Money::rounded(each, money.currency(), Rounding::HalfEven).ok());
    each.map_or(Cell::Absent, |each| Cell::number(each.amount()))
}

/// What came back of each unit spent, beyond it: (revenue − cost) / cost at four places; not defined where nothing was spent.
fn returned(row: &EffectRow) -> Cell {
    let gain = row.revenue.amount().checked_sub(row.cost.amount());
    let rate = gain.and_then(|gain| gain.checked_div(row.cost.amount()));
    let halves = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    Cell::decimal(rate.map(|rate| {
        let mut rate = rate.round_dp_with_strategy(4, halves);
        rate.rescale(4);
        rate
    }))
}

fn cells(row: &EffectRow, total: &EffectRow) -> Vec<Cell> {
    let share = Proportion::new(row.credit, total.credit);
    let points = Decimal::from(row.credit).checked_div(Decimal::from(10_000_u32));
    vec![
        Cell::number(row.cost.amount()),
        Cell::Count(row.leads),
        each(row.cost, row.leads),
        Cell::decimal(points),
        Cell::decimal(share.rate()),
        Cell::number(row.revenue.amount()),
        returned(row),
    ]
}

fn document(
    frame: &Frame,
    by: &str,
    found: &Effect,
    names: &BTreeMap<EffectKey, String>,
) -> Report {
    let mut report = frame.report("campaigns", Label::new("Marketing effect", "营销效果"));
    let none = || Cell::Label(Label::new("(none)", "（未填）"));
    let named = |key: &EffectKey| match (names.get(key), key) {
        (Some(name), _) => Cell::text(name),
        (None, EffectKey::Channel(channel)) => Cell::text(channel),
        (None, EffectKey::Campaign(_) | EffectKey::Unknown) => none(),
    };
    let first = match by {
        "campaign" => column("campaign", ("Campaign", "活动"), Unit::Text),
        _ => column("channel", ("Channel", "渠道"), Unit::Text),
    };
    let columns = vec![
        first,
        column("cost", ("Cost", "费用"), Unit::Money),
        column("leads", ("Leads", "线索"), Unit::Count),
        column("cost_per_lead", ("Cost per lead", "单条线索成本"), Unit::Money),
        column("sales", ("Sales credited", "归因成交数"), Unit::Exact),
        column("share", ("Share", "占比"), Unit::Rate),
        column("revenue", ("Revenue credited", "归因收入"), Unit::Money),
        column("return", ("Return", "回报率"), Unit::Rate),
    ];
    let line = |name: Cell, row: &EffectRow| {
        core::iter::once(name).chain(cells(row, &found.total)).collect::<Vec<Cell>>()
    };
    let rows = found.rows.iter().map(|(key, row)| line(named(key), row));
    let total = line(Cell::Label(Label::new("All", "合计")), &found.total);
    let title = Label::new("Cost and effect", "费用与效果");
    let rows = rows.chain([total]).collect();
    report.tables = vec![Table { key: "effect".to_owned(), title, columns, rows }];
    let money = |money: Money| Cell::number(money.amount());
    report.figures = vec![
        figure("cost", ("Cost", "费用"), money(found.total.cost), Unit::Money),
        figure("revenue", ("Revenue", "收入"), money(found.total.revenue), Unit::Money),
        figure("sales", ("Sales", "成交数"), Cell::Count(found.sales), Unit::Count),
        figure("leads", ("Leads", "线索"), Cell::Count(found.total.leads), Unit::Count),
        figure("return", ("Return", "回报率"), returned(&found.total), Unit::Rate),
    ];
    report.charts = chart(found, names).into_iter().collect();
    report.definitions = vec![
        Definition::new(
            ("Credit", "归因"),
            (
                "The credits of a sale sum to 100 % in whole basis points, and its amounts to the sale to the minor unit, by \
                 largest remainders. A sale without a touch counts for the source that it names, else for (none).",
                "每笔成交的归因以基点计合计为100%，金额按最大余数法分配，合计等于成交额。没有触点的成交归入其注明的来源，否则归入（未填）。",
            ),
        ),
        Definition::new(
            ("Sale", "成交"),
            (
                "An order that was handed over and not called off: its net, without tax and freight, less the part that was \
                 credited (returns, allowances, write-offs). A won deal counts for its amount until an order of it was handed \
                 over.",
                "已提交且未取消的订单：按不含税和运费的净额计，扣除退货、折让和坏账部分。赢单在其订单提交之前按金额计。",
            ),
        ),
        Definition::new(
            ("Return", "回报率"),
            (
                "(Revenue credited − cost) / cost; not defined where nothing was spent.",
                "（归因收入 − 费用）/ 费用；没有费用时无定义。",
            ),
        ),
        Definition::new(
            ("Cost", "费用"),
            (
                "Spending spread over its days; of a campaign without entered spending, its actual cost over its days.",
                "费用按日均摊；未录入投放费用的活动，按其实际费用在活动期间均摊。",
            ),
        ),
    ];
    report
}

fn chart(found: &Effect, names: &BTreeMap<EffectKey, String>) -> Option<Chart> {
    const BARS_MAX: usize = 15;
    let rows: Vec<(&EffectKey, &EffectRow)> = found.rows.iter().take(BARS_MAX).collect();
    let label = |key: &EffectKey| match (names.get(key), key) {
        (Some(name), _) => Label::same(name),
        (None, EffectKey::Channel(channel)) => Label::same(channel),
        (None, EffectKey::Campaign(_) | EffectKey::Unknown) => Label::new("(none)", "（未填）"),
    };
    let values = rows.iter().map(|(_, row)| Some(row.revenue.amount().to_string()));
    (!rows.is_empty()).then(|| Chart {
        key: "effect".to_owned(),
        kind: ChartKind::Bar,
        title: Label::new("Revenue credited", "归因收入"),
        unit: Unit::Money,
        categories: rows.iter().map(|(key, _)| label(key)).collect(),
        series: vec![Series {
            label: Label::new("Revenue credited", "归因收入"),
            values: values.collect(),
        }],
        shares: Vec::new(),
    })
}
