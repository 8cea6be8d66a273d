//! The load `history`: clients write at random, first without the models, then the same with them.

use crate::console::{Step, show_time};
use crate::load::client::{self, Goal, Place};
use crate::load::look::Looker;
use crate::load::shop::{self, MODELS};
use crate::load::tally::{Tally, is_worth_a_retry};
use crate::load::{log, upkeep};
use crate::server::{Data, Server};
use crate::{extension, files, setup};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// The settings of a server for a load.
pub const SETTINGS: &[&str] =
    &["max_connections = 60", "shared_buffers = 512MB", "autovacuum_naptime = 20s", "jit = off"];

/// How long there is between two looks.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

/// How long there is between two rests of all, in which everybody is made true and verified.
const BETWEEN_RESTS: Duration = Duration::from_secs(15);

/// So few serialization failures or deadlocks of a kind of statement may be chance where the control has none.
const CHANCE: u64 = 10;

/// What the load meets by itself now and then: orders of nobody, references and keys that are taken, locks, snapshots.
const KNOWN: [&str; 4] = ["23503", "23505", "40001", "40P01"];

/// What the user asked for.
pub struct Wish {
    pub transactions: u64,
    pub seed: u64,
    pub clients: u64,
}

impl Default for Wish {
    fn default() -> Wish {
        Wish { transactions: 100_000, seed: 4, clients: 14 }
    }
}

/// What came of one of the two runs.
struct Run {
    tally: Tally,
    upkeep: Tally,
    log: log::Told,
    looks: Looks,
    time: Duration,
}

/// What the looks found on the way.
#[derive(Default)]
struct Looks {
    count: u64,
    customers: i64,
    verified: i64,
    most_marks: i64,
    /// How many times all rested, and everybody was verified.
    rests: u64,
    last_notice: String,
    faults: Vec<String>,
}

/// The load as a command.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let wish = read_wish(arguments)?;
    let setup = setup::prepare()?;
    let package = extension::build(&setup)?;
    println!("history");
    let mut settings = SETTINGS.to_vec();
    settings.extend(log::SETTINGS);
    let server = Server::start(&setup, "soak", Data::Fresh(&package), &settings)?;
    drop(package);
    let faults = run(&server, &setup.checkout, &wish)?;
    println!("\n{}", if faults == 0 { "no faults".to_owned() } else { format!("{faults} faults") });
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the history without the models and with them, prints what happened, and returns how many faults there were.
pub fn run(server: &Server, checkout: &Path, wish: &Wish) -> Result<usize> {
    println!("  seed {}, {} clients, {} transactions", wish.seed, wish.clients, wish.transactions);
    // What can go wrong without models shows in half of the transactions.
    let control_wish = Wish { transactions: wish.transactions.div_ceil(2), ..*wish };
    let control = run_once(server, checkout, &control_wish, "history_control", false)?;
    let with_models = run_once(server, checkout, wish, "history", true)?;
    print_tables(&control, &with_models);
    let faults = judge(&control, &with_models);
    for fault in &faults {
        println!("  FAULT {fault}");
    }
    Ok(faults.len())
}

/// Runs the clients once to the goal, with or without the models, then makes everything true.
fn run_once(server: &Server, checkout: &Path, wish: &Wish, database: &str, with_models: bool) -> Result<Run> {
    shop::make(server, database, checkout)?;
    if with_models {
        shop::create_models(server, database, checkout)?;
    }
    let by_hand = match with_models {
        true => Some(files::read(&checkout.join("tests/soak/by_hand.sql"))?),
        false => None,
    };
    let log_before = server.read_log()?.len();
    let mut step = Step::begin(if with_models { "with the models" } else { "without the models" });
    let place = Place::new(&server.socket(), database);
    let goal = Goal::new(wish.transactions);
    let started = Instant::now();
    let (tally, upkeep, mut looks) = std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=wish.clients)
            .map(|number| {
                scope.spawn({
                    let (place, goal) = (&place, &goal);
                    move || client::run(place, wish.seed, number, goal, false)
                })
            })
            .collect();
        let keepers: Vec<_> = upkeep::SESSIONS
            .iter()
            .zip(1000..)
            .filter(|_| with_models)
            .map(|(session, number)| {
                scope.spawn({
                    let (place, goal) = (&place, &goal);
                    move || upkeep::run(session, place, wish.seed, number, goal)
                })
            })
            .collect();
        let looks = match &by_hand {
            Some(by_hand) => watch(&place, &goal, by_hand, &mut step),
            None => wait(&goal, &mut step),
        };
        let add = |threads: Vec<std::thread::ScopedJoinHandle<'_, Tally>>| {
            threads.into_iter().fold(Tally::default(), |mut sum, thread| {
                match thread.join() {
                    Ok(tally) => sum.add(tally),
                    Err(_) => drop(sum.faults.insert("a client of this program broke".into())),
                }
                sum
            })
        };
        (add(writers), add(keepers), looks)
    });
    let time = started.elapsed();
    step.end(&format!("{} committed", tally.sum_committed()));
    if let Some(by_hand) = &by_hand {
        looks.faults.extend(Looker::connect(&place)?.settle(by_hand)?);
    }
    let log = server.read_log()?;
    let own = read_own_relations(server, database)?;
    Ok(Run { tally, upkeep, log: log::read(log.get(log_before..).unwrap_or_default(), &own), looks, time })
}

