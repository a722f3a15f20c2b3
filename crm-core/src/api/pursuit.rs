//! Operations on how a deal is pursued: strategy, team, competitors; and how long it slept.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Listed, Seen, page::Wanted};
use crate::access::Access;
use crate::engine::{Cx, Error, Operation, each};
use crate::opportunity::Opportunity;
use crate::pursuit::{
    self, Change, Competitor, CompetitorWish, DealCompetitor, DealMember, DealSlumber, Learning,
    RivalWish, SetCrew, SetStrategy, Strategy, credits, diff, learn,
};
use crate::record::{Entity, Kind, Val};
use crate::schedule::{Timer, TimerCode};
use crate::settings::User;
use crate::store::Scan;
use crate::value::{Id, Invalid, Money};

impl Cx<'_> {
    /// The versions of a deal's strategy, in order.
    fn strategies(&mut self, deal: Id<Opportunity>) -> Result<Vec<Strategy>, Error> {
        self.list(Strategy::BY_OPPORTUNITY, &[Val::Id(deal.uuid())])
    }

    /// Will say that something happened to a deal.
    fn touched(&mut self, deal: &Opportunity) -> Result<(), Error> {
        self.put(&Opportunity { touched_at: self.now(), ..deal.clone() })
    }
}

impl Operation for SetStrategy {
    const NAME: &'static str = "strategy.set";
    const ACCESS: Access = Access::Sell;
    type Response = Strategy;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Strategy, Error> {
        let deal = cx.known("opportunity", self.opportunity)?;
        let versions = cx.strategies(deal.id)?;
        let (id, by) = (cx.new_id(), (cx.actor()?.id, cx.now()));
        let next = pursuit::set_strategy(id, &deal, versions.last(), self, by)?;
        cx.put(&next)?;
        cx.touched(&deal)?;
        Ok(next)
    }
}

/// The versions of a deal's strategy, in order, with what each changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListStrategies {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
}

/// A version of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyVersion {
    /// The version.
    #[serde(flatten)]
    pub strategy: Strategy,
    /// What it changed of the one before; nothing for the first.
    pub changes: Vec<Change>,
}

/// The versions of a deal's strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Strategies {
    /// In order.
    pub rows: Vec<StrategyVersion>,
}

impl Operation for ListStrategies {
    const NAME: &'static str = "strategy.list";
    const ACCESS: Access = Access::Read;
    type Response = Strategies;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Strategies, Error> {
        cx.known("opportunity", self.opportunity)?;
        let versions = cx.strategies(self.opportunity)?;
        let before = core::iter::once(None).chain(versions.iter().map(Some));
        let changes = before
            .zip(&versions)
            .map(|(before, after)| before.map(|before| diff(before, after)).unwrap_or_default());
        let changes: Vec<_> = changes.collect();
        let rows = versions.into_iter().zip(changes);
        let rows = rows.map(|(strategy, changes)| StrategyVersion { strategy, changes });
        Ok(Strategies { rows: rows.collect() })
    }
}

/// What differs between two versions of a deal's strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiffStrategies {
    /// Of which deal.
    pub opportunity: Id<Opportunity>,
    /// The number of one version.
    pub from: u32,
    /// The number of the other.
    pub to: u32,
}

/// What differs, part by part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyDiff {
    /// Parts that differ.
    pub changes: Vec<Change>,
    /// Why the later version was made.
    pub cause: String,
}

impl Operation for DiffStrategies {
    const NAME: &'static str = "strategy.diff";
    const ACCESS: Access = Access::Read;
    type Response = StrategyDiff;

    fn run(&self, cx: &mut Cx<'_>) -> Result<StrategyDiff, Error> {
        cx.known("opportunity", self.opportunity)?;
        let versions = cx.strategies(self.opportunity)?;
        let version = |path: &str, number: u32| {
            let found = versions.iter().find(|version| version.ordinal == number);
            found.ok_or_else(|| {
                let unknown = Invalid::new("strategy.version_unknown", &number.to_string());
                Error::invalid(path, unknown.limit(format!("1 to {}", versions.len())))
            })
        };
        let (from, to) = (version("from", self.from)?, version("to", self.to)?);
        let later = if from.ordinal > to.ordinal { from } else { to };
        Ok(StrategyDiff { changes: diff(from, to), cause: later.cause.to_string() })
    }
}

