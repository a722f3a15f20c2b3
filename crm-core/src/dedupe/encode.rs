//! Profiles become numbers: every distinct value one symbol, so that equal values are compared in one step.

use core::hash::{Hash as _, Hasher};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::DefaultHasher;

use super::chinese::{self, is_han};
use super::fields::CUSTOM_MAX;
use super::letters::{Bag, Packed};
use super::names;
use super::normalize::{self, Folder};
use super::profile::{Party, Profile};

/// A distinct value; 0 is none.
pub(super) type Symbol = u32;

/// What kind of value a symbol stands for: equal spellings of different kinds are different symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// A part of a person's name.
    Name,
    /// How a name sounds.
    Sound,
    /// A word of a company's name.
    Word,
    /// A day, a number of registration.
    Number,
    /// A phone number.
    Phone,
    /// A number in an address.
    House,
    /// A postal code.
    Postal,
    /// The local part of a mail box.
    Box,
    /// A host.
    Host,
    /// A word of a street.
    Street,
    /// A city.
    City,
    /// A province or state.
    Region,
    /// A company.
    Company,
    /// A value of the custom field at that place.
    Custom(u8),
}

/// How many sorts there are.
const SORTS: usize = 13 + CUSTOM_MAX;

impl Sort {
    /// The place of a sort among all of them.
    const fn place(self) -> usize {
        match self {
            Self::Name => 0,
            Self::Sound => 1,
            Self::Word => 2,
            Self::Number => 3,
            Self::Phone => 4,
            Self::House => 5,
            Self::Postal => 6,
            Self::Box => 7,
            Self::Host => 8,
            Self::Street => 9,
            Self::City => 10,
            Self::Region => 11,
            Self::Company => 12,
            Self::Custom(at) => 13_usize.saturating_add(at as usize),
        }
    }
}

/// What comparisons need of a value: a cache line.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(super) struct Value {
    /// Its letters.
    pub(super) chars: Box<[char]>,
    /// What a word of it counts: the less, the more parties have it.
    pub(super) worth: f64,
    /// How it sounds.
    pub(super) sound: Symbol,
    /// The letters on bits, where they fit.
    pub(super) short: Packed,
    /// How many letters it has of each class.
    pub(super) bag: Bag,
    /// Made of Chinese characters.
    pub(super) han: bool,
    /// Everybody has it: a host of mail boxes, a box such as info@.
    pub(super) public: bool,
    /// A short name that stands for another.
    pub(super) nickname: bool,
}

impl Value {
    /// Whether its letters fit on bits.
    pub(super) const fn fits(&self) -> bool {
        self.short.len() > 0
    }
}

/// How common a value is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    /// How many different parties have it.
    pub(super) count: u32,
    /// The binary logarithm of that.
    pub(super) common: f32,
}

/// The values that there are.
#[derive(Clone, Debug)]
pub(super) struct Lexicon {
    /// The symbols of each sort: those of a city lie near each other, whatever else there is.
    ids: [Table; SORTS],
    values: Vec<Value>,
    shares: Vec<Share>,
    nothing: Value,
}

impl Default for Lexicon {
    fn default() -> Self {
        Self {
            ids: Default::default(),
            values: vec![Value::default()],
            shares: vec![Share::default()],
            nothing: Value::default(),
        }
    }
}

impl Lexicon {
    /// One that so many values may fill before it is made larger.
    fn with_room(values: usize) -> Self {
        let mut lexicon = Self::default();
        lexicon.values.reserve(values);
        lexicon.shares.reserve(values);
        lexicon
    }

