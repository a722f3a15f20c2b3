//! How good the data is, by class of record and by who looks after it: four measures, each with its formula.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use uuid::Uuid;

use super::{
    heading::{column, figure, note, rate_cells, rate_columns},
    stats::Proportion,
};
use crate::codes;
use crate::export::document::{
    Cell, Chart, ChartKind, Definition, Label, Parameter, Report, Series, Table, Unit,
};
use crate::value::Timestamp;

codes! {
    /// What the quality of records is measured by.
    pub enum Measure {
        /// Whether they keep to the rules over what is entered.
        Accuracy = "accuracy",
        /// Whether they were made, confirmed or worked with lately.
        Timeliness = "timeliness",
        /// How many of the fields that are asked for are filled.
        Completeness = "completeness",
        /// Whether something came of them.
        Effect = "effect",
    }
}

/// One record as it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Its class: the name of its kind.
    pub class: &'static str,
    /// Which record.
    pub id: Uuid,
    /// Who looks after it; nil for nobody.
    pub steward: Uuid,
    /// How many fields are asked for.
    pub asked: u32,
    /// Which of them are empty.
    pub missing: Vec<String>,
    /// Whether there are rules to judge it by.
    pub judged: bool,
    /// Which of them it breaks.
    pub broken: Vec<String>,
    /// Whether it was made, confirmed or worked with lately.
    pub current: bool,
    /// Whether something came of it.
    pub used: bool,
}

impl Looked {
    /// Why a record is short of a measure; nothing where it is not.
    pub fn short_of(&self, measure: Measure) -> Option<Vec<String>> {
        let some = |why: &Vec<String>| (!why.is_empty()).then(|| why.clone());
        match measure {
            Measure::Accuracy => some(&self.broken),
            Measure::Completeness => some(&self.missing),
            Measure::Timeliness => (!self.current).then(Vec::new),
            Measure::Effect => (!self.used).then(Vec::new),
        }
    }
}

/// The quality of some records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// How many records.
    pub records: u64,
    asked: u64,
    filled: u64,
    judged: u64,
    sound: u64,
    current: u64,
    used: u64,
}

impl Quality {
    fn take(&mut self, one: &Looked) {
        let add = |to: &mut u64, more: u64| *to = to.saturating_add(more);
        let asked = u64::from(one.asked);
        let missing = u64::try_from(one.missing.len()).unwrap_or(u64::MAX);
        add(&mut self.records, 1);
        add(&mut self.asked, asked);
        add(&mut self.filled, asked.saturating_sub(missing));
        add(&mut self.judged, u64::from(one.judged));
        add(&mut self.sound, u64::from(one.judged && one.broken.is_empty()));
        add(&mut self.current, u64::from(one.current));
        add(&mut self.used, u64::from(one.used));
    }

    /// What a measure counts, of how many: records, and of completeness fields.
    pub const fn of(&self, measure: Measure) -> Proportion {
        let (part, all) = match measure {
            Measure::Accuracy => (self.sound, self.judged),
            Measure::Timeliness => (self.current, self.records),
            Measure::Completeness => (self.filled, self.asked),
            Measure::Effect => (self.used, self.records),
        };
        Proportion::new(part, all)
    }
}

/// The quality of records by class, and within each by steward; the nil steward is nobody. The stewards of a class add up to
/// the class. Rule QR-1 (F168).
pub fn qualities(looked: &[Looked]) -> BTreeMap<&'static str, (Quality, BTreeMap<Uuid, Quality>)> {
    let mut found: BTreeMap<&'static str, (Quality, BTreeMap<Uuid, Quality>)> = BTreeMap::new();
    for one in looked {
        let (all, stewards) = found.entry(one.class).or_default();
        all.take(one);
        stewards.entry(one.steward).or_default().take(one);
    }
    found
}

/// What one person did with customers, and how complete their customers are (W28).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steward {
    /// Who.
    pub who: Uuid,
    /// How often they followed up.
    pub followed: u64,
    /// With how many different customers and leads.
    pub with: u64,
}

