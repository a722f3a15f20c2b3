//! Regions of China.

mod names;

use core::fmt;

use names::{AREA_CODES, PREFECTURES, PROVINCES};

use super::PhoneNumber;

/// A province or prefecture of China, as GB/T 2260 numbers them.
///
/// Counties are not in the table: a county's code leads to the prefecture around it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    /// Its first two or four digits, as a number.
    prefix: u32,
}

impl Region {
    /// The smallest known region around a six-digit code: 310115 (浦东新区) is in 310100, 440000 is itself.
    ///
    /// Nothing when neither prefecture nor province is known, or the text is no such code.
    pub fn around(code: &str) -> Option<Self> {
        let digits =
            Some(code).filter(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));
        let prefix = digits?.parse::<u32>().ok()? / 100;
        if prefix.is_multiple_of(100) && code.ends_with("00") {
            return Self::of_prefix(prefix / 100);
        }
        Self::of_prefix(prefix)
    }

    /// The province or prefecture that a text begins with: `上海市浦东新区` → 310000, `广东省深圳市南山区` → 440300,
    /// `杭州某某科技有限公司` → 330100. A province may also be written in English, alone.
    ///
    /// It is a hint, not a proof: a company may be named after a city in which it is not. A short name that goes on as
    /// a district or street (`朝阳区`, `南京路`) does not count.
    pub fn find(text: &str) -> Option<Self> {
        let text = text.trim();
        // A full name of a prefecture goes before a short name of a province: 吉林市, 海南藏族自治州.
        if let Some((prefix, _)) = prefectures().find(|(_, name)| text.starts_with(name)) {
            return Self::of_prefix(*prefix);
        }
        match province_at(text) {
            None => prefecture_at(text, |_| true),
            Some((province, rest)) => prefecture_at(rest.trim_start(), |of| of == province)
                .or_else(|| Self::of_prefix(province)),
        }
    }

    /// What follows the province or prefecture that a text begins with: `上海市浦江机械` → `浦江机械`; nothing where it begins
    /// with none.
    pub fn strip(text: &str) -> Option<&str> {
        let after = |name: &str| {
            text.strip_prefix(name).or_else(|| after_short_name(text, short_name(name)))
        };
        let full = prefectures().find_map(|(_, name)| text.strip_prefix(name));
        let rest = full.or_else(|| province_at(text).map(|(_, rest)| rest));
        rest.or_else(|| prefectures().find_map(|(_, name)| after(name)))
    }

    /// The province in which a landline of mainland China is; nothing for other numbers.
    pub fn of_phone(phone: &PhoneNumber) -> Option<Self> {
        let significant = phone.number().strip_prefix("+86")?;
        // Mobile numbers have eleven digits from 1; 010 is the only area code that begins with it.
        if significant.len() == 11 && significant.starts_with('1')
            || significant.starts_with("400")
            || significant.starts_with("800")
        {
            return None;
        }
        let starts = |(area, _): &&(&str, u32)| significant.starts_with(area);
        let longest = AREA_CODES.iter().filter(starts).max_by_key(|(area, _)| area.len());
        longest.and_then(|(_, province)| Self::of_prefix(*province))
    }

    /// The six digits.
    pub fn code(self) -> String {
        format!("{:0<6}", self.prefix)
    }

    /// Its full name in Chinese; of a municipality's districts, the municipality's.
    pub fn name(self) -> &'static str {
        let prefecture = prefectures().find(|(prefix, _)| *prefix == self.prefix);
        prefecture.map_or_else(|| self.row().map_or("", |(_, name, _, _)| name), |(_, name)| name)
    }

    /// The province around it, or itself.
    #[must_use]
    pub fn province(self) -> Self {
        Self { prefix: self.province_prefix() }
    }

    /// The name of its province in English.
    pub fn province_in_english(self) -> &'static str {
        self.row().map_or("", |(_, _, _, english)| english)
    }

    /// It is a province, an autonomous region, a municipality or a special administrative region.
    pub const fn is_province(self) -> bool {
        self.prefix < 100
    }

    fn of_prefix(prefix: u32) -> Option<Self> {
        let province = PROVINCES.iter().any(|(province, ..)| *province == prefix);
        let known =
            province || PREFECTURES.binary_search_by_key(&prefix, |(prefix, _)| *prefix).is_ok();
        known.then_some(Self { prefix })
    }

    const fn province_prefix(self) -> u32 {
        if self.is_province() { self.prefix } else { self.prefix / 100 }
    }

    fn row(self) -> Option<&'static (u32, &'static str, &'static str, &'static str)> {
        PROVINCES.iter().find(|(prefix, ..)| *prefix == self.province_prefix())
    }
}

/// The rows that are places: without the districts of a municipality and the counties that a province governs together.
fn prefectures() -> impl Iterator<Item = &'static (u32, &'static str)> {
    PREFECTURES
        .iter()
        .filter(|(prefix, name)| prefix % 100 != 90 && !matches!(*name, "市辖区" | "县"))
}

