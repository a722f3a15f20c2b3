//! Questions about deals one by one: each has a loop of its own and reads its own columns. Blocks go through all that are
//! asked, so that a column that two of them read is read from memory once.

use core::ops::Range;

use super::deals::{Ask, Counts, Deals, NOTHING, OPEN, Part, Place, WON, bytes, each};
use super::rows::Set;
use super::{BLOCK, Code, Lanes, Sum, of_lanes, tally_bytes};
use crate::analytics::facts::narrow::Narrow;
use crate::analytics::facts::question::{Question, Questions};

/// What lone questions have besides the counters: room for every byte.
pub(super) struct Lone<S> {
    deals: Lanes<u32>,
    worth: Lanes<S>,
    reached: Lanes<u32>,
    owner_won: [u32; 256],
    owner_worth: [S; 256],
}

impl<S: Sum> Lone<S> {
    pub(super) fn new() -> Self {
        Self {
            deals: [[0; 256]; 4],
            worth: [[S::default(); 256]; 4],
            reached: [[0; 256]; 4],
            owner_won: [0; 256],
            owner_worth: [S::default(); 256],
        }
    }

    pub(super) fn add_to(&self, counts: &mut Counts<S>) {
        let add = |all: &mut [u32], more: &Lanes<u32>| {
            all.iter_mut().zip(of_lanes(more)).for_each(|(all, more)| *all += more);
        };
        add(&mut counts.place, &self.deals);
        add(&mut counts.reached, &self.reached);
        let sum = |all: &mut [S], more: &[S; 256]| {
            all.iter_mut().zip(more).for_each(|(all, more)| all.sum(*more));
        };
        self.worth.iter().for_each(|lane| sum(&mut counts.place_worth, lane));
        sum(&mut counts.owner_worth, &self.owner_worth);
        counts.owner_won.iter_mut().zip(&self.owner_won).for_each(|(all, more)| *all += more);
    }
}

/// A block, and what is asked of it.
struct Asked<'a, P> {
    deals: &'a Deals<'a>,
    ask: &'a Ask<'a>,
    rows: Range<usize>,
    place: &'a [P],
    worth: &'a [i64],
}

const OF_WON: Questions = Questions::of(Question::Won)
    .and(Questions::of(Question::Cycle))
    .and(Questions::of(Question::Top));

const OF_OPEN: Questions = Questions::of(Question::Forecast).and(Questions::of(Question::Stale));

impl<S: Sum> Part<S> {
    /// Counts a block for each question that is asked.
    pub(super) fn singly(
        &mut self,
        lone: &mut Lone<S>,
        deals: &Deals<'_>,
        ask: &Ask<'_>,
        rows: Range<usize>,
        worth: &[i64],
    ) {
        if ask.asked.has(Question::Reached) {
            match deals.reached {
                Narrow::U8(sets) => tally_bytes(&sets[rows.clone()], &mut lone.reached),
                wide @ (Narrow::U16(_) | Narrow::U32(_)) => {
                    each(wide, rows.clone(), |_, set| self.counts.reached[set] += 1);
                }
            }
        }
        match deals.place {
            Narrow::U8(place) => {
                let place = &place[rows.clone()];
                if ask.asked.has(Question::Stages) {
                    tally_worth(place, worth, &mut lone.deals, &mut lone.worth);
                }
                if ask.asked.has(Question::WinRates) {
                    let of =
                        |column| bytes(column, rows.clone()).unwrap_or(&NOTHING[..place.len()]);
                    tally_wins(place, deals.by.map(of), &mut self.places);
                }
                let of = |questions, codes| {
                    if ask.asked.has_any(questions) {
                        Set::of_codes(place, codes)
                    } else {
                        Set::NONE
                    }
                };
                let (won, open) = (of(OF_WON, &self.won), of(OF_OPEN, &self.open));
                self.each(lone, &Asked { deals, ask, rows, place, worth }, &won, &open);
            }
            Narrow::U16(place) => {
                let place = &place[rows.clone()];
                self.stages(&Asked { deals, ask, rows, place, worth }, lone);
            }
            Narrow::U32(place) => {
                let place = &place[rows.clone()];
                self.stages(&Asked { deals, ask, rows, place, worth }, lone);
            }
        }
    }

    /// Places that are wider than a byte.
    fn stages<P: Code>(&mut self, asked: &Asked<'_, P>, lone: &mut Lone<S>) {
        if asked.ask.asked.has(Question::Stages) {
            for (place, minor) in asked.place.iter().zip(asked.worth) {
                self.counts.place[place.index()] += 1;
                self.counts.place_worth[place.index()].add(*minor);
            }
        }
        let class = |wanted| Set::of(asked.place, |place| asked.ask.class[place.index()] == wanted);
        self.each(lone, asked, &class(WON), &class(OPEN));
    }

