use super::*;
use crate::import::plan::Plan;

fn looked(name: &str, text: &str) -> Suggestion {
    let mut lines = text.lines().map(|line| line.split('|').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let mut suggester = Suggester::default();
    suggester.file(name, &header);
    for line in lines {
        suggester.cells(line.iter().map(String::as_str));
    }
    suggester.suggest("s")
}

#[test]
fn plans_are_proposed_that_parse_and_map_what_they_know() {
    let table: [(&str, &str, &str, &str); 9] = [
        (
            "leads.csv",
            "姓名|公司名称|手机|邮箱|来源|备注|负责人\n王伟|华东机械|13800138000|a@b.cn|展会|急|张三",
            "",
            "姓名=lead.name 公司名称=lead.company 手机=lead.phones 邮箱=lead.emails 来源=lead.source 备注=lead.need 负责人=lead.owner",
        ),
        (
            "a.csv",
            "Account Name|Billing City|Industry|Phone|Fax\nAcme|Austin|Tech|+1 512 555 0100|x",
            "",
            "Account Name=customer.name Billing City=customer.address.city Industry=customer.industry Phone=customer.phones Fax=-",
        ),
        (
            "Contacts.csv",
            "First Name|Last Name|Account Name|Title|Email\nAda|Byron|Acme|CTO|ada@a.com",
            "",
            "First Name=contact.name Last Name=contact.name Account Name=customer.name Title=contact.title Email=contact.emails",
        ),
        (
            "商机.csv",
            "商机名称|客户名称|金额|预计成交日期|状态\nA|华东|￥12.3万|2021/4/15|进行中\nB|华东|¥1.2亿|2021/5/1|赢单",
            "",
            "商机名称=opportunity.name 客户名称=customer.name 金额=opportunity.amount 预计成交日期=opportunity.closed_at 状态=opportunity.outcome",
        ),
        (
            "x.csv",
            "姓名|手机|日期\n王|13800138000|03/04/2021",
            "ambiguous",
            "姓名=lead.name 手机=lead.phones 日期=-",
        ),
        (
            "x.csv",
            "姓名|手机|日期\n王|13800138000|03/04/2021\n李|13800138001|25/04/2021",
            "",
            "姓名=lead.name 手机=lead.phones 日期=lead.received_at",
        ),
        (
            "x.csv",
            "姓名|手机|日期\n王|13800138000|13/04/2021\n李|13800138001|04/25/2021",
            "ambiguous",
            "姓名=lead.name 手机=lead.phones 日期=-",
        ),
        (
            "跟进.csv",
            "客户|跟进方式|跟进时间|跟进内容\n华东|电话|2021年4月15日|谈价格",
            "",
            "客户=customer.name 跟进方式=activity.kind 跟进时间=activity.at 跟进内容=activity.content",
        ),
        (
            "产品.csv",
            "产品编码|产品名称|单价|类别\nA1|阀|1,200.50|阀门",
            "",
            "产品编码=product.code 产品名称=product.name 单价=product.price 类别=product.category",
        ),
    ];
    for (name, text, asks, expected) in table {
        let found = looked(name, text);
        let columns = found
            .columns
            .iter()
            .map(|column| format!("{}={}", column.column, column.field.as_deref().unwrap_or("-")));
        assert_eq!(columns.collect::<Vec<_>>().join(" "), expected, "{name}\n{}", found.plan);
        let parsed = Plan::parse(&found.plan, chrono_tz::Tz::UTC);
        assert!(parsed.is_ok(), "{name}: {parsed:?}\n{}", found.plan);
        let asked = found.questions.iter().any(|question| question.contains("can be read as both"));
        assert_eq!(asked, asks == "ambiguous", "{name} {:?}", found.questions);
    }
}

#[test]
fn styles_are_found_out_from_all_values() {
    let table = [
        ("$1,117.10K\n$20.00K", r#"format = { thousands = ",", symbols = ["$"], scales = ["K"] }"#),
        ("1.234,56 €\n12,00 €", r#"format = { decimal = ",", thousands = ".", symbols = ["€"] }"#),
        ("(1,234.50)\n20.00", r#"format = { thousands = ",", parentheses = true }"#),
        ("￥12.3万\n¥1.2亿", r#"scales = ["万", "亿"]"#),
        ("120\n30", "amount = { column = \"金额\" }"),
        (
            "1.234\n5.678",
            "# amount = { column = \"金额\", format = { decimal = \",\", thousands = \".\" } }",
        ),
    ];
    for (values, expected) in table {
        let rows: String =
            values.lines().enumerate().map(|(at, value)| format!("\nA{at}|B|{value}")).collect();
        let found = looked("商机.csv", &format!("商机名称|客户名称|金额{rows}"));
        assert!(found.plan.contains(expected), "{values}: {}", found.plan);
        assert!(Plan::parse(&found.plan, chrono_tz::Tz::UTC).is_ok(), "{}", found.plan);
    }
    let times = [
        ("15 Apr, 2021 00:02:00", "d mmm, yyyy h:mi:ss"),
        ("2021/4/15 下午3:05", "yyyy/m/d aph:mi"),
        ("4/15/2021", "m/d/yyyy"),
        ("44301", "excel"),
        ("2021年4月15日", "yyyy年m月d日"),
    ];
    for (value, format) in times {
        let found = looked("线索.csv", &format!("姓名|手机|日期\n王|13800138000|{value}"));
        let expected =
            format!("received_at = {{ column = \"日期\", format = {{ dates = [\"{format}\"] }} }}");
        assert!(found.plan.contains(&expected), "{value}: {}", found.plan);
    }
}
