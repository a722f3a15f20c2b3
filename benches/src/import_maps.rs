//! What the memory store keeps of imported customers, by hand: the same rows in the same ordered maps, one for each
//! listing, and the journal. Nothing is checked, normalized or hashed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use crate::Failure;
use crate::import::Ids;

struct Customer {
    id: Uuid,
    name: String,
    region: String,
    website: String,
    owner: Uuid,
    created_at: i64,
}

struct Point {
    id: Uuid,
    owner: Uuid,
    medium: &'static str,
    raw: String,
    normal: String,
}

struct SourceKey {
    id: Uuid,
    key: String,
    target: Uuid,
    place: String,
}

/// The maps, a listing each.
#[derive(Default)]
pub(crate) struct Maps {
    customers: BTreeMap<Uuid, Arc<Customer>>,
    customers_by_name: BTreeMap<(String, Uuid), Arc<Customer>>,
    customers_by_owner: BTreeMap<(Uuid, String, Uuid), Arc<Customer>>,
    customers_by_parent: BTreeMap<(Uuid, String, Uuid), Arc<Customer>>,
    points: BTreeMap<Uuid, Arc<Point>>,
    points_by_owner: BTreeMap<(Uuid, &'static str, String, Uuid), Arc<Point>>,
    points_by_normal: BTreeMap<(&'static str, String, Uuid), Arc<Point>>,
    keys: BTreeMap<Uuid, Arc<SourceKey>>,
    keys_by_target: BTreeMap<(Uuid, Uuid), Arc<SourceKey>>,
    keys_by_source: BTreeMap<(&'static str, &'static str, String, Uuid), Arc<SourceKey>>,
    journal: Vec<(u16, Uuid, u64)>,
}

impl Maps {
    fn customer(&mut self, customer: Customer) {
        let row = Arc::new(customer);
        let (id, name, owner) = (row.id, &row.name, row.owner);
        self.customers_by_name.insert((name.clone(), id), Arc::clone(&row));
        self.customers_by_owner.insert((owner, name.clone(), id), Arc::clone(&row));
        self.customers_by_parent.insert((Uuid::nil(), name.clone(), id), Arc::clone(&row));
        self.journal.push((10, id, 1));
        self.customers.insert(id, row);
    }

    fn point(&mut self, point: Point) {
        let row = Arc::new(point);
        let (id, normal) = (row.id, &row.normal);
        let by_owner = (row.owner, row.medium, normal.clone(), id);
        self.points_by_owner.insert(by_owner, Arc::clone(&row));
        self.points_by_normal.insert((row.medium, normal.clone(), id), Arc::clone(&row));
        self.journal.push((11, id, 1));
        self.points.insert(id, row);
    }

    fn key(&mut self, key: SourceKey) {
        let row = Arc::new(key);
        let id = row.id;
        self.keys_by_target.insert((row.target, id), Arc::clone(&row));
        let by_source = ("bench", "customer", row.key.clone(), id);
        self.keys_by_source.insert(by_source, Arc::clone(&row));
        self.journal.push((12, id, 1));
        self.keys.insert(id, row);
    }
}

/// Reads a file into the maps.
pub(crate) fn filled(file: &Path) -> Result<Maps, Failure> {
    let mut maps = Maps::default();
    let mut ids = Ids::default();
    let owner = ids.next();
    let mut rows = csv::Reader::from_reader(BufReader::with_capacity(1 << 16, File::open(file)?));
    let mut row = csv::StringRecord::new();
    let mut number = 1_u64;
    while rows.read_record(&mut row)? {
        number += 1;
        let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
        let id = ids.next();
        let created_at = 1_795_395_600_000_000;
        let (name, region, website) = (cell(1), cell(2), cell(3));
        maps.customer(Customer { id, name, region, website, owner, created_at });
        let (raw, normal) = (cell(4), format!("+86{}", &row[4]));
        maps.point(Point { id: ids.next(), owner: id, medium: "phone", raw, normal });
        let (raw, normal) = (cell(5), cell(5));
        maps.point(Point { id: ids.next(), owner: id, medium: "email", raw, normal });
        let place = format!("customers.csv:{number}");
        maps.key(SourceKey { id: ids.scattered(), key: cell(0), target: id, place });
    }
    Ok(maps)
}

impl Maps {
    /// How many rows there are, and something of each: so that nothing is left out.
    pub(crate) fn weight(&self) -> (usize, usize) {
        let rows = self.customers.len() + self.points.len() + self.keys.len();
        let customers = self
            .customers
            .values()
            .map(|row| row.region.len() + row.website.len() + usize::from(row.created_at > 0));
        let points = self.points.values().map(|row| row.raw.len());
        let keys = self.keys.values().map(|row| row.place.len());
        (rows, customers.sum::<usize>() + points.sum::<usize>() + keys.sum::<usize>())
    }
}
