//! A made-up seller of industrial equipment (工业设备) with its customers, leads and eighteen months of deals, the same
//! for the same seed and day: what `crm tour` shows the engine on.

mod deals;
mod files;
mod people;
mod random;
mod words;

use chrono::{Days, NaiveDate};

pub(crate) use deals::{Deal, Ending};
pub(crate) use files::{deal_key, write_files};
pub(crate) use random::Random;
pub(crate) use words::{INDUSTRIES, LOSS_REASONS, SIZES, SOURCES};

/// Eighteen months, in days.
const DAYS: u64 = 548;

/// All of it. References between parts are positions.
pub(crate) struct Sample {
    pub(crate) teams: Vec<Team>,
    pub(crate) users: Vec<User>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) leads: Vec<Lead>,
    pub(crate) deals: Vec<Deal>,
}

pub(crate) struct Team {
    pub(crate) name: String,
    pub(crate) region: &'static str,
}

pub(crate) struct User {
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) team: Option<usize>,
    pub(crate) manager: Option<usize>,
}

pub(crate) struct Customer {
    pub(crate) name: String,
    pub(crate) industry: &'static str,
    pub(crate) size: &'static str,
    pub(crate) source: &'static str,
    pub(crate) region: &'static str,
    pub(crate) province: &'static str,
    pub(crate) city: &'static str,
    pub(crate) street: String,
    pub(crate) postal_code: &'static str,
    pub(crate) phone: String,
    pub(crate) website: String,
    pub(crate) owner: usize,
    pub(crate) contacts: Vec<Contact>,
}

pub(crate) struct Contact {
    pub(crate) name: String,
    pub(crate) title: &'static str,
    pub(crate) phone: String,
    pub(crate) email: String,
}

pub(crate) struct Lead {
    pub(crate) day: NaiveDate,
    pub(crate) name: String,
    pub(crate) company: String,
    pub(crate) phone: String,
    pub(crate) email: String,
    pub(crate) source: &'static str,
    pub(crate) need: &'static str,
    pub(crate) owner: usize,
}

impl Sample {
    /// The company as it stands on `today`.
    pub(crate) fn new(seed: u64, today: NaiveDate) -> Self {
        let mut random = Random::new(seed);
        let first_day = today.checked_sub_days(Days::new(DAYS)).unwrap_or(today);
        let (teams, users) = people::sellers(&mut random);
        let customers = people::customers(&mut random, &users);
        let leads = people::leads(&mut random, &users, first_day, DAYS);
        let deals = deals::deals(&mut random, &customers, first_day, DAYS);
        Self { teams, users, customers, leads, deals }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn last_day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, 30).unwrap()
    }

    fn sample(seed: u64) -> Sample {
        Sample::new(seed, last_day())
    }

    #[test]
    fn it_has_the_size_that_the_tour_promises() {
        let sample = sample(7);
        let reps = sample.users.iter().filter(|user| user.role == "rep").count();
        let sizes = [sample.teams.len(), reps, sample.customers.len(), sample.leads.len()];
        assert_eq!(sizes, [3, 12, 120, 400]);
        let names: BTreeSet<&str> = sample.customers.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names.len(), 120, "no two customers share a name");
        assert!((200..=400).contains(&sample.deals.len()), "{}", sample.deals.len());
    }

    #[test]
    fn the_same_seed_makes_the_same_company() {
        let told = |seed| {
            let sample = sample(seed);
            let deals: i64 = sample.deals.iter().map(Deal::amount).sum();
            (sample.customers[17].name.clone(), sample.leads[9].phone.clone(), deals)
        };
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn what_happens_to_a_deal_happens_in_order_and_before_the_last_day() {
        let sample = sample(7);
        for deal in &sample.deals {
            let days = std::iter::once(deal.opened).chain(deal.moves.iter().map(|step| step.day));
            let days: Vec<NaiveDate> = days.chain(deal.ending.as_ref().map(Ending::day)).collect();
            assert!(days.is_sorted_by(|a, b| a < b), "{days:?}");
            let first_day = last_day() - Days::new(DAYS);
            assert!(days.iter().all(|day| (first_day..=last_day()).contains(day)));
            assert!(deal.stages_rise(), "{:?}", deal.moves.len());
        }
        let lost = sample.deals.iter().filter(|d| matches!(d.ending, Some(Ending::Lost { .. })));
        let won = sample.deals.iter().filter(|d| matches!(d.ending, Some(Ending::Won { .. })));
        assert!(won.count() > 60 && lost.count() > 60);
    }
}
