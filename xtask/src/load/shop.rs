//! The shop under load: its tables, and its models.

use crate::server::Server;
use crate::{files, process};
use anyhow::Result;
use std::path::Path;

/// The models of the shop: each its name and what its document differs in.
pub const MODELS: &[Model] = &[
    Model { name: "shop", mode: "live", scores: "shop.scores", view: "shop.scored" },
    Model {
        name: "shop_deferred",
        mode: "deferred",
        scores: "shop.scores_deferred",
        view: "shop.scored_deferred",
    },
];

/// A model of the shop.
pub struct Model {
    pub name: &'static str,
    mode: &'static str,
    /// Its score table; its marks stand beside it.
    pub scores: &'static str,
    view: &'static str,
}

impl Model {
    /// The table of its marks.
    pub fn marks(&self) -> String {
        format!("{}_marks", self.scores)
    }
}

/// Makes a database with the tables of the shop, in place of an older one.
pub fn make(server: &Server, database: &str, checkout: &Path) -> Result<()> {
    server.create_database(database)?;
    let mut command = server.psql(database);
    command.args(["-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(checkout.join("tests/soak/tables.sql"));
    process::run(&mut command)?.or_fail("psql -f tables.sql").map(drop)
}

/// Makes the models.
pub fn create_models(server: &Server, database: &str, checkout: &Path) -> Result<()> {
    let document = files::read(&checkout.join("tests/soak/model.json"))?;
    for model in MODELS {
        let document = document
            .replace("\"live\"", &format!("\"{}\"", model.mode))
            .replace("\"shop.scores\"", &format!("\"{}\"", model.scores))
            .replace("\"shop.scored\"", &format!("\"{}\"", model.view));
        server.run_sql(
            database,
            &format!("SELECT scoring.create_model('{}', $doc${document}$doc$)", model.name),
        )?;
    }
    Ok(())
}
