//! One benchmark without the command line's other parts: `cargo run --release -p crm-benches --example bench -- move`,
//! then rows and rounds; of the dashboard also `threads=N`, `export=FOLDER`, `serve`; of dedupe `export=FOLDER`.

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
    for word in args {
        match word.split_once('=') {
            Some(("threads", threads)) => options.threads = Some(threads.parse()?),
            Some(("export", folder)) => options.export = Some(folder.into()),
            _ if word == "serve" => options.serve = true,
            _ => return Err(format!("{word} is no option").into()),
        }
    }
    let found = crm_benches::run(&name, &options)?;
    print!("{}", found.table());
    println!("{}", found.json());
    Ok(())
}