/// Waits until the goal is reached.
fn wait(goal: &Goal, step: &mut Step) -> Looks {
    while !goal.is_reached() {
        std::thread::sleep(Duration::from_millis(100));
        step.show_life(&format!("{} committed", goal.committed.load(Relaxed)));
    }
    Looks::default()
}

/// Looks at the models until the goal is reached.
fn watch(place: &Place, goal: &Goal, by_hand: &str, step: &mut Step) -> Looks {
    let mut looks = Looks::default();
    let mut watch = Watch {
        place,
        looker: None,
        look: Instant::now() + BETWEEN_LOOKS,
        rest: Instant::now() + BETWEEN_RESTS,
    };
    while !goal.is_reached() {
        std::thread::sleep(Duration::from_millis(100));
        step.show_life(&format!("{} committed", goal.committed.load(Relaxed)));
        if let Err(error) = watch.look_now(goal, by_hand, &mut looks) {
            looks.faults.push(format!("a look failed: {error:#}"));
        }
        if looks.faults.len() > 5 {
            // More of the same would only bury the first.
            goal.stop.store(true, Relaxed);
        }
    }
    looks
}

/// Who looks, and when next.
struct Watch<'a> {
    place: &'a Place,
    looker: Option<Looker>,
    look: Instant,
    rest: Instant,
}

impl Watch<'_> {
    /// Looks for locks that clients may not have, and when it is time at the scores, beside the clients or while all rest.
    fn look_now(&mut self, goal: &Goal, by_hand: &str, looks: &mut Looks) -> Result<()> {
        let looker = match &mut self.looker {
            Some(looker) => looker,
            none => none.insert(Looker::connect(self.place)?),
        };
        looks.faults.extend(looker.find_intrusions()?);
        if Instant::now() >= self.rest {
            let resting = goal.rest();
            let faults = looker.settle(by_hand);
            drop(resting);
            self.rest = Instant::now() + BETWEEN_RESTS;
            looks.rests += 1;
            looks.faults.extend(faults?);
        }
        if Instant::now() < self.look {
            return Ok(());
        }
        self.look = Instant::now() + BETWEEN_LOOKS;
        for model in MODELS {
            let look = looker.look(model)?;
            looks.count += 1;
            looks.customers += look.customers;
            looks.verified += look.customers - look.left_out;
            looks.most_marks = looks.most_marks.max(look.marks);
            looks.faults.extend(look.fault);
            looks.last_notice = look.notices.last().cloned().unwrap_or_default();
        }
        Ok(())
    }
}

/// Reads the oids of the shop's own tables and indexes.
fn read_own_relations(server: &Server, database: &str) -> Result<BTreeSet<u32>> {
    let sql = "SELECT c.oid FROM pg_class AS c LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
               WHERE c.relnamespace = 'shop'::regnamespace AND coalesce(i.indrelid, c.oid)::regclass::text NOT LIKE 'shop.score%'";
    let oids = server.run_sql(database, sql)?;
    oids.lines().map(|oid| oid.parse().context("an oid")).collect()
}

/// Says what must not be.
fn judge(control: &Run, with_models: &Run) -> Vec<String> {
    let mut faults: Vec<String> = with_models.looks.faults.clone();
    for run in [control, with_models] {
        faults.extend(run.tally.faults.iter().chain(&run.upkeep.faults).cloned());
        faults
            .extend(run.log.faults.iter().map(|(fault, count)| format!("{count} times in the log: {fault}")));
    }
    for run in [control, with_models] {
        for ((kind, state), count) in &run.tally.errors {
            let message = run.tally.messages.get(&(kind.clone(), state.clone())).map_or("", String::as_str);
            if !KNOWN.contains(&state.as_str()) || message.contains("scor") {
                faults.push(format!("{count} times {state} in \"{kind}\": {message}"));
            }
        }
    }
    for ((kind, state), count) in &with_models.tally.errors {
        let is_in_control = control.tally.errors.contains_key(&(kind.clone(), state.clone()));
        if is_worth_a_retry(state) && *count > CHANCE && !is_in_control {
            faults.push(format!("{count} times {state} in \"{kind}\", where the control has none"));
        }
    }
    for (context, count) in &with_models.tally.contexts {
        if !is_of_clients(context) {
            faults.push(format!("{count} times {context}"));
        }
    }
    for state in ["40P01", "40001"] {
        let (before, after) = (control.tally.sum_errors(state), with_models.tally.sum_errors(state));
        let most = allow(before);
        if after > most {
            faults.push(format!(
                "{after} times {state}, where the control has {before}, so that {most} may be chance"
            ));
        }
    }
    for ((deed, state), count) in &with_models.upkeep.errors {
        let message =
            with_models.upkeep.messages.get(&(deed.clone(), state.clone())).map_or("", String::as_str);
        faults.push(format!("{count} times {state} in the upkeep \"{deed}\": {message}"));
    }
    faults
}

