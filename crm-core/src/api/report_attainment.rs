//! What people, teams and the house reached of their targets, by rank.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::believed::believed;
use super::facts::Names;
use super::figures::{CreditTo, FiguresAsk, FiguresFound, Staff, figures, scale_of};
use super::report::{ReportQuery, query};
use crate::access::Access;
use crate::analytics::{Attained, Ranked, attained, ranking};
use crate::engine::{Cx, Error, Operation};
use crate::export::document::{
    Cell, Chart, ChartKind, Column, Definition, Figure, Label, Parameter, Report, Series, Table,
    Unit,
};
use crate::record::Val;
use crate::settings::{Settings, Team, User};
use crate::target::{
    Aggregation, Kpi, KpiOf, PlanGrain, Scope, ScopeKind, Span, Target, gap, rolled_up,
};
use crate::value::{Id, Timestamp};

/// What was reached in a period, by rank, beside its targets: of people, of teams, of the house; who is under target,
/// whether targets add up, and how they were changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReportAttainment {
    /// The code of a key figure; all that are used where nothing is said.
    pub kpi: Option<String>,
    /// `2026-11`, `2026-Q4` or `2026`; the month of `as_of` where nothing is said.
    pub period: Option<String>,
    /// The instant whose state is told; the instant of the call where nothing is said.
    pub as_of: Option<Timestamp>,
    /// What was known then, whatever was entered or changed since (`as_of` is the same instant where nothing is said); what is
    /// known now where nothing is said.
    pub known_at: Option<Timestamp>,
    /// The zone of days; the tenant's where nothing is said.
    pub zone: Option<String>,
    /// To whom a deal counts that went from one owner to another: `owner_then` (where nothing is said) or `owner_now`.
    pub credit: CreditTo,
}

/// One key figure with everything that is told of it.
struct Told<'a> {
    kpi: &'a Kpi,
    scale: u32,
    figures: &'a FiguresFound,
    targets: BTreeMap<Scope, Decimal>,
    revisions: Vec<Target>,
    days: (i64, i64),
}

impl Operation for ReportAttainment {
    const NAME: &'static str = "report.attainment";
    const ACCESS: Access = Access::Report;
    type Response = Report;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        believed(cx, self.known_at, |cx| self.told(cx))
    }
}

impl ReportAttainment {
    fn told(&self, cx: &mut Cx<'_>) -> Result<Report, Error> {
        let asked =
            ReportQuery { as_of: self.as_of, zone: self.zone.clone(), ..ReportQuery::default() };
        let query = query(cx, &asked)?;
        let today = query.as_of.day_in(query.zone);
        let span = match &self.period {
            Some(period) => period.parse().map_err(|e| Error::invalid("period", e))?,
            None => PlanGrain::Month.holding(today),
        };
        let settings = cx.get(Settings::ID)?;
        let kpis = match &self.kpi {
            Some(code) => vec![cx.kpi("kpi", code)?],
            None => {
                let mut all = cx.list::<Kpi>(Kpi::BY_CODE, &[])?;
                all.retain(|kpi| kpi.active);
                all
            }
        };
        let staff = Staff::read(cx)?;
        let names = Names::without_customers(cx)?;
        let (as_of, zone) = (query.as_of, query.zone);
        let ask = FiguresAsk { span, as_of, zone, credit: self.credit };
        let found = figures(cx, &staff, &kpis, &ask)?;
        let mut report = head(self, &settings, span, &query);
        for kpi in &kpis {
            let all = cx.list::<Target>(Target::BY_KEY, &[Val::Id(kpi.id.uuid())])?;
            let mut targets = BTreeMap::new();
            for (_, scope) in found.keys().filter(|(of, _)| *of == kpi.id) {
                if let Some(target) = rolled_up(&all, kpi, *scope, span, as_of) {
                    targets.insert(*scope, target);
                }
            }
            let revisions =
                all.into_iter().filter(|target| target.span() == span && target.set_at <= as_of);
            let told = Told {
                kpi,
                scale: scale_of(kpi, &settings),
                figures: &found,
                targets,
                revisions: revisions.collect(),
                days: span.elapsed(today),
            };
            told.write(&mut report, &staff, &names);
        }
        report.definitions = definitions(&kpis);
        if kpis.is_empty() {
            report.notes.push(Label::new(
                "No key figure is defined: see kpi.define.",
                "尚未定义指标：见 kpi.define。",
            ));
        }
        Ok(report)
    }
}

