//! Deals of three years as columns: 200 owners, 30 regions, 12 sources, 50 products, five open stages, won and lost.

use std::path::Path;

use super::lines;
use crate::Failure;
use crate::data::Random;

/// 2025-01-01T00:00:00Z.
pub(super) const NOW: u32 = 1_735_689_600;
const DAY: u64 = 86_400;
/// 2022-01-01: three years before.
const START: u64 = NOW as u64 - 1096 * DAY;

pub(super) const OWNERS: u64 = 200;
pub(super) const REGIONS: u64 = 30;
pub(super) const SOURCES: u64 = 12;
pub(super) const PRODUCTS: u64 = 50;
pub(super) const WON: u8 = 5;
pub(super) const LOST: u8 = 6;
/// How likely a deal in a stage is won, percent.
pub(super) const ODDS: [u32; 7] = [10, 25, 45, 65, 85, 100, 0];

/// The columns.
#[derive(Default)]
pub(super) struct Deals {
    pub(super) owner: Vec<u8>,
    pub(super) region: Vec<u8>,
    pub(super) source: Vec<u8>,
    pub(super) product: Vec<u8>,
    pub(super) stage: Vec<u8>,
    pub(super) amount: Vec<i64>,
    pub(super) created: Vec<u32>,
    pub(super) changed: Vec<u32>,
    /// Days since 1970.
    pub(super) expected: Vec<u16>,
    /// Where the moves of each deal begin, and one more.
    pub(super) first: Vec<u32>,
    pub(super) to: Vec<u8>,
    pub(super) at: Vec<u32>,
    /// The deal of each move.
    pub(super) deal: Vec<u32>,
}

/// Small numbers more often: the square of an even draw.
fn skewed(random: &mut Random, end: u64) -> u8 {
    let draw = unit(random);
    (draw * draw * end as f64) as u8
}

fn unit(random: &mut Random) -> f64 {
    (random.next() >> 11) as f64 / (1_u64 << 53) as f64
}

impl Deals {
    pub(super) fn generate(rows: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut all = Self::default();
        for row in 0..rows {
            let (owner, source) = (skewed(&mut random, OWNERS), skewed(&mut random, SOURCES));
            let created = START + random.below(u64::from(NOW) - START);
            let share = unit(&mut random) * unit(&mut random) * unit(&mut random);
            all.owner.push(owner);
            all.source.push(source);
            all.region.push(skewed(&mut random, REGIONS));
            all.product.push(skewed(&mut random, PRODUCTS));
            all.amount.push(100 + (share * 25_000_000.0) as i64);
            all.created.push(created as u32);
            all.expected.push(((created + (30 + random.below(150)) * DAY) / DAY) as u16);
            all.first.push(all.to.len() as u32);
            let keep = 62 + u64::from(owner) % 13 + u64::from(source) % 5;
            let stage = all.walk(&mut random, row as u32, created, keep);
            all.stage.push(stage);
            all.changed.push(all.at[all.at.len() - 1]);
        }
        all.first.push(all.to.len() as u32);
        all
    }

    /// The moves of a deal: two weeks in a stage on average, then on, back, or lost; 2 in 100 stay where they are.
    fn walk(&mut self, random: &mut Random, row: u32, created: u64, keep: u64) -> u8 {
        let (mut stage, mut at) = (0, created);
        self.moved(row, stage, at);
        while stage < WON {
            let next = at + random.below(14 * DAY) + random.below(14 * DAY) + 60;
            if next > u64::from(NOW) || random.below(100) < 2 {
                break;
            }
            let draw = random.below(100);
            stage = match draw {
                _ if draw < keep => stage + 1,
                _ if draw < keep + 5 && stage > 0 => stage - 1,
                _ => LOST,
            };
            at = next;
            self.moved(row, stage, at);
        }
        stage
    }

    fn moved(&mut self, row: u32, to: u8, at: u64) {
        self.deal.push(row);
        self.to.push(to);
        self.at.push(at as u32);
    }

    pub(super) fn rows(&self) -> usize {
        self.owner.len()
    }

    pub(super) fn moves(&self) -> usize {
        self.to.len()
    }

    /// The stage that a move left; `None` of the first.
    pub(super) fn from(&self, step: usize) -> Option<u8> {
        let is_first = self.first[self.deal[step] as usize] as usize == step;
        (!is_first).then(|| self.to[step - 1])
    }

    /// Writes the columns as two CSV files.
    pub(super) fn export(&self, folder: &Path) -> Result<(), Failure> {
        let head =
            "id,owner,region,source,product,stage,prob,amount,created,closed,expected,changed";
        lines(&folder.join("opp.csv"), head, |out| {
            for row in 0..self.rows() {
                let stage = self.stage[row];
                let closed =
                    if stage >= WON { self.changed[row].to_string() } else { String::new() };
                writeln!(
                    out,
                    "{row},{},{},{},{},{stage},{},{},{},{closed},{},{}",
                    self.owner[row],
                    self.region[row],
                    self.source[row],
                    self.product[row],
                    ODDS[usize::from(stage)],
                    self.amount[row],
                    self.created[row],
                    u64::from(self.expected[row]) * DAY,
                    self.changed[row],
                )?;
            }
            Ok(())
        })?;
        lines(&folder.join("hist.csv"), "opp,from_stage,to_stage,at", |out| {
            for step in 0..self.moves() {
                let from = self.from(step).map(|from| from.to_string()).unwrap_or_default();
                writeln!(out, "{},{from},{},{}", self.deal[step], self.to[step], self.at[step])?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
