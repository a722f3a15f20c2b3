//! What to offer a customer.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cross_sell::{LEAST, kept};
use super::{Bought, CustomersQuery, Scope};
use crate::access::Access;
use crate::analytics::customers::{Owner, Shelf, Why, WhyNot, associated, offers};
use crate::api::report::all;
use crate::catalog::{Accessory, BundlePart, Product};
use crate::engine::{Cx, Error, Operation};
use crate::need::{Need, NeedState, Urgency};
use crate::party::Customer;
use crate::record::Val;
use crate::value::{Id, Percent, Timestamp};

/// What to offer a customer, each with its reasons: what they said they need, what goes with what they have, what whoever has
/// the same more often has than by chance. What they have, what is not sold, what they sent back and what would go with
/// nothing of theirs is left out, and told so. Empty where nothing fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recommend {
    /// To whom.
    pub customer: Id<Customer>,
    /// The instant until which purchases count; that of the call where nothing is said. Needs and products are those of now.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
    /// How many must have a product so that others are compared with them: 3 where nothing is said.
    #[serde(default)]
    pub least: Option<u32>,
    /// The share of false findings among what is bought together, in percent: 5 where nothing is said.
    #[serde(default)]
    pub rare: Option<Percent>,
}

/// Why a product is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They said that they need it.
    Need {
        /// What was said.
        need: Id<Need>,
    },
    /// It goes with a product that they have.
    GoesWith {
        /// Which.
        product: Id<Product>,
        /// Its name.
        name: String,
    },
    /// Of those who have a product that they have, more have it than by chance.
    BoughtTogether {
        /// Which product they have.
        product: Id<Product>,
        /// Its name.
        name: String,
        /// How many have both.
        both: u64,
        /// How many have the one.
        having: u64,
        /// How many customers there are who bought.
        of: u64,
        /// The share of those who have the one that has the other.
        confidence: Option<Decimal>,
        /// How many times as many that is as by chance.
        lift: Option<Decimal>,
        /// The share of false findings to reckon with, at four places.
        false_share: Decimal,
    },
}

/// A product to offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {
    /// Which.
    pub product: Id<Product>,
    /// What the host calls it.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}

/// A product that something speaks for and that is not offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Which.
    pub product: Id<Product>,
    /// Its name.
    pub name: String,
    /// Why not: `owned`, `not_sold`, `sent_back` or `nothing_to_go_with`.
    pub reason: String,
}

/// What to offer, and what not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommended {
    /// The instant from which it is seen.
    pub as_of: Timestamp,
    /// What to offer, the strongest first.
    pub offers: Vec<Recommendation>,
    /// What is left out though something speaks for it.
    pub left_out: Vec<LeftOut>,
    /// Pairs of products that were tested for being bought together.
    pub tests: u64,
}

impl Operation for Recommend {
    const NAME: &'static str = "customer.recommend";
    const ACCESS: Access = Access::Read;
    type Response = Recommended;

    fn run(&self, cx: &mut Cx<'_>) -> Result<Recommended, Error> {
        cx.known("customer", self.customer)?;
        let query = CustomersQuery { as_of: self.as_of, ..CustomersQuery::default() };
        let mut scope = Scope::of(cx, &query, &[])?;
        let bought = Bought::read(cx, &mut scope, &query)?;
        let (shelf, products) = shelf(cx)?;
        let id = self.customer.uuid();
        let owner = Owner {
            owned: bought.purchases.kept(id),
            sent_back: bought.purchases.sent_back(id),
            needs: needs(cx, self.customer)?,
        };
        let least = u64::from(self.least.unwrap_or(LEAST).max(1));
        let rare = CustomersQuery::points(self.rare, 500);
        let together = associated(&kept(&bought.purchases), least, rare);
        let found = offers(&owner, &shelf, &together.pairs);
        let of = |product: Uuid| products.get(&product);
        let name = |product: Uuid| of(product).map_or_else(String::new, |of| of.name.to_string());
        let reason = |why: Why| match why {
            Why::Need(need) => Reason::Need { need: Id::new(need) },
            Why::GoesWith(main) => Reason::GoesWith { product: Id::new(main), name: name(main) },
            Why::Together(pair) => Reason::BoughtTogether {
                product: Id::new(pair.product),
                name: name(pair.product),
                both: pair.both,
                having: pair.having,
                of: pair.of,
                confidence: pair.confidence().rate(),
                lift: pair.lift(),
                false_share: Decimal::new(pair.false_share.into(), 4),
            },
        };
        let offers = found.offers.into_iter().map(|offer| Recommendation {
            product: Id::new(offer.product),
            code: of(offer.product).map_or_else(String::new, |of| of.code.to_string()),
            name: name(offer.product),
            reasons: offer.reasons.into_iter().map(reason).collect(),
        });
        let offers = offers.collect();
        let left_out = found.left_out.into_iter().map(|(product, why)| LeftOut {
            product: Id::new(product),
            name: name(product),
            reason: match why {
                WhyNot::Owned => "owned",
                WhyNot::NotSold => "not_sold",
                WhyNot::SentBack => "sent_back",
                WhyNot::NothingToGoWith => "nothing_to_go_with",
            }
            .to_owned(),
        });
        Ok(Recommended {
            as_of: scope.as_of,
            offers,
            left_out: left_out.collect(),
            tests: together.tests,
        })
    }
}

/// What is sold, and what belongs together.
fn shelf(cx: &Cx<'_>) -> Result<(Shelf, BTreeMap<Uuid, Product>), Error> {
    let mut shelf = Shelf::default();
    let mut products: BTreeMap<Uuid, Product> = BTreeMap::new();
    all(cx, |product: Product| {
        if product.active {
            shelf.sold.insert(product.id.uuid());
        }
        products.insert(product.id.uuid(), product);
    })?;
    let into = |of: &mut BTreeMap<Uuid, BTreeSet<Uuid>>, key: Uuid, value: Uuid| {
        of.entry(key).or_default().insert(value);
    };
    all(cx, |accessory: Accessory| {
        into(&mut shelf.goes_with, accessory.accessory.uuid(), accessory.product.uuid());
    })?;
    all(cx, |part: BundlePart| into(&mut shelf.parts, part.bundle.uuid(), part.part.uuid()))?;
    Ok((shelf, products))
}

/// What a customer said they need and still do, the most urgent first.
fn needs(cx: &mut Cx<'_>, customer: Id<Customer>) -> Result<Vec<(Uuid, Uuid)>, Error> {
    let mut open = cx.list::<Need>(Need::BY_CUSTOMER, &[Val::Id(customer.uuid())])?;
    open.retain(|need| need.state == NeedState::Open && need.kind == crate::need::NeedKind::Need);
    let rank = |need: &Need| match need.urgency {
        Some(Urgency::Critical) => 0_u8,
        Some(Urgency::High) => 1,
        Some(Urgency::Normal) | None => 2,
        Some(Urgency::Low) => 3,
    };
    open.sort_by_key(|need| (rank(need), need.id));
    let named = open.iter().filter_map(|need| Some((need.product?.uuid(), need.id.uuid())));
    Ok(named.collect())
}