impl Told<'_> {
    fn ranked(&self, kind: ScopeKind) -> Vec<Ranked<Scope>> {
        let of =
            self.figures.iter().filter(|((kpi, scope), _)| *kpi == self.kpi.id && scope.0 == kind);
        let of = of.map(|((_, scope), reached)| (*scope, *reached));
        ranking(of, self.kpi.aggregation, self.scale)
    }

    fn attained(&self, row: &Ranked<Scope>) -> Option<Attained> {
        let target = *self.targets.get(&row.who)?;
        attained(row.value?, target, self.kpi.aggregation, self.days)
    }

    fn write(&self, report: &mut Report, staff: &Staff, names: &Names) {
        let code = self.kpi.code.as_str();
        for row in self.ranked(ScopeKind::Tenant) {
            report.figures.push(self.figure(&row));
        }
        let people = self.ranked(ScopeKind::User);
        let teams = self.ranked(ScopeKind::Team);
        let title = |en: &str, zh: &str| {
            let name = self.kpi.name.as_str();
            Label::new(format!("{name}: {en}"), format!("{name}：{zh}"))
        };
        report.tables.push(self.table(
            &format!("{code}_people"),
            title("people", "人员"),
            &people,
            names,
        ));
        report.tables.push(self.table(
            &format!("{code}_teams"),
            title("teams", "团队"),
            &teams,
            names,
        ));
        let under: Vec<Ranked<Scope>> = people
            .iter()
            .chain(&teams)
            .filter(|row| self.attained(row).is_some_and(|attained| attained.is_under))
            .cloned()
            .collect();
        report.tables.push(self.table(
            &format!("{code}_under"),
            title("under target", "未达标"),
            &under,
            names,
        ));
        report.tables.push(self.gaps(
            title("targets that do not add up", "目标缺口"),
            staff,
            names,
        ));
        report.tables.push(self.changes(title("targets as they were set", "目标变更记录"), names));
        report.charts.extend(self.chart(&people, names));
    }

    fn figure(&self, row: &Ranked<Scope>) -> Figure {
        let attained = self.attained(row);
        let note = attained.and_then(|attained| {
            let share = attained.share?.checked_mul(Decimal::ONE_HUNDRED)?.normalize();
            let target = self.targets.get(&row.who)?;
            let en =
                format!("{share} % of {target}, {} % of the period over", points(attained.elapsed));
            let zh =
                format!("目标 {target}，达成 {share}%，期间已过 {}%", points(attained.elapsed));
            Some(Label::new(en, zh))
        });
        Figure {
            key: self.kpi.code.to_string(),
            label: Label::same(self.kpi.name.as_str()),
            value: Cell::decimal(row.value),
            unit: self.unit(),
            note,
        }
    }

    const fn unit(&self) -> Unit {
        match (self.kpi.aggregation, self.kpi.of) {
            (Aggregation::Count, _) => Unit::Count,
            (Aggregation::Rate | Aggregation::Growth, _) => Unit::Rate,
            (Aggregation::Sum | Aggregation::Mean, KpiOf::Feedback) => Unit::Exact,
            (Aggregation::Sum | Aggregation::Mean, _) => Unit::Money,
        }
    }

    fn table(&self, key: &str, title: Label, rows: &[Ranked<Scope>], names: &Names) -> Table {
        let column =
            |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
        let columns = vec![
            column("rank", "Rank", "名次", Unit::Count),
            column("who", "Who", "对象", Unit::Text),
            column("value", "Reached", "实际", self.unit()),
            column("count", "From how many", "样本数", Unit::Count),
            column("small", "Small sample", "样本偏小", Unit::Text),
            column("like_from", "Not distinguishable from rank", "与该名次无显著差异", Unit::Count),
            column("target", "Target", "目标", self.unit()),
            column("share", "Attained", "达成率", Unit::Rate),
            column("missing", "Missing", "差额", self.unit()),
            column("under", "Under target", "未达标", Unit::Text),
        ];
        let yes = |is: bool| match is {
            true => Cell::Label(Label::new("yes", "是")),
            false => Cell::Absent,
        };
        let row = |of: &Ranked<Scope>| {
            let attained = self.attained(of);
            vec![
                Cell::count(of.rank.map(u64::from)),
                Cell::text(name(of.who, names)),
                Cell::decimal(of.value),
                Cell::Count(of.reached.count),
                yes(of.is_small && of.rank.is_some()),
                Cell::count(of.like_from.filter(|from| Some(*from) < of.rank).map(u64::from)),
                Cell::decimal(self.targets.get(&of.who).copied()),
                Cell::decimal(attained.and_then(|attained| attained.share)),
                Cell::decimal(attained.map(|attained| attained.missing)),
                yes(attained.is_some_and(|attained| attained.is_under)),
            ]
        };
        let rows = rows.iter().map(row).collect();
        Table { key: key.to_owned(), title, columns, rows }
    }

    /// The house beside its teams, each team beside its members.
    fn gaps(&self, title: Label, staff: &Staff, names: &Names) -> Table {
        let column =
            |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
        let columns = vec![
            column("who", "Who", "对象", Unit::Text),
            column("own", "Target", "目标", self.unit()),
            column("parts", "Sum of the parts", "下级合计", self.unit()),
            column("open", "Given to nobody", "未分解", self.unit()),
            column("with", "Parts with a target", "有目标的下级", Unit::Count),
            column("without", "Parts without", "无目标的下级", Unit::Count),
        ];
        let teams: Vec<Scope> =
            staff.everybody().into_iter().filter(|(kind, _)| *kind == ScopeKind::Team).collect();
        let house = (ScopeKind::Tenant, Uuid::nil());
        let mut gaps: Vec<_> = gap(&self.targets, self.kpi, house, &teams).into_iter().collect();
        gaps.extend(
            teams
                .iter()
                .filter_map(|team| gap(&self.targets, self.kpi, *team, &staff.members(team.1))),
        );
        let row = |of: &crate::target::Gap| {
            vec![
                Cell::text(name(of.scope, names)),
                Cell::number(of.own),
                Cell::number(of.parts),
                Cell::number(of.open()),
                Cell::Count(of.with.into()),
                Cell::Count(of.without.into()),
            ]
        };
        let rows = gaps.iter().map(row).collect();
        Table { key: format!("{}_gaps", self.kpi.code), title, columns, rows }
    }

    fn changes(&self, title: Label, names: &Names) -> Table {
        let column =
            |key: &str, en: &str, zh: &str, unit| Column::new(key, Label::new(en, zh), unit);
        let columns = vec![
            column("who", "Who", "对象", Unit::Text),
            column("revision", "Revision", "版本", Unit::Count),
            column("value", "Target", "目标", self.unit()),
            column("set_at", "Since", "生效时间", Unit::Text),
            column("by", "Set by", "设定人", Unit::Text),
            column("reason", "Why", "原因", Unit::Text),
        ];
        let row = |of: &Target| {
            vec![
                Cell::text(name(of.whose(), names)),
                Cell::Count(of.revision.into()),
                Cell::number(of.value),
                Cell::number(of.set_at),
                Cell::text(name((ScopeKind::User, of.by.uuid()), names)),
                of.reason.as_ref().map_or(Cell::Absent, |reason| Cell::text(reason.as_str())),
            ]
        };
        let rows = self.revisions.iter().map(row).collect();
        Table { key: format!("{}_changes", self.kpi.code), title, columns, rows }
    }

    fn chart(&self, people: &[Ranked<Scope>], names: &Names) -> Option<Chart> {
        const BARS_MAX: usize = 15;
        let shown: Vec<&Ranked<Scope>> =
            people.iter().filter(|row| row.value.is_some()).take(BARS_MAX).collect();
        (!shown.is_empty()).then(|| Chart {
            key: self.kpi.code.to_string(),
            kind: ChartKind::Bar,
            title: Label::same(self.kpi.name.as_str()),
            unit: self.unit(),
            categories: shown.iter().map(|row| Label::same(&name(row.who, names))).collect(),
            series: vec![Series {
                label: Label::new("Reached", "实际"),
                values: shown.iter().map(|row| row.value.map(|value| value.to_string())).collect(),
            }],
            shares: Vec::new(),
        })
    }
}

