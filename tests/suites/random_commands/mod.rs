//! Any commands in any order: every answer is a response or a typed problem, a refusal changes nothing, every invariant
//! holds, and the same commands give the same bytes and the same state in every store.
//!
//! `CRM_PROOF=full` runs 100,000 commands instead of 3,000; `CRM_SEED` repeats a run.

mod dice;
mod hostile;
mod past;
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use crm_core::engine::{
    CallOptions, Engine, Env, Error, Problem, SessionOptions, state_hash, verify,
};
use crm_core::store::{Flow, MemoryStore, Store, TenantId};
use crm_core::value::Timestamp;
use crm_sqlite::{Durability, Options, SqliteStore};
use serde_json::Value;

use crate::repository::Scratch;
use dice::Dice;
use world::World;

const TENANT: TenantId = TenantId(1);

/// One call, so that it can be made again.
struct Command {
    op: String,
    request: Vec<u8>,
    actor: String,
    key: Option<String>,
    now: i64,
    step: u64,
}

/// What was accepted and refused, by operation, and why.
#[derive(Default)]
struct Counts {
    ops: BTreeMap<String, [u64; 2]>,
    codes: BTreeMap<String, u64>,
}

/// An engine over a store, with the entropy of a seed.
struct Bench {
    engine: Engine,
    env: Env,
}

impl Bench {
    fn over(store: Arc<dyn Store>, seed: u64) -> Self {
        let mut entropy = [0; 32];
        entropy[..8].copy_from_slice(&seed.to_be_bytes());
        let now = Timestamp::from_micros(0).unwrap();
        Self { engine: Engine::open(store), env: Env { now, entropy } }
    }

    fn run(&self, command: &Command) -> Result<Vec<u8>, Error> {
        let actor = command.actor.clone();
        let session = self.engine.session(SessionOptions { actor, ..Default::default() });
        let now = Timestamp::from_micros(command.now).unwrap();
        let env = Env { now, ..self.env.step(command.step) };
        let options = CallOptions { key: command.key.as_deref(), ..Default::default() };
        session.call(&env, &command.op, &command.request, &options)
    }

    /// The last commit.
    fn head(&self) -> u64 {
        self.engine.store().get(TENANT, &[], &mut |_, _, _| Flow::Continue(())).unwrap().0
    }

    fn state(&self) -> String {
        state_hash(self.engine.store(), TENANT).unwrap()
    }

    fn check(&self, at: usize) {
        let found = verify(self.engine.store(), TENANT).unwrap();
        let faults = &found.faults;
        assert!(faults.is_empty(), "after {at} commands: {:#?}", &faults[..faults.len().min(5)]);
        assert_eq!(found.state_hash, self.state());
    }
}

/// The codes that a sound engine over a sound store never gives: our faults, and the store's.
fn ours(problem: &Problem) -> bool {
    problem.status >= 9000
        || (4000..5000).contains(&problem.status)
        || problem.code.is_empty()
        || (problem.code == "record.conflict" && problem.violations.is_empty())
        || problem.code == "record.not_unique"
}

/// Makes commands up and runs them.
struct Run {
    dice: Dice,
    world: World,
    bench: Bench,
    counts: Counts,
    commands: Vec<Command>,
    answers: Vec<Result<Vec<u8>, Problem>>,
}

impl Run {
    fn new(seed: u64) -> Self {
        let bench = Bench::over(Arc::new(MemoryStore::default()), seed);
        // Monday, 5 January 2026, 08:00 in UTC.
        let world = World::new(1_767_600_000_000_000);
        let (dice, counts) = (Dice::new(seed), Counts::default());
        let mut run =
            Self { dice, world, bench, counts, commands: Vec::new(), answers: Vec::new() };
        // The first call of all makes the tenant's settings, whatever becomes of it.
        let (op, actor) = ("settings.get".to_owned(), "owner".to_owned());
        let now = run.world.now;
        let first = Command { op, request: b"{}".to_vec(), actor, key: None, now, step: 0 };
        run.answers.push(Ok(run.bench.run(&first).unwrap()));
        run.commands.push(first);
        run
    }

    fn command(&mut self) -> Command {
        let dice = &mut self.dice;
        self.world.now += match dice.below(100) {
            0..=69 => dice.within(0, 120_000_000),
            70..=94 => dice.within(0, 7_200_000_000),
            _ => dice.within(0, 2 * 86_400_000_000),
        };
        // The clock of a host may go back.
        let now = self.world.now - if dice.percent(3) { dice.within(0, 86_400_000_000) } else { 0 };
        let wish = self.world.wish(dice);
        let hostile = dice.percent(20);
        let request = if hostile && dice.percent(90) {
            hostile::spoil(dice, &wish.request)
        } else {
            wish.request.to_string().into_bytes()
        };
        let op = match hostile && dice.percent(2) {
            true => dice.pick(&["no.such", "", "\0", "Customer.Create"]),
            false => wish.op,
        };
        let logins = &self.world.logins;
        let actor = match dice.below(100) {
            0..=87 => "owner".to_owned(),
            88..=98 => logins[dice.below(logins.len())].clone(),
            _ => "nobody".to_owned(),
        };
        let key = dice.percent(4).then(|| format!("key-{}", dice.below(1_000_000)));
        let step = self.commands.len() as u64;
        Command { op: op.to_owned(), request, actor, key, now, step }
    }