/// What changing which part of a strategy went with: how many of the deals were won, of those closed, with counts beside.
/// It says nothing of causes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LearnStrategies {}

/// What was learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learned {
    /// By the part that was changed, `none` at the end.
    pub rows: Vec<Learning>,
    /// How many deals have a strategy.
    pub deals: u64,
}

impl Operation for LearnStrategies {
    const NAME: &'static str = "strategy.learning";
    const ACCESS: Access = Access::Report;
    type Response = Learned;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Learned, Error> {
        let mut fault = None;
        let mut of: BTreeMap<Id<Opportunity>, Vec<Strategy>> = BTreeMap::new();
        let scan = Scan::of(cx.tenant(), Strategy::KIND, Strategy::BY_OPPORTUNITY, &[]);
        each(cx.store(), &scan, |_, row| match Strategy::from_record(row) {
            Ok(version) => of.entry(version.opportunity).or_default().push(version),
            Err(corrupt) => fault = Some(corrupt),
        })?;
        if let Some(corrupt) = fault {
            return Err(corrupt.into());
        }
        let mut deals = Vec::with_capacity(of.len());
        for (at, (id, versions)) in of.into_iter().enumerate() {
            if at.is_multiple_of(1000) {
                cx.checkpoint()?;
            }
            deals.extend(cx.find(id)?.map(|deal| (deal.phase, versions)));
        }
        Ok(Learned { rows: learn(&deals), deals: deals.len() as u64 })
    }
}

/// Who works on a deal, and what of it counts for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Crew {
    /// Everybody who is or was on it.
    pub members: Vec<DealMember>,
    /// What of its amount counts for whom; nothing where the amount is not known. Of a deal without members all of it counts
    /// for the owner.
    pub credits: Vec<Credit>,
}

/// What counts for somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// For whom.
    pub user: Id<User>,
    /// How much; all parts add up to the amount of the deal.
    pub amount: Money,
}

fn crew(cx: &mut Cx<'_>, deal: &Opportunity) -> Result<Crew, Error> {
    let mut members: Vec<DealMember> =
        cx.list(DealMember::BY_OPPORTUNITY, &[Val::Id(deal.id.uuid())])?;
    members.sort_by_key(|member| (member.left_at.is_some(), member.joined_at, member.id));
    let parts = deal.amount.map(|amount| credits(amount, deal.owner, &members)).transpose();
    let parts = parts.map_err(|invalid| Error::invalid("amount", invalid))?.unwrap_or_default();
    let credits = parts.into_iter().map(|(user, amount)| Credit { user, amount }).collect();
    Ok(Crew { members, credits })
}

impl Operation for SetCrew {
    const NAME: &'static str = "opportunity.set_team";
    const ACCESS: Access = Access::Sell;
    type Response = Crew;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Crew, Error> {
        let deal = cx.get(self.id)?;
        let before: Vec<DealMember> =
            cx.list(DealMember::BY_OPPORTUNITY, &[Val::Id(self.id.uuid())])?;
        let now = cx.now();
        let after = pursuit::set_crew(self, &before, &mut || cx.new_id(), now)?;
        for (at, member) in self.members.iter().enumerate() {
            let path = format!("members[{at}].user");
            let known = before.iter().find(|known| known.user == member.user);
            let user = cx.known(&path, member.user)?;
            if !user.active && known.is_none_or(|known| known.left_at.is_some()) {
                let gone = Invalid::new("owner.not_active", &user.id.to_string());
                return Err(Error::invalid(&path, gone));
            }
            let role = after.iter().find(|next| next.user == member.user).map(|next| &next.role);
            let path = format!("members[{at}].role");
            cx.terms(&[(&path, "deal_role", known.map(|known| &known.role), role)])?;
        }
        cx.about(deal.id);
        for member in &after {
            cx.put(member)?;
        }
        cx.touched(&deal)?;
        crew(cx, &deal)
    }
}

