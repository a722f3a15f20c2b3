//! How alike two records are, field by field, in a few levels.
#![expect(
    clippy::float_arithmetic,
    reason = "similarities are real numbers; what leaves is a level"
)]

use super::chinese;
use super::encode::{Entry, Lexicon, Symbol, Value};
use super::fields::{
    COMPANY, CUSTOM, EMAIL, FAMILY, FIELDS, HOUSE, MISSING, NAME, NUMBER, ORDER, PHONE, PLACE,
    REGION, STREET,
};
use super::letters::{self, Bag};
use super::model::Model;
use super::normalize::NICKNAMES;
use super::profile::Party;
use super::sieve::Bound;
use super::street::{Way, Ways};

/// What two records have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    /// The level of each field.
    pub(super) levels: [u8; FIELDS],
    /// The value that both have, by field, where its rarity counts.
    pub(super) shared: [Symbol; FIELDS],
}

impl Found {
    fn set(&mut self, field: usize, (level, shared): (u8, Symbol)) {
        if let (Some(level_at), Some(shared_at)) =
            (self.levels.get_mut(field), self.shared.get_mut(field))
        {
            (*level_at, *shared_at) = (level, shared);
        }
    }

    /// The level of a field.
    pub(super) fn level(&self, field: usize) -> u8 {
        self.levels.get(field).copied().unwrap_or(MISSING)
    }
}

pub(super) const SAME: u8 = 0;
pub(super) const NEAR: u8 = 1;
pub(super) const CLOSE: u8 = 2;
pub(super) const INITIAL: u8 = 3;
pub(super) const WEAK: u8 = 4;
pub(super) const OTHER: u8 = 5;

/// Compares entries over one lexicon.
#[derive(Clone, Debug)]
pub(super) struct Comparer<'a> {
    lex: &'a Lexicon,
    party: Party,
    /// Levels of pairs of names that were compared lately.
    recent: Vec<(Symbol, Symbol, u8)>,
}

/// What the fields that are compared last can weigh together at most, as far as both say them.
fn hope(model: &Model, a: &Entry, b: &Entry) -> f64 {
    let rest = [
        (COMPANY, a.company, b.company),
        (STREET, a.street[0], b.street[0]),
        (EMAIL, a.emails[0].0, b.emails[0].0),
    ];
    let own = (CUSTOM..).zip(a.custom).zip(b.custom).map(|((at, x), y)| (at, x, y));
    let both = rest.into_iter().chain(own).filter(|(_, x, y)| *x != 0 && *y != 0);
    both.map(|(at, ..)| model.most.get(at).copied().unwrap_or(0.0)).sum()
}

/// By far more than sums of a few numbers are rounded by.
pub(super) const ROUNDED: f64 = 1e-6;
/// Pairs of names whose level is kept: a power of two.
const RECENT: usize = 1 << 15;

impl<'a> Comparer<'a> {
    pub(super) fn new(lex: &'a Lexicon, party: Party) -> Self {
        Self { lex, party, recent: vec![(0, 0, MISSING); RECENT] }
    }

    /// One for few comparisons, which keeps nothing.
    pub(super) const fn small(lex: &'a Lexicon, party: Party) -> Self {
        Self { lex, party, recent: Vec::new() }
    }

    /// What two records have in common; the same whichever comes first. Rule DUP-5 (F032).
    pub(super) fn compare(&mut self, a: &Entry, b: &Entry) -> Found {
        let street = self.words(&a.street, &b.street);
        self.compare_but_street((a, b), street)
    }

    /// Reads what will be compared of a record; what comes of it means nothing.
    pub(super) fn read(&self, entry: &Entry) -> u32 {
        let [(given, family), ..] = entry.cuts;
        let values = [given, family, entry.number, entry.phones[0], entry.city, entry.emails[0].0];
        let len = |symbol: Symbol| u32::from(self.lex.get(symbol).short.len());
        values.map(len).into_iter().fold(0, |all, one| all ^ one)
    }

