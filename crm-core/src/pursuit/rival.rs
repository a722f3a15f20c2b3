//! Who else wants to sell it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Competitor, DealCompetitor, RivalStatus};
use crate::decision::{Check, Refusal};
use crate::opportunity::{Opportunity, Phase};
use crate::value::{Id, Invalid, Money, Name, Note, Timestamp};

/// A competitor as it shall be known: anew, or in place of what was known under that name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompetitorWish {
    /// The one to define anew; without it, the one of that name, or a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<Competitor>>,
    /// What it is called; no two have the same.
    pub name: String,
    /// What it is good at.
    pub strengths: Option<String>,
    /// What it is not good at.
    pub weaknesses: Option<String>,
    /// Whether it is still to be reckoned with; `true` where nothing is said.
    pub active: Option<bool>,
}

/// A competitor as it is known from now on. Rule DP-15 (F011).
///
/// # Errors
///
/// `text.*` (name, strengths, weaknesses).
pub fn define_competitor(
    id: Id<Competitor>,
    before: Option<&Competitor>,
    wish: &CompetitorWish,
    now: Timestamp,
) -> Result<Competitor, Refusal> {
    let mut check = Check::default();
    let name = check.take("name", Name::parse(&wish.name));
    let strengths: Option<Note> = check.parse("strengths", wish.strengths.as_deref());
    let weaknesses: Option<Note> = check.parse("weaknesses", wish.weaknesses.as_deref());
    check.finish(name.map(|name| Competitor {
        id,
        name,
        strengths,
        weaknesses,
        active: wish.active.unwrap_or(true),
        created_at: before.map_or(now, |before| before.created_at),
        ext: before.map(|before| before.ext.clone()).unwrap_or_default(),
    }))
}

/// Says how a competitor stands in a deal, anew or in place of what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RivalWish {
    /// In which deal.
    pub id: Id<Opportunity>,
    /// Who.
    pub competitor: Id<Competitor>,
    /// `suspected`, `competing` (the default), `leading`, `out` or `won`.
    #[serde(default)]
    pub status: Option<String>,
    /// What speaks for it here.
    #[serde(default)]
    pub strengths: Option<String>,
    /// What it asks, above 0, in its own currency.
    #[serde(default)]
    pub price: Option<Money>,
}

/// A competitor in a deal as it stands now. Rule DP-16 (F011): only of a lost deal somebody else got it, and only one did.
///
/// # Errors
///
/// `code.unknown` (status) · `deal_competitor.not_lost`, `deal_competitor.won_by_another` for the status `won` ·
/// `text.*` (strengths) · `deal_competitor.price` for one of 0 or less.
pub fn mark(
    deal: &Opportunity,
    others: &[DealCompetitor],
    wish: &RivalWish,
    now: Timestamp,
) -> Result<DealCompetitor, Refusal> {
    let mut check = Check::default();
    let status: Option<RivalStatus> = check.parse("status", wish.status.as_deref());
    let status = status.unwrap_or(RivalStatus::Competing);
    if status == RivalStatus::Won {
        let lost = matches!(deal.phase, Phase::Lost { .. });
        check.rule(lost, "status", || {
            Invalid::new("deal_competitor.not_lost", deal.phase.code()).limit("a lost deal")
        });
        let other = others
            .iter()
            .find(|other| other.competitor != wish.competitor && other.status == RivalStatus::Won);
        if let Some(other) = other {
            let by = Invalid::new("deal_competitor.won_by_another", status.code());
            check.refuse("status", by.limit(format!("it went to {}", other.competitor)));
        }
    }
    let strengths: Option<Note> = check.parse("strengths", wish.strengths.as_deref());
    if let Some(price) = wish.price {
        check.rule(!price.is_negative() && !price.is_zero(), "price", || {
            Invalid::new("deal_competitor.price", &price.to_string()).limit("above 0")
        });
    }
    let before = others.iter().find(|other| other.competitor == wish.competitor);
    check.finish(Some(DealCompetitor {
        id: DealCompetitor::id_of(deal.id, wish.competitor),
        opportunity: deal.id,
        competitor: wish.competitor,
        status,
        strengths,
        price: wish.price,
        at: now,
        ext: before.map(|before| before.ext.clone()).unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::tests::{at, deal, lost, won};
    use super::*;
    use crate::decision::broken;

    #[test]
    fn how_a_competitor_stands() {
        let rival = |number| Id::new(Uuid::from_u128(number));
        let wish = |status: &str| RivalWish {
            id: deal().id,
            competitor: rival(1),
            status: Some(status.to_owned()),
            strengths: None,
            price: None,
        };
        let taken = |by| {
            let other = RivalWish { competitor: rival(by), ..wish("won") };
            vec![mark(&lost(), &[], &other, at(1)).unwrap()]
        };
        let table = [
            ("it offers too", deal(), vec![], "competing", ""),
            ("it is ahead", deal(), vec![], "leading", ""),
            ("nobody knows such a status", deal(), vec![], "best", "status code.unknown"),
            (
                "an open deal is nobody's yet",
                deal(),
                vec![],
                "won",
                "status deal_competitor.not_lost",
            ),
            ("a won deal is ours", won(), vec![], "won", "status deal_competitor.not_lost"),
            ("it got the deal", lost(), vec![], "won", ""),
            ("saying so again is once", lost(), taken(1), "won", ""),
            ("another got it", lost(), taken(2), "won", "status deal_competitor.won_by_another"),
        ];
        for (rule, deal, others, status, expected) in table {
            let decided = mark(&deal, &others, &wish(status), at(1));
            assert_eq!(broken(&decided).join(", "), expected, "{rule}");
        }
    }

    #[test]
    fn a_competitor_is_known_by_its_name() {
        let define = |name: &str| {
            let wish = CompetitorWish { name: name.to_owned(), ..Default::default() };
            define_competitor(Id::new(Uuid::from_u128(1)), None, &wish, at(1))
        };
        assert_eq!(broken(&define(" ")), ["name text.empty"]);
        assert!(define("Siemens").is_ok_and(|known| known.active));
    }
}