/// Who works on a deal or did, and what of it counts for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetCrew {
    /// Which deal.
    pub id: Id<Opportunity>,
}

impl Operation for GetCrew {
    const NAME: &'static str = "opportunity.team";
    const ACCESS: Access = Access::Read;
    type Response = Crew;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Crew, Error> {
        let deal = cx.get(self.id)?;
        crew(cx, &deal)
    }
}

impl Operation for CompetitorWish {
    const NAME: &'static str = "competitor.define";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<Competitor>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<Competitor>, Error> {
        let named = cx.unique::<Competitor>(Competitor::BY_NAME, &[Val::from(self.name.trim())])?;
        let id = match (self.id, &named) {
            (Some(id), _) => id,
            (None, Some(named)) => named.id,
            (None, None) => cx.new_id(),
        };
        let before = cx.find(id)?;
        let next = pursuit::define_competitor(id, before.as_ref(), self, cx.now())?;
        let name = next.name.as_str();
        cx.free("name", name, Competitor::BY_NAME, &[Val::from(name)], id)?;
        cx.amend(&next)
    }
}

/// The competitors that are known, by name, a page at a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListCompetitors {
    /// Also those that are no longer to be reckoned with.
    pub inactive: bool,
    /// Rows in a page: 1 to 1,000; 50 where nothing is said.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub after: Option<String>,
}

impl Operation for ListCompetitors {
    const NAME: &'static str = "competitor.list";
    const ACCESS: Access = Access::Read;
    type Response = Listed<Competitor>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Listed<Competitor>, Error> {
        let wanted = Wanted::of(Competitor::BY_NAME, &[]).page(self.limit, self.after.as_deref());
        cx.listed(wanted, |known: &Competitor| self.inactive || known.active)
    }
}

impl Operation for RivalWish {
    const NAME: &'static str = "opportunity.set_competitor";
    const ACCESS: Access = Access::Sell;
    type Response = Seen<DealCompetitor>;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Seen<DealCompetitor>, Error> {
        let deal = cx.get(self.id)?;
        cx.known("competitor", self.competitor)?;
        let others = cx.list(DealCompetitor::BY_OPPORTUNITY, &[Val::Id(self.id.uuid())])?;
        let rival = pursuit::mark(&deal, &others, self, cx.now())?;
        cx.about(deal.id);
        cx.touched(&deal)?;
        cx.amend(&rival)
    }
}

/// Takes a competitor out of a deal: it was never in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveRival {
    /// Of which deal.
    pub id: Id<Opportunity>,
    /// Which.
    pub competitor: Id<Competitor>,
}

impl Operation for RemoveRival {
    const NAME: &'static str = "opportunity.remove_competitor";
    const ACCESS: Access = Access::Sell;
    type Response = Rivals;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Rivals, Error> {
        cx.get(self.id)?;
        cx.about(self.id);
        cx.remove(DealCompetitor::id_of(self.id, self.competitor))?;
        rivals(cx, self.id)
    }
}

/// The competitors in a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRivals {
    /// Which deal.
    pub id: Id<Opportunity>,
}

/// The competitors in a deal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rivals {
    /// By name.
    pub rows: Vec<SeenRival>,
}

/// A competitor in a deal, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeenRival {
    /// What it is called.
    pub name: String,
    /// How it stands.
    #[serde(flatten)]
    pub rival: DealCompetitor,
}

fn rivals(cx: &mut Cx<'_>, deal: Id<Opportunity>) -> Result<Rivals, Error> {
    let found: Vec<DealCompetitor> =
        cx.list(DealCompetitor::BY_OPPORTUNITY, &[Val::Id(deal.uuid())])?;
    let mut rows = Vec::with_capacity(found.len());
    for rival in found {
        let name = cx.get(rival.competitor)?.name.to_string();
        rows.push(SeenRival { name, rival });
    }
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Rivals { rows })
}

impl Operation for ListRivals {
    const NAME: &'static str = "opportunity.competitors";
    const ACCESS: Access = Access::Read;
    type Response = Rivals;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Rivals, Error> {
        cx.get(self.id)?;
        rivals(cx, self.id)
    }
}