    /// The symbol of a value; of none, 0. Two values share one only where 64 bits of SipHash do.
    pub(super) fn intern(&mut self, sort: Sort, text: &str) -> Symbol {
        if text.is_empty() {
            return 0;
        }
        let mut hash = DefaultHasher::new();
        hash.write(text.as_bytes());
        let hash = hash.finish();
        if let Some(id) = self.ids.get(sort.place()).and_then(|ids| ids.get(hash)) {
            return id;
        }
        let chars: Box<[char]> = if text.is_ascii() {
            text.bytes().map(char::from).collect()
        } else {
            text.chars().collect()
        };
        let short = Packed::of(&chars);
        let bag = Bag::of(chars.iter().copied());
        let han = chars.iter().all(|c| is_han(*c));
        let public = sort == Sort::Host && normalize::is_mail_host(text)
            || sort == Sort::Box && normalize::is_role_box(text);
        let nickname =
            sort == Sort::Name && normalize::NICKNAMES.iter().any(|(short, _)| *short == text);
        let id = u32::try_from(self.values.len()).unwrap_or(0);
        if let Some(ids) = self.ids.get_mut(sort.place()) {
            ids.put(hash, id);
        }
        self.values.push(Value {
            chars,
            short: short.unwrap_or_default(),
            bag,
            han,
            public,
            nickname,
            sound: 0,
            worth: 1.0,
        });
        self.shares.push(Share::default());
        let sound = match (sort == Sort::Name, han) {
            (false, _) => 0,
            (true, false) => self.intern(Sort::Sound, &normalize::soundex(text)),
            (true, true) => {
                let single = text.chars().nth(1).is_none();
                let sound =
                    if single { chinese::surname_sound(text) } else { chinese::sound(text) };
                self.intern(Sort::Sound, &normalize::soundex(&sound))
            }
        };
        if let Some(value) = self.values.get_mut(id as usize) {
            value.sound = sound;
        }
        id
    }

    /// What comparisons need of a symbol.
    pub(super) fn get(&self, symbol: Symbol) -> &Value {
        // The first value is the empty one, and no symbol is handed out without its value.
        self.values.get(symbol as usize).unwrap_or(&self.nothing)
    }

    /// How many symbols there are, and none.
    pub(super) const fn len(&self) -> usize {
        self.values.len()
    }

    /// How common a value is.
    pub(super) fn share(&self, symbol: Symbol) -> Share {
        self.shares.get(symbol as usize).copied().unwrap_or_default()
    }

    /// How many parties have each value, from the records of each party in turn.
    #[expect(clippy::float_arithmetic, reason = "what a word counts is a real number")]
    pub(super) fn count<'a>(&mut self, records: impl Iterator<Item = (u32, &'a Entry)>) {
        // How many, and which party each value was seen with last.
        let mut seen = vec![(0_u32, u32::MAX); self.values.len()];
        for (party, entry) in records {
            entry.values(|symbol| {
                if let Some((count, last)) = seen.get_mut(symbol as usize)
                    && *last != party
                {
                    *last = party;
                    *count = count.saturating_add(1);
                }
            });
        }
        for ((share, value), (count, _)) in self.shares.iter_mut().zip(&mut self.values).zip(seen) {
            #[expect(clippy::cast_precision_loss, reason = "a logarithm needs no more")]
            let common = if count > 1 { libm::log2f(count as f32) } else { 0.0 };
            *share = Share { count, common };
            value.worth = 1.0 / (1.0 + f64::from(common));
        }
    }
}

/// Symbols by the hashes of their values, in open addressing: hashes are spread already.
#[derive(Clone, Debug, Default)]
struct Table {
    /// A power of two of them, or none; a symbol of 0 is an empty place.
    places: Vec<(u64, Symbol)>,
    used: usize,
}

impl Table {
    /// The place where a hash is, or where it would be.
    fn place(&self, hash: u64) -> usize {
        let last = self.places.len().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are all that counts")]
        let mut at = hash as usize & last;
        while self.places.get(at).is_some_and(|(held, id)| *id != 0 && *held != hash) {
            at = at.wrapping_add(1) & last;
        }
        at
    }

    fn get(&self, hash: u64) -> Option<Symbol> {
        self.places.get(self.place(hash)).map(|(_, id)| *id).filter(|id| *id != 0)
    }

