//! Who is who among generated people: how long all of it takes, and how long one question takes.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use crm_core::dedupe::{Index, Matcher, Party, Profile};
use serde_json::json;

use crate::measure::Cost;
use crate::{Failure, Findings, Line, Options};

/// What splink took for 50,000 people on the machine of the plan, in seconds of CPU: not of this run.
const SPLINK_CPU: f64 = 11.7;
/// Questions that are asked of the index.
const QUESTIONS: usize = 2_000;

/// Stored people for one whose duplicates are found: a million for 50,000.
const STORED: usize = 20;

/// Finds duplicates among `rows` people (50,000 where nothing is said), then asks an index of `20 × rows` about one new
/// record after the other; a million stored people take some 3 GB.
///
/// With `export` the people go to `people.csv`, the stored ones to `stored.csv` and those asked about to `asked.csv`, with
/// who each of them is, so that peers have the same.
///
/// # Errors
///
/// Quality that is not what it was: a figure for wrong answers is none.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let rows = usize::try_from(options.rows_or(50_000))?;
    let (profiles, who) = people(rows, options.seed);
    let mut seconds = Vec::new();
    let mut last = None;
    for _ in 0..options.rounds {
        let (found, cost) = Cost::of(|| {
            let matcher = Matcher::learn(Party::Person, &profiles, &[], &BTreeSet::new());
            let matches = matcher.matches();
            (matcher, matches)
        });
        seconds.push(cost.cpu.as_secs_f64());
        last = Some(found);
    }
    let Some((matcher, matches)) = last else { return Err("no round".into()) };
    let right = matches.pairs.iter().filter(|pair| who.get(pair.left) == who.get(pair.right));
    let (right, found) = (right.count() as f64, matches.pairs.len() as f64);
    let all = who.windows(2).filter(|pair| matches!(pair, [a, b] if a == b)).count() as f64;
    let (precision, recall) = (right / found, right / all);
    if precision < 0.99 || recall < 0.98 {
        return Err(format!("precision {precision}, recall {recall}").into());
    }
    seconds.sort_by(f64::total_cmp);
    let least = seconds.first().copied().unwrap_or_default();
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or_default();
    let compared = matches.compared as f64;

    let (many, many_are) = people(rows.saturating_mul(STORED), options.seed.wrapping_add(1));
    let began = Instant::now();
    let mut index = Index::over(matcher, &many);
    let built = began.elapsed().as_secs_f64();
    let (mut asked, mut asked_are) = people(QUESTIONS, options.seed.wrapping_add(2));
    // Every other question is about somebody who is there; of the others nobody is.
    for (at, (one, is)) in asked.iter_mut().zip(&mut asked_are).enumerate() {
        let place = at.wrapping_mul(37) % many.len().max(1);
        *is = many.len().saturating_add(at);
        if let Some((known, who)) = many.get(place).zip(many_are.get(place)).filter(|_| at % 2 == 0)
        {
            (*one, *is) = (known.clone(), *who);
        }
    }
    // Beside the clock on the wall the CPU's: on a machine that others use, the slowest are those that had to wait.
    let (mut micros, mut cpu_micros) = (Vec::new(), Vec::new());
    for (at, one) in asked.iter().enumerate() {
        let (alike, cost) = Cost::of(|| index.alike(one));
        micros.push(cost.wall.as_secs_f64() * 1e6);
        cpu_micros.push(cost.cpu.as_secs_f64() * 1e6);
        if at % 2 == 0 && alike.is_empty() {
            return Err(format!("question {at}: somebody who is there is not found").into());
        }
    }
    if let Some(folder) = &options.export {
        std::fs::create_dir_all(folder)?;
        write(&folder.join("people.csv"), &profiles, &who)?;
        write(&folder.join("stored.csv"), &many, &many_are)?;
        write(&folder.join("asked.csv"), &asked, &asked_are)?;
    }
    micros.sort_by(f64::total_cmp);
    cpu_micros.sort_by(f64::total_cmp);
    let share = |all: &[f64], of: usize| all.get(all.len() * of / 100).copied().unwrap_or_default();
    let line = Line {
        what: format!("{rows} people: learn, compare, group (CPU)"),
        unit: "s",
        engine: least,
        peer: SPLINK_CPU * rows as f64 / 50_000.0,
        against: "splink, from the plan, not this run".to_owned(),
    };
    let figures = json!({
        "rows": rows, "rounds": options.rounds, "cpu_s_min": least, "cpu_s_median": median,
        "candidate_pairs": matches.compared, "us_per_pair": least * 1e6 / compared,
        "precision": precision, "recall": recall,
        "stored": many.len(), "index_s": built, "ask_us_p50": share(&micros, 50), "ask_us_p99": share(&micros, 99),
        "ask_cpu_us_p50": share(&cpu_micros, 50), "ask_cpu_us_p99": share(&cpu_micros, 99),
        "peer_splink_cpu_s": SPLINK_CPU, "peer_is_of_this_run": false,
    });
    let json = figures.as_object().cloned().unwrap_or_default();
    Ok(Findings { name: "dedupe", lines: vec![line], json })
}