/// What the report on quality is made of.
pub struct QualityView<'a> {
    /// The instant it is seen from.
    pub as_of: Timestamp,
    /// The zone of days.
    pub zone: Tz,
    /// ISO 4217 code.
    pub currency: String,
    /// What it was asked.
    pub parameters: Vec<Parameter>,
    /// The records.
    pub looked: &'a [Looked],
    /// What people did.
    pub stewards: &'a [Steward],
    /// The same measures at earlier instants, the earliest first: what the instant is called, and the records.
    pub before: &'a [(String, Vec<Looked>)],
    /// What people are called.
    pub name: &'a dyn Fn(Uuid) -> String,
    /// Of each class: the fields that are asked for, and how many rules judge it.
    pub standards: Vec<(&'static str, Vec<String>, usize)>,
    /// Days of "lately".
    pub days: u32,
}

/// A class for people.
fn class(of: &str) -> Label {
    match of {
        "lead" => Label::new("leads", "线索"),
        "customer" => Label::new("customers", "客户"),
        "contact" => Label::new("contacts", "联系人"),
        other => Label::same(other),
    }
}

fn measure(of: Measure) -> Label {
    match of {
        Measure::Accuracy => Label::new("accuracy", "准确性"),
        Measure::Timeliness => Label::new("timeliness", "及时性"),
        Measure::Completeness => Label::new("completeness", "完整性"),
        Measure::Effect => Label::new("effect", "应用效果"),
    }
}

/// The cells of a measure. Fields of one record go together, so completeness has no interval.
fn cells(of: &Quality, by: Measure) -> Vec<Cell> {
    let rate = of.of(by);
    let counts = [Cell::Count(rate.successes), Cell::Count(rate.trials)];
    let rates = match by {
        Measure::Completeness => [Cell::decimal(rate.rate()), Cell::Absent, Cell::Absent],
        Measure::Accuracy | Measure::Timeliness | Measure::Effect => rate_cells(rate),
    };
    counts.into_iter().chain(rates).collect()
}

fn measured(key: &str, title: (&str, &str), first: Vec<crate::export::document::Column>) -> Table {
    let counts = [
        column("measure", ("Measure", "指标"), Unit::Text),
        column("part", ("Good", "达标"), Unit::Count),
        column("all", ("Of", "总数"), Unit::Count),
    ];
    let columns = first.into_iter().chain(counts).chain(rate_columns(("Rate", "比率")));
    Table {
        key: key.to_owned(),
        title: Label::new(title.0, title.1),
        columns: columns.collect(),
        rows: Vec::new(),
    }
}