/// The province that a text begins with, and what follows it.
fn province_at(text: &str) -> Option<(u32, &str)> {
    PROVINCES.iter().find_map(|(prefix, name, short, english)| {
        let rest = text.strip_prefix(name).or_else(|| after_short_name(text, short));
        let rest = rest.or_else(|| english.eq_ignore_ascii_case(text).then_some(""));
        rest.map(|rest| (*prefix, rest))
    })
}

/// The prefecture that a text begins with, in a province that will do.
fn prefecture_at(text: &str, in_province: impl Fn(u32) -> bool) -> Option<Region> {
    let begins =
        |name: &str| text.starts_with(name) || after_short_name(text, short_name(name)).is_some();
    let found = prefectures().find(|(prefix, name)| in_province(prefix / 100) && begins(name));
    found.and_then(|(prefix, _)| Region::of_prefix(*prefix))
}

/// What people call a prefecture: its name without 市, 地区 or 盟; of an autonomous prefecture the full name.
fn short_name(name: &str) -> &str {
    let short = ["市", "地区", "盟"].iter().find_map(|suffix| name.strip_suffix(suffix));
    short.unwrap_or(name)
}

/// What follows a short name, unless it goes on as the name of something smaller: 朝阳区, 南京东路, 深圳大道.
fn after_short_name<'a>(text: &'a str, short: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(short)?;
    let smaller = rest.trim_start_matches(['东', '西', '南', '北', '中', '大']);
    (!smaller.starts_with(['区', '县', '镇', '村', '路', '街', '道'])).then_some(rest)
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0<6} {}", self.prefix, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Country;

    #[test]
    fn a_code_leads_to_the_smallest_known_region() {
        let table = [
            ("310000", Some(("310000", "上海市", "310000"))),
            ("310115", Some(("310100", "上海市", "310000"))),
            ("440300", Some(("440300", "深圳市", "440000"))),
            ("440305", Some(("440300", "深圳市", "440000"))),
            ("659001", Some(("659000", "新疆维吾尔自治区", "650000"))),
            ("710000", Some(("710000", "台湾省", "710000"))),
            ("990000", None),
            ("449900", None),
            ("31", None),
            ("31000a", None),
            ("+10000", None),
            ("US-CA", None),
        ];
        for (code, expected) in table {
            let region = Region::around(code).map(|r| (r.code(), r.name(), r.province().code()));
            let got = region.as_ref().map(|(code, name, province)| (&**code, *name, &**province));
            assert_eq!(got, expected, "{code}");
        }
    }

    #[test]
    fn a_text_begins_with_its_region() {
        let table = [
            ("上海市浦东新区世纪大道1号", Some("310000")),
            ("广东省深圳市南山区", Some("440300")),
            ("广东深圳", Some("440300")),
            ("深圳市腾讯计算机系统有限公司", Some("440300")),
            ("杭州某某科技有限公司", Some("330100")),
            ("新疆乌鲁木齐市", Some("650100")),
            ("内蒙古自治区锡林郭勒盟", Some("152500")),
            ("吉林市", Some("220200")),
            ("吉林省吉林市", Some("220200")),
            ("吉林", Some("220000")),
            ("海南省海口市", Some("460100")),
            ("海南藏族自治州", Some("632500")),
            ("重庆市渝中区", Some("500000")),
            ("香港特别行政区", Some("810000")),
            ("shanghai", Some("310000")),
            ("朝阳区建国路", None),
            ("南京路1号", None),
            ("中山北路", None),
            ("北京东方科技有限公司", Some("110000")),
            ("市辖区", None),
            ("", None),
        ];
        for (text, code) in table {
            assert_eq!(Region::find(text).map(Region::code).as_deref(), code, "{text:?}");
        }
    }

    #[test]
    fn a_landline_lies_in_a_province() {
        let table = [
            ("010-62345678", Some("北京市")),
            ("0755-86234567", Some("广东省")),
            ("0571-87654321", Some("浙江省")),
            ("0898-66543210", Some("海南省")),
            ("0891-6321234", Some("西藏自治区")),
            ("0991-2821234", Some("新疆维吾尔自治区")),
            ("13800138000", None),
            ("400-812-3123", None),
            ("+1 415 555 2671", None),
        ];
        for (text, province) in table {
            let phone = PhoneNumber::parse_possible(text, Country::CHINA).unwrap();
            assert_eq!(Region::of_phone(&phone).map(Region::name), province, "{text}");
        }
    }

    #[test]
    fn the_tables_are_in_order_and_whole() {
        assert!(
            PREFECTURES.is_sorted_by(|a, b| a.0 < b.0) && PROVINCES.is_sorted_by(|a, b| a.0 < b.0)
        );
        let orphan = PREFECTURES.iter().find(|(p, _)| Region::of_prefix(p / 100).is_none());
        assert_eq!(orphan, None);
        assert!(AREA_CODES.iter().all(|(_, province)| Region::of_prefix(*province).is_some()));
        // 333 prefectures, and the collectives: 5 of municipalities, 4 of provinces and regions.
        assert_eq!(PREFECTURES.len(), 333 + 9);
        assert_eq!(Region::around("440300").unwrap().province_in_english(), "Guangdong");
    }
}
