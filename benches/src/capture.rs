//! A lead comes in where a million are stored: `lead.capture` with its likely matches and its durable commit.
//!
//! The stored leads are made-up people, Chinese and English, as a source of leads has them: a name, mostly a phone,
//! often a mail box and a company. They are brought in by `import.rows` into an SQLite file. Every second one who then
//! comes in is one of these with a slip of the pen; of the others nobody is stored, though names are shared, as names are.

use std::sync::Arc;

use crm_sqlite::SqliteStore;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::data::{self, Host, Random};
use crate::measure::{Cost, Series, load, resident_mb, rounded, us};
use crate::{Failure, Findings, Line, Options, Scratch};

/// Leads that are stored, where nobody says how many.
const STORED: u64 = 20_000;
/// Leads that come in.
const CALLS: usize = 1_000;
/// Calls before anything is timed.
const WARM: usize = 20;

/// Family names and given ones of China, about as often as they are borne: the first far more often than the last.
const FAMILIES: &str = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚";
const GIVEN: &str = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂红玉梅鹏辉玲华飞鑫波斌莉宇浩凯健俊帆雪荣帅婷琳晶欣颖佳瑞博文建国志海永春生龙光天林松";
const ENGLISH: [&str; 40] = [
    "James",
    "Mary",
    "Robert",
    "Patricia",
    "John",
    "Jennifer",
    "Michael",
    "Linda",
    "David",
    "Elizabeth",
    "William",
    "Barbara",
    "Richard",
    "Susan",
    "Joseph",
    "Jessica",
    "Thomas",
    "Sarah",
    "Charles",
    "Karen",
    "Christopher",
    "Lisa",
    "Daniel",
    "Nancy",
    "Matthew",
    "Betty",
    "Anthony",
    "Margaret",
    "Mark",
    "Sandra",
    "Donald",
    "Ashley",
    "Steven",
    "Kimberly",
    "Paul",
    "Emily",
    "Andrew",
    "Donna",
    "Joshua",
    "Michelle",
];
const SURNAMES: [&str; 40] = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Rodriguez",
    "Martinez",
    "Hernandez",
    "Lopez",
    "Gonzalez",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Jackson",
    "Martin",
    "Lee",
    "Perez",
    "Thompson",
    "White",
    "Harris",
    "Sanchez",
    "Clark",
    "Ramirez",
    "Lewis",
    "Robinson",
    "Walker",
    "Young",
    "Allen",
    "King",
    "Wright",
    "Scott",
    "Torres",
    "Nguyen",
    "Hill",
    "Flores",
];
const PLACES: [&str; 8] = ["上海", "深圳", "苏州", "杭州", "成都", "武汉", "青岛", "天津"];
const TRADES: [&str; 6] = ["机械设备", "精密仪器", "电子科技", "自动化", "新材料", "物流装备"];
const HOSTS: [&str; 5] = ["163.com", "qq.com", "gmail.com", "outlook.com", "example.com"];
const SYLLABLES: [&str; 24] = [
    "heng", "hua", "xin", "hong", "rui", "sheng", "jin", "bo", "tian", "zhong", "dong", "yuan",
    "mor", "ston", "ber", "lin", "wood", "har", "ley", "ford", "win", "dale", "ash", "ton",
];

/// Somebody who is a lead.
#[derive(Clone, Debug, Default)]
struct Person {
    name: String,
    phone: Option<String>,
    email: Option<String>,
    company: Option<String>,
}

/// The rank of one among `most`, the first far more often than the last.
fn rank(random: &mut Random, most: usize) -> usize {
    let share = random.below(1 << 20) as f64 / f64::from(1_u32 << 20);
    ((most as f64 + 1.0).powf(share) - 1.0) as usize % most
}

fn letter(random: &mut Random, of: &[char]) -> char {
    of[rank(random, of.len())]
}