/// A share of 1 in percent.
fn points(share: Decimal) -> Decimal {
    share.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default().normalize()
}

fn name((kind, id): Scope, names: &Names) -> String {
    let found = match kind {
        ScopeKind::User => names.users.get(&Id::<User>::new(id)).map(|user| user.name.to_string()),
        ScopeKind::Team => names.teams.get(&Id::<Team>::new(id)).map(|team| team.name.to_string()),
        ScopeKind::Tenant => Some("*".to_owned()),
    };
    found.unwrap_or_else(|| id.to_string())
}

fn head(
    asked: &ReportAttainment,
    settings: &Settings,
    span: Span,
    query: &crate::analytics::Query,
) -> Report {
    let parameter = |key: &str, label: (&str, &str), value: String| Parameter {
        key: key.to_owned(),
        label: Label::new(label.0, label.1),
        shown: Label::same(&value),
        value,
    };
    let credit = match asked.credit {
        CreditTo::OwnerThen => "owner_then",
        CreditTo::OwnerNow => "owner_now",
    };
    Report {
        name: "attainment".to_owned(),
        title: Label::new("Targets and what was reached", "业绩目标与达成"),
        as_of: query.as_of,
        zone: query.zone.name().to_owned(),
        currency: settings.base_currency.code().to_owned(),
        parameters: vec![
            parameter("period", ("Period", "期间"), span.to_string()),
            parameter("credit", ("They count for", "业绩归属"), credit.to_owned()),
        ],
        figures: Vec::new(),
        tables: Vec::new(),
        charts: Vec::new(),
        definitions: Vec::new(),
        notes: Vec::new(),
    }
}

