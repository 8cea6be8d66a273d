//! The stage `regress`: SQL scripts, and what psql printed when they were right.

use super::report::Counts;
use super::suite::Suite;
use crate::server::Server;
use crate::setup::Setup;
use anyhow::Result;

/// Runs the tests called `names`, or all.
pub fn run(setup: &Setup, server: &Server, names: &[String], accept: bool) -> Result<Counts> {
    let tests = setup.checkout.join("tests");
    let shared = server.share(&tests, "tests")?;
    let suite = Suite {
        server,
        name: "regress",
        program: "regress/pg_regress",
        sources: tests.join("sql"),
        ending: "sql",
        expected: tests.join("expected"),
        environment: vec![("VECTORS", shared.join("vectors"))],
        shared,
        fill: &|_| Ok(()),
    };
    suite.run(names, accept)
}