    /// The same, unless the fields of `model` can weigh `least` no more once the outline is known.
    pub(super) fn compare_unless(
        &mut self,
        a: &Entry,
        b: &Entry,
        (model, least): (&Model, f64),
    ) -> Option<Found> {
        let mut found = Found { levels: [MISSING; FIELDS], shared: [0; FIELDS] };
        self.called(a, b, &mut found);
        self.outline(a, b, &mut found);
        if model.fields(&found.levels) + hope(model, a, b) >= least {
            found.set(STREET, (self.words(&a.street, &b.street), 0));
            self.last(a, b, &mut found);
            return (model.fields(&found.levels) >= least).then_some(found);
        }
        None
    }

    /// The same where the street was compared already: nothing where the outline and what the rest can weigh at most, or
    /// all fields, weigh less than `least`.
    pub(super) fn compare_beside(
        &mut self,
        (a, b): (&Entry, &Entry),
        (street, bound): (u8, Bound),
        (model, least): (&Model, f64),
    ) -> Option<Found> {
        let mut found = Found { levels: [MISSING; FIELDS], shared: [0; FIELDS] };
        found.set(STREET, (street, 0));
        self.called(a, b, &mut found);
        // A little less, for what sums of a few numbers are rounded by.
        let least_so_far = least - ROUNDED - bound.rest;
        let so_far = |found: &Found, first: &[usize]| -> f64 {
            first.iter().map(|field| model.weight(*field, found.level(*field))).sum()
        };
        let names = so_far(&found, &[NAME, FAMILY, ORDER, STREET]);
        if names + bound.outline < least_so_far {
            return None;
        }
        self.outline(a, b, &mut found);
        if names + so_far(&found, &[NUMBER, HOUSE, PLACE, REGION, PHONE]) < least_so_far {
            return None;
        }
        self.last(a, b, &mut found);
        (model.fields(&found.levels) >= least).then_some(found)
    }

    /// The same as [`Comparer::compare`] where the street was compared already.
    pub(super) fn compare_but_street(&mut self, (a, b): (&Entry, &Entry), street: u8) -> Found {
        let mut found = Found { levels: [MISSING; FIELDS], shared: [0; FIELDS] };
        self.called(a, b, &mut found);
        self.outline(a, b, &mut found);
        found.set(STREET, (street, 0));
        self.last(a, b, &mut found);
        found
    }

    /// What they are called.
    fn called(&mut self, a: &Entry, b: &Entry, found: &mut Found) {
        match self.party {
            Party::Person => self.names(a, b, found),
            Party::Company => self.company(a, b, found),
        }
    }

    /// What else is compared in a few steps and tells most strangers apart.
    fn outline(&self, a: &Entry, b: &Entry, found: &mut Found) {
        found.set(NUMBER, self.digits(a.number, b.number));
        found.set(HOUSE, self.any(&a.houses, &b.houses, 2));
        found.set(PHONE, self.any(&a.phones, &b.phones, 2));
        let place = self.place(a, b);
        found.set(PLACE, (place, 0));
        // Where code and city agree, or the city is all that is said, the region follows.
        let told = self.party == Party::Person && matches!(place, 0 | 12);
        if a.region != 0 && b.region != 0 && !told {
            found.set(REGION, (u8::from(a.region != b.region), 0));
        }
    }

    /// The other fields but the street.
    fn last(&self, a: &Entry, b: &Entry, found: &mut Found) {
        found.set(COMPANY, self.text(a.company, b.company, 2));
        found.set(EMAIL, self.emails(a, b));
        for (at, (x, y)) in a.custom.iter().zip(&b.custom).enumerate() {
            found.set(CUSTOM.saturating_add(at), self.text(*x, *y, 3));
        }
    }

