//! The ways that deals really go: variants, the graph of what follows what with its waiting times, loops, and where they
//! leave the way that their process allows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    filter::Sieve,
    query::Query,
    stats::Proportion,
    table::{FactTable, MoveKind, Outcome},
};

/// A place on a deal's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// Before it was made.
    Start,
    /// A stage, by its code.
    Stage(u32),
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

/// The moves that processes allow, in stage codes of the table. Losing is allowed from anywhere; making and reopening a
/// deal, and moves to or from a stage of another process, are not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// From which stage to which.
    pub moves: BTreeSet<(u32, u32)>,
    /// From which a deal may be won.
    pub wins: BTreeSet<u32>,
}

/// How many deals did something, and how those that are decided ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// How many deals.
    pub deals: u64,
    /// How many of them were won.
    pub won: u64,
    /// How many were lost.
    pub lost: u64,
}

impl Walked {
    fn add(&mut self, outcome: Outcome) {
        let one = |count: &mut u64| *count = count.saturating_add(1);
        one(&mut self.deals);
        match outcome {
            Outcome::Won => one(&mut self.won),
            Outcome::Lost => one(&mut self.lost),
            Outcome::Open => {}
        }
    }

    /// Won of those decided.
    pub const fn win(&self) -> Proportion {
        Proportion::new(self.won, self.won.saturating_add(self.lost))
    }

    /// Won of those decided in `all` that are not of these.
    pub const fn others(&self, all: &Self) -> Proportion {
        let (mine, every) = (self.win(), all.win());
        Proportion::new(
            every.successes.saturating_sub(mine.successes),
            every.trials.saturating_sub(mine.trials),
        )
    }
}

/// One way that deals went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The places in order; one that ends in a stage is of deals that are open there.
    pub way: Vec<Node>,
    /// The deals.
    pub deals: Walked,
    /// From making to closing, in seconds, ascending: of the closed ones.
    pub seconds: Vec<i64>,
    /// Whether every move of it is allowed.
    pub conforms: bool,
}

/// What follows what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// How often.
    pub moves: u64,
    /// How many deals did it, and how they ended.
    pub deals: Walked,
    /// How long they stood in the place before, in seconds, ascending.
    pub waits: Vec<i64>,
    /// Whether it is allowed; nothing where it is not judged.
    pub allowed: Option<bool>,
}

/// The ways of all deals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The most frequent first, equal ones by their places.
    pub variants: Vec<Variant>,
    /// What follows what.
    pub edges: BTreeMap<(Node, Node), Edge>,
    /// All deals.
    pub all: Walked,
    /// Those every move of which is allowed.
    pub conforming: Walked,
    /// Those that came back to a stage that they had left.
    pub looping: Walked,
    /// How often a stage was come back to.
    pub returns: BTreeMap<u32, u64>,
    /// Moves that were judged, and those of them that are allowed.
    pub judged: Proportion,
    /// Deals left out since their moves are not known.
    pub without_history: u64,
}

/// One deal's way: each place with the second at which it was come to.
fn way(table: &FactTable, deal: usize) -> Vec<(Node, i64)> {
    let mut way: Vec<(Node, i64)> = Vec::new();
    for step in table.moves_of(deal) {
        let at = table.moves.at.get(step).copied().unwrap_or(0);
        let node = match table.moves.kind.get(step) {
            Some(MoveKind::Won) => Node::Won,
            Some(MoveKind::Lost) => Node::Lost,
            Some(MoveKind::Created | MoveKind::Moved | MoveKind::Reopened) | None => {
                Node::Stage(table.moves.to.at(step))
            }
        };
        if way.is_empty() {
            way.push((Node::Start, at));
        }
        if way.last().is_none_or(|(last, _)| *last != node) {
            way.push((node, at));
        }
    }
    way
}