fn definitions(kpis: &[Kpi]) -> Vec<Definition> {
    let mut all: Vec<Definition> = kpis
        .iter()
        .map(|kpi| {
            let name = kpi.name.as_str();
            let only = match kpi.only.0.is_empty() {
                true => String::new(),
                false => format!(" {:?}", kpi.only.0),
            };
            let text = format!("{} / {}{only}", kpi.of.code(), kpi.aggregation.code());
            Definition::new((name, name), (&text, &text))
        })
        .collect();
    all.extend([
        Definition::new(
            ("They count for", "业绩归属"),
            (
                "owner_then: whoever had the deal, the lead or the customer on the day that counts (won, closed, made, received, entered), or got it first after; owner_now: whoever has it now. Activities and answers count for whom they are of, orders for who sold them, a payment for who sold the order that most of it pays for, else for who has the customer; teams for their members of now.",
                "owner_then：商机、线索、客户计入关键日（赢单、结束、创建、到达、录入）当日的负责人，当日无人负责则计入其后首位负责人；owner_now：计入现负责人。活动与反馈计入其执行人，订单计入销售负责人，回款计入其核销金额最大的订单的销售负责人，未核销则计入客户负责人；团队按现成员计。",
            ),
        ),
        Definition::new(
            ("Rank", "名次"),
            (
                "Equal figures share a rank and the next is left out. Not distinguishable: chance explains the difference at 95 % (rates by Newcombe's interval, others by the normal interval of the difference, counts and sums as independent events).",
                "数值相同名次并列、其后名次顺延。无显著差异：95% 水平下差异可由偶然解释（比率用 Newcombe 区间，其余用正态近似，计数与金额视为独立事件）。",
            ),
        ),
        Definition::new(
            ("Small sample", "样本偏小"),
            ("From fewer than 10 of what it is counted over.", "样本少于 10 个。"),
        ),
        Definition::new(
            ("Under target", "未达标"),
            (
                "Less than the part of the target that is due: all of it when the period is over; before that counts and sums in proportion to the days that are over, rates and means at once.",
                "低于应完成部分：期间结束后为全部目标；期间内计数与金额按已过天数比例，比率与均值按全部目标。",
            ),
        ),
    ]);
    all
}
