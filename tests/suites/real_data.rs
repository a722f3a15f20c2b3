//! Data of other people, brought in by the plans that ship, against truths that were computed elsewhere.
//!
//! The data lies in `$CRM_SHARED/data`, or in `shared/data` beside the repository or above it. Without it the tests are
//! skipped, and say so; with `CRM_REQUIRE=all` that is a failure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::command::crm;
use crate::repository::{Scratch, required, root};

pub fn data() -> Option<PathBuf> {
    let named = std::env::var_os("CRM_SHARED").map(PathBuf::from);
    let beside = root();
    let beside = beside.ancestors().skip(1).take(2).map(|folder| folder.join("shared"));
    let mut places = named.into_iter().chain(beside).map(|folder| folder.join("data"));
    let found = places.find(|folder| folder.join("northwind/truth.json").exists());
    assert!(found.is_some() || !required(), "there is no data, and CRM_REQUIRE=all");
    if found.is_none() {
        println!("skipped: there is no shared/data");
    }
    found
}

fn json_of(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// An amount without zeros at its end.
fn plain(amount: &Value) -> String {
    let text = amount.as_str().unwrap_or_else(|| panic!("{amount} is no amount"));
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// Amounts by name.
fn plain_map(amounts: &Value) -> BTreeMap<String, String> {
    amounts
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, amount)| (name.clone(), plain(amount)))
        .collect()
}

/// An imported store, its summary, and reports over it.
struct Store {
    uri: String,
    summary: Value,
}

impl Store {
    fn import(folder: &Scratch, plan: &str, files: &[PathBuf]) -> Self {
        let uri = format!("sqlite:{}", folder.path("crm.db").display());
        let plan = root().join("examples/plans").join(plan).display().to_string();
        let rejects = folder.path("rejects.csv").display().to_string();
        let mut args = vec!["import", "--store", &uri, "--plan", &plan, "--rejects", &rejects];
        args.extend(["--format", "json", "--seed", "1"]);
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        args.extend(files.iter().map(String::as_str));
        let summary = crm(&args).json();
        for file in summary["files"].as_array().unwrap() {
            let count = |what: &str| file[what].as_u64().unwrap();
            let (read, kept) = (count("read"), count("stored") + count("left_out"));
            assert_eq!(read, kept + count("rejected"), "rows are lost: {file}");
        }
        let checked = crm(&["verify", "--store", &uri, "--format", "json"]).json();
        assert_eq!(checked["faults"], json!([]));
        Self { uri, summary }
    }

    /// Rows read, stored and rejected of a file as a kind of record.
    fn rows(&self, file: &str, becomes: &str) -> [u64; 3] {
        let files = self.summary["files"].as_array().unwrap();
        let found = files.iter().find(|row| row["file"] == file && row["becomes"] == becomes);
        let found = found.unwrap_or_else(|| panic!("{file} → {becomes}: {files:#?}"));
        ["read", "stored", "rejected"].map(|what| found[what].as_u64().unwrap())
    }

    fn report(&self, name: &str, query: Value) -> Value {
        crm(&["call", "--store", &self.uri, &format!("report.{name}"), &query.to_string()]).json()
    }