fn judge(table: &FactTable, allowed: &Allowed, from: Node, to: Node) -> Option<bool> {
    match (from, to) {
        (Node::Stage(from), Node::Stage(to)) => {
            let (here, there) = (table.stages.pipeline(from), table.stages.pipeline(to));
            (here != 0 && here == there).then(|| allowed.moves.contains(&(from, to)))
        }
        (Node::Stage(from), Node::Won) => {
            (table.stages.pipeline(from) != 0).then(|| allowed.wins.contains(&from))
        }
        (Node::Stage(_), Node::Lost) => Some(true),
        (Node::Start | Node::Won | Node::Lost, _) | (Node::Stage(_), Node::Start) => None,
    }
}

#[derive(Default)]
struct Kind {
    deals: Walked,
    seconds: Vec<i64>,
}

/// The ways of the deals made in the period. Rule SR-10 (B06).
pub fn paths(table: &FactTable, query: &Query, allowed: &Allowed) -> Paths {
    let mut found = Paths::default();
    let mut variants: BTreeMap<Vec<Node>, Kind> = BTreeMap::new();
    let cohort = query.filter.clone().created(query.period);
    for deal in Sieve::new(table, &cohort, query.zone).rows() {
        let way = way(table, deal);
        if way.is_empty() || !table.deals.has_history(deal) {
            found.without_history = found.without_history.saturating_add(1);
            continue;
        }
        found.walk(table, allowed, deal, &way);
        let kind = variants.entry(way.iter().map(|(node, _)| *node).collect()).or_default();
        kind.deals.add(table.deals.outcome(deal));
        let ends = table.deals.created_at(deal).zip(table.deals.closed_at(deal));
        kind.seconds.extend(ends.map(|(begin, end)| end.saturating_sub(begin)));
    }
    for edge in found.edges.values_mut() {
        edge.waits.sort_unstable();
    }
    let conforms = |way: &[Node]| {
        way.windows(2).all(|pair| match pair {
            [from, to] => judge(table, allowed, *from, *to) != Some(false),
            _ => true,
        })
    };
    let variant = |(way, mut kind): (Vec<Node>, Kind)| {
        kind.seconds.sort_unstable();
        Variant { conforms: conforms(&way), way, deals: kind.deals, seconds: kind.seconds }
    };
    found.variants = variants.into_iter().map(variant).collect();
    // A stable sort: equal counts stay in the order of their places.
    found.variants.sort_by_key(|variant| core::cmp::Reverse(variant.deals.deals));
    found
}

impl Paths {
    fn walk(&mut self, table: &FactTable, allowed: &Allowed, deal: usize, way: &[(Node, i64)]) {
        let outcome = table.deals.outcome(deal);
        let (mut seen, mut conforms, mut loops) = (BTreeSet::new(), true, false);
        let mut edges = BTreeSet::new();
        for (at, (node, since)) in way.iter().enumerate() {
            if let Node::Stage(stage) = node
                && !seen.insert(*stage)
            {
                loops = true;
                let returns = self.returns.entry(*stage).or_default();
                *returns = returns.saturating_add(1);
            }
            let before = at.checked_sub(1).and_then(|before| way.get(before));
            let Some((from, left)) = before else { continue };
            let edge = self.edges.entry((*from, *node)).or_default();
            edge.moves = edge.moves.saturating_add(1);
            edge.waits.push(since.saturating_sub(*left));
            edge.allowed = judge(table, allowed, *from, *node);
            if let Some(is_allowed) = edge.allowed {
                conforms &= is_allowed;
                self.judged.trials = self.judged.trials.saturating_add(1);
                let allowed = u64::from(is_allowed);
                self.judged.successes = self.judged.successes.saturating_add(allowed);
            }
            if edges.insert((*from, *node)) {
                edge.deals.add(outcome);
            }
        }
        self.all.add(outcome);
        if conforms {
            self.conforming.add(outcome);
        }
        if loops {
            self.looping.add(outcome);
        }
    }

    /// The share of deals every move of which is allowed.
    pub const fn conformance(&self) -> Proportion {
        Proportion::new(self.conforming.deals, self.all.deals)
    }
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