/// Gives how many errors may be chance where the control has so many in half of the transactions: half as many again, since
/// transactions last longer with the models, and what four standard deviations make of the rest.
fn allow(in_control: u64) -> u64 {
    let usual = 2.0 * in_control as f64;
    (1.5 * usual + 4.0 * usual.sqrt()) as u64 + CHANCE
}

/// Tells whether every line of a context is of a client's own statement, or of PostgreSQL's foreign keys.
fn is_of_clients(context: &str) -> bool {
    let is_own = |line: &str| {
        line.ends_with(": no context")
            || [
                "\"orders\"",
                "\"customers\"",
                "\"refunds\"",
                "\"mails\"",
                "\"visits",
                "\"tickets\"",
                "\"wishes\"",
            ]
            .iter()
            .any(|table| line.contains(&format!("in relation {table}")))
            || ["SELECT # FROM ONLY", "UPDATE ONLY", "DELETE FROM ONLY"]
                .iter()
                .any(|start| line.contains(&format!("SQL statement \"{start}")))
            || line.contains("COPY orders, line")
    };
    !context.contains("scor") && context.lines().all(is_own)
}

/// Prints what happened in both runs.
fn print_tables(control: &Run, with_models: &Run) {
    let row = |name: &str, left: String, right: String| println!("  {name:<34} {left:>12} {right:>12}");
    row("", "without".into(), "with models".into());
    let both = |name: &str, of: &dyn Fn(&Run) -> u64| {
        row(name, of(control).to_string(), of(with_models).to_string())
    };
    row("time", show_time(control.time), show_time(with_models.time));
    both("transactions a second", &|run| (run.tally.sum_committed() as f64 / run.time.as_secs_f64()) as u64);
    for level in with_models.tally.committed.keys() {
        both(&format!("committed, {level}"), &|run| run.tally.committed.get(level).copied().unwrap_or(0));
    }
    both("rolled back on purpose", &|run| run.tally.rolled_back);
    both("tried again", &|run| run.tally.retries);
    both("ended by an error", &|run| run.tally.failed);
    both("deadlocks of the clients' own rows", &|run| run.log.own_deadlocks);
    both("long waits for each other's rows", &|run| run.log.own_waits);
    for kind in with_models.tally.statements.keys() {
        both(kind, &|run| run.tally.statements.get(kind).copied().unwrap_or(0));
    }
    let keys: BTreeSet<_> = control.tally.errors.keys().chain(with_models.tally.errors.keys()).collect();
    for key in keys {
        both(&format!("{} in {}", key.1, key.0), &|run| run.tally.errors.get(key).copied().unwrap_or(0));
    }
    for (deed, count) in &with_models.upkeep.statements {
        row(&format!("upkeep: {deed}"), String::new(), count.to_string());
    }
    let looks = &with_models.looks;
    println!(
        "  {} looks with verify: {} of {} score rows verified, the others were marked; the greatest backlog had {} marks",
        looks.count, looks.verified, looks.customers, looks.most_marks
    );
    println!(
        "  all rested {} times, and nobody was found wrong or marked after catch_up, if no fault says so",
        looks.rests
    );
    if !looks.last_notice.is_empty() {
        println!("  verify said last: {}", looks.last_notice);
    }
}

/// Reads the arguments of the load.
fn read_wish(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish::default();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let number = words.next().with_context(|| format!("{word} needs a number"))?;
        let number = number.replace('_', "").parse().with_context(|| format!("\"{number}\" is no number"))?;
        match word.as_str() {
            "--transactions" => wish.transactions = number,
            "--seed" => wish.seed = number,
            "--clients" => wish.clients = number,
            unknown => bail!("unknown option {unknown}; there are --transactions, --seed and --clients"),
        }
    }
    ensure!((1..=40).contains(&wish.clients), "--clients must be from 1 to 40");
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_of_the_extension_is_not_the_clients() {
        assert!(is_of_clients(
            "40P01 deadlock detected: while locking tuple (#,#) in relation \"customers\"\nSQL statement \"SELECT # FROM ONLY \"shop\".\"customers\" x WHERE\""
        ));
        assert!(is_of_clients("40001 could not serialize: no context"));
        assert!(!is_of_clients("40P01 deadlock detected: while locking tuple (#,#) in relation \"scores\""));
        assert!(!is_of_clients(
            "40001 could not serialize: SQL statement \"SELECT count(*) FROM shop.orders\""
        ));
    }

    #[test]
    fn the_load_can_be_chosen() -> Result<()> {
        let wish =
            read_wish(&["--seed", "7", "--clients", "8", "--transactions", "1_000"].map(str::to_owned))?;
        assert_eq!((wish.transactions, wish.seed, wish.clients), (1000, 7, 8));
        assert!(
            read_wish(&["--seed".to_owned()]).is_err()
                && read_wish(&["--sed".to_owned(), "1".to_owned()]).is_err()
        );
        Ok(())
    }
}
