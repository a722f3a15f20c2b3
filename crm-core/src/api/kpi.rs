//! Operations on key figures and targets.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::figures::{At, CreditTo, FiguresAsk, Staff, pieces, scale_of};
use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::analytics::Reached;
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::settings::{Settings, Team, User};
use crate::target::{self, DefineKpi, Kpi, ScopeKind, SetTarget, Span, Target, define};
use crate::value::{Id, Invalid, Timestamp};

impl Operation for DefineKpi {
    const NAME: &'static str = "kpi.define";
    const ACCESS: Access = Access::Configure;
    type Response = Seen<Kpi>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Kpi>, Error> {
        let before = cx.unique::<Kpi>(Kpi::BY_CODE, &[Val::from(self.code.as_str())])?;
        let id = before.as_ref().map_or_else(|| cx.new_id(), |before| before.id);
        cx.amend(&define(id, self, before.as_ref())?)
    }
}

/// The key figures, by code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListKpis {
    /// Also those that are used no more.
    pub retired: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListKpis {
    const NAME: &'static str = "kpi.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Kpi>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Kpi>, Error> {
        let wanted = Wanted::of(Kpi::BY_CODE, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |kpi: &Kpi| self.retired || kpi.active)
    }
}

impl Operation for SetTarget {
    const NAME: &'static str = "target.set";
    const ACCESS: Access = Access::Override;
    type Response = Seen<Target>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Target>, Error> {
        let kpi = cx.kpi("kpi", &self.kpi)?;
        cx.known_if("user", self.user)?;
        cx.known_if("team", self.team)?;
        let (by, today) = (cx.actor()?.id, cx.today()?);
        let last = match (self.scope(), self.period.parse::<Span>()) {
            (Ok(scope), Ok(span)) => {
                let key = [
                    Val::Id(kpi.id.uuid()),
                    Val::Id(scope.1),
                    Val::from(span.grain.code()),
                    Val::from(span.from.to_string().as_str()),
                ];
                cx.list::<Target>(Target::BY_KEY, &key)?.pop()
            }
            _ => None,
        };
        match target::set(self, &kpi, last.as_ref(), by, (cx.now(), today))? {
            Some(target) => cx.amend(&target),
            // What is in force already is said again.
            None => match last {
                Some(last) => cx.seen(last.id),
                None => Err(Error::Internal("a target that says nothing new is none".to_owned())),
            },
        }
    }
}

/// Targets, each revision a row, in the order of their periods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListTargets {
    /// Only those of this key figure: its code.
    pub kpi: Option<String>,
    /// Only those of this period: `2026-11`, `2026-Q4` or `2026`.
    pub period: Option<String>,
    /// Only this user's.
    pub user: Option<Id<User>>,
    /// Only this team's.
    pub team: Option<Id<Team>>,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListTargets {
    const NAME: &'static str = "target.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Target>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Target>, Error> {
        let kpi = self.kpi.as_deref().map(|code| cx.kpi("kpi", code)).transpose()?;
        let span = self.period.as_deref().map(str::parse::<Span>).transpose();
        let span = span.map_err(|e| Error::invalid("period", e))?;
        let prefix: Vec<Val> = match span {
            Some(span) => {
                vec![Val::from(span.grain.code()), Val::from(span.from.to_string().as_str())]
            }
            None => Vec::new(),
        };
        let wanted = Wanted::of(Target::BY_PERIOD, &prefix);
        let wanted = wanted.page(self.limit, self.after.as_deref());
        let of = |kind: ScopeKind, id: Option<Uuid>, target: &Target| {
            id.is_none_or(|id| target.whose() == (kind, id))
        };
        cx.listed(wanted, |target: &Target| {
            kpi.as_ref().is_none_or(|kpi| target.kpi == kpi.id)
                && of(ScopeKind::User, self.user.map(Id::uuid), target)
                && of(ScopeKind::Team, self.team.map(Id::uuid), target)
        })
    }
}