    /// The ids of all campaigns.
    fn campaigns(&self) -> Vec<String> {
        let listed = crm(&["call", "--store", &self.uri, "campaign.list", "{}"]).json();
        let rows = listed["rows"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }

    /// How many members of a campaign came so far.
    fn members(&self, campaign: &str, status: &str) -> usize {
        let (mut count, mut after) = (0, Value::Null);
        loop {
            let query = json!({"campaign": campaign, "status": status, "limit": 1000,
                "after": after});
            let query = query.to_string();
            let listed = crm(&["call", "--store", &self.uri, "campaign.members", &query]).json();
            count += listed["rows"].as_array().unwrap().len();
            after = listed["next"].clone();
            if after.is_null() {
                return count;
            }
        }
    }

    /// Two columns of a table of a report.
    fn table(
        &self,
        report: &Value,
        table: &str,
        key: &str,
        value: &str,
    ) -> BTreeMap<String, Value> {
        let tables = report["tables"].as_array().unwrap();
        let table = tables.iter().find(|found| found["key"] == table).unwrap();
        let columns = table["columns"].as_array().unwrap();
        let at = |name: &str| columns.iter().position(|column| column["key"] == name).unwrap();
        let (key, value) = (at(key), at(value));
        let rows = table["rows"].as_array().unwrap().iter();
        rows.map(|row| (row[key].as_str().unwrap().to_owned(), row[value].clone())).collect()
    }

    /// What was won, by a group of a trend: exactly.
    fn won(&self, table: &str, key: &str, query: Value) -> BTreeMap<String, String> {
        let found = self.table(&self.report("trend", query), table, key, "amount");
        found.into_iter().map(|(name, amount)| (name, plain(&amount))).collect()
    }
}

fn figure(report: &Value, key: &str) -> Value {
    let figures = report["figures"].as_array().unwrap();
    figures.iter().find(|figure| figure["key"] == key).unwrap()["value"].clone()
}

#[test]
fn northwind_adds_up() {
    let Some(data) = data() else { return };
    let (folder, data) = (Scratch::new("northwind"), data.join("northwind"));
    let truth = json_of(&data.join("truth.json"));
    let names = ["employees", "customers", "categories", "products", "orders", "order_details"];
    let files: Vec<PathBuf> = names.map(|name| data.join(format!("{name}.csv"))).into();
    let store = Store::import(&folder, "northwind.toml", &files);
    let table = [
        ("employees", "user"),
        ("customers", "customer"),
        ("customers", "contact"),
        ("products", "product"),
        ("orders", "opportunity"),
        ("order_details", "opportunity.lines"),
    ];
    for (name, becomes) in table {
        let rows = truth["rows"][name].as_u64().unwrap();
        assert_eq!(store.rows(&format!("{name}.csv"), becomes), [rows, rows, 0], "{name}");
    }
    let exact = json!({"grain": "year", "basis": "lines_exact"});
    let by = |dimension: &str| json!({"grain": "year", "basis": "lines_exact", "by": [dimension]});
    let rounded = store.report("trend", json!({"grain": "year", "basis": "lines_rounded"}));
    assert_eq!(figure(&rounded, "amount"), truth["net_line_rounded"]);
    assert_eq!(figure(&rounded, "amount"), "1265793.29");
    let overview = store.report("overview", json!({}));
    assert_eq!(figure(&overview, "won_amount"), "1265793.29");
    assert_eq!(plain(&figure(&overview, "lines_exact")), plain(&truth["net"]));
    assert_eq!(figure(&store.report("trend", exact.clone()), "amount"), "1265793.0395");
    assert_eq!(store.won("buckets", "bucket", exact), plain_map(&truth["net_by_year"]));
    assert_eq!(store.won("groups", "owner", by("owner")), plain_map(&truth["net_by_employee"]));
    let categories = plain_map(&truth["net_by_category"]);
    assert_eq!(store.won("groups", "category", by("category")), categories);
    println!("northwind: {} rows, net 1265793.0395", store.summary["totals"]["read"]);
}

/// The same files as real orders: under both rules of rounding, by who sold, what, when and to whom; what was late.
#[test]
fn northwind_orders_add_up() {
    let Some(data) = data() else { return };
    let (folder, data) = (Scratch::new("northwind-orders"), data.join("northwind"));
    let truth = json_of(&data.join("truth.json"));
    let names = ["employees", "customers", "categories", "products", "orders", "order_details"];
    let files: Vec<PathBuf> = names.map(|name| data.join(format!("{name}.csv"))).into();
    let store = Store::import(&folder, "northwind-orders.toml", &files);
    for (name, becomes) in [("orders", "order"), ("order_details", "order.lines")] {
        let rows = truth["rows"][name].as_u64().unwrap();
        assert_eq!(store.rows(&format!("{name}.csv"), becomes), [rows, rows, 0], "{name}");
    }
    let all = store.report("orders", json!({}));
    assert_eq!(figure(&all, "orders"), truth["rows"]["orders"]);
    for (key, expected) in [
        ("gross", "gross"),
        ("net_exact", "net"),
        ("net_rounded", "net_line_rounded"),
        ("discount", "discount_total"),
        ("freight", "freight_total"),
    ] {
        assert_eq!(plain(&figure(&all, key)), plain(&truth[expected]), "{key}");
    }
    assert_eq!(figure(&all, "late_shipped"), truth["late_shipped"]);
    assert_eq!(figure(&all, "unshipped"), truth["unshipped"]);
    let by = |dimension: &str| {
        let report = store.report("orders", json!({"by": [dimension]}));
        let found = store.table(&report, "groups", dimension, "net_exact");
        let found = found.into_iter().map(|(name, amount)| (name, plain(&amount)));
        found.collect::<BTreeMap<String, String>>()
    };
    assert_eq!(by("owner"), plain_map(&truth["net_by_employee"]));
    assert_eq!(by("category"), plain_map(&truth["net_by_category"]));
    assert_eq!(by("year"), plain_map(&truth["net_by_year"]));
    assert_eq!(by("product").len(), 77);
    // Each customer is in one country: what a country bought is what its customers did.
    let sum = |amounts: &mut dyn Iterator<Item = &String>| -> i64 {
        let tenths_of_a_thousandth = |text: &String| -> i64 {
            let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
            format!("{whole}{rest:0<4}").parse().unwrap()
        };
        amounts.map(tenths_of_a_thousandth).sum()
    };
    let countries = by("country");
    assert_eq!(countries.len(), 21);
    assert_eq!(sum(&mut countries.values()), 12_657_930_395);
    assert_eq!(by("region").len(), 21);
    // Recency, frequency and amount of every customer: the truth has them by code, we by name.
    let last = store.table(&all, "customers", "customer", "last");
    let often = store.table(&all, "customers", "customer", "orders");
    let much = store.table(&all, "customers", "customer", "net_exact");
    let today: crm_core::value::Day = "1998-05-07".parse().unwrap();
    let mut ours: Vec<String> = last
        .iter()
        .map(|(name, day)| {
            let day: crm_core::value::Day = day.as_str().unwrap().parse().unwrap();
            let days = today.signed_duration_since(day).num_days();
            format!("{days} {} {}", often[name], plain(&much[name]))
        })
        .collect();
    let theirs = truth["rfm"].as_object().unwrap().values();
    let mut theirs: Vec<String> =
        theirs.map(|rfm| format!("{} {} {}", rfm["R"], rfm["F"], plain(&rfm["M"]))).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(ours, theirs);
    // The same by the report on it, as of that day; whoever never ordered is not in it.
    let rfm = store.report("rfm", json!({"as_of": "1998-05-07T23:00:00Z", "basis": "exact"}));
    let of = |column: &str| store.table(&rfm, "customers", "customer", column);
    let (recency, frequency, money) = (of("recency"), of("frequency"), of("money"));
    let mut told: Vec<String> = recency
        .iter()
        .map(|(name, days)| format!("{days} {} {}", frequency[name], plain(&money[name])))
        .collect();
    told.sort();
    assert_eq!(told, theirs);
    assert_eq!(figure(&rfm, "customers"), json!(89));
    // A year earlier only what was ordered by then counts, and no order is counted twice.
    let past = store.report("rfm", json!({"as_of": "1997-05-07T23:00:00Z"}));
    let before = figure(&past, "purchases").as_u64().unwrap();
    assert!(before > 0 && before < 830, "{before}");
    for name in ["buying", "churn", "cross_sell", "lifetime", "loyalty", "emerging"] {
        let report = store.report(name, json!({"as_of": "1998-05-07T23:00:00Z"}));
        println!("{name}: {}", report["figures"]);
    }
    let aged = store.report("ageing", json!({}));
    assert_eq!(figure(&aged, "outstanding"), figure(&all, "total"), "nobody kept what was paid");
    println!("northwind orders: {} rows, net 1265793.0395", store.summary["totals"]["read"]);
}

/// Their payments, as instalments and as money that came in.
#[test]
fn nonprofit_payments_add_up() {
    let Some(data) = data() else { return };
    let python = Command::new("python3").arg("--version").output().is_ok();
    assert!(python || !required(), "there is no python3, and CRM_REQUIRE=all");
    if !python {
        println!("skipped: there is no python3");
        return;
    }
    for (dump, plan, paid, open) in [
        ("1k_test_data", "npsp-1k-payments.toml", "true", "false"),
        ("dev_org_test_data", "npsp-dev-org-payments.toml", "True", "False"),
    ] {
        let data = data.join("npsp");
        let folder = Scratch::new(&format!("{dump}-payments"));
        let truth = json_of(&data.join("truth.json"))[dump].clone();
        let exported = Command::new("python3")
            .arg(root().join("tests/data/npsp_to_csv.py"))
            .args([data.join(format!("{dump}.sql")), folder.path("")])
            .output()
            .unwrap();
        assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
        let names =
            ["Account", "Account_rt_mapping", "Contact", "Opportunity", "npe01__OppPayment__c"];
        let files: Vec<PathBuf> = names.map(|name| folder.path(&format!("{name}.csv"))).into();
        let store = Store::import(&folder, plan, &files);
        let count = |paid: &str| truth["payments_by_paid"][paid][0].as_u64().unwrap_or(0);
        let amount = |paid: &str| {
            let known = truth["payments_by_paid"].get(paid);
            known.map_or_else(|| "0".to_owned(), |known| plain(&known[1]))
        };
        let report = store.report("payments", json!({}));
        assert_eq!(figure(&report, "payments"), json!(count(paid)), "{dump}");
        assert_eq!(plain(&figure(&report, "received")), amount(paid), "{dump}");
        let imported = |becomes: &str| store.rows("npe01__OppPayment__c.csv", becomes);
        assert_eq!(imported("instalment")[1..], [count(open), 0], "{dump}");
        assert_eq!(imported("payment")[1..], [count(paid), 0], "{dump}");
        // Every open row of theirs has an amount and, but for those given up, a day.
        if dump == "1k_test_data" {
            assert_eq!(plain(&figure(&report, "scheduled_amount")), amount(open), "{dump}");
        }
        let orders = store.report("orders", json!({}));
        assert_eq!(plain(&figure(&orders, "total")), plain(&truth["opportunity_amount"]), "{dump}");
        println!("{dump}: {} payments, {}", count(paid), amount(paid));
    }
}

#[test]
fn nonprofit_success_pack_adds_up() {
    let Some(data) = data() else { return };
    let python = Command::new("python3").arg("--version").output().is_ok();
    assert!(python || !required(), "there is no python3, and CRM_REQUIRE=all");
    if !python {
        println!("skipped: there is no python3");
        return;
    }
    for (dump, plan) in
        [("1k_test_data", "npsp-1k.toml"), ("dev_org_test_data", "npsp-dev-org.toml")]
    {
        npsp(&data.join("npsp"), dump, plan);
    }
}

fn npsp(data: &Path, dump: &str, plan: &str) {
    let folder = Scratch::new(dump);
    let truth = json_of(&data.join("truth.json"))[dump].clone();
    let exported = Command::new("python3")
        .arg(root().join("tests/data/npsp_to_csv.py"))
        .args([data.join(format!("{dump}.sql")), folder.path("")])
        .output()
        .unwrap();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let names =
        ["Account", "Account_rt_mapping", "Contact", "Opportunity", "Campaign", "CampaignMember"];
    let files: Vec<PathBuf> = names.map(|name| folder.path(&format!("{name}.csv"))).into();
    let store = Store::import(&folder, plan, &files);
    for (name, becomes) in [
        ("Account", "customer"),
        ("Contact", "contact"),
        ("Opportunity", "opportunity"),
        ("Campaign", "campaign"),
        ("CampaignMember", "campaign_member"),
    ] {
        let rows = truth["tables"][name].as_u64().unwrap();
        assert_eq!(store.rows(&format!("{name}.csv"), becomes), [rows, rows, 0], "{dump}: {name}");
    }
    // All members are "Sent", on a day that nobody wrote down.
    let listed: usize = store.campaigns().iter().map(|id| store.members(id, "listed")).sum();
    assert_eq!(json!({"Sent": listed}), truth["campaign_member_status"], "{dump}");
    let overview = store.report("overview", json!({}));
    let amounts = store.table(&overview, "stages", "stage", "amount");
    let amounts: BTreeMap<_, _> =
        amounts.iter().map(|(stage, amount)| (stage.clone(), plain(amount))).collect();
    assert_eq!(amounts, plain_map(&truth["amount_by_stage"]), "{dump}");
    let counts = store.table(&overview, "stages", "stage", "deals");
    assert_eq!(json!(counts), truth["opportunity_stage"], "{dump}");
    assert_eq!(figure(&overview, "deals"), truth["tables"]["Opportunity"], "{dump}");
    let total = match overview["tables"][0]["rows"].as_array().unwrap().last() {
        Some(row) => plain(&row[2]),
        None => panic!("{overview}"),
    };
    assert_eq!(total, plain(&truth["opportunity_amount"]), "{dump}");
    let mut years = store.won("buckets", "bucket", json!({"grain": "year"}));
    years.retain(|_, amount| amount != "0");
    assert_eq!(years, plain_map(&truth["closed_won_by_year"]), "{dump}");
    println!("{dump}: {} rows, {total}", store.summary["totals"]["read"]);
}