    /// Names in the best of all ways to lay them side by side.
    fn names(&mut self, a: &Entry, b: &Entry, found: &mut Found) {
        let said =
            |cuts: &[(Symbol, Symbol)]| cuts.iter().take_while(|cut| **cut != (0, 0)).count();
        let (own, other) = (said(&a.cuts), said(&b.cuts));
        if own == 0 || other == 0 {
            return;
        }
        let mut best: Option<(i32, [(u8, Symbol); 3])> = None;
        for (i, x) in a.cuts.iter().take(own).enumerate() {
            for (j, y) in b.cuts.iter().take(other).enumerate() {
                // Only the usual cuts, unless they disagree.
                if (i > 0 || j > 0) && best.is_some_and(|(score, _)| score >= 16) {
                    continue;
                }
                let odd = i32::from(i > 0 || j > 0);
                for swapped in [false, true] {
                    let (given, family) = if swapped { (y.1, y.0) } else { (y.0, y.1) };
                    let levels = (self.name(x.0, given), self.name(x.1, family));
                    let score = match levels {
                        (MISSING, MISSING) => -5,
                        (g, f) => points(g)
                            .saturating_add(points(f))
                            .saturating_sub(odd)
                            .saturating_sub(if swapped { 2 } else { 0 }),
                    };
                    if best.is_none_or(|(most, _)| score > most) {
                        let whole = x.0 != 0 && x.1 != 0 && y.0 != 0 && y.1 != 0;
                        let ordered = whole && levels.0 <= CLOSE && levels.1 <= CLOSE;
                        let order = if ordered { u8::from(swapped) } else { MISSING };
                        let same = |level, value| if level == SAME { value } else { 0 };
                        // A given name beside a family name says nothing of either, but that they differ.
                        let nothing = levels == (MISSING, MISSING);
                        let family = if nothing { OTHER } else { levels.1 };
                        let levels = [
                            (levels.0, same(levels.0, x.0)),
                            (family, same(family, x.1)),
                            (order, 0),
                        ];
                        best = Some((score, levels));
                    }
                    if !swapped && score >= 16 {
                        break;
                    }
                }
            }
        }
        if let Some((_, levels)) = best {
            for (field, level) in [NAME, FAMILY, ORDER].into_iter().zip(levels) {
                found.set(field, level);
            }
        }
    }

    fn name(&mut self, a: Symbol, b: Symbol) -> u8 {
        if a == 0 || b == 0 {
            return MISSING;
        }
        if a == b {
            return SAME;
        }
        let (low, high) = (a.min(b), a.max(b));
        let mixed = low.wrapping_mul(0x9E37_79B1) ^ high.wrapping_mul(0x85EB_CA77);
        let at = (mixed >> 12) as usize & RECENT.wrapping_sub(1);
        if let Some((x, y, level)) = self.recent.get(at)
            && (*x, *y) == (low, high)
        {
            return *level;
        }
        let level = name_level(self.lex.get(low), self.lex.get(high));
        if let Some(place) = self.recent.get_mut(at) {
            *place = (low, high, level);
        }
        level
    }

    /// Names of companies: the whole, the brand, the words.
    fn company(&self, a: &Entry, b: &Entry, found: &mut Found) {
        let [x, y] = [a, b].map(|entry| entry.cuts.first().copied().unwrap_or_default());
        if a.whole == 0 || b.whole == 0 {
            return;
        }
        if a.whole == b.whole {
            found.set(NAME, (SAME, a.whole));
        } else {
            let (one, two) = (self.lex.get(a.whole), self.lex.get(b.whole));
            found.set(NAME, (self.company_level(a, b, one, two), 0));
        }
        if x.1 != 0 && y.1 != 0 {
            let (one, two) = (self.lex.get(x.1), self.lex.get(y.1));
            let part = one.chars.iter().any(|c| two.chars.contains(c));
            found.set(
                FAMILY,
                (
                    if x.1 == y.1 {
                        0
                    } else if part {
                        1
                    } else {
                        2
                    },
                    0,
                ),
            );
        }
        if a.form != 0 && b.form != 0 {
            found.set(ORDER, (u8::from(a.form != b.form), 0));
        }
    }

