//! pg_upgrade: a new cluster takes over the models with their marks and triggers.

use super::{DATABASE, Ground, Outcome};
use crate::load::client::Place;
use crate::process;
use crate::server::{Data, Server};
use anyhow::Result;

/// Stops the server for good, upgrades its data into a new one, and goes on there.
pub fn run(ground: &Ground) -> Result<Outcome> {
    let old = ground.server;
    // Rolled back where an earlier trial failed: pg_upgrade refuses prepared transactions.
    let left = old.run_sql("postgres", "SELECT database, gid FROM pg_prepared_xacts")?;
    for (database, gid) in left.lines().filter_map(|line| line.split_once('|')) {
        old.run_sql(database, &format!("ROLLBACK PREPARED '{gid}'"))?;
    }
    old.stop()?;
    let upgrade = |new: &Server<'_>| {
        let dir = new.make_output_dir("upgrade")?;
        let mut command = new.command(new.bin().join("pg_upgrade"));
        command.current_dir(&dir).args(["-U", "postgres", "-j", "2"]);
        for (option, path) in [
            ("-b", old.bin()),
            ("-B", new.bin()),
            ("-d", old.data()),
            ("-D", new.data()),
            ("-s", new.socket()),
        ] {
            command.arg(option).arg(path);
        }
        process::run(&mut command)?.or_fail("pg_upgrade").map(drop)
    };
    let settings: Vec<&str> = ground.settings.iter().copied().filter(|line| !line.contains("cron")).collect();
    let new = Server::start(ground.setup, "upgraded", Data::Made(ground.package, &upgrade), &settings)?;
    ground.check_and_go_on(&Place::new(&new.socket(), DATABASE))?;
    Ok(Outcome::Passed)
}
