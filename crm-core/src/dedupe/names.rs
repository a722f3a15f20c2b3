//! Names of companies and places: what tells one from another, without place, trade and legal form.

use super::chinese::is_han;
use super::normalize::Folder;
use crate::value::Region;

/// Legal forms as they stand at the end of a name, folded, the longest first (GB 企业名称登记管理规定; GLEIF's list of entity
/// legal forms for the Latin ones).
const FORMS: &[(&str, &str)] = &[
    ("股份有限责任公司", "股份"),
    ("集团股份有限公司", "股份"),
    ("集团有限责任公司", "有限"),
    ("集团有限公司", "有限"),
    ("股份有限公司", "股份"),
    ("有限责任公司", "有限"),
    ("股份公司", "股份"),
    ("有限公司", "有限"),
    ("集团公司", "有限"),
    ("总公司", "有限"),
    ("分公司", "分"),
    ("公司", "有限"),
    ("集团", "有限"),
    ("股份", "股份"),
    ("合伙企业", "合伙"),
    ("个体工商户", "个体"),
    ("事务所", "所"),
    ("经营部", "部"),
    ("商行", "行"),
];

/// The same as words of Latin letters.
const FORM_WORDS: &[&str] = &[
    "ab",
    "ag",
    "as",
    "aps",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "eg",
    "ev",
    "ges",
    "gmbh",
    "group",
    "holding",
    "holdings",
    "inc",
    "incorporated",
    "international",
    "kft",
    "kg",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "ltda",
    "mbh",
    "nv",
    "oao",
    "ohg",
    "ooo",
    "oy",
    "oyj",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "srl",
    "sro",
    "ug",
    "zoo",
];

/// What companies do, as it stands between brand and legal form (行业).
const TRADES: &[&str] = &[
    "信息技术",
    "网络科技",
    "电子商务",
    "电子科技",
    "生物科技",
    "智能科技",
    "环保科技",
    "医疗器械",
    "机械设备",
    "国际贸易",
    "进出口",
    "供应链",
    "互联网",
    "人力资源",
    "房地产",
    "科技",
    "技术",
    "贸易",
    "实业",
    "电子",
    "机械",
    "设备",
    "制造",
    "软件",
    "信息",
    "网络",
    "智能",
    "建材",
    "建筑",
    "工程",
    "装饰",
    "物流",
    "运输",
    "食品",
    "餐饮",
    "服饰",
    "纺织",
    "化工",
    "医药",
    "医疗",
    "生物",
    "环保",
    "能源",
    "电力",
    "电气",
    "自动化",
    "仪器",
    "仪表",
    "塑料",
    "五金",
    "模具",
    "包装",
    "印刷",
    "家具",
    "汽车",
    "传媒",
    "文化",
    "广告",
    "教育",
    "咨询",
    "投资",
    "金融",
    "农业",
    "旅游",
    "酒店",
    "商贸",
    "工贸",
    "发展",
    "服务",
    "管理",
    "控股",
    "材料",
    "精密",
    "光电",
    "通信",
    "通讯",
    "数据",
    "系统",
    "工业",
    "置业",
    "地产",
    "医院",
    "药业",
    "重工",
    "国际",
    "贸易行",
];

/// A company's name in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CompanyName {
    /// Brand and trade without gaps.
    pub(super) core: String,
    /// What it calls itself (字号).
    pub(super) brand: String,
    /// What it does, where the name says so.
    pub(super) trade: String,
    /// Its words, where it is written with gaps.
    pub(super) words: Vec<String>,
    /// The legal form.
    pub(super) form: &'static str,
    /// The province that the name says.
    pub(super) region: String,
}

/// A company's name in parts: 上海浦江精密机械有限公司 → 上海, 浦江, 精密机械, 有限. Rule DUP-4 (B13).
pub(super) fn company(folder: &Folder, text: &str) -> CompanyName {
    let folded = folder.fold(text);
    if folded.chars().any(is_han) { chinese(&folded) } else { latin(&folded) }
}

fn chinese(folded: &str) -> CompanyName {
    // Brackets hold a place or nothing that tells: 华东(上海)贸易有限公司.
    let mut region = String::new();
    let mut joined = String::new();
    for (at, part) in folded.split(' ').enumerate() {
        let place = province(part);
        if at > 0 && !place.is_empty() && strip_place(part).is_empty() {
            region = place;
        } else {
            joined.push_str(part);
        }
    }
    if region.is_empty() {
        region = province(&joined);
    }
    let placed = strip_place(&joined);
    let mut rest = if placed.is_empty() { joined.as_str() } else { placed };
    let mut form = "";
    // A branch is told by what stands before: 某某有限公司苏州分公司.
    while let Some((found, of)) =
        FORMS.iter().find(|(found, _)| rest.len() > found.len() && rest.ends_with(found))
    {
        rest = rest.strip_suffix(found).unwrap_or(rest);
        if form.is_empty() {
            form = of;
        }
    }
    let core = rest.to_owned();
    let mut brand = rest;
    while let Some(cut) =
        TRADES.iter().filter_map(|trade| brand.strip_suffix(trade)).min_by_key(|rest| rest.len())
    {
        if cut.chars().nth(1).is_none() {
            break;
        }
        brand = cut;
    }
    let trade = rest.strip_prefix(brand).unwrap_or_default().to_owned();
    CompanyName { core, brand: brand.to_owned(), trade, words: Vec::new(), form, region }
}

fn latin(folded: &str) -> CompanyName {
    let all: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let tells =
        |word: &&&str| !FORM_WORDS.contains(word) && !matches!(**word, "the" | "and" | "of");
    let words: Vec<String> = all.iter().filter(tells).map(|word| (*word).to_owned()).collect();
    let form = FORM_WORDS.iter().find(|form| all.last() == Some(form)).copied().unwrap_or_default();
    let form = match form {
        "corporation" => "corp",
        "limited" => "ltd",
        "incorporated" => "inc",
        "company" => "co",
        other => other,
    };
    // A name that is made of such words alone keeps them.
    let words =
        if words.is_empty() { all.iter().map(|word| (*word).to_owned()).collect() } else { words };
    let brand = words.first().cloned().unwrap_or_default();
    CompanyName {
        core: words.concat(),
        brand,
        trade: String::new(),
        words,
        form,
        region: String::new(),
    }
}

/// The text behind the places that it begins with: 广东省深圳市某某 → 某某.
fn strip_place(text: &str) -> &str {
    let mut rest = text;
    for _ in 0..3 {
        match Region::strip(rest) {
            Some(behind) if behind.len() < rest.len() => rest = behind,
            _ => break,
        }
        rest = rest.trim_start_matches(['市', '省', '区', '县']);
    }
    rest
}

/// The code of the province that a Chinese text begins with.
pub(super) fn province(text: &str) -> String {
    let starts = text.chars().next().is_some_and(is_han);
    let found = starts.then(|| Region::find(text)).flatten();
    found.map(|region| region.province().code()).unwrap_or_default()
}

/// A province or state by its code where it is one of China, else as it is folded.
pub(super) fn region(folded: &str) -> String {
    let found = Region::find(folded).map(|region| region.province().code());
    found.unwrap_or_else(|| folded.to_owned())
}

/// A city without what it is: 苏州市 → 苏州.
pub(super) fn city(folded: &str) -> &str {
    let plain = folded.strip_suffix(['市', '区', '县']);
    plain.filter(|plain| plain.chars().nth(1).is_some()).unwrap_or(folded)
}
