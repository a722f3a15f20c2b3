//! Chinese companies and people made from a seed by the habits of real names, with pairs that are one and pairs that
//! only look so; the quality that is stated holds on them.
#![expect(clippy::float_arithmetic, reason = "precision and recall are real numbers")]

use std::collections::BTreeSet;

use super::tests::Dice;
use super::{CERTAIN, Matcher, Matches, Party, Profile};

/// Records with who each is, and the places of pairs that look like one and are not.
#[derive(Default)]
struct Fixture {
    profiles: Vec<Profile>,
    who: Vec<usize>,
    traps: Vec<(usize, usize)>,
    parties: usize,
}

impl Fixture {
    fn party(&mut self) -> usize {
        self.parties += 1;
        self.parties
    }

    fn add(&mut self, who: usize, profile: Profile) -> usize {
        self.profiles.push(profile);
        self.who.push(who);
        self.profiles.len() - 1
    }

    fn true_pairs(&self) -> BTreeSet<(usize, usize)> {
        let all = (0..self.who.len()).flat_map(|a| (a + 1..self.who.len()).map(move |b| (a, b)));
        all.filter(|(a, b)| self.who[*a] == self.who[*b]).collect()
    }

    /// Precision, recall, precision of what is certain, and traps among it.
    fn judge(&self, party: Party) -> (f64, f64, f64, usize) {
        let Matches { pairs, .. } =
            Matcher::learn(party, &self.profiles, &[], &BTreeSet::new()).matches();
        let truth = self.true_pairs();
        let right = |least: u16| {
            let found = pairs.iter().filter(move |pair| pair.probability >= least);
            let all = found.clone().count();
            let right = found.filter(|pair| truth.contains(&(pair.left, pair.right))).count();
            (right, all)
        };
        let ((right_all, all), (right_certain, certain)) = (right(0), right(CERTAIN));
        let trapped = pairs.iter().filter(|pair| pair.probability >= CERTAIN);
        let trapped = trapped.filter(|pair| self.traps.contains(&(pair.left, pair.right))).count();
        let share = |a: usize, b: usize| a as f64 / b.max(1) as f64;
        let recall = share(right_all, truth.len());
        (share(right_all, all), recall, share(right_certain, certain), trapped)
    }
}

const PLACES: &[(&str, &str)] = &[
    ("上海市", "上海"),
    ("北京市", "北京"),
    ("广东省", "深圳"),
    ("广东省", "广州"),
    ("江苏省", "苏州"),
    ("江苏省", "南京"),
    ("浙江省", "杭州"),
    ("浙江省", "宁波"),
    ("四川省", "成都"),
    ("湖北省", "武汉"),
    ("山东省", "青岛"),
    ("福建省", "厦门"),
    ("湖南省", "长沙"),
    ("陕西省", "西安"),
    ("重庆市", "重庆"),
];
const BRAND: &[&str] = &[
    "华", "盛", "鑫", "瑞", "恒", "宏", "泰", "隆", "德", "信", "联", "创", "腾", "飞", "锦", "润",
    "博", "凯", "嘉", "诚", "远", "航", "安", "康", "明", "辉", "森", "源", "达", "利", "佳", "美",
    "天", "海",
];
const TRADE: &[&str] = &[
    "科技",
    "贸易",
    "电子",
    "机械",
    "软件",
    "建材",
    "物流",
    "食品",
    "服饰",
    "化工",
    "医药",
    "环保科技",
    "信息技术",
    "电子商务",
    "精密机械",
    "自动化",
    "包装",
    "五金",
    "模具",
    "广告",
];
const ROADS: &[&str] = &[
    "人民路",
    "中山路",
    "解放大道",
    "建设路",
    "科技园路",
    "工业大道",
    "滨江路",
    "长江路",
    "和平街",
    "文化路",
];
const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "林",
    "郭", "何", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "韩", "冯", "曹", "曾",
    "欧阳", "单", "任",
];
const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超",
    "秀英", "建国", "志强", "晓明", "海燕", "雪梅", "文博", "子涵", "雨桐", "俊杰", "国华", "玉兰",
    "丽华", "春梅", "思远", "家豪", "美玲", "振东", "晓东", "红梅", "永强", "嘉欣", "宇航", "梓萱",
    "浩然", "欣怡",
];
const SOUNDS: &[(&str, &str)] = &[
    ("伟", "玮"),
    ("芳", "方"),
    ("敏", "闽"),
    ("静", "靖"),
    ("明", "鸣"),
    ("强", "蔷"),
    ("杰", "洁"),
    ("华", "桦"),
];
const OLD: &[(&str, &str)] = &[
    ("华", "華"),
    ("鑫", "鑫"),
    ("联", "聯"),
    ("创", "創"),
    ("腾", "騰"),
    ("飞", "飛"),
    ("锦", "錦"),
    ("润", "潤"),
    ("凯", "凱"),
    ("诚", "誠"),
    ("远", "遠"),
    ("辉", "輝"),
    ("达", "達"),
    ("电", "電"),
    ("机", "機"),
    ("软", "軟"),
    ("务", "務"),
    ("贸", "貿"),
    ("业", "業"),
    ("东", "東"),
    ("张", "張"),
    ("刘", "劉"),
    ("陈", "陳"),
    ("杨", "楊"),
    ("黄", "黃"),
    ("赵", "趙"),
    ("吴", "吳"),
    ("伟", "偉"),
    ("丽", "麗"),
    ("军", "軍"),
    ("强", "強"),
    ("涛", "濤"),
    ("国", "國"),
    ("马", "馬"),
    ("孙", "孫"),
];

