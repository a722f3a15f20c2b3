//! Who sells, who buys, who might.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::random::Random;
use super::words::{
    BRAND_HEADS, BRAND_TAILS, COMPANY_ENDS, GIVEN, INDUSTRIES, NEEDS, REGIONS, SOURCES, STREETS,
    SURNAMES, SYLLABLES, TITLES,
};
use super::{Contact, Customer, Lead, Team, User};

const REPS_IN_A_TEAM: usize = 4;
const CUSTOMERS: usize = 120;
const LEADS: usize = 400;

fn name(random: &mut Random) -> String {
    format!("{}{}", random.pick(SURNAMES), random.pick(GIVEN))
}

/// 199-0000 numbers: of the right form, and nobody's in this sample.
fn mobile(random: &mut Random) -> String {
    format!("1990000{:04}", random.below(10_000))
}

/// A director, and for each region a team of a manager and four reps.
pub(super) fn sellers(random: &mut Random) -> (Vec<Team>, Vec<User>) {
    let mut teams = Vec::new();
    let mut users = vec![User {
        login: "director".to_owned(),
        name: name(random),
        role: "manager",
        team: None,
        manager: None,
    }];
    for (at, region) in REGIONS.iter().enumerate() {
        teams.push(Team { name: format!("{}销售部", region.name), region: region.name });
        let manager = users.len();
        let login = format!("manager-{}", at + 1);
        let team = Some(at);
        users.push(User { login, name: name(random), role: "manager", team, manager: Some(0) });
        for rep in 1..=REPS_IN_A_TEAM {
            let login = format!("rep-{}{rep}", at + 1);
            let manager = Some(manager);
            users.push(User { login, name: name(random), role: "rep", team, manager });
        }
    }
    (teams, users)
}

/// Somebody who sells in the region.
fn rep(random: &mut Random, users: &[User], region: usize) -> usize {
    let mut reps = Vec::new();
    for (at, user) in users.iter().enumerate() {
        if user.role == "rep" && user.team == Some(region) {
            reps.push(at);
        }
    }
    random.pick(&reps)
}

fn brand(random: &mut Random) -> String {
    loop {
        let (head, tail) = (random.pick(BRAND_HEADS), random.pick(BRAND_TAILS));
        if head != tail {
            return format!("{head}{tail}");
        }
    }
}

/// A made-up word in Latin letters, for addresses of mail and web.
fn domain(random: &mut Random) -> String {
    format!("{}{}{}", random.pick(SYLLABLES), random.pick(SYLLABLES), random.below(90) + 10)
}

pub(super) fn customers(random: &mut Random, users: &[User]) -> Vec<Customer> {
    let mut names = BTreeSet::new();
    let mut customers = Vec::new();
    while customers.len() < CUSTOMERS {
        let at = random.weighted(&[(0, 45), (1, 33), (2, 22)]);
        let region = &REGIONS[at];
        let (province, city, dial, postal_code) = random.pick(region.places);
        let (industry, _, kinds) = random.pick(INDUSTRIES);
        let place = city.trim_end_matches('市');
        let (brand, kind) = (brand(random), random.pick(kinds));
        let name = format!("{place}{brand}{kind}{}", random.pick(COMPANY_ENDS));
        if !names.insert(name.clone()) {
            continue;
        }
        let domain = domain(random);
        let contacts = (0..random.between(1, 3)).map(|_| contact(random, &domain)).collect();
        customers.push(Customer {
            name,
            industry,
            size: random.weighted(&[
                ("small", 40),
                ("medium", 35),
                ("large", 18),
                ("enterprise", 7),
            ]),
            source: random.pick(SOURCES).0,
            region: region.name,
            province,
            city,
            street: format!("{}{}号", random.pick(STREETS), random.between(1, 999)),
            postal_code,
            phone: landline(random, dial),
            website: format!("https://www.{domain}.example"),
            owner: rep(random, users, at),
            contacts,
        });
    }
    customers
}

/// Some cities still have numbers of seven digits.
fn landline(random: &mut Random, dial: &str) -> String {
    let (from, to) = match dial {
        "0315" | "0351" | "0536" | "0592" | "0772" => (5_600_000, 5_699_999),
        _ => (65_000_000, 65_999_999),
    };
    format!("{dial}-{}", random.between(from, to))
}

fn contact(random: &mut Random, domain: &str) -> Contact {
    let email = format!("{}.{}@{domain}.example", random.pick(SYLLABLES), random.pick(SYLLABLES));
    Contact { name: name(random), title: random.pick(TITLES), phone: mobile(random), email }
}

pub(super) fn leads(random: &mut Random, users: &[User], first: NaiveDate, days: u64) -> Vec<Lead> {
    let mut leads: Vec<Lead> = (0..LEADS)
        .map(|_| {
            let at = random.weighted(&[(0, 40), (1, 35), (2, 25)]);
            let (_, city, ..) = random.pick(REGIONS[at].places);
            let (_, _, kinds) = random.pick(INDUSTRIES);
            let place = city.trim_end_matches('市');
            let company = format!("{place}{}{}有限公司", brand(random), random.pick(kinds));
            let domain = domain(random);
            let person = contact(random, &domain);
            Lead {
                day: first + Days::new(random.below(days as usize) as u64),
                name: person.name,
                company,
                phone: person.phone,
                email: person.email,
                source: random.pick(SOURCES).0,
                need: random.pick(NEEDS),
                owner: rep(random, users, at),
            }
        })
        .collect();
    leads.sort_by_key(|lead| lead.day);
    leads
}