    fn put(&mut self, hash: u64, id: Symbol) {
        if self.used.saturating_mul(2) >= self.places.len() {
            let wider = self.places.len().saturating_mul(2).max(1 << 10);
            let held = core::mem::replace(&mut self.places, vec![(0, 0); wider]);
            for (hash, id) in held.into_iter().filter(|(_, id)| *id != 0) {
                self.set(hash, id);
            }
        }
        self.set(hash, id);
        self.used = self.used.saturating_add(1);
    }

    fn set(&mut self, hash: u64, id: Symbol) {
        let at = self.place(hash);
        if let Some(place) = self.places.get_mut(at) {
            *place = (hash, id);
        }
    }
}

/// Ways to cut a name, words of a street: at most.
const FEW: usize = 4;

/// Words of a street.
pub(super) type Street = [Symbol; 6];

/// One record as symbols; what most pairs differ in stands first, so that they are told apart by one or two cache lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(C)]
pub(super) struct Entry {
    /// The ways to cut a person's name into given and family name; a company's brand and trade.
    pub(super) cuts: [(Symbol, Symbol); FEW],
    /// Birthday or registration.
    pub(super) number: Symbol,
    /// Postal code.
    pub(super) postal: Symbol,
    /// City.
    pub(super) city: Symbol,
    /// Province.
    pub(super) region: Symbol,
    /// Numbers of the street.
    pub(super) houses: [Symbol; 3],
    /// Phone numbers.
    pub(super) phones: [Symbol; FEW],
    /// The name without gaps; of a company without place and legal form.
    pub(super) whole: Symbol,
    /// Words of the street.
    pub(super) street: Street,
    /// Mail boxes: local part and host.
    pub(super) emails: [(Symbol, Symbol); FEW],
    /// Company of a person, host of a company.
    pub(super) company: Symbol,
    /// The words of a company's name.
    pub(super) words: [Symbol; 6],
    /// A company's legal form.
    pub(super) form: Symbol,
    /// Custom values.
    pub(super) custom: [Symbol; CUSTOM_MAX],
}

impl Entry {
    /// A number that two entries share which say the very same, and next to no others.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut mixed = Mixed::default();
        self.hash(&mut mixed);
        mixed.finish()
    }

    /// Everything whose rarity counts.
    pub(super) fn values(&self, mut value: impl FnMut(Symbol)) {
        let mut all = |symbols: &[Symbol]| {
            symbols.iter().filter(|symbol| **symbol != 0).for_each(|symbol| value(*symbol));
        };
        let cut = self.cuts.first().copied().unwrap_or_default();
        all(&[cut.0, cut.1, self.whole, self.number, self.company, self.city]);
        all(&self.words);
        all(&self.street);
        all(&self.houses);
        all(&self.phones);
        self.emails.iter().for_each(|(local, host)| all(&[*local, *host]));
        all(&self.custom);
    }
}

/// Mixes symbols in a step each. What comes of it is compared with what it stands for wherever it counts.
#[derive(Default)]
struct Mixed(u64);

impl Mixed {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(word.into());
    }

    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// Makes entries of profiles.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    /// The values that there are.
    pub(super) lexicon: Lexicon,
    folder: Folder,
    party: Party,
    /// The custom fields that are compared.
    pub(super) custom: Vec<String>,
    /// The custom fields that hold mail boxes.
    mail: Vec<String>,
    /// The symbols of provinces, and one, by the hashes of region and city as they are folded.
    regions: Table,
    /// Words that so many names have that they tell nobody apart.
    idle: BTreeSet<String>,
}

/// Fills places in order; what does not fit is left out.
fn fill<T>(places: &mut [T], values: impl Iterator<Item = T>) {
    for (place, value) in places.iter_mut().zip(values) {
        *place = value;
    }
}