    /// The next command, and everything that must hold of its answer.
    fn next(&mut self, sample: usize) {
        let command = self.command();
        let at = self.commands.len();
        let sampled = at.is_multiple_of(sample);
        let before = (self.bench.head(), sampled.then(|| self.bench.state()));
        let answer = self.bench.run(&command);
        let told = || {
            let request = String::from_utf8_lossy(&command.request);
            let shown: String = request.chars().take(600).collect();
            format!("command {at}, {} by {}: {shown}", command.op, command.actor)
        };
        let place = self.counts.ops.entry(command.op.clone()).or_default();
        match &answer {
            Ok(response) => {
                place[0] += 1;
                let response: Value = serde_json::from_slice(response).unwrap();
                if let Ok(request) = serde_json::from_slice::<Value>(&command.request) {
                    self.world.learn(&command.op, &request, &response);
                }
            }
            Err(error) => {
                place[1] += 1;
                let problem = error.problem();
                assert!(!ours(&problem), "{}\n{problem:#?}", told());
                *self.counts.codes.entry(problem.code).or_default() += 1;
                assert_eq!(self.bench.head(), before.0, "a refusal was committed: {}", told());
                if let Some(state) = before.1 {
                    assert_eq!(
                        self.bench.state(),
                        state,
                        "a refusal changed the state: {}",
                        told()
                    );
                }
            }
        }
        if let (Some(_), Ok(first)) = (&command.key, &answer) {
            self.again(&command, first);
        }
        self.answers.push(answer.map_err(|error| error.problem()));
        self.commands.push(command);
    }

    /// The same call under the same key gives the first answer; another one is refused.
    fn again(&self, command: &Command, first: &[u8]) {
        let head = self.bench.head();
        let retry = Command { step: command.step + 1_000_000_000, ..copy(command) };
        assert_eq!(self.bench.run(&retry).unwrap(), first, "{} again", command.op);
        let other = Command { op: "settings.get".to_owned(), request: b"{}".to_vec(), ..retry };
        assert_eq!(self.bench.run(&other).unwrap_err(), Error::KeyReused, "{}", command.op);
        assert_eq!(self.bench.head(), head, "{} was done twice", command.op);
    }

    /// The same commands on another store: the same answers, the same state.
    fn repeat(&self, store: Arc<dyn Store>, seed: u64, many: usize) -> String {
        let bench = Bench::over(store, seed);
        for (at, (command, answer)) in
            self.commands.iter().zip(&self.answers).take(many).enumerate()
        {
            let again = bench.run(command).map_err(|error| error.problem());
            assert_eq!(&again, answer, "command {at}, {}", command.op);
        }
        bench.check(many);
        bench.state()
    }

    fn report(&self, seed: u64) {
        let mut text = String::new();
        let (mut accepted, mut refused) = (0, 0);
        for (op, [yes, no]) in &self.counts.ops {
            writeln!(text, "{op:<28}{yes:>8} accepted{no:>8} refused").unwrap();
            accepted += yes;
            refused += no;
        }
        println!("seed {seed}: {accepted} accepted, {refused} refused, head {}", self.bench.head());
        let mut codes: Vec<_> =
            self.counts.codes.iter().map(|(code, count)| (*count, code)).collect();
        codes.sort_unstable_by(|a, b| b.cmp(a));
        println!("{text}{} codes of refusal, the most frequent:", codes.len());
        codes.iter().take(25).for_each(|(count, code)| println!("{code:<48}{count:>8}"));
    }
}

fn copy(command: &Command) -> Command {
    let Command { op, request, actor, key, now, step } = command;
    let (op, request) = (op.clone(), request.clone());
    Command { op, request, actor: actor.clone(), key: key.clone(), now: *now, step: *step }
}

fn seed() -> u64 {
    std::env::var("CRM_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_260_105)
}

#[test]
fn random_commands_leave_a_sound_store() {
    let full = std::env::var("CRM_PROOF").is_ok_and(|what| what == "full");
    let (many, every, sample, on_disk) =
        if full { (100_000, 2_000, 1_000, 20_000) } else { (3_000, 250, 50, 3_000) };
    let seed = seed();
    println!("seed {seed}");
    let mut run = Run::new(seed);
    let mut early = String::new();
    for at in 1..=many {
        run.next(sample);
        if at % every == 0 {
            run.bench.check(at);
        }
        if at == on_disk {
            early = run.bench.state();
        }
    }
    run.report(seed);
    for (op, [accepted, refused]) in &run.counts.ops {
        let known = crm_core::api::find(op).is_ok();
        assert!(
            !known || *accepted > 0 || *refused < 20,
            "{op} was never accepted, {refused} times refused"
        );
    }
    assert_eq!(run.repeat(Arc::new(MemoryStore::default()), seed, many + 1), run.bench.state());
    let folder = Scratch::new("random");
    let options = Options { durability: Durability::Normal, ..Options::default() };
    let sqlite = SqliteStore::open_with(folder.path("crm.db"), options).unwrap();
    assert_eq!(run.repeat(Arc::new(sqlite), seed, on_disk + 1), early);
}

#[test]
fn a_state_hash_tells_states_apart() {
    let run = |names: &[&str]| {
        let bench = Bench::over(Arc::new(MemoryStore::default()), 1);
        for (step, name) in (1..).zip(names) {
            let request = format!(
                r#"{{"id":"01890000-0000-7000-8000-0000000000{:02x}","name":"{name}"}}"#,
                name.len()
            );
            let (op, actor) = ("customer.create".to_owned(), "owner".to_owned());
            let command =
                Command { op, request: request.into_bytes(), actor, key: None, now: 0, step };
            bench.run(&command).unwrap();
        }
        bench.state()
    };
    assert_eq!(run(&["A", "BB"]), run(&["BB", "A"]), "however it came about");
    assert_ne!(run(&["A", "BB"]), run(&["A", "BC"]), "another value");
    assert_ne!(run(&["A", "BB"]), run(&["A"]), "another record");
}
