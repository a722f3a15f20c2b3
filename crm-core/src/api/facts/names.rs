//! What keys mean: everything that a deal names.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::read::{self, Beside, Buyer};
use crate::analytics::{Dimension, FactTableBuilder, Keys, Outcome};
use crate::catalog::Product;
use crate::engine::{Cx, Error};
use crate::export::document::Label;
use crate::party::Customer;
use crate::pipeline::{Pipeline, Stage, StageKind};
use crate::settings::{Team, Term, User};
use crate::value::Id;

use super::super::report::{all, by_id};

/// The names of a tenant.
pub(in crate::api) struct Names {
    pub(in crate::api) users: BTreeMap<Id<User>, User>,
    pub(in crate::api) teams: BTreeMap<Id<Team>, Team>,
    customers: BTreeMap<Uuid, Buyer>,
    products: BTreeMap<Id<Product>, Product>,
    pipelines: BTreeMap<Id<Pipeline>, Pipeline>,
    stages: Vec<Stage>,
    keys: BTreeMap<Id<Stage>, String>,
    terms: Vec<Term>,
    ends: BTreeMap<(Uuid, StageKind), Uuid>,
    odds: BTreeMap<Uuid, u32>,
}

impl Names {
    /// All names, those of customers too.
    pub(super) fn read(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut names = Self::without_customers(cx)?;
        let customers = &mut names.customers;
        read::scan::<Customer>(cx, read::customers(), |cells| {
            customers.insert(cells.id, read::buyer(cells));
        })?;
        Ok(names)
    }

    /// Takes over what is known of customers.
    pub(super) fn take_customers(&mut self, from: &mut Self) {
        self.customers = core::mem::take(&mut from.customers);
    }

    /// The names of everything but customers.
    pub(in crate::api) fn without_customers(cx: &Cx<'_>) -> Result<Self, Error> {
        let mut stages: Vec<Stage> = Vec::new();
        all(cx, |stage: Stage| stages.push(stage))?;
        stages.sort_by_key(|stage| (stage.pipeline, stage.position));
        let pipelines: BTreeMap<Id<Pipeline>, Pipeline> = by_id(cx)?;
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for stage in &stages {
            let uses = uses.entry(stage.code.as_str()).or_default();
            *uses = uses.saturating_add(1);
        }
        let key = |stage: &Stage| match uses.get(stage.code.as_str()) {
            Some(1) => stage.code.to_string(),
            _ => match pipelines.get(&stage.pipeline) {
                Some(pipeline) => format!("{}/{}", pipeline.name, stage.code),
                None => stage.id.to_string(),
            },
        };
        let keys = stages.iter().map(|stage| (stage.id, key(stage))).collect();
        let mut terms = Vec::new();
        all(cx, |term: Term| terms.push(term))?;
        let mut ends = BTreeMap::new();
        for stage in stages.iter().filter(|stage| stage.kind != StageKind::Open) {
            ends.entry((stage.pipeline.uuid(), stage.kind)).or_insert(stage.id.uuid());
        }
        let odds = |stage: &Stage| (stage.id.uuid(), stage.probability.opened().basis_points());
        let odds = stages.iter().map(odds).collect();
        Ok(Self {
            users: by_id(cx)?,
            teams: by_id(cx)?,
            customers: BTreeMap::new(),
            products: by_id(cx)?,
            pipelines,
            stages,
            keys,
            terms,
            ends,
            odds,
        })
    }

    /// Whether rows that were poured with other names would be poured as they were.
    pub(super) fn places_rows_as(&self, other: &Self) -> bool {
        let region = |names: &Self| -> BTreeMap<Uuid, String> {
            let users = names.users.keys().map(|id| id.uuid());
            users.map(|user| (user, names.region_of_owner(user).to_owned())).collect()
        };
        // A stage that was none and is an end, or the other way round, counts otherwise for every deal that was in it.
        let kinds = |names: &Self| -> BTreeMap<Id<Stage>, StageKind> {
            names.stages.iter().map(|stage| (stage.id, stage.kind)).collect()
        };
        let now = kinds(self);
        let turned =
            kinds(other).iter().any(|(id, was)| now.get(id).is_some_and(|kind| kind != was));
        self.ends == other.ends
            && !turned
            && region(self).iter().all(|(user, here)| other.region_of_owner(*user) == here)
    }

    /// Sets, or removes, what is known of a customer; whether its deals may stand otherwise now.
    pub(super) fn set_customer(&mut self, id: Uuid, new: Option<Buyer>) -> bool {
        let places = |buyer: &Option<Buyer>| {
            buyer.as_ref().map(|buyer| (buyer.source.clone(), buyer.region.clone()))
        };
        let now = places(&new);
        let before = match new {
            Some(new) => self.customers.insert(id, new),
            None => self.customers.remove(&id),
        };
        places(&before) != now
    }

    /// How many customers there are.
    pub(in crate::api) fn customers(&self) -> u64 {
        u64::try_from(self.customers.len()).unwrap_or(u64::MAX)
    }

    /// What a customer is called.
    pub(in crate::api) fn customer(&self, id: Uuid) -> &str {
        self.customers.get(&id).map_or("", |customer| &customer.name)
    }

