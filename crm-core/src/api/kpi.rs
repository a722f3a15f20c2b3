//! Operations on key figures and targets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::page::Wanted;
use super::{Listed, Seen};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation};
use crate::record::Val;
use crate::settings::{Team, User};
use crate::target::{self, DefineKpi, Kpi, ScopeKind, SetTarget, Span, Target, define};
use crate::value::{Id, Invalid};

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

impl Cx<'_> {
    /// The key figure of a code.
    pub(super) fn kpi(&mut self, path: &str, code: &str) -> Result<Kpi, Error> {
        let found = self.unique::<Kpi>(Kpi::BY_CODE, &[Val::from(code)])?;
        found.ok_or_else(|| Error::invalid(path, Invalid::new("kpi.unknown", code)))
    }
}
