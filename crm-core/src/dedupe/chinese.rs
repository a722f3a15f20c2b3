//! What is particular to names in Chinese: two scripts, surnames before given names, sounds, forms of address.

use pinyin::{ToPinyin as _, ToPinyinMulti as _};

use super::characters::{SIMPLIFIED, TRADITIONAL};

/// The simplified form of a character; any other is itself. Rule DUP-2 (B13).
pub(super) fn simplified(c: char, table: &Simplified) -> char {
    match table.0.binary_search_by_key(&c, |(from, _)| *from) {
        Ok(at) => table.0.get(at).map_or(c, |(_, to)| *to),
        Err(_) => c,
    }
}

/// The table of simplified characters, by the traditional one.
#[derive(Clone, Debug)]
pub(super) struct Simplified(Vec<(char, char)>);

impl Default for Simplified {
    fn default() -> Self {
        Self(TRADITIONAL.chars().zip(SIMPLIFIED.chars()).collect())
    }
}

/// Whether a character is a Chinese one.
pub(super) const fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3134F}')
}

/// Surnames of two characters (复姓).
const COMPOUND: &[&str] = &[
    "欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "司徒", "夏侯",
    "宇文", "长孙", "端木", "南宫", "独孤", "轩辕", "申屠", "闻人", "澹台", "公冶", "宗政", "濮阳",
    "淳于", "单于", "太叔", "仲孙", "钟离", "鲜于", "闾丘", "司空", "西门", "东郭", "呼延", "拓跋",
];

/// What a character sounds like as a surname, where that is not its first reading.
const SURNAMES: &[(char, &str)] = &[
    ('曾', "zeng"),
    ('单', "shan"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('区', "ou"),
    ('查', "zha"),
    ('朴', "piao"),
    ('任', "ren"),
    ('盖', "ge"),
    ('华', "hua"),
    ('尉', "wei"),
    ('乐', "yue"),
    ('翟', "zhai"),
    ('覃', "qin"),
    ('缪', "miao"),
    ('宓', "mi"),
    ('冼', "xian"),
    ('黑', "he"),
    ('折', "she"),
    ('员', "yun"),
    ('召', "shao"),
    ('种', "chong"),
    ('秘', "bi"),
    ('繁', "po"),
    ('石', "shi"),
    ('沈', "shen"),
    ('贾', "jia"),
    ('吕', "lv"),
    ('那', "na"),
    ('万', "wan"),
    ('重', "chong"),
    ('长', "chang"),
    ('柏', "bai"),
    ('卜', "bu"),
    ('晟', "cheng"),
];

/// What follows a name when one speaks of somebody (称谓), the longest first.
const ADDRESSES: &[&str] = &[
    "总经理",
    "董事长",
    "负责人",
    "副总",
    "先生",
    "女士",
    "小姐",
    "老师",
    "经理",
    "主任",
    "总监",
    "老板",
    "师傅",
    "同学",
    "医生",
    "教授",
    "总",
    "工",
];

/// The name without a form of address behind it: 王伟先生 → 王伟, 王总 → 王.
pub(super) fn plain(name: &str) -> &str {
    let cut = ADDRESSES.iter().find_map(|address| name.strip_suffix(address));
    cut.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// A name of Chinese characters as surname and given name; the given one is empty where only a surname is said.
pub(super) fn parts(name: &str) -> (&str, &str) {
    let count = name.chars().count();
    let compound = COMPOUND.iter().any(|surname| name.starts_with(surname)) && count > 2;
    let at = name.char_indices().nth(if compound { 2 } else { 1 }).map_or(name.len(), |(at, _)| at);
    name.split_at(at)
}

/// How a surname sounds, without tones.
pub(super) fn surname_sound(surname: &str) -> String {
    let single = surname.chars().next().filter(|_| surname.chars().count() == 1);
    let own = single.and_then(|c| SURNAMES.iter().find(|(of, _)| *of == c));
    own.map_or_else(|| sound(surname), |(_, sound)| (*sound).to_owned())
}

/// How characters sound, without tones: the first reading of each; what is not Chinese stands as it is.
pub(super) fn sound(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c.to_pinyin() {
            Some(reading) => out.extend(reading.plain().chars().map(umlaut)),
            None => out.push(c),
        }
    }
    out
}

/// `ü` as keyboards have it.
const fn umlaut(c: char) -> char {
    if c == 'ü' { 'v' } else { c }
}

/// Whether a word of Latin letters is how these characters may sound, in any reading of each: 重庆 is chongqing and
/// zhongqing. Initials count: `ww` and `wangw` for 王伟 are not, `wangwei` is.
pub(super) fn sounds_as(text: &str, word: &str) -> bool {
    rests(text, word).contains(&"")
}

/// Whether a word of Latin letters begins as these characters may sound.
pub(super) fn sounds_start(text: &str, word: &str) -> bool {
    !text.is_empty() && !rests(text, word).is_empty()
}

/// What may be left of a word behind what characters sound like.
fn rests<'a>(text: &str, word: &'a str) -> Vec<&'a str> {
    let mut rests = vec![word];
    for c in text.chars() {
        let mut readings: Vec<String> = match c.to_pinyin_multi() {
            Some(multi) => {
                multi.into_iter().map(|r| r.plain().chars().map(umlaut).collect()).collect()
            }
            None => vec![c.to_string()],
        };
        readings.extend(SURNAMES.iter().filter(|(of, _)| *of == c).map(|(_, s)| (*s).to_owned()));
        // ü is written v, u or yu.
        let also: Vec<String> = readings.iter().filter(|r| r.contains('v')).cloned().collect();
        for reading in also {
            readings.push(reading.replace('v', "u"));
            readings.push(reading.replace('v', "yu"));
        }
        readings.sort_unstable();
        readings.dedup();
        let next = rests.iter().flat_map(|rest| {
            readings.iter().filter_map(|reading| rest.strip_prefix(reading.as_str()))
        });
        let mut next: Vec<&str> = next.collect();
        next.sort_unstable();
        next.dedup();
        rests = next;
    }
    rests
}
