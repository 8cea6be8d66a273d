//! The command `bench`: how fast the functions are beside what one would write without them, as ratios of one run.
//! It reports and never fails because of a figure.

mod comparisons;
mod live;
mod measure;
mod memory;
mod models;
mod report;

use crate::server::{Data, Server};
use crate::{extension, files, process, setup};
use anyhow::{Context, Result, bail};
use report::Report;
use std::path::Path;
use std::process::ExitCode;

/// What the server has besides the settings of every private server.
const SETTINGS: &[&str] = &[
    "shared_buffers = 1GB",
    "work_mem = 256MB",
    "hash_mem_multiplier = 4",
    "maintenance_work_mem = 256MB",
    "max_wal_size = 8GB",
    "checkpoint_timeout = 1h",
    "autovacuum = off",
    "jit = off",
];

/// What the user asked for.
struct Wish {
    customers: u64,
    shows_plans: bool,
    /// Whether live models are to be measured, and nothing else.
    is_live: bool,
}

/// Makes the data, measures every comparison and the memory, and prints the tables.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let wish = read_wish(arguments)?;
    let setup = setup::prepare()?;
    let package = extension::build(&setup)?;
    println!("bench");
    let (name, more) = if wish.is_live { ("bench-live", live::SETTINGS) } else { ("bench", &[][..]) };
    let server = Server::start(&setup, name, Data::Fresh(&package), &[SETTINGS, more].concat())?;
    drop(package);
    let dir = setup.checkout.join("xtask/src/bench");
    let measured = match wish.is_live {
        true => live::measure(&server, &wish, &dir),
        false => measure_all(&server, &wish, &dir.join("data.sql")).map(|report| report.to_string()),
    };
    drop(server);
    // Gigabytes that nobody will look at again.
    files::remove_dir(&setup.servers.join(name).join("data"))?;
    print!("{}", measured?);
    Ok(ExitCode::SUCCESS)
}

/// Makes the data with a file of SQL, and measures everything.
fn measure_all(server: &Server, wish: &Wish, data: &Path) -> Result<Report> {
    server.create_database("bench")?;
    let mut command = server.psql("bench");
    let customers = format!("customers={}", wish.customers);
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-v", "kind=UNLOGGED", "-v", &customers]);
    let title = format!("making {} customers and ten times as many orders", wish.customers);
    process::run_step(&title, command.arg("-f").arg(data))?.or_fail("psql")?;
    let version = server.run_sql("bench", "SHOW server_version")?;
    let mut report = Report::begin(wish.customers, &version, SETTINGS);
    for group in comparisons::GROUPS {
        println!("  {}", group.heading);
        report.add_group(group.heading);
        for comparison in group.comparisons {
            let measured =
                measure::compare(server, comparison, 0..=measure::ROUNDS).context(comparison.title)?;
            if wish.shows_plans {
                println!("    ours:     {}\n    baseline: {}", measured.ours.plan, measured.baseline.plan);
            }
            report.add_comparison(comparison, &measured);
        }
    }
    let heading = "Models, one process";
    println!("  {heading}");
    let sql = data.with_file_name("models.sql");
    let mut command = server.psql("bench");
    let customers = format!("customers={}", wish.customers);
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-v", "kind=UNLOGGED", "-v", &customers]);
    process::run_step("making ten times as many solicitations", command.arg("-f").arg(sql))?
        .or_fail("psql")?;
    let models = models::measure(server, wish.customers).context(heading)?;
    report.add_group(heading);
    for (comparison, pair) in &models.pairs {
        report.add_comparison(comparison, pair);
    }
    report.add_times(&models.times);
    report.begin_memory();
    for use_of_memory in memory::USES {
        let bytes = memory::measure(server, use_of_memory, wish.customers).context(use_of_memory.title)?;
        report.add_memory(use_of_memory.title, bytes, use_of_memory.documented);
    }
    report.add_memory("create_model, a customer", models.bytes, "500");
    Ok(report)
}

/// Reads the arguments of the command.
fn read_wish(arguments: &[String]) -> Result<Wish> {
    let mut wish = Wish { customers: 1_000_000, shows_plans: false, is_live: false };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--rows" => {
                let number = words.next().context("--rows needs a number of customers")?;
                wish.customers =
                    number.replace('_', "").parse().with_context(|| format!("\"{number}\" is no number"))?;
            }
            "--plans" => wish.shows_plans = true,
            "live" => wish.is_live = true,
            unknown => bail!("unknown option {unknown}; there are live, --rows N and --plans"),
        }
    }
    if !(10_000..=100_000_000).contains(&wish.customers) {
        bail!("--rows must be from 10,000 to 100,000,000 customers");
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads arguments written as a line.
    fn read(line: &str) -> Result<Wish> {
        read_wish(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_smaller_bench_can_be_asked_for() -> Result<()> {
        let wish = read("--rows 100_000 --plans")?;
        assert_eq!((wish.customers, wish.shows_plans), (100_000, true));
        assert_eq!(read("")?.customers, 1_000_000);
        assert!(read("live --rows 20000")?.is_live);
        Ok(())
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(read("--rows").is_err() && read("--rows many").is_err() && read("--rows 1").is_err());
        assert!(read("--fast").is_err());
    }
}
