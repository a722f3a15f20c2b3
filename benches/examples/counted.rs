//! One fixed case for callgrind; `counted` alone names them, with how many units of work each does.

fn main() -> Result<(), crm_benches::Failure> {
    match std::env::args().nth(1) {
        Some(name) => crm_benches::counted::run(&name),
        None => {
            crm_benches::counted::CASES.iter().for_each(|(name, count)| println!("{name} {count}"));
            Ok(())
        }
    }
}