/// The number and the mail box hold `at`, so that nobody has those of another.
fn person(random: &mut Random, at: u64, (families, given): (&[char], &[char])) -> Person {
    let chinese = random.below(3) > 0;
    let word = |random: &mut Random, syllables: u64| -> String {
        (0..syllables).map(|_| *random.one(&SYLLABLES)).collect()
    };
    let name = if chinese {
        let mut name = letter(random, families).to_string();
        (0..1 + random.below(4).min(1)).for_each(|_| name.push(letter(random, given)));
        name
    } else {
        let family = if random.below(2) == 0 {
            SURNAMES[rank(random, SURNAMES.len())].to_owned()
        } else {
            let mut word = word(random, 3);
            word[..1].make_ascii_uppercase();
            word
        };
        format!("{} {family}", ENGLISH[rank(random, ENGLISH.len())])
    };
    // Spread over all numbers: neighbours in time have nothing in common.
    let number = at.wrapping_mul(7_368_787) % 100_000_000;
    let phone = match chinese {
        true => format!("1{}{number:08}", random.one(&["38", "39", "58", "77", "86"])),
        false => format!("+4473{number:08}"),
    };
    let email = format!("{}{at}@{}", word(random, 2), random.one(&HOSTS));
    let company = match chinese {
        true => {
            let own: String = (0..2).map(|_| letter(random, given)).collect();
            format!("{}{own}{}有限公司", random.one(&PLACES), random.one(&TRADES))
        }
        false => format!("{} Ltd", word(random, 3)),
    };
    let (has_phone, has_email) = match random.below(10) {
        0..5 => (true, true),
        5..8 => (true, false),
        _ => (false, true),
    };
    Person {
        name,
        phone: has_phone.then_some(phone),
        email: has_email.then_some(email),
        company: (random.below(10) < 6).then_some(company),
    }
}

/// What a hurried hand makes of a text of at least two letters: one wrong, missing, twice, or two in the other order.
fn slip(random: &mut Random, text: &str, wrong: &[char]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = random.below(letters.len().max(2) as u64 - 1) as usize;
    match random.below(4) {
        0 => letters.swap(at, at + 1),
        1 if letters.len() > 2 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = wrong[random.below(wrong.len() as u64) as usize],
    }
    letters.into_iter().collect()
}

/// The slips, and how many who have one are found.
const SLIPS: [&str; 6] = [
    "none",
    "a letter of the name",
    "a digit of the phone",
    "another phone",
    "another mail box",
    "names in the other order",
];

/// The same person once more with one slip; which, as a place in [`SLIPS`].
fn again(random: &mut Random, one: &Person, at: u64, given: &[char]) -> (Person, usize) {
    let mut two = one.clone();
    two.company = two.company.filter(|_| random.below(2) == 0);
    let other = at.wrapping_mul(7_368_787) % 100_000_000;
    let which = match random.below(6) as usize {
        // Only where something is left by which they may be known.
        2 | 3 if one.phone.is_none() || one.email.is_none() => 1,
        4 if one.phone.is_none() || one.email.is_none() => 0,
        5 if !one.name.contains(' ') => 1,
        which => which,
    };
    match which {
        1 => {
            let wrong: Vec<char> = match one.name.is_ascii() {
                true => ('a'..='z').collect(),
                false => given.to_vec(),
            };
            two.name = slip(random, &one.name, &wrong);
        }
        2 => {
            let phone = one.phone.as_deref().unwrap_or_default();
            let (head, tail) = phone.split_at(phone.len() - 8);
            let mut digits: Vec<char> = tail.chars().collect();
            let place = random.below(8) as usize;
            let digit = digits[place].to_digit(10).unwrap_or(0) as u64;
            digits[place] = char::from(b'0' + ((digit + 1 + random.below(8)) % 10) as u8);
            two.phone = Some(format!("{head}{}", digits.iter().collect::<String>()));
        }
        3 => two.phone = Some(format!("138{other:08}")),
        4 => two.email = Some(format!("{}{at}@{}", random.one(&SYLLABLES), random.one(&HOSTS))),
        5 => two.name = one.name.split(' ').rev().collect::<Vec<_>>().join(" "),
        _ => {}
    }
    (two, which)
}

/// The fields of a request.
fn wish(one: &Person) -> Value {
    let mut wish = json!({"name": one.name});
    if let Some(phone) = &one.phone {
        wish["phones"] = json!([phone]);
    }
    if let Some(email) = &one.email {
        wish["emails"] = json!([email]);
    }
    if let Some(company) = &one.company {
        wish["company"] = json!(company);
    }
    wish
}

