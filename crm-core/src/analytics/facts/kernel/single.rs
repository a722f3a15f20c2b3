//! Questions about deals one by one: each has a loop of its own and reads its own columns. Blocks go through all that are
//! asked, so that a column that two of them read is read from memory once.

use core::ops::Range;

use super::deals::{Ask, Counts, Deals, NOTHING, OPEN, Part, Place, WON, bytes, each};
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
                let asked = Asked { deals, ask, rows, place, worth };
                match ask.class.first_chunk::<256>() {
                    Some(class) => self.each(lone, &asked, |place| class[usize::from(*place)]),
                    None => self.each(lone, &asked, |place| ask.class[usize::from(*place)]),
                }
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
        self.each(lone, asked, |place| asked.ask.class[place.index()]);
    }

    fn each<P: Code>(
        &mut self,
        lone: &mut Lone<S>,
        asked: &Asked<'_, P>,
        class: impl Fn(&P) -> u8,
    ) {
        let (of, rows) = (asked.ask.asked, &asked.rows);
        let mut picked = [0; BLOCK];
        if of.has(Question::WinRates) {
            let is_narrow = size_of::<P>() == 1;
            self.wide_by(asked.deals, asked.ask, rows.clone(), asked.place, is_narrow);
        }
        if of.has_any(OF_WON) {
            let count = pick(asked.place, |place| class(place) == WON, &mut picked);
            self.of_won(lone, asked, &picked[..count]);
        }
        if of.has_any(OF_OPEN) {
            let count = pick(asked.place, |place| class(place) == OPEN, &mut picked);
            self.of_open(asked, &picked[..count]);
        }
    }

    fn of_won<P: Code>(&mut self, lone: &mut Lone<S>, asked: &Asked<'_, P>, won: &[u16]) {
        let (of, deals, rows) = (asked.ask.asked, asked.deals, asked.rows.clone());
        let since = &deals.since[rows.clone()];
        if of.has(Question::Cycle) {
            let created = &deals.created[rows.clone()][..since.len()];
            let mut cycles = [0; BLOCK];
            for (row, cycle) in won.iter().zip(&mut cycles) {
                let row = usize::from(*row);
                *cycle = since[row].saturating_sub(created[row]);
            }
            self.found.see(&cycles[..won.len()]);
        }
        if of.has(Question::Won) {
            let (deals, worth) = (&mut self.counts.won_month, &mut self.counts.won_worth);
            for row in won {
                let month = asked.ask.months.of(since[usize::from(*row)]);
                deals[month] = deals[month].wrapping_add(1);
                worth[month].add(asked.worth[usize::from(*row)]);
            }
        }
        if of.has(Question::Top) {
            let counts = &mut self.counts;
            match deals.by[0] {
                Narrow::U8(owner) => {
                    let owner = &owner[rows];
                    for row in won {
                        let (at, minor) =
                            (owner[usize::from(*row)].index(), asked.worth[usize::from(*row)]);
                        lone.owner_won[at] = lone.owner_won[at].wrapping_add(1);
                        lone.owner_worth[at].add(minor);
                    }
                }
                wide @ (Narrow::U16(_) | Narrow::U32(_)) => {
                    for row in won {
                        let at = wide.at(rows.start + usize::from(*row)) as usize;
                        counts.owner_won[at] += 1;
                        counts.owner_worth[at].add(asked.worth[usize::from(*row)]);
                    }
                }
            }
        }
    }

    fn of_open<P: Code>(&mut self, asked: &Asked<'_, P>, open: &[u16]) {
        let (of, deals, rows) = (asked.ask.asked, asked.deals, asked.rows.clone());
        let length = asked.place.len();
        if of.has(Question::Forecast) {
            let expected = &deals.expected[rows.clone()][..length];
            let (deals, worth) = (&mut self.counts.expected, &mut self.counts.expected_worth);
            for row in open {
                let row = usize::from(*row);
                let month = usize::from(asked.ask.months.of_date[usize::from(expected[row])]);
                let cell = (month << asked.ask.stride) + asked.place[row].index();
                deals[cell] = deals[cell].wrapping_add(1);
                worth[cell].add(asked.worth[row]);
            }
        }
        if of.has(Question::Stale) {
            let since = &deals.since[rows][..length];
            let (deals, worth) = (&mut self.counts.stale, &mut self.counts.stale_worth);
            for row in open {
                let row = usize::from(*row);
                let is_stale = since[row] < asked.ask.stale_before;
                let place = asked.place[row].index();
                deals[place] = deals[place].wrapping_add(u32::from(is_stale));
                worth[place].add(asked.worth[row] & -i64::from(is_stale));
            }
        }
    }
}

/// The rows that are wanted; how many.
#[inline(always)]
fn pick<P>(place: &[P], is_wanted: impl Fn(&P) -> bool, picked: &mut [u16; BLOCK]) -> usize {
    let mut count = 0_usize;
    let mut see = |row: u16, place: &P| {
        picked[count & (BLOCK - 1)] = row;
        count = count.wrapping_add(usize::from(is_wanted(place)));
    };
    // Eight a turn: the loop itself costs a part of it.
    let (turns, rest) = place.as_chunks::<8>();
    let mut first = 0_u16;
    for turn in turns {
        for (place, lane) in turn.iter().zip(0..8) {
            see(first | lane, place);
        }
        first = first.wrapping_add(8);
    }
    for (place, lane) in rest.iter().zip(0..8) {
        see(first | lane, place);
    }
    count
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