    /// The odds of a deal in a stage, in basis points.
    pub(in crate::api) fn odds(&self, stage: Uuid) -> u32 {
        self.odds.get(&stage).copied().unwrap_or(0)
    }

    /// The odds of stages by their keys.
    pub(in crate::api) fn odds_by_key(&self) -> BTreeMap<String, u32> {
        let pair = |(id, key): (&Id<Stage>, &String)| (key.clone(), self.odds(id.uuid()));
        self.keys.iter().map(pair).collect()
    }

    pub(in crate::api) fn stage_key(&self, stage: Id<Stage>) -> &str {
        self.keys.get(&stage).map_or("", String::as_str)
    }

    fn team(&self, user: Uuid) -> Option<&Team> {
        let user = self.users.get(&Id::new(user))?;
        self.teams.get(&user.team?)
    }

    fn region_of_owner(&self, owner: Uuid) -> &str {
        let region = self.team(owner).and_then(|team| team.region.as_ref());
        region.map_or("", |region| region.as_str())
    }

    pub(super) fn label_customers(&self, builder: &mut FactTableBuilder) {
        for (id, customer) in &self.customers {
            builder.label(Dimension::Customer, &id.to_string(), &customer.name);
        }
    }

    pub(in crate::api) fn label(&self, builder: &mut FactTableBuilder) {
        for (id, pipeline) in &self.pipelines {
            let of_it = |stage: &&Stage| stage.pipeline == *id;
            for end in
                self.stages.iter().filter(of_it).filter(|stage| stage.kind != StageKind::Open)
            {
                builder.label(Dimension::Stage, self.stage_key(end.id), end.name.as_str());
            }
            // The ends are no steps of the funnel.
            let stages =
                self.stages.iter().filter(of_it).filter(|stage| stage.kind == StageKind::Open);
            let stages: Vec<(&str, &str)> =
                stages.map(|stage| (self.stage_key(stage.id), stage.name.as_str())).collect();
            builder.pipeline(&id.to_string(), pipeline.name.as_str(), &stages);
        }
        for user in self.users.values() {
            builder.label(Dimension::Owner, user.login.as_str(), user.name.as_str());
        }
        for team in self.teams.values() {
            builder.label(Dimension::Team, team.name.as_str(), team.name.as_str());
        }
        for product in self.products.values() {
            builder.label(Dimension::Product, product.code.as_str(), product.name.as_str());
        }
        let schemes = [
            ("source", Dimension::Source),
            ("industry", Dimension::Industry),
            ("loss_reason", Dimension::Reason),
        ];
        for term in &self.terms {
            if let Some((_, dimension)) =
                schemes.iter().find(|(scheme, _)| *scheme == term.scheme.as_str())
            {
                builder.label(*dimension, term.code.as_str(), term.zh.as_str());
            }
        }
    }
}

impl Beside for Names {
    fn source(&self, customer: Uuid) -> &str {
        self.customers.get(&customer).map_or("", |customer| &customer.source)
    }

    fn region(&self, customer: Uuid, owner: Uuid) -> &str {
        let own = self.customers.get(&customer).map_or("", |customer| customer.region.as_str());
        if own.is_empty() { self.region_of_owner(owner) } else { own }
    }

    fn end(&self, pipeline: Uuid, outcome: Outcome) -> Uuid {
        let kind = match outcome {
            Outcome::Open => return Uuid::nil(),
            Outcome::Won => StageKind::Won,
            Outcome::Lost => StageKind::Lost,
        };
        self.ends.get(&(pipeline, kind)).copied().unwrap_or_default()
    }
}

impl Keys for Names {
    fn user(&self, id: Uuid) -> (&str, &str, &str) {
        let Some(user) = self.users.get(&Id::new(id)) else { return ("", "", "") };
        let team = self.team(id).map_or("", |team| team.name.as_str());
        (user.login.as_str(), team, user.name.as_str())
    }

    fn industry(&self, customer: Uuid) -> &str {
        self.customers.get(&customer).map_or("", |customer| &customer.industry)
    }

    fn stage(&self, id: Uuid) -> (&str, &str) {
        let stage = self.stages.iter().find(|stage| stage.id.uuid() == id);
        stage.map_or(("", ""), |stage| (self.stage_key(stage.id), stage.name.as_str()))
    }

    fn order(&self, stage: Uuid) -> u32 {
        let place = self.stages.iter().position(|one| one.id.uuid() == stage);
        place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
    }

    fn product(&self, id: Uuid) -> (&str, &str, &str) {
        let Some(product) = self.products.get(&Id::new(id)) else { return ("", "", "") };
        let category = product.category.as_ref().map_or("", |category| category.as_str());
        (product.code.as_str(), category, product.name.as_str())
    }

    fn source(&self, code: &str) -> Label {
        let mut terms = self.terms.iter().filter(|term| term.scheme.as_str() == "source");
        let term = terms.find(|term| term.code.as_str() == code);
        term.map_or_else(|| Label::same(code), |term| Label::same(term.zh.as_str()))
    }
}
