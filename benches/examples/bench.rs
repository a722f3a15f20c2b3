//! One benchmark without the command line's other parts: `cargo run --release -p crm-benches --example bench -- move`.

fn main() -> Result<(), crm_benches::Failure> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let mut options = crm_benches::Options::default();
    if let Some(rows) = args.next() {
        options.rows = Some(rows.parse()?);
    }
    if let Some(rounds) = args.next() {
        options.rounds = rounds.parse()?;
    }
    println!("{}", crm_benches::run(&name, &options)?.table());
    Ok(())
}