impl Encoder {
    /// An encoder for profiles such as these: it looks at which custom fields there are and which words names have.
    pub(super) fn of(party: Party, profiles: &[Profile]) -> Self {
        let folder = Folder::default();
        let (mail, custom) = custom_fields(profiles);
        let idle =
            if party == Party::Person { idle_words(&folder, profiles) } else { BTreeSet::new() };
        let lexicon = Lexicon::with_room(profiles.len().saturating_mul(4));
        Self { lexicon, folder, party, custom, mail, regions: Table::default(), idle }
    }

    /// A profile as symbols.
    pub(super) fn entry(&mut self, profile: &Profile) -> Entry {
        let mut entry = Entry::default();
        match self.party {
            Party::Person => self.person(profile, &mut entry),
            Party::Company => self.company(profile, &mut entry),
        }
        self.reach(profile, &mut entry);
        self.address(profile, &mut entry);
        for (at, (code, place)) in self.custom.iter().zip(&mut entry.custom).enumerate() {
            let Some(text) = profile.custom.get(code) else { continue };
            let sort = Sort::Custom(u8::try_from(at).unwrap_or(0));
            *place = self.lexicon.intern(sort, &self.folder.fold(text));
        }
        entry
    }

    fn person(&mut self, profile: &Profile, entry: &mut Entry) {
        let cuts = if self.idle.is_empty() {
            normalize::person(&self.folder, &profile.name)
        } else {
            let folded = self.folder.fold(&profile.name);
            let told = folded.split(' ').filter(|word| !self.idle.contains(*word));
            normalize::person(&self.folder, &told.collect::<Vec<_>>().join(" "))
        };
        let lex = &mut self.lexicon;
        if let Some((given, family)) = cuts.last() {
            entry.whole = lex.intern(Sort::Word, &[given.as_str(), family].concat());
        }
        let cuts = cuts
            .iter()
            .map(|(given, family)| (lex.intern(Sort::Name, given), lex.intern(Sort::Name, family)));
        fill(&mut entry.cuts, cuts);
        entry.number = lex.intern(Sort::Number, &normalize::digits(&profile.birthday));
        if !profile.company.is_empty() {
            let company = names::company(&self.folder, &profile.company);
            entry.company = lex.intern(Sort::Company, &company.core);
        }
    }

    fn company(&mut self, profile: &Profile, entry: &mut Entry) {
        let name = names::company(&self.folder, &profile.name);
        let lex = &mut self.lexicon;
        entry.whole = lex.intern(Sort::Company, &name.core);
        let brand = (lex.intern(Sort::Word, &name.brand), lex.intern(Sort::Word, &name.trade));
        fill(&mut entry.cuts, core::iter::once(brand));
        fill(&mut entry.words, name.words.iter().map(|word| lex.intern(Sort::Word, word)));
        entry.form = lex.intern(Sort::Word, name.form);
        entry.region = lex.intern(Sort::Region, &name.region);
        let number = normalize::gapless(self.folder.fold(&profile.registration));
        entry.number = lex.intern(Sort::Number, &number);
        let host = normalize::web(&profile.website).unwrap_or_default();
        entry.company = lex.intern(Sort::Host, &host);
    }

    fn reach(&mut self, profile: &Profile, entry: &mut Entry) {
        let lex = &mut self.lexicon;
        let phones = profile.phones.iter().filter_map(|phone| normalize::phone(phone));
        fill(&mut entry.phones, phones.map(|phone| lex.intern(Sort::Phone, &phone)));
        let folder = &self.folder;
        let written = self.mail.iter().filter_map(|code| profile.custom.get(code));
        let emails = profile.emails.iter().chain(written);
        let emails = emails.filter_map(|email| normalize::email(folder, email));
        let emails = emails
            .map(|(local, host)| (lex.intern(Sort::Box, &local), lex.intern(Sort::Host, &host)));
        fill(&mut entry.emails, emails);
        // A company is where its mail comes from, unless everybody has mail there.
        let own = entry.emails.iter().map(|(_, host)| *host).find(|host| !lex.get(*host).public);
        if self.party == Party::Company && entry.company == 0 {
            entry.company = own.unwrap_or(0);
        }
    }