    fn each<P: Code>(&mut self, lone: &mut Lone<S>, asked: &Asked<'_, P>, won: &Set, open: &Set) {
        let (of, rows) = (asked.ask.asked, &asked.rows);
        if of.has(Question::WinRates) {
            let is_narrow = size_of::<P>() == 1;
            self.wide_by(asked.deals, asked.ask, rows.clone(), asked.place, is_narrow);
        }
        if of.has_any(OF_WON) {
            self.of_won(lone, asked, won);
        }
        if of.has_any(OF_OPEN) {
            self.of_open(asked, open);
        }
    }

    fn of_won<P: Code>(&mut self, lone: &mut Lone<S>, asked: &Asked<'_, P>, won: &Set) {
        let (of, deals, rows) = (asked.ask.asked, asked.deals, asked.rows.clone());
        let since = &deals.since[rows.clone()];
        if of.has(Question::Cycle) {
            let created = &deals.created[rows.clone()][..since.len()];
            let (mut cycles, mut wons) = ([0; BLOCK], 0_usize);
            won.for_each(|row| {
                cycles[wons & (BLOCK - 1)] = since[row].saturating_sub(created[row]);
                wons += 1;
            });
            self.found.see(&cycles[..wons]);
        }
        if of.has(Question::Won) {
            let (deals, worth) = (&mut self.counts.won_month, &mut self.counts.won_worth);
            won.for_each(|row| {
                let month = asked.ask.months.of(since[row]);
                deals[month] = deals[month].wrapping_add(1);
                worth[month].add(asked.worth[row]);
            });
        }
        if of.has(Question::Top) {
            let counts = &mut self.counts;
            match deals.by[0] {
                Narrow::U8(owner) => {
                    let owner = &owner[rows];
                    won.for_each(|row| {
                        let at = owner[row].index();
                        lone.owner_won[at] = lone.owner_won[at].wrapping_add(1);
                        lone.owner_worth[at].add(asked.worth[row]);
                    });
                }
                wide @ (Narrow::U16(_) | Narrow::U32(_)) => won.for_each(|row| {
                    let at = wide.at(rows.start + row) as usize;
                    counts.owner_won[at] += 1;
                    counts.owner_worth[at].add(asked.worth[row]);
                }),
            }
        }
    }

    fn of_open<P: Code>(&mut self, asked: &Asked<'_, P>, open: &Set) {
        let (of, deals, rows) = (asked.ask.asked, asked.deals, asked.rows.clone());
        let length = asked.place.len();
        if of.has(Question::Forecast) {
            let expected = &deals.expected[rows.clone()][..length];
            let (deals, worth) = (&mut self.counts.expected, &mut self.counts.expected_worth);
            open.for_each(|row| {
                let month = usize::from(asked.ask.months.of_date[usize::from(expected[row])]);
                let cell = (month << asked.ask.stride) + asked.place[row].index();
                deals[cell] = deals[cell].wrapping_add(1);
                worth[cell].add(asked.worth[row]);
            });
        }
        if of.has(Question::Stale) {
            let since = &deals.since[rows][..length];
            let (deals, worth) = (&mut self.counts.stale, &mut self.counts.stale_worth);
            let before = asked.ask.stale_before;
            open.and(&Set::of(since, |since| since < before)).for_each(|row| {
                let place = asked.place[row].index();
                deals[place] = deals[place].wrapping_add(1);
                worth[place].add(asked.worth[row]);
            });
        }
    }
}

/// Counts places that are bytes, and what deals there are worth.
#[inline(never)]
fn tally_worth<S: Sum>(place: &[u8], worth: &[i64], deals: &mut Lanes<u32>, sums: &mut Lanes<S>) {
    let (turns, rest) = place.as_chunks::<4>();
    let (worths, worth_rest) = worth.as_chunks::<4>();
    for (place, worth) in turns.iter().zip(worths) {
        for lane in 0..4 {
            let at = place[lane].index();
            deals[lane][at] = deals[lane][at].wrapping_add(1);
            sums[lane][at].add(worth[lane]);
        }
    }
    for (place, minor) in rest.iter().zip(worth_rest) {
        deals[0][place.index()] += 1;
        sums[0][place.index()].add(*minor);
    }
}

/// Counts places by owner, region, source and set of products, all of them bytes.
#[inline(never)]
fn tally_wins<S>(place: &[u8], by: [&[u8]; 4], places: &mut [Place<S>]) {
    let [owner, region, source, products] = by.map(|codes| &codes[..place.len()]);
    for row in 0..place.len() {
        let at = &mut places[place[row] as usize];
        let owner = &mut at.owner[owner[row] as usize];
        *owner = owner.wrapping_add(1);
        let [by_region, by_source, by_products] = &mut at.by;
        let region = &mut by_region[region[row] as usize];
        *region = region.wrapping_add(1);
        let source = &mut by_source[source[row] as usize];
        *source = source.wrapping_add(1);
        let products = &mut by_products[products[row] as usize];
        *products = products.wrapping_add(1);
    }
}
