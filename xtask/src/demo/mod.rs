//! The command `demo`: real orders in a small CRM, and what a marketer wants to see of them.

mod orders;

use crate::server::{Data, Server};
use crate::setup;
use crate::{console, extension, files, process};
use anyhow::{Result, bail};
use orders::Orders;
use std::path::Path;
use std::process::ExitCode;

/// Fills a server with orders, scores the customers, and tells how to go on.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let wants_generated = match arguments {
        [] => false,
        [flag] if flag == "--generated" => true,
        _ => bail!("demo takes no argument but --generated, which needs no network"),
    };
    let setup = setup::prepare()?;
    let orders = if wants_generated { Orders::Generated } else { orders::find(&setup)? };
    let package = extension::build(&setup)?;
    println!("demo");
    let server = Server::start(&setup, "demo", Data::Fresh(&package), &[])?;
    drop(package);
    let scripts = setup.checkout.join("demo");
    let source =
        console::step("making a CRM and scoring its customers", || fill(&server, &scripts, &orders))?;
    print_report(&server, &scripts, source)?;
    print_next_steps(&server, &scripts)?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the schema, loads the orders, and makes the scores; returns what the orders are.
fn fill(server: &Server, scripts: &Path, orders: &Orders) -> Result<&'static str> {
    server.create_database("demo")?;
    server.run_sql("postgres", "ALTER DATABASE demo SET search_path = crm, public")?;
    run_script(server, &scripts.join("schema.sql"), None)?;
    let source = match orders {
        Orders::Real(file) => {
            run_script(server, &scripts.join("load_orders.sql"), Some(file))?;
            orders::check(
                &server.run_sql("demo", "SELECT count(*), count(DISTINCT customer_id) FROM crm.orders")?,
            )?;
            "CDNOW, an online shop for music: real orders"
        }
        Orders::Generated => {
            run_script(server, &scripts.join("generate_orders.sql"), None)?;
            "GENERATED ORDERS, which resemble those of a real shop and are not"
        }
    };
    run_script(server, &scripts.join("generate_solicitations.sql"), None)?;
    run_script(server, &scripts.join("scores.sql"), None)?;
    server.run_sql("demo", "ANALYZE")?;
    run_script(server, &scripts.join("model.sql"), None)?;
    Ok(source)
}

/// Prints the report, as psql lays it out but without its blanks at the ends of lines.
fn print_report(server: &Server, scripts: &Path, source: &str) -> Result<()> {
    let report = run_script(server, &scripts.join("report.sql"), None)?;
    println!("\n{source}");
    for line in report.trim_end().lines() {
        println!("{}", line.trim_end());
    }
    Ok(())
}

/// Prints how to go on and with what, after trying that it works.
fn print_next_steps(server: &Server, scripts: &Path) -> Result<()> {
    let examples = scripts.join("examples.sql");
    let mut attempt = server.psql("demo");
    attempt.args(["-v", "ON_ERROR_STOP=1", "-c", "BEGIN", "-f"]).arg(&examples).args(["-c", "ROLLBACK"]);
    process::run(&mut attempt)?.or_fail("psql -f demo/examples.sql")?;
    println!("\n── Next {}\n", "─".repeat(72));
    println!("The server stops now, and its data are kept. Go on with them in psql:\n");
    println!("    cargo xtask psql demo\n\nand there, for example:\n");
    for line in files::read(&examples)?.lines() {
        println!("{}", format!("    {line}").trim_end());
    }
    println!("\nThe SQL of all this is in demo/.");
    Ok(())
}

/// Runs a file of SQL, which reads `input` as its standard input, and returns what psql printed.
fn run_script(server: &Server, script: &Path, input: Option<&Path>) -> Result<String> {
    let mut command = server.psql("demo");
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(script);
    let finished = match input {
        Some(input) => process::run_with_input(&mut command, input),
        None => process::run(&mut command),
    };
    finished?.or_fail(&format!("psql -f {}", script.display()))
}