    fn address(&mut self, profile: &Profile, entry: &mut Entry) {
        let lex = &mut self.lexicon;
        let street = match &*profile.district {
            "" => self.folder.fold(&profile.street),
            district => self.folder.fold(&format!("{} {district}", profile.street)),
        };
        let (mut words, mut houses) = (entry.street.iter_mut(), entry.houses.iter_mut());
        for run in normalize::runs(&street) {
            let (sort, place) = match normalize::is_number(run) {
                true => (Sort::House, houses.next()),
                false => (Sort::Street, words.next()),
            };
            if let Some(place) = place {
                *place = lex.intern(sort, run);
            }
        }
        let city = self.folder.fold(&profile.city);
        entry.city = lex.intern(Sort::City, names::city(&city));
        let said = self.folder.fold(&profile.region);
        let mut hash = DefaultHasher::new();
        hash.write(said.as_bytes());
        hash.write(b" ");
        hash.write(city.as_bytes());
        let hash = hash.finish();
        let region = match self.regions.get(hash) {
            Some(known) => known.saturating_sub(1),
            None => {
                let region = names::region(&said);
                let region = if region.is_empty() { names::province(&city) } else { region };
                let symbol = lex.intern(Sort::Region, &region);
                self.regions.put(hash, symbol.saturating_add(1));
                symbol
            }
        };
        if region != 0 {
            entry.region = region;
        }
        let postal = normalize::gapless(self.folder.fold(&profile.postal_code));
        entry.postal = lex.intern(Sort::Postal, &postal);
    }
}

/// The custom fields that are worth comparing: those that hold mail boxes, and of the others the ones that the most
/// records fill, each of them with what the rest of its record does not say already.
fn custom_fields(profiles: &[Profile]) -> (Vec<String>, Vec<String>) {
    #[derive(Default)]
    struct Filled {
        count: usize,
        repeated: usize,
        mail: usize,
    }
    let mut filled: BTreeMap<&str, Filled> = BTreeMap::new();
    for profile in profiles {
        for (code, text) in profile.custom.iter().filter(|(_, text)| !text.is_empty()) {
            let of = filled.entry(code).or_default();
            let said = [&profile.name, &profile.street, &profile.city, &profile.company];
            let repeats = text.chars().nth(1).is_some() && said.iter().any(|s| s.contains(text));
            of.count = of.count.saturating_add(1);
            of.repeated = of.repeated.saturating_add(usize::from(repeats));
            of.mail = of.mail.saturating_add(usize::from(text.contains('@')));
        }
    }
    filled.retain(|_, of| of.repeated.saturating_mul(2) < of.count);
    let is_mail = |of: &Filled| of.mail.saturating_mul(10) > of.count.saturating_mul(8);
    let (mail, others): (Vec<_>, Vec<_>) = filled.into_iter().partition(|(_, of)| is_mail(of));
    let mut others = others;
    others.sort_by_key(|(code, of)| (core::cmp::Reverse(of.count), *code));
    let codes = |fields: Vec<(&str, Filled)>, most: usize| {
        fields.into_iter().take(most).map(|(code, _)| code.to_owned()).collect()
    };
    (codes(mail, CUSTOM_MAX), codes(others, CUSTOM_MAX))
}

/// The words that a third of all names have, where there are enough names to tell: `rec`, `Herr`, `客户`.
fn idle_words(folder: &Folder, profiles: &[Profile]) -> BTreeSet<String> {
    const ENOUGH: usize = 100;
    // The words of the first names that there are stand for all.
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let named = profiles.iter().filter(|profile| !profile.name.is_empty()).take(1_000);
    let mut names = 0_usize;
    for profile in named {
        names = names.saturating_add(1);
        for word in folder.fold(&profile.name).split(' ') {
            let count = counts.entry(word.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }
    counts.retain(|_, count| names >= ENOUGH && count.saturating_mul(3) > names);
    counts.into_keys().collect()
}
