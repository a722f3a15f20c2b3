//! Chinese spellings that are one, and others that are not.

use super::chinese::{parts, plain, sound, sounds_as, surname_sound};
use super::names::{self, company};
use super::normalize::{self, Folder};

#[test]
fn spellings_of_one_text_fold_to_one() {
    let table = [
        ("ＡＢＣ　１２３", "abc 123"),
        ("臺灣電氣", "台湾电气"),
        ("華爲技術", "华为技术"),
        ("Café Zürich", "cafe zurich"),
        ("O'Brien-Smith", "obrien smith"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("  (上海)·分部 ", "上海 分部"),
        ("İstanbul", "istanbul"),
        ("", ""),
    ];
    for (text, folded) in table {
        assert_eq!(Folder::default().fold(text), folded, "{text}");
    }
}

#[test]
fn a_chinese_name_has_its_surname_first() {
    let table = [
        ("王伟", ("王", "伟"), "wang"),
        ("欧阳娜娜", ("欧阳", "娜娜"), "ouyang"),
        ("欧阳", ("欧", "阳"), "ou"),
        ("曾国藩", ("曾", "国藩"), "zeng"),
        ("单雄信", ("单", "雄信"), "shan"),
        ("王", ("王", ""), "wang"),
    ];
    for (name, expected, surname) in table {
        assert_eq!(parts(name), expected, "{name}");
        assert_eq!(surname_sound(expected.0), surname, "{name}");
    }
    for (name, expected) in [("王伟先生", "王伟"), ("李总", "李"), ("总", "总"), ("张工", "张")]
    {
        assert_eq!(plain(name), expected);
    }
    assert_eq!(sound("伟明"), "weiming");
    let sounds = [
        ("重庆", "chongqing", true),
        ("重庆", "zhongqing", true),
        ("吕", "lv", true),
        ("吕", "lu", true),
        ("王伟", "wangwei", true),
        ("王伟", "ww", false),
        ("曾", "zeng", true),
    ];
    for (text, word, expected) in sounds {
        assert_eq!(sounds_as(text, word), expected, "{text} {word}");
    }
}

#[test]
fn a_company_is_told_by_what_it_calls_itself() {
    let table = [
        // name                              core            brand    trade       form     province
        ("上海浦江精密机械有限公司", "浦江精密机械", "浦江", "精密机械", "有限", "310000"),
        ("浦江精密機械（上海）有限公司", "浦江精密机械", "浦江", "精密机械", "有限", "310000"),
        ("广东省深圳市腾飞科技股份有限公司", "腾飞科技", "腾飞", "科技", "股份", "440000"),
        ("华为技术有限公司", "华为技术", "华为", "技术", "有限", ""),
        ("科技有限公司", "科技", "科技", "", "有限", ""),
        ("北京", "北京", "北京", "", "", "110000"),
    ];
    for (name, core, brand, trade, form, region) in table {
        let found = company(&Folder::default(), name);
        let found = (&*found.core, &*found.brand, &*found.trade, found.form, &*found.region);
        assert_eq!(found, (core, brand, trade, form, region), "{name}");
    }
    let latin = [
        ("Acme Tools Co., Ltd.", "acmetools", "ltd"),
        ("ACME TOOLS LIMITED", "acmetools", "ltd"),
        ("The Acme Tools", "acmetools", ""),
        ("Müller & Söhne GmbH", "mullersohne", "gmbh"),
        ("Holding AG", "holdingag", "ag"),
    ];
    for (name, core, form) in latin {
        let found = company(&Folder::default(), name);
        assert_eq!((&*found.core, found.form), (core, form), "{name}");
    }
    assert_eq!(names::city("苏州市"), "苏州");
    assert_eq!(names::region("上海市"), "310000");
}

#[test]
fn a_name_is_cut_where_it_may_be() {
    let table: [(&str, &[(&str, &str)]); 9] = [
        ("John Smith", &[("john", "smith")]),
        ("Smith, John", &[("john", "smith")]),
        ("Dr. John Smith", &[("john", "smith")]),
        ("王伟", &[("伟", "王")]),
        ("Ludwig van Beethoven", &[("ludwig", "vanbeethoven"), ("ludwigvan", "beethoven")]),
        ("Eri n Blaschke", &[("eri", "blaschke"), ("eri", "nblaschke"), ("erin", "blaschke")]),
        ("Madonna", &[("madonna", "")]),
        ("unknown", &[]),
        ("12345", &[]),
    ];
    for (name, cuts) in table {
        let found = normalize::person(&Folder::default(), name);
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(found, cuts, "{name}");
    }
}

#[test]
fn ways_to_reach_somebody_are_told_apart_by_what_tells() {
    let folder = Folder::default();
    for (text, expected) in
        [("Wang.Wei+crm@QQ.com", Some(("wangwei", "qq.com"))), ("nobody", None), ("@x.com", None)]
    {
        let found = normalize::email(&folder, text);
        let found = found.as_ref().map(|(local, host)| (&**local, &**host));
        assert_eq!(found, expected, "{text}");
    }
    for (text, expected) in [
        ("+86 138-0013-8000", Some("13800138000")),
        ("13800138000", Some("13800138000")),
        ("1234", None),
    ] {
        assert_eq!(normalize::phone(text).as_deref(), expected, "{text}");
    }
    assert_eq!(normalize::web("https://www.Acme.com/en?x=1").as_deref(), Some("acme.com"));
    assert!(normalize::is_mail_host("163.com") && !normalize::is_mail_host("acme.com"));
    let street = folder.fold("世纪大道100号, 2楼 12a");
    let (numbers, words): (Vec<_>, Vec<_>) =
        normalize::runs(&street).partition(|run| normalize::is_number(run));
    assert_eq!(
        (words.join(" "), numbers.join(" ")),
        ("世纪大道 号 楼 a".into(), "100 2 12".into())
    );
}