fn old(text: &str) -> String {
    OLD.iter().fold(text.to_owned(), |text, (new, old)| text.replace(new, old))
}

fn wide(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '!'..='~' => char::from_u32(c as u32 + 0xFEE0).unwrap(),
            c => c,
        })
        .collect()
}

fn mobile(dice: &mut Dice) -> String {
    let head = ["138", "139", "150", "186", "177", "199"];
    format!("{}{:08}", dice.pick(&head), dice.below(100_000_000))
}

fn companies() -> Fixture {
    let mut dice = Dice(20_261_121);
    let mut made = Fixture::default();
    for _ in 0..420 {
        let (province, city) = PLACES[dice.below(PLACES.len())];
        let brand = format!("{}{}", dice.pick(BRAND), dice.pick(BRAND));
        let trade = dice.pick(TRADE);
        let host = format!("{}{}.com.cn", super::chinese::sound(&brand), dice.below(1000));
        let one = Profile {
            name: format!("{city}{brand}{trade}有限公司"),
            region: province.into(),
            city: city.into(),
            street: format!("{}{}号", dice.pick(ROADS), 1 + dice.below(900)),
            phones: vec![format!("0{}{:08}", 21 + dice.below(70), dice.below(100_000_000))],
            website: format!("https://www.{host}"),
            registration: format!("91{:06}{:010}", dice.below(999_999), dice.below(9_999_999_999)),
            ..Profile::default()
        };
        let who = made.party();
        let first = made.add(who, one.clone());
        let bare = Profile { registration: String::new(), ..one.clone() };
        let variant = match dice.below(10) {
            0 => Profile { name: old(&one.name), website: String::new(), ..bare },
            1 => Profile {
                name: format!("{brand}{trade}（{city}）有限公司"),
                phones: vec![],
                ..bare
            },
            2 => Profile {
                name: format!("{province}{city}市{brand}{trade}有限责任公司"),
                street: String::new(),
                ..bare
            },
            3 => Profile { name: format!("{brand}{trade}"), website: String::new(), ..bare },
            4 => Profile { name: brand.clone(), street: String::new(), ..bare },
            5 => Profile {
                name: wide(&format!("{city}{brand}{trade}股份有限公司")),
                phones: vec![],
                street: String::new(),
                ..bare
            },
            6 => Profile {
                name: format!("{} Co., Ltd.", super::chinese::sound(&brand)),
                street: String::new(),
                ..bare
            },
            7 => Profile {
                website: String::new(),
                phones: vec![],
                street: String::new(),
                ..one.clone()
            },
            // Traps: a sister company, a namesake elsewhere, a neighbour.
            8 => {
                let trade = TRADE
                    .iter()
                    .find(|other| !trade.contains(*other) && !other.contains(trade))
                    .unwrap();
                let sister = Profile {
                    name: format!("{city}{brand}{trade}有限公司"),
                    registration: format!("92{:016}", dice.below(9_999_999_999)),
                    ..one.clone()
                };
                let own = made.party();
                let trap = made.add(own, sister);
                made.traps.push((first, trap));
                continue;
            }
            _ => {
                let (province, city) =
                    PLACES[(dice.below(5) + PLACES.iter().position(|p| p.1 == city).unwrap() + 2)
                        % PLACES.len()];
                let namesake = Profile {
                    name: format!("{city}{brand}{trade}有限公司"),
                    region: province.into(),
                    city: city.into(),
                    street: format!("{}{}号", dice.pick(ROADS), 1 + dice.below(900)),
                    phones: vec![format!("0{}{:08}", 21 + dice.below(70), dice.below(100_000_000))],
                    website: String::new(),
                    registration: format!("91{:016}", dice.below(9_999_999_999)),
                    ..one.clone()
                };
                let own = made.party();
                let trap = made.add(own, namesake);
                made.traps.push((first, trap));
                continue;
            }
        };
        made.add(who, variant);
    }
    made
}