    fn company_level(&self, a: &Entry, b: &Entry, one: &Value, two: &Value) -> u8 {
        let [x, y] = [a, b].map(|entry| entry.cuts.first().copied().unwrap_or_default());
        if one.han != two.han {
            let (han, latin, of) = if one.han { (one, two, x.0) } else { (two, one, y.0) };
            let latin: String = latin.chars.iter().collect();
            let text = |value: &Value| value.chars.iter().collect::<String>();
            return match () {
                () if chinese::sounds_as(&text(han), &latin) => NEAR,
                () if chinese::sounds_start(&text(self.lex.get(of)), &latin) => 3,
                () => OTHER,
            };
        }
        if !one.han {
            let sim = jaro(one, two, &A93);
            return match self.words(&a.words, &b.words) {
                0 => NEAR,
                _ if sim => NEAR,
                1 => 2,
                2 => 3,
                3 | 4 => WEAK,
                _ => OTHER,
            };
        }
        let (short, long) = ordered(one, two);
        if short.chars.len() >= 4 && within(one, two, 1) {
            return NEAR;
        }
        let brand = x.0 != 0 && x.0 == y.0;
        let contained = short.chars.len() >= 2 && windows(long, short);
        match (brand, contained) {
            (_, true) => 2,
            (true, false) => 3,
            (false, false) => {
                let common = short.chars.iter().filter(|c| long.chars.contains(c)).count();
                if common.saturating_mul(2) >= long.chars.len() { WEAK } else { OTHER }
            }
        }
    }

    /// The best level of any value of one with any of the other.
    fn any(&self, a: &[Symbol], b: &[Symbol], other: u8) -> (u8, Symbol) {
        let mut best = (MISSING, 0);
        for x in a.iter().take_while(|symbol| **symbol != 0) {
            for y in b.iter().take_while(|symbol| **symbol != 0) {
                if x == y {
                    return (SAME, *x);
                }
                if best.0 > NEAR {
                    let (one, two) = (self.lex.get(*x), self.lex.get(*y));
                    let near = one.chars.len().min(two.chars.len()) > 1 && within(one, two, 1);
                    // 13800138000 and 8613800138000 are one number; so are a line and its extension.
                    let tail = one.chars.len() != two.chars.len()
                        && one.chars.len().min(two.chars.len()) >= 7
                        && (one.chars.ends_with(&two.chars) || two.chars.ends_with(&one.chars));
                    best = (if near || tail { NEAR } else { other }, 0);
                }
            }
        }
        best
    }

    fn emails(&self, a: &Entry, b: &Entry) -> (u8, Symbol) {
        let mut best = (MISSING, 0);
        for x in a.emails.iter().take_while(|email| email.0 != 0) {
            for y in b.emails.iter().take_while(|email| email.0 != 0) {
                let found = self.email(*x, *y);
                if found.0 < best.0 {
                    best = found;
                }
            }
        }
        best
    }

    fn email(&self, x: (Symbol, Symbol), y: (Symbol, Symbol)) -> (u8, Symbol) {
        let [one, two] = [x.0, y.0].map(|local| self.lex.get(local));
        let [host, other] = [x.1, y.1].map(|host| self.lex.get(host));
        let own = x.1 == y.1 && !host.public;
        if x == y && !(one.public && self.party == Party::Person) {
            return (SAME, x.0);
        }
        if x.0 == y.0 && !one.public {
            return (1, 0);
        }
        let hosts = || x.1 == y.1 || jaro(host, other, &A90);
        // A mail box is often called as its owner is: then the number behind the name is what tells two apart.
        if !differ_at_once(one, two) && numbered_apart(&one.chars, &two.chars) {
            return (if own { 4 } else { 5 }, 0);
        }
        if (jaro(one, two, &A92) || one.chars.len() > 4 && within(one, two, 2)) && hosts() {
            return (2, 0);
        }
        match () {
            () if jaro(one, two, &A88) => (3, 0),
            () if own => (4, 0),
            () if !host.public && !other.public && hosts() => (4, 0),
            () => (5, 0),
        }
    }

    fn digits(&self, a: Symbol, b: Symbol) -> (u8, Symbol) {
        if a == 0 || b == 0 {
            return (MISSING, 0);
        }
        if a == b {
            return (SAME, a);
        }
        let (one, two) = (self.lex.get(a), self.lex.get(b));
        let apart = apart(one, two);
        match () {
            () if apart <= 1 && one_edit(one, two) => (1, 0),
            () if apart <= 2 && edits(one, two) <= 2 => (2, 0),
            () => (3, 0),
        }
    }

