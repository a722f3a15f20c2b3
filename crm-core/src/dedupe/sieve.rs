//! What most pairs are told apart by before they are compared: how much two records can weigh at most, by a look at a
//! few words of each.
//!
//! A bound is never less than what the comparison would find, so whoever is let go here is let go there too; the test
//! beside it asserts that for pairs of every sort.
#![expect(
    clippy::float_arithmetic,
    reason = "weights are real numbers; what leaves is a yes or no"
)]

use super::compare::{CLOSE, INITIAL, NEAR, OTHER, SAME, WEAK};
use super::encode::{Entry, Lexicon, Symbol};
use super::fields::{
    COMPANY, CUSTOM, CUSTOM_MAX, EMAIL, FAMILY, FIELDS, HOUSE, LEVELS, MISSING, NAME, NUMBER,
    ORDER, PHONE, PLACE, REGION, STREET, field_of,
};
use super::mark::{Apart, Mark, Table};
use super::model::Model;
use super::profile::Party;

/// What is looked at first of a record: two cache lines.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(64))]
pub(super) struct Sketch {
    number: Mark,
    phone: Mark,
    given: Mark,
    family: Mark,
    postal: Mark,
    city: Mark,
    local: Mark,
    house: Symbol,
    region: Symbol,
    company: Symbol,
    said: u32,
}

/// How many sets of fields that are not looked at there are: the street, and custom ones, a bit each in that order.
const SUMS: usize = 1 << (1 + CUSTOM_MAX);
/// The record has a name.
const NAMED: u32 = 1 << 16;
/// What its name says is not seen in two marks.
const ANY_NAME: u32 = 1 << 17;
/// It has more than one phone number.
const PHONES: u32 = 1 << 18;
/// It has more than one number in its street.
const HOUSES: u32 = 1 << 19;
/// It has more than one mail box.
const BOXES: u32 = 1 << 20;

impl Sketch {
    /// A word of each of its cache lines; it means nothing.
    pub(super) const fn ends(&self) -> u32 {
        self.number.symbol ^ self.said
    }

    pub(super) fn of(lex: &Lexicon, party: Party, entry: &Entry) -> Self {
        let cut = entry.cuts[0];
        let (named, marked) = match party {
            Party::Person => (cut != (0, 0), entry.cuts[1] == (0, 0)),
            Party::Company => (entry.whole != 0, false),
        };
        let last = core::iter::once(entry.street[0]).chain(entry.custom).zip(0_u32..);
        let mut said = last.fold(0, |bits, (symbol, at)| bits | u32::from(symbol != 0) << at);
        for (is, bit) in [
            (named, NAMED),
            (!marked, ANY_NAME),
            (entry.phones[1] != 0, PHONES),
            (entry.houses[1] != 0, HOUSES),
            (entry.emails[1].0 != 0, BOXES),
        ] {
            said |= if is { bit } else { 0 };
        }
        Self {
            number: Mark::of(lex, entry.number),
            phone: Mark::of(lex, entry.phones[0]),
            given: Mark::of_name(lex, cut.0),
            family: Mark::of_name(lex, cut.1),
            postal: Mark::of(lex, entry.postal),
            city: Mark::of(lex, entry.city),
            local: Mark::of(lex, entry.emails[0].0),
            house: entry.houses[0],
            region: entry.region,
            company: entry.company,
            said,
        }
    }
}

/// What two records can weigh at most beside the street.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// In their names.
    pub(super) names: f64,
    /// In numbers, phones and places.
    pub(super) outline: f64,
    /// In the other fields.
    pub(super) rest: f64,
}

impl Bound {
    pub(super) fn sum(self) -> f64 {
        self.names + self.outline + self.rest
    }
}

/// Bounds of one model.
#[derive(Clone, Debug)]
pub(super) struct Sieve {
    party: Party,
    /// What a field can weigh at most on a level and those behind it.
    most: [[f64; LEVELS]; FIELDS],
    /// The same of place, with "near" for near or other.
    places: [f64; LEVELS],
    /// What names can weigh at most.
    names: f64,
    /// What each set of the fields that are compared last can weigh at most.
    last: Vec<f64>,
    needs: Table,
}

impl Sieve {
    pub(super) fn of(party: Party, identifiers: u32, model: &Model) -> Self {
        let mut most = [[0.0; LEVELS]; FIELDS];
        for (at, most) in most.iter_mut().enumerate() {
            let levels = field_of(party, at, identifiers).levels.len();
            let mut so_far = f64::NEG_INFINITY;
            for (level, most) in (0..levels).zip(most.iter_mut().take(levels)).rev() {
                let level = u8::try_from(level).unwrap_or(MISSING);
                so_far = f64::max(so_far, model.weight(at, level));
                *most = so_far;
            }
        }
        let best = |field: usize| model.most.get(field).copied().unwrap_or(0.0);
        let mut places = [0.0; LEVELS];
        for (level, place) in (0_u8..).zip(&mut places) {
            let also = |part: u8| if part == 1 { 2 } else { part };
            let (code, city) = (level >> 2, level & 3);
            let all =
                [(code, city), (also(code), city), (code, also(city)), (also(code), also(city))];
            let all = all.map(|(code, city)| model.weight(PLACE, code << 2 | city));
            *place = all.into_iter().fold(f64::NEG_INFINITY, f64::max);
        }
        let fields = core::iter::once(STREET).chain(CUSTOM..FIELDS);
        let mut last = vec![0.0; 1];
        for field in fields {
            last.extend_from_within(..);
            let half = last.len() / 2;
            last.iter_mut().skip(half).for_each(|sum| *sum += best(field));
        }
        let names = best(NAME) + best(FAMILY) + best(ORDER);
        Self { party, most, places, names, last, needs: Table::new() }
    }

