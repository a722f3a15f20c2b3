//! The master data as the files that a company would bring along: CSV in GB18030, as spreadsheets in China write it.

use std::path::{Path, PathBuf};

use super::Sample;
use super::words::PRODUCTS;
use crate::failure::Failure;

/// Writes the files into a folder and names them.
pub(crate) fn write_files(sample: &Sample, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
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
        let price = format!("¥{}", grouped(*price));
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
    let write = |name: &str, header: &[&str], rows: &mut dyn Iterator<Item = Vec<String>>| {
        write(folder, name, header, rows)
    };
    Ok(vec![
        write("部门.csv", &["部门", "区域"], &mut teams.into_iter())?,
        write("员工.csv", &["账号", "姓名", "角色", "部门", "上级"], &mut users.into_iter())?,
        write("产品.csv", &["编码", "名称", "类别", "单位", "单价"], &mut products.into_iter())?,
        write(
            "客户.csv",
            &[
                "客户编号",
                "客户名称",
                "行业",
                "规模",
                "来源",
                "区域",
                "省份",
                "城市",
                "地址",
                "邮编",
                "电话",
                "网址",
                "负责人",
            ],
            &mut customers.into_iter(),
        )?,
        write(
            "联系人.csv",
            &["联系人编号", "客户编号", "姓名", "职务", "手机", "邮箱", "主要联系人"],
            &mut contacts.into_iter(),
        )?,
    ])
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