/// Wakes a deal that sleeps, or says that somebody looked at one that does not: something happened to it now. It stays the
/// same deal, with one history, and counts once wherever deals are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviveDeal {
    /// Which.
    pub id: Id<Opportunity>,
}

/// How often a deal slept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Slumbers {
    /// Whether it sleeps.
    pub dormant: bool,
    /// Since when; nothing where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dormant_at: Option<crate::value::Timestamp>,
    /// Its slumbers, the first one first; one that nobody noticed yet is not among them.
    pub slumbers: Vec<DealSlumber>,
}

fn slumbers(cx: &mut Cx<'_>, id: Id<Opportunity>) -> Result<Slumbers, Error> {
    let deal = cx.get(id)?;
    let days = cx.process(deal.pipeline)?.pipeline.dormant_after_days;
    let dormant_at = pursuit::falls_asleep_at(&deal, days).filter(|at| *at <= cx.now());
    let slumbers = cx.list(DealSlumber::BY_OPPORTUNITY, &[Val::Id(id.uuid())])?;
    Ok(Slumbers { dormant: dormant_at.is_some(), dormant_at, slumbers })
}

impl Operation for ReviveDeal {
    const NAME: &'static str = "opportunity.revive";
    const ACCESS: Access = Access::Sell;
    type Response = Slumbers;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Slumbers, Error> {
        let deal = cx.get(self.id)?;
        deal.open()?;
        cx.touched(&deal)?;
        settle(cx)?;
        slumbers(cx, self.id)
    }
}

/// How often a deal slept, and whether it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetSlumbers {
    /// Which.
    pub id: Id<Opportunity>,
}

impl Operation for GetSlumbers {
    const NAME: &'static str = "opportunity.slumbers";
    const ACCESS: Access = Access::Read;
    type Response = Slumbers;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Slumbers, Error> {
        slumbers(cx, self.id)
    }
}

/// Ends the slumber of every deal that the decision wakes, whatever operation it is: called before it is committed.
pub(super) fn settle(cx: &mut Cx<'_>) -> Result<(), Error> {
    if !cx.writes_kind(Kind::Opportunity) || cx.is_import() {
        return Ok(());
    }
    let mut woken = Vec::new();
    for (before, after) in cx.written(Kind::Opportunity) {
        let (Some(before), false) = (before, after.deleted) else { continue };
        let (before, after) = (Opportunity::from_record(before)?, Opportunity::from_record(after)?);
        if after.touched_at > before.touched_at {
            woken.push((before, after));
        }
    }
    let by = (cx.actor()?.id, cx.now());
    for (before, after) in woken {
        let days = cx.process(before.pipeline)?.pipeline.dormant_after_days;
        if let Some(slumber) = pursuit::wakes(&before, days, by) {
            cx.put(&slumber)?;
            sleep_timer(cx, &after)?;
        }
    }
    Ok(())
}

/// Will have it noticed when an open deal falls asleep, and no longer where it is closed.
pub(super) fn sleep_timer(cx: &mut Cx<'_>, deal: &Opportunity) -> Result<(), Error> {
    let days = cx.process(deal.pipeline)?.pipeline.dormant_after_days;
    if days.is_none() {
        return Ok(());
    }
    cx.schedule(deal.id, TimerCode::DealDormant, pursuit::falls_asleep_at(deal, days))
}

/// Notices that a deal fell asleep and tells its owner; or waits where something happened to it meanwhile.
pub(super) fn fell_asleep(cx: &mut Cx<'_>, timer: &Timer) -> Result<(), Error> {
    let Some(deal) = cx.find(Id::<Opportunity>::new(timer.subject))? else { return Ok(()) };
    let days = cx.process(deal.pipeline)?.pipeline.dormant_after_days;
    let Some(at) = pursuit::falls_asleep_at(&deal, days) else { return Ok(()) };
    if at > cx.now() {
        return cx.schedule(deal.id, TimerCode::DealDormant, Some(at));
    }
    let slumber = pursuit::asleep(&deal, at);
    if cx.find(slumber.id)?.is_none() {
        cx.put(&slumber)?;
    }
    cx.notify(deal.owner, timer.code, deal.id, at)
}
