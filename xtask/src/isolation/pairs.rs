//! Runs pairs of operations, in a database with the model and in one without it, and tells what is wrong.

use super::operation::State;
use super::order::{self, Order};
use super::output::Played;
use super::pair::{self, Pair};
use super::tester::Tester;
use super::verdict::{Fault, judge};
use crate::process;
use crate::server::Server;
use crate::setup::Setup;
use crate::test::report::Counts;
use anyhow::{Result, ensure};
use std::collections::BTreeMap;

pub use super::pair::{Level, is_known};

/// How many faults are shown with all that isolationtester printed.
const SHOWN: u64 = 5;

/// Which interleavings are run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Breadth {
    /// Those that tell most.
    Telling,
    /// Every one.
    All,
}

/// A pair in one interleaving.
struct Case {
    pair: Pair,
    order: Order,
}

/// Runs the pairs that `names` ask for, or all, and prints what is wrong.
pub fn run(
    setup: &Setup,
    server: &Server,
    names: &[String],
    level: Level,
    breadth: Breadth,
) -> Result<Counts> {
    let pairs = pair::choose(names)?;
    server.create_database("pairs")?;
    server.create_empty_database("pairs_alone")?;
    for database in ["pairs", "pairs_alone"] {
        super::make_world(setup, server, database)?;
    }
    let files = server.make_output_dir("pairs")?;
    let live = Tester { server, database: "pairs", spec: files.join("live.spec") };
    let control = Tester { server, database: "pairs_alone", spec: files.join("control.spec") };
    let mut counts = Counts::default();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for state in State::ALL {
        let pairs: Vec<Pair> = pairs.iter().copied().filter(|pair| pair.state() == state).collect();
        if pairs.is_empty() {
            continue;
        }
        let word = format!("{}, {}", level.sql(), state.word());
        let control_head = pair::write_spec(state, level, None);
        let play_control = |title: &str, cases: &[Case]| {
            play(&control, &format!("{word}: {title}"), &control_head, cases, true)
        };
        let cases = choose_cases(&pairs, breadth, play_control)?;
        let alone = play_control("alone", &cases)?;
        let cases: Vec<(Case, Played)> = cases.into_iter().zip(alone).collect();
        for (document, stride) in pair::DOCUMENTS {
            let stride = if breadth == Breadth::All { 1 } else { stride };
            let chosen: Vec<&(Case, Played)> = cases.iter().step_by(stride).collect();
            let head = pair::write_spec(state, level, Some(document));
            let title = format!("{word}: {document}");
            let played = play(&live, &title, &head, chosen.iter().map(|(case, _)| case), false)?;
            for ((case, alone), played) in chosen.iter().zip(&played) {
                let steps = case.pair.name_steps(&case.order, false);
                let faults = judge(&steps, played, alone, &case.pair.may_wait());
                if !faults.is_empty() {
                    show(case, played, &faults, counts.failed);
                }
                for fault in &faults {
                    *kinds.entry(fault.to_string()).or_default() += 1;
                }
                counts += Counts::one(faults.is_empty());
            }
        }
    }
    kinds.iter().for_each(|(kind, number)| println!("    {number:>5} × {kind}"));
    Ok(counts)
}

/// Chooses the interleavings that can be run: whoever waits in the control run cannot go on before the other's end.
fn choose_cases(
    pairs: &[Pair],
    breadth: Breadth,
    play_control: impl Fn(&str, &[Case]) -> Result<Vec<Played>>,
) -> Result<Vec<Case>> {
    let probes =
        |pair: &Pair| [0, 1].map(|first| Case { pair: *pair, order: order::probe(pair.steps(), first) });
    let probed = play_control("who waits alone", &pairs.iter().flat_map(probes).collect::<Vec<_>>())?;
    let mut cases = Vec::new();
    for (pair, probed) in pairs.iter().zip(probed.chunks(2)) {
        let may_wait = pair.may_wait();
        let waits = [0, 1].map(|first| {
            let other = pair.does(1 - first);
            let waited =
                probed.get(first).is_some_and(|played| played.steps_called(&other).any(|step| step.waited));
            waited || may_wait.contains(&other) || pair.is_of_extension()
        });
        let orders = match breadth {
            Breadth::Telling => order::telling(pair.steps()),
            Breadth::All => order::all(pair.steps()),
        };
        let possible = orders.into_iter().filter(|order| order::is_possible(order, waits));
        cases.extend(possible.map(|order| Case { pair: *pair, order }));
    }
    Ok(cases)
}

/// Plays cases with a tester.
fn play<'a>(
    tester: &Tester,
    title: &str,
    head: &str,
    cases: impl IntoIterator<Item = &'a Case>,
    is_control: bool,
) -> Result<Vec<Played>> {
    let steps: Vec<_> = cases.into_iter().map(|case| case.pair.name_steps(&case.order, is_control)).collect();
    let played = tester.play(title, head, &steps.iter().map(|steps| steps.join(" ")).collect::<Vec<_>>())?;
    for (steps, played) in steps.iter().zip(&played).filter(|_| is_control) {
        let is_ended = played.is_complete(steps) && !played.steps.iter().any(|step| step.cancelled);
        ensure!(is_ended, "a control run did not come to its end:\n{}", played.text);
    }
    Ok(played)
}

/// Prints what is wrong with a case; of the first ones everything that was printed.
fn show(case: &Case, played: &Played, faults: &[Fault], before: u64) {
    let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
    println!("    FAILED {}: {}: {}", case.pair, played.announced, faults.join("; "));
    if before < SHOWN {
        println!("{}", process::last_lines(&played.text, 60));
    }
}
