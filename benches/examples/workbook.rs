//! Reading a workbook of leads (PERFORMANCE goal I3): the engine's reader, and its reader with what an import does to each row
//! before it is stored, beside calamine on the same file.
//!
//! `cargo run --release -p crm-benches --example workbook [ROWS]`; 100,000 rows of 16 columns where nothing is said. The
//! peer is calamine 0.38 as people use it (`worksheet_range`, every cell looked at) and by its stream of cells. CPU
//! seconds of one process, seven rounds in turns, least and middle.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Data, DataRef, Reader as _, Xlsx, open_workbook};
use crm_benches::{Cost, Failure, Series, load};
use crm_core::api::ImportRow;
use crm_core::export::Workbook;
use crm_core::import::{Dialect, Mapped, Mapping, Plan, Rows, Shelf};

const ROUNDS: usize = 7;
const PLAN: &str = "source = 'bench'\n[[file]]\nname = 'leads.xlsx'\nentity = 'customer'\nkey = 'id'\n\
    [file.fields]\nname = { column = 'name', required = true }\nregion = 'region'\nwebsite = 'website'\n\
    phones = ['phone', 'phone 2']\nemails = ['email']\naddress.use = { constant = 'office' }\n\
    address.city = 'city'\naddress.street = 'street'\naddress.postal_code = 'postcode'\n";
const HEADER: [&str; 16] = [
    "id",
    "name",
    "region",
    "website",
    "phone",
    "phone 2",
    "email",
    "city",
    "street",
    "postcode",
    "industry",
    "employees",
    "budget",
    "first seen",
    "campaign",
    "remark",
];

fn main() -> Result<(), Failure> {
    let rows: u32 = std::env::args().nth(1).as_deref().unwrap_or("100000").parse()?;
    let file = std::env::temp_dir().join(format!("crm-workbook-{}.xlsx", std::process::id()));
    write(&file, rows)?;
    let measured = measure(&file, rows);
    std::fs::remove_file(&file)?;
    measured
}

fn write(file: &Path, rows: u32) -> Result<(), Failure> {
    let mut book = Workbook::new(File::create(file)?)?;
    book.row(HEADER)?;
    let cities = ["上海市", "北京市", "深圳市", "成都市", "杭州市", "London", "Berlin"];
    for n in 0..rows {
        let city = cities.get(n as usize % cities.len()).copied().unwrap_or_default();
        book.row([
            format!("L{n:07}"),
            format!("{city}第{n}精密机械有限公司"),
            ["East", "South", "West", "North"]
                .get(n as usize % 4)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            format!("https://www.company-{n}.example.com"),
            format!("138{:08}", u64::from(n) * 7_919 % 100_000_000),
            String::new(),
            format!("sales{n}@company-{n}.example.com"),
            city.to_owned(),
            format!("仙霞路 {} 号", n % 2_000),
            format!("{:06}", 100_000 + n % 900_000),
            ["制造", "软件", "零售"].get(n as usize % 3).copied().unwrap_or_default().to_owned(),
            (n % 5_000).to_string(),
            format!("{}.{:02}", n % 90_000, n % 100),
            format!("2026-{:02}-{:02}", 1 + n % 12, 1 + n % 28),
            format!("fair {}", n % 40),
            format!("called once, wants an offer for line {}", n % 7),
        ])?;
    }
    book.finish()?;
    Ok(())
}

/// Every cell of the engine's rows is looked at.
fn read(file: &Path) -> Result<u32, Failure> {
    let mut rows = Rows::open_file(File::open(file)?, &Dialect::default())?;
    let (mut count, mut bytes) = (0, 0);
    while let Some(row) = rows.next_row()? {
        count += 1;
        bytes += row.cells().map(str::len).sum::<usize>();
    }
    std::hint::black_box(bytes);
    Ok(count)
}

/// Each row becomes what `import.rows` takes: mapped by a plan, every value parsed and normalised.
fn mapped(file: &Path) -> Result<u32, Failure> {
    let plan = Plan::parse(PLAN, chrono_tz::Tz::UTC).map_err(|faults| format!("{faults:?}"))?;
    let entry = plan.files_named("leads.xlsx").next().ok_or("no entry")?;
    let mut rows = Rows::open_file(File::open(file)?, &Dialect::default())?;
    let (header, shelf) = (rows.header().to_vec(), Shelf::default());
    let mapping = Mapping::bind(&plan, entry, ("leads.xlsx", &header), &shelf);
    let mapping = mapping.map_err(|faults| format!("{faults:?}"))?;
    let mut count = 0;
    while let Some(row) = rows.next_row()? {
        let Mapped::Item(item) = mapping.map(&row) else {
            return Err(format!("row {} is no item", row.number).into());
        };
        std::hint::black_box(ImportRow::of(item)?);
        count += 1;
    }
    Ok(count)
}

fn ranged(file: &Path) -> Result<u32, Failure> {
    let mut book: Xlsx<BufReader<File>> = open_workbook(file)?;
    let range = book.worksheet_range_at(0).ok_or("no sheet")??;
    let cells = range.rows().flatten().filter(|cell| !matches!(cell, Data::Empty)).count();
    std::hint::black_box(cells);
    Ok(u32::try_from(range.height())?.saturating_sub(1))
}

fn streamed(file: &Path) -> Result<u32, Failure> {
    let mut book: Xlsx<BufReader<File>> = open_workbook(file)?;
    let sheet = book.sheet_names().first().cloned().ok_or("no sheet")?;
    let mut cells = book.worksheet_cells_reader(&sheet)?;
    let (mut last, mut full) = (0, 0_u64);
    while let Some(cell) = cells.next_cell()? {
        last = cell.get_position().0;
        full += u64::from(!matches!(cell.get_value(), DataRef::Empty));
    }
    std::hint::black_box(full);
    Ok(last)
}

fn measure(file: &Path, rows: u32) -> Result<(), Failure> {
    type Way = (&'static str, fn(&Path) -> Result<u32, Failure>);
    let ways: [Way; 4] = [
        ("the engine's reader", read),
        ("the same, and every row made ready to be stored", mapped),
        ("calamine, its stream of cells", streamed),
        ("calamine, worksheet_range", ranged),
    ];
    let mut found: [Series; 4] = Default::default();
    for _ in 0..ROUNDS {
        for ((_, way), series) in ways.iter().zip(&mut found) {
            let (count, cost) = Cost::of(|| way(file));
            assert_eq!(count?, rows, "rows are lost");
            series.push(cost.cpu.as_secs_f64());
        }
    }
    let bare = found.iter().skip(2).map(Series::min).fold(f64::INFINITY, f64::min);
    println!("{rows} rows of {} columns, CPU seconds, load {:?}", HEADER.len(), load());
    for ((name, _), series) in ways.iter().zip(&found) {
        let (least, middle) = (series.min(), series.median());
        println!(
            "{name:<50} {least:.3} least, {middle:.3} middle, {:.2} x bare calamine",
            least / bare
        );
    }
    Ok(())
}
