//! Transactions of orders, with a live model and with what one would have without it.

use super::figures::{Aim, Figures, median};
use super::pgbench::{Clients, Took};
use super::{Bench, ROUNDS};
use crate::console::step;
use anyhow::Result;

/// No trigger, as `leave_alone` in `live.sql` knows it.
pub const NONE: &str = "none";
/// A statement trigger that does nothing.
const EMPTY: &str = "empty";
/// The usual row trigger.
pub const BY_ROW: &str = "by_row";
/// The usual statement trigger.
const BY_UPDATE: &str = "by_update";
/// A foreign key.
pub const FOREIGN_KEY: &str = "foreign key";
/// The triggers of the model.
pub const MODEL: &str = "model bench";
/// The triggers of a model with one score of each family.
const FAMILIES: &str = "model families";

/// How many customers `live.sql` gives ten thousand orders; as many who have about ten are held against them.
const HEAVY: u64 = 10;

impl Bench<'_> {
    /// Measures one order a transaction of one client.
    pub fn measure_one_client(&self, figures: &mut Figures) -> Result<()> {
        let all = self.clients("bench", "one_order.sql", 1);
        let [none, key, row, live] =
            self.rounds("one client", &[(&all, [NONE, FOREIGN_KEY, BY_ROW, MODEL])], self.each)?[0];
        figures.add_group("One order a transaction, one client: microseconds of CPU of the backend");
        figures.add("no trigger", none.cpu);
        figures.add("a foreign key adds", key.cpu - none.cpu);
        figures.add("the row trigger adds", row.cpu - none.cpu);
        figures.add("the live model adds", live.cpu - none.cpu);
        figures.add_aimed(
            "live / row trigger",
            (live.cpu - none.cpu) / (row.cpu - none.cpu),
            Aim::AtMost(1.5),
        );
        figures.add("transactions a second: live / no trigger", live.tps / none.tps);

        let small = Clients { customers: (1, self.small), ..self.clients("small", "one_order.sql", 1) };
        let variants = [NONE, BY_ROW, MODEL];
        let [many, few] =
            self.rounds("many customers and few", &[(&all, variants), (&small, variants)], self.each)?[..]
        else {
            return Ok(());
        };
        let growth = |at: usize| (many[at].cpu - many[0].cpu) / (few[at].cpu - few[0].cpu);
        figures.add_group("A hundred times as many customers: growth of what is added");
        figures.add("the live model", growth(2));
        figures.add("the row trigger", growth(1));

        // The later a customer's number, the fewer the orders: after a quarter of all it is ten each.
        let middle = self.customers / 4;
        let of = |customers| Clients { customers, ..self.clients("bench", "one_order.sql", 1) };
        let (heavy, light) = (of((1, HEAVY)), of((middle + 1, middle + HEAVY)));
        let variants = [NONE, MODEL];
        let [heavy, light] = self.rounds(
            "10,000 orders a customer and 10",
            &[(&heavy, variants), (&light, variants)],
            self.each,
        )?[..] else {
            return Ok(());
        };
        let added = |took: [Took; 2]| took[1].cpu - took[0].cpu;
        figures.add_group("Customers with 10,000 orders against customers with 10");
        figures.add_aimed("what the live model adds", added(heavy) / added(light), Aim::AtMost(1.3));
        Ok(())
    }

    /// Measures one order a transaction of one client, with a model that has one score of each family.
    pub fn measure_families(&self, figures: &mut Figures) -> Result<()> {
        step("create_model, one score of each family", || {
            self.server.run_sql("bench", "CALL make_families_model()").map(drop)
        })?;
        let all = self.clients("bench", "one_order.sql", 1);
        let [none, live, families] =
            self.rounds("one score of each family", &[(&all, [NONE, MODEL, FAMILIES])], self.each)?[0];
        self.server.run_sql("bench", "SELECT scoring.drop_model('families')")?;
        figures
            .add_group("A model with one score of each family, one client: microseconds of CPU of an order");
        figures.add("the live model", live.cpu);
        figures.add("one score of each family", families.cpu);
        figures.add_aimed("one of each / the live model", families.cpu / live.cpu, Aim::AtMost(1.5));
        figures.add("  what they add", (families.cpu - none.cpu) / (live.cpu - none.cpu));
        Ok(())
    }

    /// Measures one order a transaction of eight clients, each commit flushed to disk.
    pub fn measure_eight_clients(&self, figures: &mut Figures) -> Result<()> {
        let clients = self.clients("bench", "one_order.sql", 8);
        self.flush_commits(true)?;
        let variants = [NONE, FOREIGN_KEY, BY_ROW, MODEL];
        let took = self.rounds("8 clients, flushed commits", &[(&clients, variants)], self.each / 8);
        self.flush_commits(false)?;
        let [none, key, row, live] = took?[0];
        figures.add_group("The same, 8 clients, fsync and synchronous_commit on: transactions a second");
        figures.add("no trigger", none.tps);
        figures.add("foreign key / no trigger", key.tps / none.tps);
        figures.add("row trigger / no trigger", row.tps / none.tps);
        figures.add_aimed("live / no trigger", live.tps / none.tps, Aim::AtLeast(0.7));
        figures.add("CPU of the backends: live / no trigger", live.cpu / none.cpu);
        Ok(())
    }

    /// Measures transactions of three customers in random order, hot ones among them.
    pub fn measure_contention(&self, figures: &mut Figures) -> Result<()> {
        let clients = self.clients("bench", "three_orders.sql", 12);
        let seconds = if self.customers >= 1_000_000 { 10 } else { 3 };
        let (mut waiting, mut live, mut deadlocks) = (Vec::new(), Vec::new(), [0, 0]);
        step("12 clients, three customers a transaction", || {
            for _ in 0..ROUNDS {
                for (at, (variant, tps)) in
                    [(BY_UPDATE, &mut waiting), (MODEL, &mut live)].into_iter().enumerate()
                {
                    self.leave_alone("bench", variant)?;
                    let before = self.deadlocks()?;
                    tps.push(clients.send_for(seconds)?.0);
                    deadlocks[at] += self.deadlocks()? - before;
                }
            }
            Ok(())
        })?;
        let (waiting, live) = (median(waiting), median(live));
        figures.add_group("Three customers a transaction in random order, 12 clients: transactions a second");
        figures.add("a trigger with one UPDATE, which waits", waiting);
        figures.add("its deadlocks", deadlocks[0] as f64);
        figures.add("live", live);
        figures.add_aimed("live / waiting", live / waiting, Aim::AtLeast(8.0));
        figures.add_aimed("deadlocks of live", deadlocks[1] as f64, Aim::AtMost(0.0));
        Ok(())
    }

    /// Measures a model whose writers only mark.
    pub fn measure_deferred(&self, figures: &mut Figures) -> Result<()> {
        let all = self.clients("bench", "one_order.sql", 8);
        let hot = Clients { customers: (1, 1), ..self.clients("bench", "one_order.sql", 8) };
        let variants = [EMPTY, MODEL];
        let took =
            self.rounds("deferred, 8 clients", &[(&all, variants), (&hot, variants)], self.each / 4)?;
        figures
            .add_group("Mode deferred, 8 clients: transactions a second against an empty statement trigger");
        for (took, title, least) in [(took[0], "all customers", 0.9), (took[1], "one hot customer", 0.85)] {
            figures.add_aimed(title, took[1].tps / took[0].tps, Aim::AtLeast(least));
            figures.add("  CPU of the backends: empty / deferred", took[0].cpu / took[1].cpu);
        }
        Ok(())
    }

    /// Sends the transactions of several groups of clients, with each of the triggers in turns; gives the medians.
    fn rounds<const N: usize>(
        &self,
        title: &str,
        groups: &[(&Clients, [&str; N])],
        each: u64,
    ) -> Result<Vec<[Took; N]>> {
        let mut all = vec![[const { Vec::new() }; N]; groups.len()];
        step(title, || {
            for round in 0..ROUNDS {
                for ((clients, variants), took) in groups.iter().zip(&mut all) {
                    // None is always the first, which finds colder caches.
                    for at in (0..N).map(|at| (at + round) % N) {
                        self.leave_alone(clients.database, variants[at])?;
                        took[at].push(clients.send(each)?);
                    }
                }
            }
            Ok(())
        })?;
        let middle = |took: Vec<Took>| Took {
            tps: median(took.iter().map(|took| took.tps)),
            cpu: median(took.iter().map(|took| took.cpu)),
        };
        Ok(all.into_iter().map(|took| took.map(middle)).collect())
    }

    /// Prepares clients that order for all customers.
    fn clients<'a>(&'a self, database: &'a str, script: &'a str, clients: u64) -> Clients<'a> {
        let (server, scripts) = (self.server, self.scripts);
        Clients { server, scripts, database, script, clients, customers: (1, self.customers) }
    }

    /// Leaves the table of orders with one trigger alone.
    pub fn leave_alone(&self, database: &str, wanted: &str) -> Result<()> {
        self.server.run_sql(database, &format!("CALL leave_alone('{wanted}')")).map(drop)
    }

    /// Counts the deadlocks so far.
    fn deadlocks(&self) -> Result<u64> {
        let sql = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'bench'";
        Ok(self.server.run_sql("bench", sql)?.parse()?)
    }

    /// Has commits flushed to disk, or not.
    fn flush_commits(&self, wanted: bool) -> Result<()> {
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            let value = if wanted { "on" } else { "off" };
            self.server.run_sql("postgres", &format!("ALTER SYSTEM SET {setting} = {value}"))?;
        }
        self.server.run_sql("postgres", "SELECT pg_reload_conf()")?;
        self.checkpoint()
    }

    /// Has all written that is to be.
    pub fn checkpoint(&self) -> Result<()> {
        self.server.run_sql("postgres", "CHECKPOINT").map(drop)
    }

    /// Prepares clients that order for all customers.
    pub fn deferred_clients(&self) -> Clients<'_> {
        self.clients("bench", "one_order.sql", 8)
    }
}
