//! Eighteen months of deals: opened, moved from stage to stage, won, lost or still open.

use chrono::{Days, NaiveDate};

use super::Customer;
use super::random::Random;
use super::words::{LOSS_REASONS, PRODUCTS};

/// The stages of the process that the tour installs (`full`), in order.
pub(crate) const STAGES: [&str; 6] =
    ["qualification", "introduction", "needs", "quote", "objections", "contract"];

/// One deal.
pub(crate) struct Deal {
    pub(crate) name: String,
    pub(crate) customer: usize,
    pub(crate) opened: NaiveDate,
    pub(crate) expected: NaiveDate,
    pub(crate) lines: Vec<Line>,
    pub(crate) moves: Vec<Move>,
    pub(crate) ending: Option<Ending>,
}

/// So many of a product.
pub(crate) struct Line {
    pub(crate) product: usize,
    pub(crate) quantity: i64,
    pub(crate) discount_percent: i64,
}

/// A step to a later stage.
pub(crate) struct Move {
    pub(crate) day: NaiveDate,
    pub(crate) stage: &'static str,
}

/// How a deal ended.
pub(crate) enum Ending {
    Won { day: NaiveDate },
    Lost { day: NaiveDate, reason: &'static str },
}

impl Ending {
    pub(crate) const fn day(&self) -> NaiveDate {
        match self {
            Self::Won { day } | Self::Lost { day, .. } => *day,
        }
    }
}

impl Deal {
    /// What it is worth, in fen, each line rounded half-up.
    #[cfg(test)]
    pub(crate) fn amount(&self) -> i64 {
        let line = |line: &Line| {
            let gross = PRODUCTS[line.product].4 * 100 * line.quantity;
            (gross * (100 - line.discount_percent) + 50) / 100
        };
        self.lines.iter().map(line).sum()
    }

    /// Product code, quantity, price of one in yuan, discount in percent.
    pub(crate) fn priced_lines(&self) -> impl Iterator<Item = (&'static str, i64, i64, i64)> {
        self.lines.iter().map(|line| {
            let (code, .., price) = PRODUCTS[line.product];
            (code, line.quantity, price, line.discount_percent)
        })
    }

    #[cfg(test)]
    pub(crate) fn stages_rise(&self) -> bool {
        let place = |stage: &str| STAGES.iter().position(|known| *known == stage);
        let places =
            std::iter::once(Some(0)).chain(self.moves.iter().map(|step| place(step.stage)));
        places.collect::<Vec<_>>().is_sorted_by(|a, b| a < b)
    }
}

pub(super) fn deals(
    random: &mut Random,
    customers: &[Customer],
    first: NaiveDate,
    days: u64,
) -> Vec<Deal> {
    let mut deals = Vec::new();
    let last = first + Days::new(days);
    for (customer, buyer) in customers.iter().enumerate() {
        // Large customers come back more often.
        let most = match buyer.size {
            "small" => 2,
            "medium" => 3,
            _ => 5,
        };
        for _ in 0..random.between(1, most) {
            let opened = first + Days::new(random.below(days as usize - 5) as u64);
            deals.push(deal(random, (customer, buyer), opened, last));
        }
    }
    deals.sort_by_key(|deal| deal.opened);
    deals
}

fn deal(
    random: &mut Random,
    (customer, buyer): (usize, &Customer),
    opened: NaiveDate,
    last: NaiveDate,
) -> Deal {
    let lines = lines(random, buyer);
    let product = PRODUCTS[lines[0].product].1;
    let place = buyer.city.trim_end_matches('市');
    let brand: String = buyer.name.trim_start_matches(place).chars().take(2).collect();
    let name = format!("{brand}{product}采购项目");
    let mut deal = Deal {
        name,
        customer,
        opened,
        expected: opened + Days::new(random.between(45, 120) as u64),
        lines,
        moves: Vec::new(),
        ending: None,
    };
    // What a referral brings is won more often than what an advertisement brings.
    let chance = match buyer.source {
        "referral" => 9,
        "exhibition" => 4,
        "advertising" => -5,
        _ => 0,
    };
    let mut day = opened;
    let mut stage = 0;
    loop {
        let days = random.between(4, 24);
        day = day + Days::new(days as u64);
        if day > last {
            return deal;
        }
        // Out of a hundred deals in a stage, so many go on.
        let goes_on = [84, 86, 84, 78, 86, 92][stage] + chance;
        if random.between(1, 100) > goes_on {
            let reason = random.weighted(&[(0, 34), (1, 28), (2, 16), (3, 14), (4, 8)]);
            deal.ending = Some(Ending::Lost { day, reason: LOSS_REASONS[reason].0 });
            return deal;
        }
        stage += if random.percent(12) { 2 } else { 1 };
        match STAGES.get(stage) {
            Some(stage) => deal.moves.push(Move { day, stage }),
            None => {
                deal.ending = Some(Ending::Won { day });
                return deal;
            }
        }
    }
}

fn lines(random: &mut Random, buyer: &Customer) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for _ in 0..random.between(1, 3) {
        let product = random.below(PRODUCTS.len());
        if lines.iter().any(|line| line.product == product) {
            continue;
        }
        let most = match (PRODUCTS[product].3, buyer.size) {
            ("米", _) => 60,
            (_, "small") => 2,
            (_, "medium") => 3,
            _ => 6,
        };
        let discount_percent = random.weighted(&[(0, 50), (3, 20), (5, 20), (8, 10)]);
        lines.push(Line { product, quantity: random.between(1, most), discount_percent });
    }
    lines
}