    /// What two records can weigh at most beside the street; nothing where with it they weigh less than `least`.
    pub(super) fn bound(&self, a: &Sketch, b: &Sketch, least: f64) -> Option<Bound> {
        let both = a.said & b.said;
        let sum = |fields: usize| self.last.get(both as usize & fields).copied();
        let (last, custom) = sum(SUMS.wrapping_sub(1)).zip(sum(SUMS.wrapping_sub(2)))?;
        let Bound { outline, rest, .. } = self.unnamed(a, b);
        let known = outline + rest + last;
        let names = match both & NAMED {
            0 => 0.0,
            _ if known + self.names < least => return None,
            _ if (a.said | b.said) & ANY_NAME != 0 => self.names,
            _ => {
                let straight = self.names_as(a, (b.given, b.family), 0);
                straight.max(self.names_as(a, (b.family, b.given), 1))
            }
        };
        (known + names >= least).then_some(Bound { names, outline, rest: rest + custom })
    }

    /// What is seen of all but names weighs at most.
    fn unnamed(&self, a: &Sketch, b: &Sketch) -> Bound {
        let some = a.said | b.said;
        let own = self.at(NUMBER, number(a.number, b.number));
        let phone = self.at(PHONE, any(some, PHONES, phone(a.phone, b.phone)));
        let email = self.at(EMAIL, any(some, BOXES, self.email(a.local, b.local)));
        let house = self.at(HOUSE, any(some, HOUSES, plain(a.house, b.house)));
        let code = match number(a.postal, b.postal) {
            MISSING => 3,
            level => level.min(2),
        };
        let place = code << 2 | self.city(a.city, b.city);
        let told = self.party == Party::Person && matches!(place, 0 | 12);
        let region = if told { MISSING } else { plain(a.region, b.region) };
        let place = self.places.get(usize::from(place)).copied().unwrap_or(f64::INFINITY);
        Bound {
            names: 0.0,
            outline: own + phone + house + place + self.at(REGION, region),
            rest: email + self.at(COMPANY, plain(a.company, b.company)),
        }
    }

    fn at(&self, field: usize, level: u8) -> f64 {
        let most = self.most.get(field).and_then(|levels| levels.get(usize::from(level)));
        most.copied().unwrap_or(f64::INFINITY)
    }

    fn city(&self, a: Mark, b: Mark) -> u8 {
        if a.symbol == 0 || b.symbol == 0 {
            return 3;
        }
        if a.symbol == b.symbol {
            return 0;
        }
        match a.apart(b) {
            Some(apart) if apart.common < u32::from(self.needs.of(apart)[2]) => 2,
            _ => 1,
        }
    }

    /// The best level that two mail boxes may have.
    fn email(&self, a: Mark, b: Mark) -> u8 {
        if a.symbol == 0 || b.symbol == 0 {
            return MISSING;
        }
        if a.symbol == b.symbol {
            return SAME;
        }
        match a.apart(b) {
            Some(apart)
                if apart.edits() > 2 && apart.common < u32::from(self.needs.of(apart)[2]) =>
            {
                4
            }
            _ => 2,
        }
    }

    /// What names weigh at most when they are laid side by side so.
    fn names_as(&self, a: &Sketch, (given, family): (Mark, Mark), order: u8) -> f64 {
        let (given, family) = (self.name(a.given, given), self.name(a.family, family));
        let ordered = given <= CLOSE && family <= CLOSE;
        let order = if ordered { self.at(ORDER, order).max(0.0) } else { 0.0 };
        let family = if (given, family) == (MISSING, MISSING) { OTHER } else { family };
        self.at(NAME, given) + self.at(FAMILY, family) + order
    }

    /// The best level that two names may have.
    fn name(&self, a: Mark, b: Mark) -> u8 {
        if a.symbol == 0 || b.symbol == 0 {
            return MISSING;
        }
        if a.symbol == b.symbol {
            return SAME;
        }
        let Some(apart) = a.apart(b) else { return NEAR };
        let [weak, close, _, near] = self.needs.of(apart).map(u32::from);
        let Apart { short, common, start, .. } = apart;
        match apart.edits() {
            _ if short == 1 => {
                if start > 0 {
                    INITIAL
                } else {
                    OTHER
                }
            }
            0 | 1 if short >= 4 => NEAR,
            _ if common >= near => NEAR,
            _ if common >= close => CLOSE,
            0..=2 if short >= 5 => CLOSE,
            _ if short >= 3 && start >= 3 && common == short => CLOSE,
            _ if common >= weak => WEAK,
            _ => OTHER,
        }
    }
}