impl QualityView<'_> {
    /// The document.
    pub fn report(self) -> Report {
        let found = qualities(self.looked);
        let mut report = Report {
            name: "quality".to_owned(),
            title: Label::new("Quality of data", "数据质量评估"),
            as_of: self.as_of,
            zone: self.zone.name().to_owned(),
            currency: self.currency.clone(),
            parameters: self.parameters.clone(),
            figures: Vec::new(),
            tables: Vec::new(),
            charts: Vec::new(),
            definitions: self.definitions(),
            notes: Vec::new(),
        };
        let class_column = || column("class", ("Class", "数据类别"), Unit::Text);
        let mut classes = measured("classes", ("By class", "按类别"), vec![class_column()]);
        let who = column("steward", ("Steward", "维护责任人"), Unit::Text);
        let mut stewards = measured(
            "stewards",
            ("By class and steward", "按类别与责任人"),
            vec![class_column(), who],
        );
        for (of, (all, by_steward)) in &found {
            for by in Measure::ALL {
                let head = [Cell::Label(class(of)), Cell::Label(measure(*by))];
                classes.rows.push(head.into_iter().chain(cells(all, *by)).collect());
            }
            let mut rows: Vec<_> = by_steward.iter().collect();
            rows.sort_by_cached_key(|(who, _)| ((self.name)(**who), **who));
            for (who, quality) in rows {
                for by in Measure::ALL {
                    let head = [Cell::Label(class(of)), self.who(*who), Cell::Label(measure(*by))];
                    stewards.rows.push(head.into_iter().chain(cells(quality, *by)).collect());
                }
            }
            let records = Cell::Count(all.records);
            let label = class(of);
            let mut one = figure(of, ("", ""), records, Unit::Count);
            one.label = label;
            report.figures.push(one);
        }
        report.tables = vec![classes, stewards, self.people(&found), self.trend()];
        report.charts = self.chart(&found).into_iter().collect();
        for (of, _, rules) in &self.standards {
            note(
                &mut report,
                u64::from(*rules == 0 && found.contains_key(of)),
                &format!(
                    "No rule judges {of}s: nothing can be said of their accuracy (quality.define)."
                ),
                &format!("{}尚无录入规则：无法评估准确性（quality.define）。", class(of).zh),
            );
        }
        report
    }

    fn who(&self, who: Uuid) -> Cell {
        if who.is_nil() {
            return Cell::Label(Label::new("(nobody)", "（无负责人）"));
        }
        Cell::text((self.name)(who))
    }

    fn people(&self, found: &BTreeMap<&'static str, (Quality, BTreeMap<Uuid, Quality>)>) -> Table {
        let customers = found.get("customer").map(|(_, stewards)| stewards);
        let rows = self.stewards.iter().map(|steward| {
            let own = customers.and_then(|customers| customers.get(&steward.who));
            let own = own.copied().unwrap_or_default();
            vec![
                self.who(steward.who),
                Cell::Count(steward.followed),
                Cell::Count(steward.with),
                Cell::Count(own.records),
                Cell::decimal(own.of(Measure::Completeness).rate()),
            ]
        });
        Table {
            key: "people".to_owned(),
            title: Label::new("Follow-ups and customers by person", "人员跟进与客户资料完整度"),
            columns: vec![
                column("owner", ("Who", "人员"), Unit::Text),
                column("done", ("Follow-ups", "跟进次数"), Unit::Count),
                column("customers", ("Different customers", "客户数（去重）"), Unit::Count),
                column("own", ("Own customers", "名下客户"), Unit::Count),
                column("completeness", ("Completeness of these", "客户资料完整度"), Unit::Rate),
            ],
            rows: rows.collect(),
        }
    }

    fn trend(&self) -> Table {
        let first = vec![
            column("at", ("As of", "时点"), Unit::Text),
            column("class", ("Class", "数据类别"), Unit::Text),
        ];
        let mut table = measured("trend", ("As it was known before", "历史走势"), first);
        let now = ("now".to_owned(), self.looked.to_vec());
        for (at, looked) in self.before.iter().chain([&now]).filter(|_| !self.before.is_empty()) {
            for (of, (all, _)) in &qualities(looked) {
                for by in Measure::ALL {
                    let head = [Cell::text(at), Cell::Label(class(of)), Cell::Label(measure(*by))];
                    table.rows.push(head.into_iter().chain(cells(all, *by)).collect());
                }
            }
        }
        table
    }

    fn chart(
        &self,
        found: &BTreeMap<&'static str, (Quality, BTreeMap<Uuid, Quality>)>,
    ) -> Option<Chart> {
        let value = |of: &Quality, by: Measure| of.of(by).rate().map(|rate| rate.to_string());
        let series = found.iter().map(|(of, (all, _))| Series {
            label: class(of),
            values: Measure::ALL.iter().map(|by| value(all, *by)).collect(),
        });
        (!found.is_empty()).then(|| Chart {
            key: "classes".to_owned(),
            kind: ChartKind::Bar,
            title: Label::new("Quality of data", "数据质量"),
            unit: Unit::Rate,
            categories: Measure::ALL.iter().map(|by| measure(*by)).collect(),
            series: series.collect(),
            shares: Vec::new(),
        })
    }

    fn definitions(&self) -> Vec<Definition> {
        let term = |by: Measure| {
            let label = measure(by);
            (label.en, label.zh)
        };
        let define = |by: Measure, en: String, zh: String| {
            let (first, second) = term(by);
            Definition::new((&first, &second), (&en, &zh))
        };
        let fields = self.standards.iter().map(|(of, fields, _)| (class(of), fields.join(", ")));
        let en: Vec<String> =
            fields.clone().map(|(of, fields)| format!("{}: {fields}", of.en)).collect();
        let zh: Vec<String> = fields.map(|(of, fields)| format!("{}：{fields}", of.zh)).collect();
        vec![
            define(
                Measure::Accuracy,
                "Records that break none of the rules over what is entered (other than that a field is filled), of those of a class with such rules; with Wilson's 95 % interval.".to_owned(),
                "未违反任何录入规则（必填除外）的记录数 ÷ 有此类规则的类别的记录数；附 Wilson 95% 区间。".to_owned(),
            ),
            define(
                Measure::Timeliness,
                format!("Records made, confirmed or worked with (an activity that was done) in the last {} days, of all.", self.days),
                format!("最近 {} 天内新建、核实或有已完成活动的记录数 ÷ 全部记录数。", self.days),
            ),
            define(
                Measure::Completeness,
                format!("Filled fields of those asked for: the fields that a rule requires, else these. {}.", en.join("; ")),
                format!("已填字段数 ÷ 应填字段数；应填字段为规则要求必填的字段，无规则时为默认字段。{}。", zh.join("；")),
            ),
            define(
                Measure::Effect,
                "Records of which something came, of all: leads that were converted, customers with a deal or an order that binds them, contacts who took part in an activity that was done.".to_owned(),
                "产生业务结果的记录数 ÷ 全部记录数：已转化的线索、有商机或有效订单的客户、参与过已完成活动的联系人。".to_owned(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(steward: u128, missing: &[&str], broken: Option<bool>, current: bool) -> Looked {
        Looked {
            class: "customer",
            id: Uuid::from_u128(steward << 8 | u128::from(current)),
            steward: Uuid::from_u128(steward),
            asked: 4,
            missing: missing.iter().map(|field| (*field).to_owned()).collect(),
            judged: broken.is_some(),
            broken: broken.filter(|broken| *broken).map(|_| "r".to_owned()).into_iter().collect(),
            current,
            used: current,
        }
    }

    #[test]
    fn the_measures_of_a_class_are_those_of_its_stewards_together() {
        let all = [
            looked(1, &[], Some(false), true),
            looked(1, &["region"], Some(true), false),
            looked(2, &["region", "source"], Some(false), true),
            looked(0, &["region", "source", "phones", "emails"], Some(false), false),
        ];
        let found = qualities(&all);
        let (class, stewards) = &found["customer"];
        #[rustfmt::skip]
        let table = [
            // Good of all, of the class and of steward 1.
            (Measure::Accuracy, (3, 4), (1, 2)),
            (Measure::Timeliness, (2, 4), (1, 2)),
            (Measure::Completeness, (9, 16), (7, 8)),
            (Measure::Effect, (2, 4), (1, 2)),
        ];
        for (measure, whole, part) in table {
            let seen = |of: &Quality| (of.of(measure).successes, of.of(measure).trials);
            assert_eq!(seen(class), whole, "{measure}");
            assert_eq!(seen(&stewards[&Uuid::from_u128(1)]), part, "{measure}");
            let sum =
                stewards.values().fold((0, 0), |sum, of| (sum.0 + seen(of).0, sum.1 + seen(of).1));
            assert_eq!(sum, whole, "{measure}: stewards add up to the class");
        }
        let short =
            |measure: Measure| all.iter().filter(|one| one.short_of(measure).is_some()).count();
        assert_eq!(Measure::ALL.iter().map(|by| short(*by)).collect::<Vec<_>>(), [1, 2, 3, 2]);
    }
}
