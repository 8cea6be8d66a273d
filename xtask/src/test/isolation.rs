//! The stage `isolation`: directed specs of `tests/isolation`, and pairs of transactions, generated and judged.

use super::report::Counts;
use super::suite::Suite;
use crate::extension::Package;
use crate::files;
use crate::isolation::pairs::{self, Breadth, Level};
use crate::isolation::{PATIENCE, SETTINGS, make_world};
use crate::server::{Data, Server};
use crate::setup::Setup;
use anyhow::{Result, bail};
use std::path::PathBuf;

/// The name that asks for all pairs and no spec.
const PAIRS: &str = "pairs";

/// Runs the specs and pairs called `names`, or all, on a server of its own.
pub fn run(setup: &Setup, package: &Package, names: &[String], accept: bool) -> Result<Counts> {
    let server = Server::start(setup, "isolation", Data::Fresh(package), SETTINGS)?;
    let fill = |database: &str| make_world(setup, &server, database);
    let suite = specs(&server, "isolation", setup.checkout.join("tests/isolation"), &fill)?;
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

/// Runs the specs called `names`, or all, that need a build with pause points, on a server of its own.
pub fn run_paused(setup: &Setup, package: &Package, names: &[String], accept: bool) -> Result<Counts> {
    let server = Server::start(setup, "isolation", Data::Fresh(package), SETTINGS)?;
    let fill = |database: &str| make_world(setup, &server, database);
    specs(&server, "paused", setup.checkout.join("tests/isolation/paused"), &fill)?.run(names, accept)
}

/// Prepares the specs of a directory to be run.
fn specs<'a>(
    server: &'a Server<'a>,
    name: &'static str,
    sources: PathBuf,
    fill: &'a dyn Fn(&str) -> Result<()>,
) -> Result<Suite<'a>> {
    server.share(&sources, &format!("{name}/specs"))?;
    let expected = sources.join("expected");
    files::make_dir(&expected)?;
    let shared = server.share(&expected, &format!("{name}/expected"))?.with_file_name("");
    Ok(Suite {
        server,
        name,
        program: "isolation/pg_isolation_regress",
        sources,
        ending: "spec",
        expected,
        environment: vec![("PGISOLATIONTIMEOUT", PATIENCE.into())],
        shared,
        fill,
    })
}