/// The best level that two numbers may have.
fn number(a: Mark, b: Mark) -> u8 {
    if a.symbol == 0 || b.symbol == 0 {
        return MISSING;
    }
    if a.symbol == b.symbol {
        return SAME;
    }
    match a.apart(b).map_or(0, Apart::edits) {
        0 | 1 => 1,
        2 => 2,
        _ => 3,
    }
}

/// The best level that two phone numbers may have.
fn phone(a: Mark, b: Mark) -> u8 {
    if a.symbol == 0 || b.symbol == 0 {
        return MISSING;
    }
    if a.symbol == b.symbol {
        return SAME;
    }
    match a.apart(b) {
        // More than one edit, and neither is the end of the other.
        Some(apart) if apart.edits() > 1 && apart.common < apart.short => 2,
        _ => NEAR,
    }
}

/// The best level that two values may have of which only that is seen.
const fn plain(a: Symbol, b: Symbol) -> u8 {
    match (a, b) {
        (0, _) | (_, 0) => MISSING,
        _ if a == b => SAME,
        _ => NEAR,
    }
}

/// The level, unless one of both has more values: then the best, if it is any.
const fn any(said: u32, more: u32, level: u8) -> u8 {
    if level == MISSING || said & more == 0 { level } else { SAME }
}

#[cfg(test)]
mod tests {
    use super::super::compare::Comparer;
    use super::super::encode::Encoder;
    use super::super::profile::Profile;
    use super::super::tests::Dice;
    use super::*;

    const WORDS: &[&str] = &[
        "bob",
        "robert",
        "rob",
        "o",
        "anna",
        "annabel",
        "smith",
        "smiht",
        "smyth",
        "wang",
        "wei",
        "wangwei",
        "王伟",
        "王偉",
        "伟王",
        "zoë",
        "aaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaa",
        "bbbbbbbbbbbbbbbb",
        "qwertyuiopasdfgh",
    ];

    fn profile(dice: &mut Dice) -> Profile {
        let mut some = |most: usize, gap: &str| {
            let count = dice.below(most + 1);
            (0..count).map(|_| dice.pick(WORDS)).collect::<Vec<_>>().join(gap)
        };
        let (name, street, city, region) = (some(2, " "), some(3, " 7 "), some(1, ""), some(1, ""));
        let company = some(2, " ");
        let mail = |dice: &mut Dice| {
            format!("{}{}@{}.com", dice.pick(WORDS), dice.below(30), dice.below(3))
        };
        let number = |dice: &mut Dice| format!("{:05}", 10_000 + dice.below(40) * dice.below(40));
        Profile {
            name,
            company: company.clone(),
            birthday: format!("1980{:04}", dice.below(20) * dice.below(20)),
            phones: (0..dice.below(3)).map(|_| number(dice) + &number(dice)).collect(),
            emails: (0..dice.below(3)).map(|_| mail(dice)).collect(),
            street,
            city,
            region,
            postal_code: number(dice),
            website: format!("www.{}.com", dice.below(5)),
            registration: number(dice),
            custom: [("own".to_owned(), company)].into(),
            ..Profile::default()
        }
    }

    #[test]
    fn no_pair_weighs_more_than_its_bound() {
        for party in [Party::Person, Party::Company] {
            let mut dice = Dice(41);
            let profiles: Vec<Profile> = (0..700).map(|_| profile(&mut dice)).collect();
            let mut encoder = Encoder::of(party, &profiles);
            let entries: Vec<Entry> = profiles.iter().map(|one| encoder.entry(one)).collect();
            let lex = &encoder.lexicon;
            let model = Model::believed(party, 0, 0.001);
            let sieve = Sieve::of(party, 0, &model);
            let mut comparer = Comparer::new(lex, party);
            let (mut refused, mut pairs) = (0_u32, 0_u32);
            for (at, a) in entries.iter().enumerate() {
                for b in &entries[..at] {
                    let found = comparer.compare(a, b);
                    let weight = model.fields(&found.levels);
                    let street = model.weight(STREET, found.level(STREET));
                    let sketches = [a, b].map(|entry| Sketch::of(lex, party, entry));
                    pairs += 1;
                    match sieve.bound(&sketches[0], &sketches[1], 0.0) {
                        None => {
                            refused += 1;
                            assert!(weight < 0.0, "{a:?} {b:?} {weight}");
                        }
                        Some(bound) => {
                            assert!(weight <= bound.sum() + street + 1e-9, "{a:?} {b:?}");
                        }
                    }
                }
            }
            assert!(refused > pairs / 100, "{party:?}: {refused} of {pairs} refused");
        }
    }
}
