//! Spellings become comparable: width, case, accents, both Chinese scripts, forms of address, numbers, mail boxes.

use unicode_normalization::UnicodeNormalization as _;

use super::chinese::{self, Simplified, is_han};

/// What is read before a name, and what follows it, that is no part of it.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mister",
    "dr",
    "prof",
    "professor",
    "sir",
    "madam",
    "herr",
    "frau",
    "monsieur",
    "madame",
    "jr",
    "sr",
    "phd",
    "md",
    "esq",
];

/// What belongs to the family name behind it.
const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "del", "della", "di", "da", "du", "dos", "la", "le", "al",
    "el", "bin", "ibn", "ben", "mac", "mc", "o", "st", "ter", "ten", "zu",
];

/// Words that stand where nobody knows a name.
const PLACEHOLDERS: &[&str] = &[
    "unknown",
    "none",
    "null",
    "na",
    "nan",
    "test",
    "anonymous",
    "noname",
    "unnamed",
    "xxx",
    "未知",
    "无名",
    "匿名",
    "测试",
    "不详",
];

/// Hosts where anybody has a mail box: sharing one says nothing of two people or companies.
const MAIL_HOSTS: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "189.cn",
    "21cn.com",
    "aliyun.com",
    "aol.com",
    "foxmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "outlook.com",
    "protonmail.com",
    "qq.com",
    "sina.cn",
    "sina.com",
    "sohu.com",
    "tom.com",
    "vip.163.com",
    "vip.qq.com",
    "wo.cn",
    "web.de",
    "yahoo.co.jp",
    "yahoo.com",
    "yahoo.com.cn",
    "yandex.ru",
    "yeah.net",
    "hotmail.co.uk",
    "yahoo.co.uk",
    "live.cn",
    "t-online.de",
    "orange.fr",
    "free.fr",
    "proton.me",
];

/// Boxes that a company has and nobody in particular.
const ROLE_BOXES: &[&str] = &[
    "info",
    "sales",
    "contact",
    "office",
    "admin",
    "service",
    "support",
    "hello",
    "mail",
    "hr",
    "marketing",
    "webmaster",
    "postmaster",
    "kontakt",
    "enquiries",
];

/// Short names and the names they stand for (English usage), where the short one is not just the beginning.
pub(super) const NICKNAMES: &[(&str, &str)] = &[
    ("bill", "william"),
    ("will", "william"),
    ("billy", "william"),
    ("bob", "robert"),
    ("bobby", "robert"),
    ("rob", "robert"),
    ("robbie", "robert"),
    ("bert", "albert"),
    ("dick", "richard"),
    ("rick", "richard"),
    ("rich", "richard"),
    ("jim", "james"),
    ("jimmy", "james"),
    ("jack", "john"),
    ("johnny", "john"),
    ("hank", "henry"),
    ("harry", "henry"),
    ("harry", "harold"),
    ("ted", "edward"),
    ("ned", "edward"),
    ("ed", "edward"),
    ("ted", "theodore"),
    ("tony", "anthony"),
    ("drew", "andrew"),
    ("andy", "andrew"),
    ("mike", "michael"),
    ("mick", "michael"),
    ("dave", "david"),
    ("steve", "stephen"),
    ("steve", "steven"),
    ("chuck", "charles"),
    ("charlie", "charles"),
    ("larry", "lawrence"),
    ("jerry", "gerald"),
    ("jerry", "jerome"),
    ("jeff", "geoffrey"),
    ("tom", "thomas"),
    ("tommy", "thomas"),
    ("dan", "daniel"),
    ("danny", "daniel"),
    ("matt", "matthew"),
    ("nick", "nicholas"),
    ("nico", "nicholas"),
    ("chris", "christopher"),
    ("kit", "christopher"),
    ("joe", "joseph"),
    ("sam", "samuel"),
    ("ben", "benjamin"),
    ("alex", "alexander"),
    ("sandy", "alexander"),
    ("xander", "alexander"),
    ("fred", "frederick"),
    ("gus", "augustus"),
    ("kate", "katherine"),
    ("kate", "catherine"),
    ("katie", "katherine"),
    ("kathy", "katherine"),
    ("cathy", "catherine"),
    ("kit", "katherine"),
    ("liz", "elizabeth"),
    ("lizzie", "elizabeth"),
    ("beth", "elizabeth"),
    ("betty", "elizabeth"),
    ("eliza", "elizabeth"),
    ("lisa", "elizabeth"),
    ("peggy", "margaret"),
    ("meg", "margaret"),
    ("maggie", "margaret"),
    ("greta", "margaret"),
    ("molly", "mary"),
    ("polly", "mary"),
    ("mae", "mary"),
    ("sally", "sarah"),
    ("sadie", "sarah"),
    ("nancy", "ann"),
    ("annie", "ann"),
    ("becky", "rebecca"),
    ("debbie", "deborah"),
    ("jenny", "jennifer"),
    ("abby", "abigail"),
    ("gail", "abigail"),
    ("mandy", "amanda"),
    ("tina", "christina"),
    ("tina", "christine"),
    ("sue", "susan"),
    ("susie", "susan"),
    ("pat", "patricia"),
    ("patty", "patricia"),
    ("trish", "patricia"),
    ("vicky", "victoria"),
    ("tori", "victoria"),
    ("nell", "eleanor"),
    ("nell", "helen"),
    ("ellie", "eleanor"),
    ("dot", "dorothy"),
    ("dolly", "dorothy"),
    ("barb", "barbara"),
    ("fran", "frances"),
    ("ginny", "virginia"),
    ("hetty", "henrietta"),
    ("lottie", "charlotte"),
    ("millie", "mildred"),
    ("zach", "zachary"),
    ("zack", "zachary"),
    ("josh", "joshua"),
    ("nate", "nathan"),
];

