//! `crm-erp FOLDER`: an order that the stock can serve, one that it cannot, and a second ERP that follows by the feed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crm_core::engine::{Engine, SessionOptions};
use crm_erp::{Books, Failure, House, Reader};
use crm_sqlite::SqliteStore;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("usage: crm-erp FOLDER (a folder that is there; the files are made in it)");
        return ExitCode::from(2);
    };
    match tour(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn tour(folder: &Path) -> Result<(), Failure> {
    let file = folder.join("crm.db");
    let mut house = House::open(&file, || {})?;
    let customer = made(&house, "customer.create", json!({"name": "Northwind"}))?;
    let price = json!({"amount": "999.95", "currency": "CNY"});
    let press = json!({"code": "P-1", "name": "Press", "price": price});
    let press = made(&house, "product.create", press)?;
    house.books().arrive(press, Decimal::from(10))?;

    let ordered = |house: &House, quantity: &str| {
        let lines = json!([{"product": press, "quantity": quantity}]);
        let order = made(house, "order.create", json!({"customer": customer, "lines": lines}))?;
        house.call("order.request_review", &json!({"id": order}))?;
        Ok::<_, Failure>(order)
    };
    let (first, second) = (ordered(&house, "7")?, ordered(&house, "4")?);
    house.confirm(first)?;
    show("the first order is confirmed", &house.books())?;
    match house.confirm(second) {
        Err(short @ Failure::Short { .. }) => println!("the second is not: {short}"),
        other => return Err(Failure::Other(format!("the stock was not asked: {other:?}"))),
    }
    house.decide("order.submit", &json!({"id": first}))?;
    let number = house.call("order.get", &json!({"id": first}))?["number"].clone();
    let shipped = json!({"source": "erp", "key": format!("{first} 1"), "order_number": number,
        "kind": "shipped", "line": 0, "quantity": "5"});
    house.decide("order.record_event", &shipped)?;
    show("five are shipped", &house.books())?;
    reconciled(&house, &house.books())?;

    let session =
        Engine::open(Arc::new(SqliteStore::open(&file)?)).session(SessionOptions::default());
    let mut reader = Reader::open(&folder.join("books.db"), session, || {})?;
    println!("the other ERP reads {} messages", reader.catch_up()?);
    reader.arrive(press, Decimal::from(10))?;
    show("it has the same", &reader.books())?;
    reconciled(&house, &reader.books())
}

fn made(house: &House, op: &str, request: Value) -> Result<Uuid, Failure> {
    let answer = house.call(op, &request)?;
    serde_json::from_value(answer["id"].clone()).map_err(Failure::from)
}

fn show(what: &str, books: &Books<'_>) -> Result<(), Failure> {
    for (_, on_hand, reserved) in books.stock()? {
        println!("{what}: {on_hand} on hand, {reserved} of them reserved");
    }
    Ok(())
}

fn reconciled(house: &House, books: &Books<'_>) -> Result<(), Failure> {
    let found = house.call("outbox.reconcile", &json!({"rows": books.levels()?}))?;
    match found["differences"].as_array().map(Vec::len) {
        Some(0) => {
            println!("compared {} orders: no difference", found["documents"]);
            Ok(())
        }
        _ => Err(Failure::Other(format!("the books differ: {found}"))),
    }
}
