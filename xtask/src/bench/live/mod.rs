//! Live models beside what one would have without them: triggers by hand, a foreign key, none.
//!
//! Everything is measured in turns, on one table of orders that has one of them alone at a time, and in CPU time of the
//! backends where that will do: other work on the machine disturbs it less.

mod copy;
mod figures;
mod freshness;
mod orders;
mod pgbench;

use super::Wish;
use crate::process;
use crate::server::Server;
use anyhow::Result;
use figures::Figures;
use std::path::Path;

/// How many times each is measured.
const ROUNDS: usize = 5;

/// What the server has besides the settings of the bench: workers run only where they are measured.
pub const SETTINGS: &[&str] = &["pg_scoring.worker = off", "max_connections = 40"];

/// What is measured with.
pub struct Bench<'a> {
    server: &'a Server<'a>,
    /// The directory of the scripts.
    scripts: &'a Path,
    /// How many customers there are, and how many in the small database.
    customers: u64,
    small: u64,
    /// How many transactions one client sends in a round.
    each: u64,
}

/// Makes the data with the files of SQL in a directory, measures everything, and gives the table.
pub fn measure(server: &Server, wish: &Wish, dir: &Path) -> Result<String> {
    let scripts = dir.join("live");
    let (customers, small) = (wish.customers, (wish.customers / 100).max(1000));
    let each = (customers / 50).clamp(8_000, 20_000);
    let bench = Bench { server, scripts: &scripts, customers, small, each };
    for (database, customers) in [("bench", customers), ("small", small)] {
        server.create_database(database)?;
        for file in ["data.sql", "models.sql", "live/live.sql"] {
            let mut command = server.psql(database);
            command.args([
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-v",
                "kind=",
                "-v",
                &format!("customers={customers}"),
            ]);
            let title = format!("{file}, {customers} customers");
            process::run_step(&title, command.arg("-f").arg(dir.join(file)))?.or_fail("psql")?;
        }
        make_model(server, database, "live")?;
    }
    let mut figures = Figures::default();
    bench.measure_one_client(&mut figures)?;
    bench.measure_families(&mut figures)?;
    bench.measure_eight_clients(&mut figures)?;
    bench.measure_contention(&mut figures)?;
    bench.measure_copy(&mut figures)?;
    make_model(server, "bench", "deferred")?;
    bench.measure_deferred(&mut figures)?;
    bench.measure_freshness(&mut figures)?;
    bench.measure_backlog(&mut figures)?;
    let version = server.run_sql("bench", "SHOW server_version")?;
    Ok(format!("{}{figures}", super::report::head(customers, &version, super::SETTINGS)))
}

/// Makes the model in a mode, in place of an older one.
fn make_model(server: &Server, database: &str, mode: &str) -> Result<()> {
    let title = format!("create_model, {mode}, in {database}");
    crate::console::step(&title, || {
        server.run_sql(database, &format!("CALL make_live_model('{mode}')"))?;
        server.run_sql(database, "VACUUM ANALYZE").map(drop)
    })
}