fn persons() -> Fixture {
    let mut dice = Dice(19_491_001);
    let mut made = Fixture::default();
    for _ in 0..420 {
        let (surname, given) = (dice.pick(SURNAMES), dice.pick(GIVEN));
        let (province, city) = PLACES[dice.below(PLACES.len())];
        let latin =
            format!("{}{}", super::chinese::surname_sound(surname), super::chinese::sound(given));
        let employer =
            format!("{city}{}{}{}有限公司", dice.pick(BRAND), dice.pick(BRAND), dice.pick(TRADE));
        let one = Profile {
            name: format!("{surname}{given}"),
            company: employer.clone(),
            phones: vec![mobile(&mut dice)],
            emails: vec![format!(
                "{latin}{}@{}",
                dice.below(1000),
                dice.pick(&["qq.com", "163.com", "gmail.com"])
            )],
            region: province.into(),
            city: city.into(),
            street: format!(
                "{}{}号{}室",
                dice.pick(ROADS),
                1 + dice.below(900),
                101 + dice.below(1800)
            ),
            ..Profile::default()
        };
        let who = made.party();
        let first = made.add(who, one.clone());
        let variant = match dice.below(10) {
            0 => Profile { name: old(&one.name), emails: vec![], ..one.clone() },
            1 => Profile {
                name: format!(
                    "{} {}",
                    super::chinese::sound(given),
                    super::chinese::surname_sound(surname)
                ),
                street: String::new(),
                ..one.clone()
            },
            2 => Profile {
                name: format!("{}先生", one.name),
                phones: vec![format!("+86 {}", wide(&one.phones[0]))],
                company: String::new(),
                emails: vec![],
                ..one.clone()
            },
            3 => {
                let named = SOUNDS.iter().fold(one.name.clone(), |name, (a, b)| name.replace(a, b));
                Profile { name: named, street: String::new(), ..one.clone() }
            }
            4 => Profile {
                emails: vec![one.emails[0].replace('@', "+crm@")],
                phones: vec![],
                ..one.clone()
            },
            5 => Profile { name: format!("{surname}总"), street: String::new(), ..one.clone() },
            6 => Profile {
                phones: vec![mobile(&mut dice)],
                company: old(&employer),
                street: String::new(),
                ..one.clone()
            },
            // Traps: a namesake in the city, a colleague, a spouse or child.
            7 => {
                let trap = Profile {
                    name: one.name.clone(),
                    region: province.into(),
                    city: city.into(),
                    phones: vec![mobile(&mut dice)],
                    emails: vec![format!("{latin}{}@qq.com", 1000 + dice.below(9000))],
                    company: format!(
                        "{city}{}{}{}有限公司",
                        dice.pick(BRAND),
                        dice.pick(BRAND),
                        dice.pick(TRADE)
                    ),
                    ..Profile::default()
                };
                let own = made.party();
                let trap = made.add(own, trap);
                made.traps.push((first, trap));
                continue;
            }
            of => {
                let other =
                    GIVEN.iter().find(|other| !other.chars().any(|c| given.contains(c))).unwrap();
                let (surname, street) = if of == 8 {
                    (dice.pick(SURNAMES), String::new())
                } else {
                    (surname, one.street.clone())
                };
                let trap = Profile {
                    name: format!("{surname}{other}"),
                    emails: vec![],
                    phones: vec![mobile(&mut dice)],
                    street,
                    company: if of == 8 { employer } else { String::new() },
                    ..one.clone()
                };
                let own = made.party();
                let trap = made.add(own, trap);
                made.traps.push((first, trap));
                continue;
            }
        };
        made.add(who, variant);
    }
    made
}

#[test]
fn chinese_names_are_matched_with_the_stated_quality() {
    // The floors stand in docs/dedupe.md.
    let table = [
        ("companies", companies(), Party::Company, [0.99, 0.97, 0.995]),
        ("people", persons(), Party::Person, [0.99, 0.97, 0.995]),
    ];
    for (what, made, party, floors) in table {
        let pairs = made.true_pairs().len() + made.traps.len();
        let (precision, recall, certain, trapped) = made.judge(party);
        println!(
            "{what}: {pairs} labelled pairs, {} traps, precision {precision:.4}, recall {recall:.4}, certain {certain:.4}, trapped {trapped}",
            made.traps.len()
        );
        assert!(made.traps.len() >= 80, "{what}: {} traps", made.traps.len());
        assert!(precision >= floors[0] && recall >= floors[1] && certain >= floors[2], "{what}");
        assert_eq!(trapped, 0, "{what}: what only looks alike is never certain");
    }
    let all = [companies(), persons()];
    let labelled: usize = all.iter().map(|made| made.true_pairs().len() + made.traps.len()).sum();
    assert!(labelled >= 500, "{labelled}");
}