/// The evidence of a figure: everything that it counts, in the order of the days on which it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KpiMembers {
    /// The code of the key figure.
    pub kpi: String,
    /// `2026-11`, `2026-Q4` or `2026`.
    pub period: String,
    /// Whose: this user's; the house's where nobody is named.
    #[serde(default)]
    pub user: Option<Id<User>>,
    /// Whose: this team's.
    #[serde(default)]
    pub team: Option<Id<Team>>,
    /// To whom counts what went from one owner to another.
    #[serde(default)]
    pub credit: CreditTo,
    /// The instant whose state is told; the instant of the call where nothing is said.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
    /// How many are told at most: 1 to 10,000; 1,000 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What a figure counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KpiEvidence {
    /// The figure: `None` where it cannot be told.
    pub value: Option<Decimal>,
    /// How many there are, also those that are not told.
    pub count: u64,
    /// What is counted.
    pub members: Vec<KpiMember>,
}

/// One thing that a figure counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KpiMember {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// The day on which it counts.
    pub day: NaiveDate,
    /// For whom; nothing where it counts for the house alone.
    pub user: Option<Id<User>>,
    /// Its amount in the base currency, or its score; nothing where it has none.
    pub size: Option<Decimal>,
    /// Whether it came to something: was won, was converted.
    pub good: bool,
    /// Whether it is of the period before, with which growth compares.
    pub before: bool,
}

impl Operation for KpiMembers {
    const NAME: &'static str = "kpi.members";
    const ACCESS: Access = Access::Report;
    type Response = KpiEvidence;

    fn run(&self, cx: &mut Cx<'_>) -> Result<KpiEvidence, Error> {
        let kpi = cx.kpi("kpi", &self.kpi)?;
        let span = self.period.parse().map_err(|e| Error::invalid("period", e))?;
        cx.known_if("user", self.user)?;
        cx.known_if("team", self.team)?;
        let most = self.limit.unwrap_or(1_000);
        if !(1..=10_000).contains(&most) {
            let invalid = Invalid::new("page.limit", &most.to_string());
            return Err(Error::invalid("limit", invalid.limit("1 to 10,000")));
        }
        let scope = match (self.user, self.team) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid("team", Invalid::new("kpi.whose", "user, team")));
            }
            (Some(user), None) => (ScopeKind::User, user.uuid()),
            (None, Some(team)) => (ScopeKind::Team, team.uuid()),
            (None, None) => (ScopeKind::Tenant, Uuid::nil()),
        };
        let (staff, zone) = (Staff::read(cx)?, cx.zone()?);
        let as_of = self.as_of.unwrap_or_else(|| cx.now());
        let scale = scale_of(&kpi, &cx.get(Settings::ID)?);
        let ask = FiguresAsk { span, as_of, zone, credit: self.credit };
        let (mut reached, mut members) = (Reached::default(), Vec::new());
        pieces(cx, &staff, core::slice::from_ref(&kpi), &ask, &mut |_, piece| {
            if !staff.scopes(piece.whose).contains(&scope) {
                return;
            }
            reached.add(piece.entry);
            let size = piece.entry.size.map(|minor| Decimal::new(minor, scale));
            members.push(KpiMember {
                kind: piece.what.kind.name().to_owned(),
                id: piece.what.id,
                day: match piece.at {
                    At::Instant(at) => at.day_in(zone),
                    At::Day(day) => day,
                },
                user: piece.whose,
                size,
                good: piece.entry.good,
                before: piece.entry.before,
            });
        })?;
        members.sort_by_key(|member| (member.day, member.id));
        let count = u64::try_from(members.len()).unwrap_or(u64::MAX);
        members.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(KpiEvidence { value: reached.value(kpi.aggregation, scale), count, members })
    }
}

impl Cx<'_> {
    /// The key figure of a code.
    pub(super) fn kpi(&mut self, path: &str, code: &str) -> Result<Kpi, Error> {
        let found = self.unique::<Kpi>(Kpi::BY_CODE, &[Val::from(code)])?;
        found.ok_or_else(|| Error::invalid(path, Invalid::new("kpi.unknown", code)))
    }
}
