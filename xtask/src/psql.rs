//! The command `psql`: goes on with a server that an earlier command filled.

use crate::server::{Data, Server};
use crate::setup;
use anyhow::{Context, Result};
use signal_hook::consts::SIGINT;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Opens psql on a kept server, `demo` unless another is named, and stops the server at the end.
pub fn command(arguments: &[String]) -> Result<ExitCode> {
    let name = arguments.first().map_or("demo", String::as_str);
    let database = arguments.get(1).map_or(name, String::as_str);
    let setup = setup::prepare()?;
    let server = match Server::join(&setup, name) {
        Some(server) => {
            println!("  the server runs already; it stops when the command that started it ends");
            server
        }
        None => Server::start(&setup, name, Data::Kept, &[])
            .with_context(|| format!("`cargo xtask {name}` makes what this opens"))?,
    };
    println!("  from another terminal: {}", server.command_line(database));
    // Ctrl-C is for psql, which cancels a query; without this it would end us, and the server with us.
    signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
    let status = server.psql(database).status().context("cannot run psql")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
