//! Rules that say which process a new deal follows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Pipeline;
use crate::decision::{Check, Refusal};
use crate::party::{Customer, CustomerType};
use crate::value::{Code, Id, Invalid, Money, Name};
use crate::{json_column, record};

record! {
    /// A rule that says which process a new deal follows where nobody names one.
    pub struct PipelineRule: PipelineRule {
        /// What the host calls it.
        1 code: Code;
        /// Its name.
        2 name: Name;
        /// Which rule is asked first: the smallest; equal ones by code.
        3 rank: u32;
        /// Of which deals it speaks.
        4 terms: PipelineTerms;
        /// Which process they follow.
        5 pipeline: Id<Pipeline>;
        /// Whether it counts.
        6 active: bool;
    }
    listings {
        1 unique "by_code" ["code"];
    }
}

impl PipelineRule {
    /// The listing by code.
    pub const BY_CODE: u16 = 1;
}

/// Of which deals a rule speaks: those that meet everything that is said. An empty list says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PipelineTerms {
    /// The customer is an organization, or a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_type: Option<CustomerType>,
    /// The customer is of one of these sizes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<Code>,
    /// The customer is of one of these industries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub industries: Vec<Code>,
    /// The deal, or else its customer, came from one of these sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Code>,
    /// The deal, or else its customer, belongs to one of these regions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Name>,
    /// The deal is worth at least so much, in that currency; one of another currency or of unknown worth is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_at_least: Option<Money>,
    /// The deal is worth less than that, in that currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_below: Option<Money>,
}

json_column!(PipelineTerms);

/// A rule as it shall be: anew, or in place of the one of that code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DefinePipelineRule {
    /// The id it shall have; made by the engine where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id<PipelineRule>>,
    /// What the host calls it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Which rule is asked first: the smallest.
    pub rank: u32,
    /// Of which deals it speaks.
    pub terms: PipelineTerms,
    /// Which process they follow.
    pub pipeline: Option<Id<Pipeline>>,
    /// Whether it counts; `true` where nothing is said.
    pub active: Option<bool>,
}

/// A rule as it is from now on. Rule DP-25 (F078).
///
/// # Errors
///
/// `code.*` (code) · `text.*` (name) · `pipeline_rule.pipeline_missing` · `pipeline_rule.empty_range` where no amount fits ·
/// `money.currency_mixed` where its two amounts are of several currencies.
pub fn define_rule(
    id: Id<PipelineRule>,
    wish: &DefinePipelineRule,
) -> Result<PipelineRule, Refusal> {
    let mut check = Check::default();
    let code: Option<Code> = check.take("code", wish.code.parse());
    let name = check.take("name", Name::parse(&wish.name));
    check.rule(wish.pipeline.is_some(), "pipeline", || {
        Invalid::new("pipeline_rule.pipeline_missing", "").limit("which process the deals follow")
    });
    if let Some((low, high)) = wish.terms.amount_at_least.zip(wish.terms.amount_below)
        && let Some(order) = check.take("terms.amount_below", low.compare(high))
    {
        check.rule(order.is_lt(), "terms.amount_below", || {
            Invalid::new("pipeline_rule.empty_range", &high.to_string())
                .limit(format!("above {low}"))
        });
    }
    let rule = code.zip(name).zip(wish.pipeline).map(|((code, name), pipeline)| PipelineRule {
        id,
        code,
        name,
        rank: wish.rank,
        terms: wish.terms.clone(),
        pipeline,
        active: wish.active.unwrap_or(true),
        ext: Default::default(),
    });
    check.finish(rule)
}

/// What a rule looks at of a new deal.
#[derive(Clone, Copy, Debug)]
pub struct NewDeal<'a> {
    /// Who may buy.
    pub customer: &'a Customer,
    /// A code of the vocabulary `source`.
    pub source: Option<&'a str>,
    /// The region it belongs to.
    pub region: Option<&'a str>,
    /// What it may bring.
    pub amount: Option<Money>,
}

impl PipelineTerms {
    /// Whether a new deal meets all of it.
    pub fn fit(&self, deal: NewDeal<'_>) -> bool {
        let among = |list: &[Code], code: Option<&str>| {
            list.is_empty() || code.is_some_and(|code| list.iter().any(|one| one.as_str() == code))
        };
        let own = deal.customer;
        let source = deal.source.or(own.source.as_ref().map(Code::as_str));
        let region = deal.region.or(own.region.as_ref().map(Name::as_str));
        let amount = |bound: Option<Money>, least: bool| {
            bound.is_none_or(|bound| {
                let order = deal.amount.and_then(|amount| amount.compare(bound).ok());
                order.is_some_and(|order| order.is_ge() == least)
            })
        };
        self.customer_type.is_none_or(|of| own.customer_type == of)
            && among(&self.sizes, own.size.as_ref().map(Code::as_str))
            && among(&self.industries, own.industry.as_ref().map(Code::as_str))
            && among(&self.sources, source)
            && (self.regions.is_empty()
                || region.is_some_and(|own| self.regions.iter().any(|one| one.as_str() == own)))
            && amount(self.amount_at_least, true)
            && amount(self.amount_below, false)
    }
}