    /// Texts: the same, one slip, near (where there is such a level), other.
    fn text(&self, a: Symbol, b: Symbol, other: u8) -> (u8, Symbol) {
        if a == 0 || b == 0 {
            return (MISSING, 0);
        }
        if a == b {
            return (SAME, a);
        }
        let (one, two) = (self.lex.get(a), self.lex.get(b));
        let short = one.chars.len().min(two.chars.len());
        let near = other.saturating_sub(1);
        match () {
            () if short >= 5 && within(one, two, 1) => (NEAR, 0),
            () if short >= 7 && within(one, two, 2) || jaro(one, two, &A92) => (near, 0),
            () => (other, 0),
        }
    }

    /// Postal code and city in one level.
    fn place(&self, a: &Entry, b: &Entry) -> u8 {
        let code = match self.digits(a.postal, b.postal).0 {
            0 => 0,
            1 => 1,
            MISSING => 3,
            _ => 2,
        };
        let city = match (a.city, b.city) {
            (0, _) | (_, 0) => 3,
            (x, y) if x == y => 0,
            (x, y) if jaro(self.lex.get(x), self.lex.get(y), &A88) => 1,
            _ => 2,
        };
        code << 2 | city
    }

    /// How much of what the words say they say together.
    fn words(&self, a: &[Symbol], b: &[Symbol]) -> u8 {
        let (a, b) = (said(a), said(b));
        if a.is_empty() || b.is_empty() {
            return MISSING;
        }
        self.said_words(a, b, |_, x, _, y| jaro(self.lex.get(x), self.lex.get(y), &A88))
    }

    /// The same of two streets, whose words are told apart by what is seen of them first.
    pub(super) fn street(&self, ways: &Ways, a: &Way, b: &Way) -> u8 {
        if a.is_empty() || b.is_empty() {
            return MISSING;
        }
        let near = ways.near(a, b);
        if near == 0 {
            let joined = ways.may_join(a, b) && self.joined(said(&a.symbols()), said(&b.symbols()));
            return if joined { 1 } else { 5 };
        }
        self.said_words(said(&a.symbols()), said(&b.symbols()), |i, x, j, y| {
            Ways::are_near(near, i, j) && similarity(self.lex.get(x), self.lex.get(y)) >= A88.least
        })
    }

    /// How much of what some words say they say together: a word counts by its rarity.
    fn said_words(
        &self,
        a: &[Symbol],
        b: &[Symbol],
        alike: impl Fn(usize, Symbol, usize, Symbol) -> bool,
    ) -> u8 {
        if a == b {
            return 0;
        }
        let worth = |word: Symbol| self.lex.get(word).worth;
        let total = |words: &[Symbol]| words.iter().map(|word| worth(*word)).sum::<f64>();
        let (mine, theirs) = (total(a), total(b));
        let mut used = 0_u32;
        let mut common = 0.0;
        for (own, x) in a.iter().enumerate() {
            let free = |at: usize| used >> at & 1 == 0;
            let close = |(at, y): (usize, &Symbol)| free(at) && x != y && alike(own, *x, at, *y);
            let same = b.iter().enumerate().position(|(at, y)| free(at) && x == y);
            let (at, part) = match same {
                Some(at) => (Some(at), 1.0),
                None => (b.iter().enumerate().position(close), 0.8),
            };
            if let Some((at, y)) = at.and_then(|at| Some((at, b.get(at)?))) {
                used |= 1 << at;
                common += part * f64::min(worth(*x), worth(*y));
            }
        }
        let (contained, share) = (common / f64::min(mine, theirs), common / f64::max(mine, theirs));
        if contained < 0.7 && self.joined(a, b) {
            return 1;
        }
        match () {
            () if share >= 0.9 => 0,
            () if contained >= 0.9 => 1,
            () if contained >= 0.7 => 2,
            () if contained >= 0.4 => 3,
            () if common > 0.0 => 4,
            () => 5,
        }
    }

