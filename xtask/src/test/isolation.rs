//! The stage `isolation`: directed specs of `tests/isolation`, and pairs of transactions, generated and judged.

use super::report::Counts;
use super::suite::Suite;
use crate::extension::Package;
use crate::isolation::pairs::{self, Breadth, Level};
use crate::isolation::{PATIENCE, SETTINGS, make_world};
use crate::server::{Data, Server};
use crate::setup::Setup;
use anyhow::{Result, bail};

/// The name that asks for all pairs and no spec.
const PAIRS: &str = "pairs";

/// Runs the specs and pairs called `names`, or all, on a server of its own.
pub fn run(setup: &Setup, package: &Package, names: &[String], accept: bool) -> Result<Counts> {
    let server = Server::start(setup, "isolation", Data::Fresh(package), SETTINGS)?;
    let specs = setup.checkout.join("tests").join("isolation");
    server.share(&specs, "isolation/specs")?;
    let expected = server.share(&specs.join("expected"), "isolation/expected")?;
    let suite = Suite {
        server: &server,
        name: "isolation",
        program: "isolation/pg_isolation_regress",
        sources: specs.clone(),
        ending: "spec",
        expected: specs.join("expected"),
        environment: vec![("PGISOLATIONTIMEOUT", PATIENCE.into())],
        shared: expected.with_file_name(""),
        fill: &|database| make_world(setup, &server, database),
    };
    let all = suite.list()?;
    let (specs, others): (Vec<String>, Vec<String>) =
        names.iter().cloned().partition(|name| all.contains(name));
    if let Some(unknown) = others.iter().find(|name| *name != PAIRS && !pairs::is_known(name)) {
        bail!("there is no spec, operation or pair \"{unknown}\"");
    }
    let mut counts = Counts::default();
    if names.is_empty() || !specs.is_empty() {
        counts += suite.run(&specs, accept)?;
    }
    if names.is_empty() || !others.is_empty() {
        let names: Vec<String> = others.into_iter().filter(|name| name != PAIRS).collect();
        counts += pairs::run(setup, &server, &names, Level::ReadCommitted, Breadth::Telling)?;
    }
    Ok(counts)
}
