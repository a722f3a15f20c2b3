//! What is written is read back by the libraries' own readers.

use std::collections::BTreeMap;
use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type};
use arrow_ipc::reader::StreamReader;
use arrow_schema::DataType;
use crm_core::export::document::{Cell, Column, Label, Language, Report, Table, Unit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

fn table() -> Table {
    let column = |key: &str, unit| Column::new(key, Label::new(key, format!("中{key}")), unit);
    let row = |cells: [Cell; 8]| cells.to_vec();
    let all = Label::new("All", "全部");
    Table {
        key: "t".to_owned(),
        title: Label::new("T", "表"),
        columns: vec![
            column("owner", Unit::Text),
            column("deals", Unit::Count),
            column("amount", Unit::Money),
            column("exact", Unit::Exact),
            column("rate", Unit::Rate),
            column("days", Unit::Days),
            column("on", Unit::Date),
            column("odd", Unit::Count),
        ],
        rows: vec![
            row(["张伟", "3", "-12.50", "1.00000001", "0.4231", "2.5", "2026-11-22", "1"]
                .map(Cell::text)),
            row([
                Cell::Label(all),
                Cell::Count(9),
                Cell::text("7"),
                Cell::text("12"),
                Cell::Absent,
                Cell::Absent,
                Cell::Absent,
                Cell::text("n/a"),
            ]),
        ],
    }
}

fn report() -> Report {
    Report {
        name: "r".to_owned(),
        title: Label::new("R", "报"),
        as_of: "2026-11-22T00:00:00Z".parse().unwrap(),
        zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".to_owned(),
        parameters: Vec::new(),
        figures: Vec::new(),
        tables: vec![table()],
        charts: Vec::new(),
        definitions: Vec::new(),
        notes: Vec::new(),
    }
}

fn of_arrow(bytes: Vec<u8>) -> RecordBatch {
    let mut batches = StreamReader::try_new(Cursor::new(bytes), None).unwrap();
    let batch = batches.next().unwrap().unwrap();
    assert!(batches.next().is_none());
    batch
}

fn of_parquet(bytes: Vec<u8>) -> RecordBatch {
    let file = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
    let mut batches = file.build().unwrap();
    batches.next().unwrap().unwrap()
}

#[test]
fn a_column_has_the_type_of_its_unit_and_every_cell() {
    let report = report();
    let table = report.tables.first().unwrap();
    let arrow = of_arrow(super::arrow(&report, table, Language::Zh).unwrap());
    let parquet = of_parquet(super::parquet(&report, table, Language::Zh).unwrap());
    for batch in [arrow, parquet] {
        let types: Vec<DataType> =
            batch.schema().fields().iter().map(|field| field.data_type().clone()).collect();
        let decimal = |scale| DataType::Decimal128(38, scale);
        let expected = [
            DataType::Utf8,
            DataType::Int64,
            decimal(2),
            decimal(8),
            decimal(4),
            decimal(4),
            DataType::Date32,
            DataType::Utf8,
        ];
        assert_eq!(types, expected);
        let decimals = |at: usize| -> Vec<Option<i128>> {
            batch.column(at).as_primitive::<Decimal128Type>().iter().collect()
        };
        let texts = |at: usize| -> Vec<Option<&str>> {
            batch.column(at).as_string::<i32>().iter().collect()
        };
        assert_eq!(texts(0), [Some("张伟"), Some("全部")]);
        let counts: Vec<_> = batch.column(1).as_primitive::<Int64Type>().iter().collect();
        assert_eq!(counts, [Some(3), Some(9)]);
        assert_eq!(decimals(2), [Some(-1250), Some(700)]);
        assert_eq!(decimals(3), [Some(100_000_001), Some(1_200_000_000)]);
        assert_eq!(decimals(4), [Some(4231), None]);
        assert_eq!(decimals(5), [Some(25_000), None]);
        // 2026-11-22 is 20,779 days after 1970-01-01: GNU date, `date -d 2026-11-22 +%s` divided by 86,400.
        let days: Vec<_> = batch.column(6).as_primitive::<Date32Type>().iter().collect();
        assert_eq!(days, [Some(20_779), None]);
        assert_eq!(texts(7), [Some("1"), Some("n/a")], "what is no number is lost by no type");
        let schema = batch.schema();
        let about: BTreeMap<_, _> = schema.field(2).metadata().iter().collect();
        let of = |key: &str| about.get(&key.to_owned()).map(|value| value.as_str());
        assert_eq!((of("unit"), of("zh")), (Some("money"), Some("中amount")));
        let about: serde_json::Value = serde_json::from_str(&schema.metadata()["crm"]).unwrap();
        assert_eq!(about["as_of"], "2026-11-22T00:00:00Z");
        assert_eq!(about["currency"], "CNY");
    }
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    let report = report();
    let table = table();
    for write in [super::arrow, super::parquet] {
        let first = write(&report, &table, Language::En).unwrap();
        for _ in 0..20 {
            assert_eq!(write(&report, &table, Language::En).unwrap(), first);
        }
    }
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let report = report();
    let table = Table { rows: Vec::new(), ..table() };
    let bytes = super::arrow(&report, &table, Language::En).unwrap();
    let batch = of_arrow(bytes);
    assert_eq!((batch.num_rows(), batch.num_columns()), (0, 8));
    super::parquet(&report, &table, Language::En).unwrap();
}