/// Writes records with who each is.
fn write(file: &Path, profiles: &[Profile], who: &[usize]) -> Result<(), Failure> {
    let mut out = csv::Writer::from_path(file)?;
    out.write_record([
        "id", "who", "name", "birthday", "street", "city", "postal", "email", "phone",
    ])?;
    for (at, (profile, who)) in profiles.iter().zip(who).enumerate() {
        let Profile { name, birthday, street, city, postal_code, emails, phones, .. } = profile;
        let (email, phone) = (emails.first(), phones.first());
        let [email, phone] = [email, phone].map(|one| one.map_or("", String::as_str));
        let (id, who) = (at.to_string(), who.to_string());
        let row: [&str; 9] = [&id, &who, name, birthday, street, city, postal_code, email, phone];
        out.write_record(row)?;
    }
    Ok(out.flush()?)
}

/// Numbers that look like chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % most
    }

    /// The rank of one among `most`, the first far more often than the last, as with names.
    fn rank(&mut self, most: usize) -> usize {
        let share = self.below(1 << 20) as f64 / f64::from(1_u32 << 20);
        ((most as f64).powf(share) - 1.0) as usize % most
    }
}

/// A word that belongs to a number.
fn word(number: usize, syllables: usize) -> String {
    const HEADS: [&str; 20] = [
        "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "br", "st",
        "th", "sh",
    ];
    const TAILS: [&str; 7] = ["a", "e", "i", "o", "u", "ai", "ea"];
    let mut rest = number.wrapping_mul(2_654_435_761) % (1 << 32);
    let mut text = String::new();
    for _ in 0..syllables {
        text += HEADS[rest % 20];
        rest /= 20;
        text += TAILS[rest % 7];
        rest /= 7;
    }
    text
}

/// A text with one slip.
fn slip(dice: &mut Dice, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = dice.below(letters.len().max(2) - 1);
    let letter = char::from(b'a' + dice.below(26) as u8);
    match dice.below(4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letter),
        _ => letters[at] = letter,
    }
    letters.into_iter().collect()
}

/// At least so many records of people, a quarter of the people twice with two slips; and who each is.
fn people(rows: usize, seed: u64) -> (Vec<Profile>, Vec<usize>) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut profiles, mut who) = (Vec::new(), Vec::new());
    while profiles.len() < rows {
        let id = profiles.len();
        let (given, city) = (dice.rank(600), dice.rank(800));
        let given = word(given + 1, 2);
        let mail = format!("{given}{}@{}.com", dice.below(10_000), word(dice.below(50), 2));
        let kind = ["street", "road", "lane", "avenue"][dice.below(4)];
        let one = Profile {
            name: format!("{given} {}", word(dice.rank(8_000) + 1_000, 3)),
            birthday: format!(
                "{}{:02}{:02}",
                1930 + dice.below(75),
                1 + dice.below(12),
                1 + dice.below(28)
            ),
            street: format!(
                "{} {} {kind}",
                1 + dice.below(300),
                word(dice.rank(3_000) + 50_000, 3)
            ),
            city: word(city + 90_000, 3),
            postal_code: format!("{:05}", city * 100 + dice.below(20)),
            emails: Some(mail).filter(|_| dice.below(2) == 0).into_iter().collect(),
            phones: vec![format!("1{:010}", dice.below(10_000_000_000))],
            ..Profile::default()
        };
        if dice.below(4) == 0 {
            let mut two = one.clone();
            for _ in 0..2 {
                match dice.below(6) {
                    0 => two.name = slip(&mut dice, &two.name),
                    1 => two.phones.clear(),
                    2 => two.street = slip(&mut dice, &two.street),
                    3 => two.emails.clear(),
                    4 => two.birthday.clear(),
                    _ => {
                        let words: Vec<&str> = two.name.split(' ').rev().collect();
                        two.name = words.join(" ");
                    }
                }
            }
            profiles.push(two);
            who.push(id);
        }
        profiles.push(one);
        who.push(id);
    }
    (profiles, who)
}
