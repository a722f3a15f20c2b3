//! What to offer a customer: from what they said they need, from what goes with what they have, from what others like them
//! have; each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::basket::Together;

/// What is known of products.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Those that are sold.
    pub sold: BTreeSet<Uuid>,
    /// What goes with what: the products with which an accessory goes.
    pub goes_with: BTreeMap<Uuid, BTreeSet<Uuid>>,
    /// What bundles consist of, directly.
    pub parts: BTreeMap<Uuid, BTreeSet<Uuid>>,
}

impl Shelf {
    /// A product and everything that is in it, however deep.
    pub fn within(&self, product: Uuid) -> BTreeSet<Uuid> {
        let (mut found, mut waiting) = (BTreeSet::new(), vec![product]);
        while let Some(next) = waiting.pop() {
            if found.insert(next) {
                waiting.extend(self.parts.get(&next).into_iter().flatten());
            }
        }
        found
    }
}

/// What is known of a customer.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// What they bought and kept.
    pub owned: BTreeSet<Uuid>,
    /// What they bought and sent back, all of it.
    pub sent_back: BTreeSet<Uuid>,
    /// Products that they said they need, with what was said; the most urgent first.
    pub needs: Vec<(Uuid, Uuid)>,
}

/// Why a product is offered.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// They said that they need it: what was said.
    Need(Uuid),
    /// It goes with something that they have.
    GoesWith(Uuid),
    /// Whoever has something that they have, more often has it.
    Together(Together),
}

/// Why a product is not offered though something spoke for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyNot {
    /// They have it, or a bundle with it in it, or something of the bundle that it is.
    Owned,
    /// It is not sold.
    NotSold,
    /// They had it and sent it back.
    SentBack,
    /// It goes with things of which they have none.
    NothingToGoWith,
}

/// A product to offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Which.
    pub product: Uuid,
    /// Why, the strongest reason first.
    pub reasons: Vec<Why>,
}

/// What to offer, and what not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    /// What to offer, the strongest first; none where nothing fits.
    pub offers: Vec<Offer>,
    /// What something speaks for that is not offered, and why not; by product.
    pub left_out: Vec<(Uuid, WhyNot)>,
}

/// What to offer a customer: first what they said they need, in the order of urgency, then what goes with what they have,
/// then what whoever has the same more often has, the surest first. Left out is what they have, in whatever bundle, what is
/// not sold, what they sent back, and what goes only with things that they do not have. Nothing is offered without a reason.
/// Rule CU-9 (F146).
pub fn offers(customer: &Owner, shelf: &Shelf, together: &[Together]) -> Offers {
    let has: BTreeSet<Uuid> =
        customer.owned.iter().flat_map(|product| shelf.within(*product)).collect();
    let mut reasons: BTreeMap<Uuid, ((u8, usize), Vec<Why>)> = BTreeMap::new();
    let mut add = |product: Uuid, rank: (u8, usize), why: Why| {
        let (best, all) = reasons.entry(product).or_insert((rank, Vec::new()));
        *best = rank.min(*best);
        all.push(why);
    };
    for (at, (product, said)) in customer.needs.iter().enumerate() {
        add(*product, (0, at), Why::Need(*said));
    }
    for (accessory, mains) in &shelf.goes_with {
        for main in mains.intersection(&has) {
            add(*accessory, (1, 0), Why::GoesWith(*main));
        }
    }
    for (at, pair) in together.iter().enumerate().filter(|(_, pair)| has.contains(&pair.product)) {
        add(pair.other, (2, at), Why::Together(pair.clone()));
    }
    let mut found = Offers::default();
    let mut ranked: Vec<((u8, usize), Uuid, Vec<Why>)> = Vec::new();
    for (product, (rank, why)) in reasons {
        match why_not(product, customer, &has, shelf) {
            Some(not) => found.left_out.push((product, not)),
            None => ranked.push((rank, product, why)),
        }
    }
    ranked.sort_by_key(|offer| (offer.0, offer.1));
    let offer = |(_, product, reasons)| Offer { product, reasons };
    found.offers = ranked.into_iter().map(offer).collect();
    found
}

fn why_not(product: Uuid, customer: &Owner, has: &BTreeSet<Uuid>, shelf: &Shelf) -> Option<WhyNot> {
    if !shelf.within(product).is_disjoint(has) {
        return Some(WhyNot::Owned);
    }
    if !shelf.sold.contains(&product) {
        return Some(WhyNot::NotSold);
    }
    if customer.sent_back.contains(&product) {
        return Some(WhyNot::SentBack);
    }
    let mains = shelf.goes_with.get(&product);
    let nothing = mains.is_some_and(|mains| !mains.is_empty() && mains.is_disjoint(has));
    nothing.then_some(WhyNot::NothingToGoWith)
}

#[cfg(test)]
#[path = "recommend_tests.rs"]
mod tests;