/// A thousand captures over [`Options::rows`] stored leads, 20,000 where nothing is said; a million need some 2 GB of disk
/// and minutes for the import.
///
/// # Errors
///
/// What the engine refuses.
pub fn run(options: &Options) -> Result<Findings, Failure> {
    let stored = options.rows_or(STORED);
    let families: Vec<char> = FAMILIES.chars().collect();
    let given: Vec<char> = GIVEN.chars().collect();
    let names = (families.as_slice(), given.as_slice());
    let made = |at: u64| person(&mut Random::new(options.seed << 32 | at), at, names);
    let scratch = Scratch::new(options)?;
    let file = scratch.file("capture.db");
    let (ids, imported) = Cost::of(|| -> Result<Vec<Uuid>, Failure> {
        let store = Arc::new(SqliteStore::load(&file)?);
        let mut host = Host::new(store.clone());
        let rows = (0..stored)
            .map(|at| json!({"row": at + 2, "key": format!("L{at}"), "set": wish(&made(at))}));
        let ids = data::imported(&mut host, "lead", rows)?;
        store.finish_load()?;
        Ok(ids)
    });
    let ids = ids?;
    let store = Arc::new(SqliteStore::open(&file)?);
    let mut host = Host::after(store, stored);
    let mut random = Random::new(options.seed + 77);
    let (mut wall, mut cpu) = <(Series, Series)>::default();
    let mut found = [(0_usize, 0_usize); SLIPS.len()];
    let (mut strangers, mut named, mut sure) = (0_usize, 0_usize, 0_usize);
    let before = load();
    for at in 0..(WARM + CALLS) as u64 {
        let known = at % 2 == 0;
        let beyond = stored + 1 + at;
        let meant = random.below(stored);
        let (one, slipped) = match known {
            true => again(&mut random, &made(meant), beyond, &given),
            false => (made(beyond), 0),
        };
        let request = serde_json::to_vec(&wish(&one))?;
        let env = host.env()?;
        let (answer, cost) =
            Cost::of(|| data::called(&host.session, &env, "lead.capture", &request, None));
        let answer: Value = serde_json::from_slice(&answer?)?;
        if at < WARM as u64 {
            continue;
        }
        wall.push(us(cost.wall));
        cpu.push(us(cost.cpu));
        let likely = answer["likely"].as_array().map(Vec::as_slice).unwrap_or_default();
        if known {
            let (right, all) = &mut found[slipped];
            *all += 1;
            let id = ids.get(usize::try_from(meant)?).map(Uuid::to_string).unwrap_or_default();
            *right += usize::from(likely.iter().any(|found| found["id"] == id.as_str()));
        } else {
            strangers += 1;
            named += usize::from(!likely.is_empty());
            let certain = |found: &Value| found["probability_bp"].as_u64() >= Some(9_500);
            sure += usize::from(likely.iter().any(certain));
        }
    }
    let by_slip: Map<String, Value> = SLIPS
        .iter()
        .zip(&found)
        .map(|(slip, (right, all))| ((*slip).to_owned(), json!({"known": all, "found": right})))
        .collect();
    let right: usize = found.iter().map(|(right, _)| right).sum();
    let all: usize = found.iter().map(|(_, all)| all).sum();
    let json = json!({
        "stored": stored, "calls": CALLS, "import_s": rounded(imported.wall.as_secs_f64()),
        "capture_us_p50": rounded(wall.median()), "capture_us_p99": rounded(wall.at(0.99)),
        "capture_cpu_us_p50": rounded(cpu.median()), "capture_cpu_us_p99": rounded(cpu.at(0.99)),
        "known": all, "found": right, "by_slip": by_slip,
        "strangers": strangers, "strangers_named": named, "strangers_named_from_0.95": sure,
        "resident_mb": rounded(resident_mb()), "synchronous": "FULL", "load": [before, load()],
    });
    let line = Line {
        what: format!("a lead captured among {stored}, with its commit, p50"),
        unit: "µs",
        engine: wall.median(),
        peer: wall.at(0.99),
        against: "the same, p99".to_owned(),
    };
    let json = json.as_object().cloned().unwrap_or_default();
    Ok(Findings { name: "capture", lines: vec![line], json })
}