/// The first active rule that speaks of a new deal and whose process takes new ones: by rank, then code. Rule DP-26
/// (F078).
pub fn ruled<'a>(
    rules: &'a [PipelineRule],
    pipelines: &[Pipeline],
    deal: NewDeal<'_>,
) -> Option<&'a PipelineRule> {
    let takes = |rule: &&PipelineRule| {
        rule.active && pipelines.iter().any(|one| one.id == rule.pipeline && one.active)
    };
    let fitting = rules.iter().filter(takes).filter(|rule| rule.terms.fit(deal));
    fitting.min_by_key(|rule| (rule.rank, rule.code.clone()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::lint::tests::process;
    use super::*;
    use crate::decision::broken;
    use crate::party::{CreateCustomer, create};
    use crate::settings::User;
    use crate::value::Timestamp;

    fn money(text: &str) -> Money {
        serde_json::from_value(serde_json::json!({"amount": text, "currency": "CNY"})).unwrap()
    }

    fn rule(code: &str, rank: u32, pipeline: u128, terms: PipelineTerms) -> PipelineRule {
        let wish = DefinePipelineRule {
            code: code.to_owned(),
            name: code.to_owned(),
            rank,
            terms,
            pipeline: Some(Id::new(Uuid::from_u128(pipeline))),
            ..Default::default()
        };
        define_rule(Id::new(Uuid::from_u128(rank.into())), &wish).unwrap()
    }

    #[test]
    fn a_new_deal_follows_the_first_rule_that_speaks_of_it() {
        let wish = CreateCustomer {
            name: "C".into(),
            size: Some("large".into()),
            region: Some("East".into()),
            ..Default::default()
        };
        let now = Timestamp::from_micros(0).unwrap();
        let customer = create(Id::new(Uuid::nil()), &wish, User::OWNER, now).unwrap();
        let made = |number: u128, active| Pipeline {
            id: Id::new(Uuid::from_u128(number)),
            active,
            ..process("a won lost", "").pipeline
        };
        let pipelines = [made(1, true), made(2, true), made(3, false)];
        let code = |text: &str| text.parse::<Code>().unwrap();
        let big = PipelineTerms { amount_at_least: Some(money("100.00")), ..Default::default() };
        let small = PipelineTerms { amount_below: Some(money("100.00")), ..Default::default() };
        let large = PipelineTerms { sizes: vec![code("large")], ..Default::default() };
        let west =
            PipelineTerms { regions: vec![Name::parse("West").unwrap()], ..Default::default() };
        let any = PipelineTerms::default;
        let deal = |region, amount: Option<&str>| NewDeal {
            customer: &customer,
            source: None,
            region,
            amount: amount.map(money),
        };
        let big_rule = || rule("big", 1, 1, big.clone());
        #[rustfmt::skip]
        let table = [
            // rule, rules, deal, the code of the rule that decides
            ("no rule", vec![], deal(None, None), None),
            ("a rule for all", vec![rule("any", 9, 2, any())], deal(None, None), Some("any")),
            ("the amount is reached", vec![big_rule()], deal(None, Some("100.00")), Some("big")),
            ("the amount is not reached", vec![big_rule()], deal(None, Some("99.99")), None),
            ("the amount is not known", vec![big_rule()], deal(None, None), None),
            ("below", vec![rule("small", 1, 1, small.clone())], deal(None, Some("99.99")), Some("small")),
            ("not below", vec![rule("small", 1, 1, small)], deal(None, Some("100.00")), None),
            ("the customer's size", vec![rule("large", 1, 1, large)], deal(None, None), Some("large")),
            ("the customer's region", vec![rule("west", 1, 1, west.clone())], deal(None, None), None),
            ("the deal's own region", vec![rule("west", 1, 1, west)], deal(Some("West"), None), Some("west")),
            ("the smallest rank first", vec![rule("b", 2, 1, any()), rule("c", 1, 2, any())], deal(None, None), Some("c")),
            ("of equal ranks by code", vec![rule("b", 1, 1, any()), rule("a", 1, 2, any())], deal(None, None), Some("a")),
            ("a process that takes no new deals", vec![rule("a", 1, 3, any()), rule("b", 2, 1, any())], deal(None, None), Some("b")),
            ("an inactive rule", vec![PipelineRule { active: false, ..rule("a", 1, 1, any()) }], deal(None, None), None),
        ];
        for (says, rules, deal, expected) in table {
            let found = ruled(&rules, &pipelines, deal).map(|rule| rule.code.to_string());
            assert_eq!(found.as_deref(), expected, "{says}");
        }
    }

    #[test]
    fn a_rule_names_a_process_and_a_range_that_something_fits() {
        let wish = DefinePipelineRule {
            code: "a".into(),
            name: "A".into(),
            pipeline: Some(Id::new(Uuid::nil())),
            ..Default::default()
        };
        let between = |low: &str, high: &str| PipelineTerms {
            amount_at_least: Some(money(low)),
            amount_below: Some(money(high)),
            ..Default::default()
        };
        let table = [
            ("enough", wish.clone(), ""),
            (
                "no process",
                DefinePipelineRule { pipeline: None, ..wish.clone() },
                "pipeline pipeline_rule.pipeline_missing",
            ),
            ("a range", DefinePipelineRule { terms: between("1.00", "2.00"), ..wish.clone() }, ""),
            (
                "a range that nothing fits",
                DefinePipelineRule { terms: between("2.00", "2.00"), ..wish },
                "terms.amount_below pipeline_rule.empty_range",
            ),
        ];
        for (rule, wish, expected) in table {
            let decided = define_rule(Id::new(Uuid::nil()), &wish);
            assert_eq!(broken(&decided).join(", "), expected, "{rule}");
        }
    }
}