    /// Whether the words are the same but for gaps, as far as the shorter goes: `pridhamstreet`, `pridham street`.
    fn joined(&self, a: &[Symbol], b: &[Symbol]) -> bool {
        let len = |words: &[Symbol]| -> usize {
            words.iter().map(|word| self.lex.get(*word).chars.len()).fold(0, usize::saturating_add)
        };
        let bag = |words: &[Symbol]| {
            let bags = words.iter().map(|word| self.lex.get(*word).bag);
            bags.fold(Bag::default(), Bag::and)
        };
        let (short, long, least) = match (len(a), len(b)) {
            (x, y) if x <= y => (a, b, x),
            (_, y) => (b, a, y),
        };
        let both = self.letters(short).zip(self.letters(long));
        let start = both.take(4).take_while(|(x, y)| x == y).count();
        let common = least.saturating_sub(bag(short).beyond(bag(long)));
        if least < 6 || !possible((least, least), (common, start), &A92) {
            return false;
        }
        let [one, two] =
            [short, long].map(|words| self.letters(words).take(least).collect::<Vec<char>>());
        letters::alike(&one, &two) >= A92.least
    }

    /// The letters of words one after the other.
    fn letters<'b>(&'b self, words: &'b [Symbol]) -> impl Iterator<Item = char> + 'b {
        words.iter().flat_map(|word| self.lex.get(*word).chars.iter().copied())
    }
}

/// The words that are said: 0 is none.
fn said(words: &[Symbol]) -> &[Symbol] {
    let count = words.iter().take_while(|word| **word != 0).count();
    words.get(..count).unwrap_or_default()
}

/// Whether two boxes begin with letters that are not the same.
const fn differ_at_once(one: &Value, two: &Value) -> bool {
    let (x, y) = (one.short.first(), two.short.first());
    one.fits() && two.fits() && x != y && !x.is_ascii_digit() && !y.is_ascii_digit()
}

/// Whether two boxes have the same letters and numbers that no single slip makes one of the other: wangwei88, wangwei1975.
fn numbered_apart(one: &[char], two: &[char]) -> bool {
    let digit = |c: &&char| c.is_ascii_digit();
    let letter = |c: &&char| !c.is_ascii_digit();
    let all = |chars: &[char]| chars.iter().filter(digit).copied().collect::<Vec<char>>();
    one.iter().any(char::is_ascii_digit)
        && two.iter().any(char::is_ascii_digit)
        && one.iter().filter(letter).eq(two.iter().filter(letter))
        && letters::edits(&all(one), &all(two)) > 1
}

/// How much a level speaks for two names being one: to choose among the ways to lay them side by side.
const fn points(level: u8) -> i32 {
    match level {
        SAME => 12,
        NEAR => 9,
        CLOSE => 6,
        INITIAL => 3,
        WEAK => 1,
        MISSING => 0,
        _ => -4,
    }
}

fn ordered<'a>(one: &'a Value, two: &'a Value) -> (&'a Value, &'a Value) {
    if one.chars.len() <= two.chars.len() { (one, two) } else { (two, one) }
}

fn windows(long: &Value, short: &Value) -> bool {
    long.chars.windows(short.chars.len()).any(|window| window == &*short.chars)
}

/// The level of two different names.
fn name_level(one: &Value, two: &Value) -> u8 {
    let (short, long) = ordered(one, two);
    match (one.han, two.han) {
        (true, true) => {
            let sounds = |value: &Value| chinese::sound(&value.chars.iter().collect::<String>());
            let common = short.chars.iter().filter(|c| long.chars.contains(c)).count();
            return match () {
                () if one.sound == two.sound && sounds(one) == sounds(two) => NEAR,
                () if common > 0 && long.chars.len() > 1 => WEAK,
                () => OTHER,
            };
        }
        (true, false) | (false, true) => {
            let (han, latin) = if one.han { (one, two) } else { (two, one) };
            let text = |value: &Value| value.chars.iter().collect::<String>();
            return if chinese::sounds_as(&text(han), &text(latin)) { NEAR } else { OTHER };
        }
        (false, false) => {}
    }
    if short.chars.len() == 1 {
        return if short.chars.first() == long.chars.first() { INITIAL } else { OTHER };
    }
    let apart = apart(one, two);
    if short.chars.len() >= 4 && apart <= 1 && one_edit(one, two) {
        return NEAR;
    }
    let common = long.chars.len().saturating_sub(apart);
    let sim = if may_be(one, two, common, &A72) { similarity(one, two) } else { 0.0 };
    let text = |value: &Value| value.chars.iter().collect::<String>();
    match () {
        () if sim >= 0.92 => NEAR,
        () if sim >= 0.84 => CLOSE,
        () if short.chars.len() >= 5 && apart <= 2 && edits(one, two) <= 2 => CLOSE,
        () if short.chars.len() >= 3 && starts_with(long, short) => CLOSE,
        () if short.nickname && NICKNAMES.contains(&(&text(short), &text(long))) => CLOSE,
        () if sim >= 0.72 => WEAK,
        () => OTHER,
    }
}

