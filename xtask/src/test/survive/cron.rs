//! A scheduler: `CALL scoring.work()` from pg_cron; where that cannot be had, from a plain session.

use super::{Ground, Outcome, write};
use crate::load::client::Place;
use crate::load::look::Looker;
use crate::load::shop::MODELS;
use crate::server::Server;
use crate::setup::Setup;
use crate::{PG_MAJOR, debian, files};
use anyhow::{Result, ensure};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The settings of a server that has pg_cron.
pub const SETTINGS: &[&str] = &[
    "shared_preload_libraries = 'pg_cron'",
    "cron.database_name = 'postgres'",
    "cron.host = ''",
    "cron.use_background_workers = on",
];

/// Finds pg_cron's files.
pub fn find(setup: &Setup) -> Option<PathBuf> {
    debian::unpack(&setup.target, &[&format!("postgresql-{PG_MAJOR}-cron")]).ok()
}

/// Adds pg_cron's files to a server's copy of PostgreSQL.
pub fn add(server: &Server, from: &Path) -> Result<()> {
    for dir in ["lib/postgresql", "share/postgresql"] {
        let dir = Path::new(dir).join(PG_MAJOR);
        let dir = if dir.starts_with("lib") { dir.join("lib") } else { dir.join("extension") };
        for file in files::list(&from.join("usr").join(&dir))? {
            let Some(name) = file.file_name() else { continue };
            if file.is_file() {
                files::copy_file(&file, &server.tree().join(&dir).join(name))?;
            }
        }
    }
    Ok(())
}

/// Lets a scheduler work off what clients marked.
pub fn run(ground: &Ground) -> Result<Outcome> {
    let place = ground.copy_database("survive_cron")?;
    write(&place, 100)?;
    let has_cron = ground.server.run_sql("postgres", "SHOW shared_preload_libraries")? == "pg_cron";
    if has_cron {
        ground.server.run_sql("postgres", "CREATE EXTENSION IF NOT EXISTS pg_cron")?;
        let job =
            "SELECT cron.schedule_in_database('scores', '* * * * *', 'CALL scoring.work()', 'survive_cron')";
        ground.server.run_sql("postgres", job)?;
    } else {
        place.connect("scheduler")?.batch_execute("CALL scoring.work()")?;
    }
    let waited = wait_for_no_marks(ground, &place, has_cron);
    if has_cron {
        ground.server.run_sql("postgres", "DROP EXTENSION pg_cron")?;
    }
    waited?;
    ground.settle(&place)?;
    Ok(if has_cron {
        Outcome::Passed
    } else {
        Outcome::Skipped("there is no pg_cron; a session called work".into())
    })
}

/// Waits until the job has run well, where there is one, and no mark is left.
fn wait_for_no_marks(ground: &Ground, place: &Place, has_cron: bool) -> Result<()> {
    let started = Instant::now();
    let mut looker = Looker::connect(place)?;
    loop {
        let mut marks = 0;
        for model in MODELS {
            marks += looker.count_marks(model)?;
        }
        let said = match has_cron {
            true => ground
                .server
                .run_sql("postgres", "SELECT status, return_message FROM cron.job_run_details")?,
            false => "succeeded".into(),
        };
        if marks == 0 && said.contains("succeeded") {
            return Ok(());
        }
        let is_late = started.elapsed() > Duration::from_secs(75);
        ensure!(!is_late && !said.contains("failed"), "{marks} marks are left; pg_cron says: {said}");
        std::thread::sleep(Duration::from_millis(500));
    }
}
