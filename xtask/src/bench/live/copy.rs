//! Many orders in one statement.

use super::figures::{Aim, Figures, median};
use super::orders::{BY_ROW, FOREIGN_KEY, MODEL, NONE};
use super::{Bench, ROUNDS};
use crate::console::step;
use anyhow::{Context, Result};

impl Bench<'_> {
    /// Measures COPY of as many orders as there are customers.
    pub fn measure_copy(&self, figures: &mut Figures) -> Result<()> {
        let file = self.server.make_output_dir("copy")?.join("orders");
        let file = file.display().to_string().replace('\'', "''");
        let many = self.customers;
        let sql = format!(
            "COPY (SELECT 1 + floor({many} * random())::integer, now(), 50, 1, 10 FROM generate_series(1, {many}))
             TO '{file}'"
        );
        self.server.run_sql("bench", &sql)?;
        let variants = [NONE, FOREIGN_KEY, BY_ROW, MODEL];
        let mut all = [const { Vec::new() }; 4];
        step("COPY", || {
            // A round that only warms up would take longer than it helps: the rounds are few and long.
            for _ in 0..ROUNDS.min(3) {
                for (variant, took) in variants.iter().zip(&mut all) {
                    self.leave_alone("bench", variant)?;
                    let sql = format!("SELECT cpu FROM measure($$SELECT copy_orders('{file}')$$)");
                    let cpu: f64 =
                        self.server.run_sql("bench", &sql)?.parse().context("no CPU time is told")?;
                    took.push(cpu * 1e6 / many as f64);
                }
            }
            Ok(())
        })?;
        let [none, key, row, live] = all.map(median);
        figures.add_group("COPY of as many orders as customers: microseconds of CPU for each order");
        figures.add("no trigger", none);
        figures.add("foreign key / no trigger", key / none);
        figures.add("row trigger / no trigger", row / none);
        figures.add_aimed("live / no trigger", live / none, Aim::AtMost(1.5));
        Ok(())
    }
}