/// Edits (insert, delete, replace, swap neighbours) that make one of the other.
fn edits(one: &Value, two: &Value) -> usize {
    if one.fits() && two.fits() {
        return one.short.edits(two.short) as usize;
    }
    letters::edits(&one.chars, &two.chars)
}

fn starts_with(long: &Value, short: &Value) -> bool {
    if long.fits() && short.fits() {
        return long.short.starts_with(short.short);
    }
    long.chars.starts_with(&short.chars)
}

/// At least so many edits: what the longer one has beyond the other is at least as much as the other way round.
fn apart(one: &Value, two: &Value) -> usize {
    let (short, long) = ordered(one, two);
    long.bag.beyond(short.bag)
}

/// Whether at most one edit makes one of the other.
fn one_edit(one: &Value, two: &Value) -> bool {
    if one.fits() && two.fits() {
        return one.short.within_one(two.short);
    }
    edits(one, two) <= 1
}

/// Whether so few edits make one of the other.
fn within(one: &Value, two: &Value, most: usize) -> bool {
    apart(one, two) <= most && if most == 1 { one_edit(one, two) } else { edits(one, two) <= most }
}

fn similarity(one: &Value, two: &Value) -> f64 {
    if one.fits() && two.fits() {
        return one.short.alike(two.short);
    }
    letters::alike(&one.chars, &two.chars)
}

/// Whether Jaro–Winkler may be that much, by lengths, letters in common and the common start.
fn reachable(one: &Value, two: &Value, least: &Alike) -> bool {
    may_be(one, two, one.chars.len().saturating_sub(one.bag.beyond(two.bag)), least)
}

fn may_be(one: &Value, two: &Value, common: usize, least: &Alike) -> bool {
    let start = if one.fits() && two.fits() {
        one.short.start(two.short) as usize
    } else {
        one.chars.iter().zip(&two.chars).take(4).take_while(|(x, y)| x == y).count()
    };
    possible((one.chars.len(), two.chars.len()), (common, start), least)
}

/// How alike two words shall be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alike {
    /// Jaro–Winkler, at least.
    least: f64,
    /// What comes of it for the letters in common, by the common start.
    needs: [f64; 5],
}

impl Alike {
    const fn least(least: f64) -> Self {
        let needs = [
            need(least, 0.0),
            need(least, 1.0),
            need(least, 2.0),
            need(least, 3.0),
            need(least, 4.0),
        ];
        Self { least, needs }
    }
}

const fn need(least: f64, start: f64) -> f64 {
    // What Jaro must be, so that the common start lifts it that high; a little less, for what rounding takes.
    let lift = 0.1 * start;
    let jaro = (least - lift) / (1.0 - lift) - 1e-9;
    3.0 * jaro - 1.0
}

pub(super) const A72: Alike = Alike::least(0.72);
pub(super) const A84: Alike = Alike::least(0.84);
pub(super) const A88: Alike = Alike::least(0.88);
const A90: Alike = Alike::least(0.9);
pub(super) const A92: Alike = Alike::least(0.92);
const A93: Alike = Alike::least(0.93);

/// Whether Jaro–Winkler of words of these lengths may be that much, with so many letters in common and in the common start.
#[expect(clippy::cast_precision_loss, reason = "lengths of words")]
pub(super) fn possible(
    (m, n): (usize, usize),
    (common, start): (usize, usize),
    least: &Alike,
) -> bool {
    let need = least.needs.get(start).copied().unwrap_or(f64::NEG_INFINITY);
    let (sum, product) = (m.saturating_add(n) as f64, m.saturating_mul(n) as f64);
    common as f64 * sum >= need * product
}

/// Whether Jaro–Winkler is at least that.
fn jaro(one: &Value, two: &Value, least: &Alike) -> bool {
    reachable(one, two, least) && similarity(one, two) >= least.least
}
