//! Operations on periods that are closed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Listed;
use super::figures::{CreditTo, FiguresAsk, Staff, figures, scale_of};
use super::page::Wanted;
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::settings::Settings;
use crate::target::{
    ClosePeriod, Figures, Frozen, Kpi, PeriodClose, PeriodFigure, Span, Target, adjustments, close,
    rolled_up,
};
use crate::value::{Id, Invalid};

/// A closed period: its frozen figures, what was booked in it of earlier ones, and what became known of it since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClosedPeriod {
    /// The closing.
    pub close: PeriodClose,
    /// `2026-11`, `2026-Q4` or `2026`.
    pub period: String,
    /// The figures as they were frozen.
    pub figures: Vec<PeriodFigure>,
    /// Corrections of earlier periods that were booked in this one.
    pub adjustments: Vec<PeriodFigure>,
    /// Corrections of this period that were booked in later ones.
    pub booked_later: Vec<PeriodFigure>,
    /// Corrections of this period that are known and not booked yet: the next closing books them.
    pub open: Vec<PeriodFigure>,
}

impl Operation for ClosePeriod {
    const NAME: &'static str = "period.close";
    const ACCESS: Access = Access::Override;
    type Response = ClosedPeriod;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ClosedPeriod, Error> {
        let closed = cx.list::<PeriodClose>(PeriodClose::BY_PERIOD, &[])?;
        let (by, today) = (cx.actor()?.id, cx.today()?);
        let made = close(self, &closed, today, by, cx.now())?;
        let mut kpis = cx.list::<Kpi>(Kpi::BY_CODE, &[])?;
        kpis.retain(|kpi| kpi.active);
        let figures = made.figures(None, &known(cx, made.span(), &kpis)?);
        let mut adjusted = Vec::new();
        for earlier in closed.iter().filter(|one| one.grain == made.grain) {
            let open = open(cx, earlier)?;
            adjusted.extend(made.figures(Some(earlier.id), &open));
        }
        cx.create(&made)?;
        for figure in figures.iter().chain(&adjusted) {
            cx.create(figure)?;
        }
        let period = made.span().to_string();
        let (booked_later, open) = (Vec::new(), Vec::new());
        Ok(ClosedPeriod { close: made, period, figures, adjustments: adjusted, booked_later, open })
    }
}

/// A closed period by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetPeriod {
    /// `2026-11`, `2026-Q4` or `2026`.
    pub period: String,
}

impl Operation for GetPeriod {
    const NAME: &'static str = "period.get";
    const ACCESS: Access = Access::Report;
    type Response = ClosedPeriod;

    fn run(&self, cx: &mut Cx<'_>) -> Result<ClosedPeriod, Error> {
        let span: Span = self.period.parse().map_err(|e| Error::invalid("period", e))?;
        let key = [Val::from(span.grain.code()), Val::from(span.from.to_string().as_str())];
        let close = cx.unique::<PeriodClose>(PeriodClose::BY_PERIOD, &key)?;
        let not_closed = || Error::invalid("period", Invalid::new("period.open", &self.period));
        let close = close.ok_or_else(not_closed)?;
        let rows = cx.list::<PeriodFigure>(PeriodFigure::BY_CLOSE, &[Val::Id(close.id.uuid())])?;
        let (figures, adjustments) = rows.into_iter().partition(|row| row.corrects.is_none());
        let booked_later = booked(cx, close.id)?;
        let open = open(cx, &close)?;
        let open = close.figures(Some(close.id), &open);
        let period = span.to_string();
        Ok(ClosedPeriod { close, period, figures, adjustments, booked_later, open })
    }
}

/// The closed periods, months first, then quarters and years, each from the earliest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListPeriods {
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListPeriods {
    const NAME: &'static str = "period.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<PeriodClose>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<PeriodClose>, Error> {
        let wanted = Wanted::of(PeriodClose::BY_PERIOD, &[]);
        cx.listed(wanted.page(self.limit, self.after.as_deref()), |_: &PeriodClose| true)
    }
}

/// The figures of a period as they are known now.
fn known(cx: &mut Cx<'_>, span: Span, kpis: &[Kpi]) -> Result<Figures, Error> {
    let settings = cx.get(Settings::ID)?;
    let (staff, zone) = (Staff::read(cx)?, cx.zone()?);
    let ask = FiguresAsk { span, as_of: cx.now(), zone, credit: CreditTo::OwnerThen };
    let found = figures(cx, &staff, kpis, &ask)?;
    let mut frozen = Figures::new();
    for kpi in kpis {
        let targets = cx.list::<Target>(Target::BY_KEY, &[Val::Id(kpi.id.uuid())])?;
        let scale = scale_of(kpi, &settings);
        for ((of, scope), reached) in found.iter().filter(|((of, _), _)| *of == kpi.id) {
            let value = reached.value(kpi.aggregation, scale);
            let count = i64::try_from(reached.count).unwrap_or(i64::MAX);
            let target = rolled_up(&targets, kpi, *scope, span, ask.as_of);
            let says = count > 0 || target.is_some();
            if says {
                frozen.insert((*of, *scope), Frozen { value, count, target });
            }
        }
    }
    Ok(frozen)
}

/// What was booked in later closings of a closed period.
fn booked(cx: &mut Cx<'_>, close: Id<PeriodClose>) -> Result<Vec<PeriodFigure>, Error> {
    cx.list::<PeriodFigure>(PeriodFigure::BY_CORRECTED, &[Val::Id(close.uuid())])
}

/// What is known of a closed period now and neither frozen nor booked.
fn open(cx: &mut Cx<'_>, close: &PeriodClose) -> Result<Figures, Error> {
    let rows = cx.list::<PeriodFigure>(PeriodFigure::BY_CLOSE, &[Val::Id(close.id.uuid())])?;
    let frozen: Figures = rows
        .into_iter()
        .filter(|row| row.corrects.is_none())
        .map(|row| {
            let figure = Frozen { value: row.value, count: row.count, target: row.target };
            ((row.kpi, row.whose()), figure)
        })
        .collect();
    let booked = booked(cx, close.id)?;
    // Key figures that were defined later have nothing to correct; those that are used no more still have.
    let mut kpis = cx.list::<Kpi>(Kpi::BY_CODE, &[])?;
    kpis.retain(|kpi| frozen.keys().any(|(of, _)| *of == kpi.id));
    let now = known(cx, close.span(), &kpis)?;
    Ok(adjustments(&frozen, &booked, &now))
}
