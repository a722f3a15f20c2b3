//! The master data as the files that a company would bring along: CSV in GB18030, as spreadsheets in China write it.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::deals::STAGES;
use super::words::PRODUCTS;
use super::{Ending, Sample};
use crate::failure::Failure;

/// Writes into a folder what was known when the engine was brought in, and names the files.
pub(crate) fn write_files(
    sample: &Sample,
    cutover: NaiveDate,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
    let user = |at: usize| sample.users[at].login.clone();
    let team = |at: usize| sample.teams[at].name.clone();
    let teams = sample.teams.iter().map(|team| vec![team.name.clone(), team.region.to_owned()]);
    let users = sample.users.iter().map(|seller| {
        let team = seller.team.map(team).unwrap_or_default();
        let manager = seller.manager.map(user).unwrap_or_default();
        vec![seller.login.clone(), seller.name.clone(), seller.role.to_owned(), team, manager]
    });
    let products = PRODUCTS.iter().map(|(code, name, group, unit, price)| {
        let price = format!("￥{}", grouped(*price));
        vec![(*code).to_owned(), (*name).to_owned(), (*group).to_owned(), (*unit).to_owned(), price]
    });
    let customers = sample.customers.iter().zip(1..).map(|(customer, number)| {
        let texts = [
            customer.industry,
            customer.size,
            customer.source,
            customer.region,
            customer.province,
            customer.city,
        ];
        let mut row = vec![format!("C{number:04}"), customer.name.clone()];
        row.extend(texts.map(str::to_owned));
        row.extend([customer.street.clone(), customer.postal_code.to_owned()]);
        row.extend([customer.phone.clone(), customer.website.clone(), user(customer.owner)]);
        row
    });
    let contacts = sample.customers.iter().zip(1..).flat_map(|(customer, number)| {
        customer.contacts.iter().zip(1..).map(move |(contact, at)| {
            vec![
                format!("C{number:04}-{at}"),
                format!("C{number:04}"),
                contact.name.clone(),
                contact.title.to_owned(),
                contact.phone.clone(),
                contact.email.clone(),
                if at == 1 { "是" } else { "否" }.to_owned(),
            ]
        })
    });
    let before = sample.deals.iter().zip(1..).filter(|(deal, _)| deal.opened < cutover);
    let deals = before.clone().map(|(deal, number)| {
        let customer = &sample.customers[deal.customer];
        let ended = deal.ending.as_ref().filter(|ending| ending.day() < cutover);
        let (outcome, closed, reason) = match ended {
            Some(Ending::Won { day }) => ("赢单", chinese(*day), ""),
            Some(Ending::Lost { day, reason }) => ("输单", chinese(*day), *reason),
            None => ("进行中", String::new(), ""),
        };
        let mut row =
            vec![deal_key(number), deal.name.clone(), format!("C{:04}", deal.customer + 1)];
        row.extend([user(customer.owner), outcome.to_owned(), chinese(deal.opened)]);
        row.extend([closed, chinese(deal.expected), reason.to_owned(), customer.source.to_owned()]);
        row
    });
    let moves = before.clone().flat_map(|(deal, number)| {
        let steps = deal.moves.iter().filter(|step| step.day < cutover);
        let steps = steps.map(|step| (step.stage, step.day));
        let steps = std::iter::once((STAGES[0], deal.opened)).chain(steps);
        steps.map(move |(stage, day)| vec![deal_key(number), stage.to_owned(), chinese(day)])
    });
    let lines = before.flat_map(|(deal, number)| {
        deal.lines.iter().map(move |line| {
            let (code, .., price) = PRODUCTS[line.product];
            let price = format!("￥{}", grouped(price));
            let numbers = [line.quantity.to_string(), price, format!("{}%", line.discount_percent)];
            [deal_key(number), code.to_owned()].into_iter().chain(numbers).collect()
        })
    });
    let leads = sample.leads.iter().zip(1..).filter(|(lead, _)| lead.day < cutover);
    let leads = leads.map(|(lead, number)| {
        vec![
            format!("L{number:04}"),
            lead.name.clone(),
            lead.company.clone(),
            lead.phone.clone(),
            lead.email.clone(),
            lead.source.to_owned(),
            lead.need.to_owned(),
            user(lead.owner),
            chinese(lead.day),
        ]
    });
    let write = |name: &str, header: &[&str], rows: &mut dyn Iterator<Item = Vec<String>>| {
        write(folder, name, header, rows)
    };
    Ok(vec![
        write("部门.csv", &["部门", "区域"], &mut teams.into_iter())?,
        write("员工.csv", &["账号", "姓名", "角色", "部门", "上级"], &mut users.into_iter())?,
        write("产品.csv", &["编码", "名称", "类别", "单位", "单价"], &mut products.into_iter())?,
        write("客户.csv", CUSTOMER_COLUMNS, &mut customers.into_iter())?,
        write("联系人.csv", CONTACT_COLUMNS, &mut contacts.into_iter())?,
        write("线索.csv", LEAD_COLUMNS, &mut leads.into_iter())?,
        write("商机.csv", DEAL_COLUMNS, &mut deals.into_iter())?,
        write("商机阶段.csv", &["商机编号", "阶段", "日期"], &mut moves.into_iter())?,
        write(
            "商机明细.csv",
            &["商机编号", "产品编码", "数量", "单价", "折扣"],
            &mut lines.into_iter(),
        )?,
    ])
}

#[rustfmt::skip]
const CUSTOMER_COLUMNS: &[&str] = &[
    "客户编号", "客户名称", "行业", "规模", "来源", "区域", "省份", "城市", "地址", "邮编", "电话", "网址", "负责人",
];
#[rustfmt::skip]
const CONTACT_COLUMNS: &[&str] = &["联系人编号", "客户编号", "姓名", "职务", "手机", "邮箱", "主要联系人"];
#[rustfmt::skip]
const LEAD_COLUMNS: &[&str] = &["线索编号", "姓名", "公司", "手机", "邮箱", "来源", "需求", "负责人", "日期"];
#[rustfmt::skip]
const DEAL_COLUMNS: &[&str] = &[
    "商机编号", "名称", "客户编号", "负责人", "状态", "创建日期", "关闭日期", "预计成交", "输单原因", "来源",
];

/// What the old system calls a deal.
pub(crate) fn deal_key(number: usize) -> String {
    format!("D{number:04}")
}

fn chinese(day: NaiveDate) -> String {
    day.format("%Y年%-m月%-d日").to_string()
}

/// 1234567 as 1,234,567.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn write(
    folder: &Path,
    name: &str,
    header: &[&str],
    rows: &mut dyn Iterator<Item = Vec<String>>,
) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    let broken = |error: csv::Error| Failure::file(&path, error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(broken)?;
    for row in rows {
        writer.write_record(row).map_err(broken)?;
    }
    let text = writer.into_inner().map_err(|error| Failure::file(&path, error))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let (bytes, ..) = encoding_rs::GB18030.encode(&text);
    std::fs::write(&path, bytes).map_err(|error| Failure::file(&path, error))?;
    Ok(path)
}
