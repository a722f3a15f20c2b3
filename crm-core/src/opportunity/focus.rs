//! What a manager looks at: how many deals stand where, and which.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Opportunity, limits, odds};
use crate::pipeline::{Process, Stage};
use crate::settings::User;
use crate::value::{Code, Id, Invalid, Money, Name, Timestamp};

/// One stage and the open deals in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageFocus {
    /// The stage.
    pub stage: Id<Stage>,
    /// Its code.
    pub code: Code,
    /// Its name.
    pub name: Name,
    /// How many deals stand in it.
    pub count: u32,
    /// What they may bring, one sum for each currency, in the order of the currencies.
    pub amounts: Vec<Money>,
    /// The same, each deal weighed with its odds.
    pub weighted: Vec<Money>,
    /// How many of them have no known amount.
    pub unpriced: u32,
    /// How many of them are dormant.
    pub dormant: u32,
    /// The deals behind the numbers, the longest in the stage first.
    pub deals: Vec<FocusDeal>,
}

/// A deal behind a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FocusDeal {
    /// Which.
    pub id: Id<Opportunity>,
    /// What it is called.
    pub name: Name,
    /// Who looks after it.
    pub owner: Id<User>,
    /// What it may bring.
    pub amount: Option<Money>,
    /// The day on which it is expected to be won.
    pub expected_close: Option<NaiveDate>,
    /// Since when it stands there.
    pub stage_entered_at: Timestamp,
    /// Whether nothing happened to it for too long.
    pub dormant: bool,
}

/// The open deals of a process by stage, in its order; a removed stage is shown while deals stand in it. Every open deal
/// of `deals` is behind exactly one number. Rule OPP-18 (F076).
///
/// # Errors
///
/// `money.overflow` where a sum leaves the range of money.
pub fn focus(
    process: &Process,
    deals: &[Opportunity],
    now: Timestamp,
) -> Result<Vec<StageFocus>, Invalid> {
    let mut stages: Vec<&Stage> = process.stages.iter().collect();
    stages.sort_by_key(|stage| (stage.position, !stage.active));
    let mut found = Vec::new();
    for stage in stages {
        let standing = |deal: &&Opportunity| {
            deal.phase.closed_at().is_none() && deal.phase.stage() == stage.id
        };
        let mut here: Vec<&Opportunity> = deals.iter().filter(standing).collect();
        here.sort_by_key(|deal| (deal.stage_entered_at, deal.id));
        let is_open = stage.active && process.open().any(|open| open.id == stage.id);
        if is_open || !here.is_empty() {
            found.push(summed(process, stage, &here, now)?);
        }
    }
    Ok(found)
}

fn summed(
    process: &Process,
    stage: &Stage,
    deals: &[&Opportunity],
    now: Timestamp,
) -> Result<StageFocus, Invalid> {
    let dormant_after_days = process.pipeline.dormant_after_days;
    let mut amounts = Vec::new();
    let mut weighted = Vec::new();
    for deal in deals {
        if let Some(amount) = deal.amount {
            add(&mut amounts, amount)?;
            add(&mut weighted, odds(deal, stage, None).probability.weigh(amount)?)?;
        }
    }
    let shown = |deal: &&Opportunity| FocusDeal {
        id: deal.id,
        name: deal.name.clone(),
        owner: deal.owner,
        amount: deal.amount,
        expected_close: deal.expected_close,
        stage_entered_at: deal.stage_entered_at,
        dormant: limits::is_dormant(deal, dormant_after_days, now),
    };
    let shown: Vec<FocusDeal> = deals.iter().map(shown).collect();
    let count = |counted: &dyn Fn(&FocusDeal) -> bool| {
        u32::try_from(shown.iter().filter(|deal| counted(deal)).count()).unwrap_or(u32::MAX)
    };
    Ok(StageFocus {
        stage: stage.id,
        code: stage.code.clone(),
        name: stage.name.clone(),
        count: count(&|_| true),
        amounts,
        weighted,
        unpriced: count(&|deal| deal.amount.is_none()),
        dormant: count(&|deal| deal.dormant),
        deals: shown,
    })
}

/// Adds to the sum of its currency.
fn add(sums: &mut Vec<Money>, amount: Money) -> Result<(), Invalid> {
    let place = |sum: &Money| sum.currency().code().cmp(amount.currency().code());
    match sums.binary_search_by(place) {
        Err(at) => sums.insert(at, amount),
        Ok(at) => {
            if let Some(sum) = sums.get_mut(at) {
                *sum = sum.checked_add(amount)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dossier, lost, won};
    use super::*;

    #[test]
    fn every_open_deal_is_behind_one_number() {
        let deal = |stage: &str, amount: Option<&str>, hour| Opportunity {
            amount: amount.map(|amount| amount.parse().unwrap()),
            stage_entered_at: at(hour),
            ..dossier(stage).deal
        };
        let deals = [
            deal("a", Some("1.00 USD"), 2),
            deal("a", Some("2.00 CNY"), 1),
            deal("a", None, 3),
            deal("c", Some("10.00 CNY"), 1),
            won().deal,
            lost().deal,
        ];
        let mut process = dossier("a").process;
        process.pipeline.dormant_after_days = Some(1);
        let found = focus(&process, &deals, at(24)).unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|stage| {
                let sums: Vec<_> = stage.amounts.iter().map(Money::to_string).collect();
                let weighted: Vec<_> = stage.weighted.iter().map(Money::to_string).collect();
                let counts = (stage.count, stage.unpriced, stage.dormant);
                (stage.code.as_str(), counts, sums.join(", "), weighted.join(", "))
            })
            .collect();
        let text = str::to_owned;
        let expected = [
            ("a", (3, 1, 3), text("2.00 CNY, 1.00 USD"), text("0.20 CNY, 0.10 USD")),
            ("b", (0, 0, 0), text(""), text("")),
            ("c", (1, 0, 1), text("10.00 CNY"), text("3.00 CNY")),
        ];
        assert_eq!(shown, expected);
        let oldest: Vec<_> = found[0].deals.iter().map(|deal| deal.stage_entered_at).collect();
        assert_eq!(oldest, [at(1), at(2), at(3)], "the longest in the stage first");
    }
}