/// Makes texts comparable.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    table: Simplified,
}

impl Folder {
    /// Small letters and digits in one width and script, without accents; everything else is one space. Rule DUP-1
    /// (B13).
    ///
    /// Source: Unicode UAX #15 (NFKD), then marks are dropped.
    pub(super) fn fold(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        if text.is_ascii() {
            text.bytes().for_each(|byte| plain(&mut out, byte));
        } else {
            let small = text.nfkc().flat_map(char::to_lowercase);
            for c in small {
                match c {
                    'ß' => out.push_str("ss"),
                    'æ' => out.push_str("ae"),
                    'œ' => out.push_str("oe"),
                    'ø' => out.push('o'),
                    'ł' => out.push('l'),
                    'đ' | 'ð' => out.push('d'),
                    'þ' => out.push_str("th"),
                    c if is_han(c) => out.push(chinese::simplified(c, &self.table)),
                    c if c < '\u{250}' || ('\u{1E00}'..='\u{1EFF}').contains(&c) => {
                        c.to_string().nfd().for_each(|c| push(&mut out, c));
                    }
                    c => push(&mut out, c),
                }
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
}

/// Appends a letter or digit as a small one; an apostrophe vanishes, anything else is a gap.
fn push(out: &mut String, c: char) {
    if c.is_alphanumeric() {
        out.push(c.to_ascii_lowercase());
    } else if unicode_normalization::char::is_combining_mark(c) || matches!(c, '\'' | '’' | '`') {
    } else if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// The same of an ASCII character.
fn plain(out: &mut String, byte: u8) {
    match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(byte.to_ascii_lowercase())),
        b'\'' | b'`' => {}
        _ if out.is_empty() || out.ends_with(' ') => {}
        _ => out.push(' '),
    }
}

/// A person's name in parts: each way in which it can be cut into given and family name, the usual one first. Either
/// may be empty, not both.
pub(super) type Cuts = Vec<(String, String)>;

/// The ways to cut a name. Rule DUP-3 (B13).
pub(super) fn person(folder: &Folder, text: &str) -> Cuts {
    let folded = match text.split_once([',', '，']) {
        // Smith, John
        Some((family, given)) if !given.contains([',', '，']) && !given.trim().is_empty() => {
            folder.fold(&format!("{given} {family}"))
        }
        _ => folder.fold(text),
    };
    if folded.chars().all(|c| c.is_numeric() || c == ' ') || PLACEHOLDERS.contains(&&*folded) {
        return Vec::new();
    }
    if folded.chars().all(|c| is_han(c) || c == ' ') {
        let joined: String = folded.split(' ').collect();
        let plain = chinese::plain(&joined);
        let (family, given) = chinese::parts(plain);
        return vec![(given.to_owned(), family.to_owned())];
    }
    let words = folded.split(' ').filter(|word| !TITLES.contains(word));
    // A number in a name is somebody's key, not theirs.
    let words: Vec<&str> = words.filter(|word| !word.bytes().any(|b| b.is_ascii_digit())).collect();
    let joined = |words: &[&str]| words.concat();
    match words.as_slice() {
        [] => Vec::new(),
        [only] => vec![((*only).to_owned(), String::new())],
        [given, family] => vec![((*given).to_owned(), (*family).to_owned())],
        [first, middle @ .., last] => {
            let from = middle.iter().position(|word| PARTICLES.contains(word));
            let family = match from {
                Some(at) => joined(words.get(at.saturating_add(1)..).unwrap_or_default()),
                None => (*last).to_owned(),
            };
            let given = (*first).to_owned();
            // A gap may stand inside a part: eri n blaschke, ann lee harris.
            let mut cuts = vec![(given, family)];
            for at in 1..words.len() {
                let (given, family) = words.split_at(at);
                let cut = (joined(given), joined(family));
                if !cuts.contains(&cut) && cuts.len() < CUTS_MAX {
                    cuts.push(cut);
                }
            }
            cuts
        }
    }
}

/// Ways to cut one name at most.
const CUTS_MAX: usize = 4;

/// A phone number by its last digits: country codes and leading zeros are written or not.
pub(super) fn phone(text: &str) -> Option<String> {
    let mut tail = digits(text);
    let before = tail.len().saturating_sub(PHONE_TAIL);
    tail.drain(..before);
    (tail.len() >= PHONE_LEAST).then_some(tail)
}

/// The digits of a text.
pub(super) fn digits(text: &str) -> String {
    let mut digits = String::with_capacity(text.len());
    digits.extend(text.bytes().filter(u8::is_ascii_digit).map(char::from));
    digits
}

/// Digits by which phone numbers are compared: those of a Chinese mobile number without its country code.
const PHONE_TAIL: usize = 11;
/// Fewer digits are no phone number.
const PHONE_LEAST: usize = 5;

/// A mail box: the local part as its host may read it, without tag and dots, and the host.
pub(super) fn email(folder: &Folder, text: &str) -> Option<(String, String)> {
    let (local, host) = text.trim().rsplit_once('@')?;
    let host = host.trim();
    let host = if host.is_ascii() { host.to_ascii_lowercase() } else { host.to_lowercase() };
    let local = local.split('+').next().unwrap_or_default();
    let local = gapless(folder.fold(local));
    (!local.is_empty() && !host.is_empty()).then_some((local, host))
}

/// Whether a host tells its users apart from nobody.
pub(super) fn is_mail_host(host: &str) -> bool {
    MAIL_HOSTS.contains(&host)
}

/// Whether a box is a company's rather than a person's.
pub(super) fn is_role_box(local: &str) -> bool {
    ROLE_BOXES.contains(&local)
}

/// The host of a web site, without www and path.
pub(super) fn web(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    host.contains('.').then(|| host.to_owned())
}

/// A folded text without its gaps.
pub(super) fn gapless(mut text: String) -> String {
    text.retain(|c| c != ' ');
    text
}

/// The words and numbers of a folded street, cut at gaps, where digits begin and end, and where the script changes: `unit
/// 5 12a hill st` → unit, 5, 12, a, hill, st; 世纪大道100号 → 世纪大道, 100, 号.
pub(super) fn runs(folded: &str) -> impl Iterator<Item = &str> {
    let class = |c: char| match c {
        c if c.is_ascii_digit() => 0,
        c if is_han(c) => 1,
        _ => 2,
    };
    folded.split(' ').flat_map(move |word| {
        let mut rest = word;
        core::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let end = if rest.is_ascii() {
                rest.bytes().position(|byte| byte.is_ascii_digit() != first.is_ascii_digit())
            } else {
                rest.find(|c| class(c) != class(first))
            };
            let (run, behind) = rest.split_at(end.unwrap_or(rest.len()));
            rest = behind;
            Some(run)
        })
    })
}

/// Whether a run is one of digits.
pub(super) fn is_number(run: &str) -> bool {
    run.starts_with(|c: char| c.is_ascii_digit())
}

/// Which consonants a word has, in six classes after its first letter (Soundex, US National Archives).
pub(super) fn soundex(word: &str) -> String {
    let class = |c: char| match c {
        'b' | 'f' | 'p' | 'v' => Some('1'),
        'c' | 'g' | 'j' | 'k' | 'q' | 's' | 'x' | 'z' => Some('2'),
        'd' | 't' => Some('3'),
        'l' => Some('4'),
        'm' | 'n' => Some('5'),
        'r' => Some('6'),
        _ => None,
    };
    let mut chars = word.chars().filter(char::is_ascii_alphabetic);
    let Some(first) = chars.next() else { return String::new() };
    let mut out = first.to_ascii_uppercase().to_string();
    let mut last = class(first);
    for c in chars {
        let own = class(c);
        if let Some(digit) = own.filter(|_| own != last) {
            out.push(digit);
        }
        // h and w do not part two letters of one class, vowels do.
        if !matches!(c, 'h' | 'w') {
            last = own;
        }
        if out.len() == 4 {
            break;
        }
    }
    while out.len() < 4 {
        out.push('0');
    }
    out
}
