//! How much memory the functions take, beside what any function would.

use crate::console::step;
use crate::server::Server;
use anyhow::{Context, Result, bail};

/// A query, one over the same rows that keeps nothing more, and what the manual says of the difference.
pub struct Use {
    pub title: &'static str,
    pub query: &'static str,
    pub baseline: &'static str,
    /// What the comment of the function says, in bytes.
    pub documented: &'static str,
}

/// Serial, in memory, and grouped by hashing.
const SETTINGS: &str =
    "SET max_parallel_workers_per_gather = 0; SET work_mem = '2GB'; SET enable_sort = off;";

/// Reads every row and keeps none.
const READ: &str = "SELECT count(last_at) + count(orders) + count(revenue) FROM customers";

/// Keeps the partition and nothing else.
const PARTITION: &str = "SELECT count(s) FROM \
    (SELECT row(last_at, orders, revenue, count(*) OVER ()) AS s FROM customers OFFSET 0) AS x";

/// Keeps a hash table of groups and a counter in each.
const GROUPS: &str = "SELECT count(s) FROM (SELECT count(*) AS s FROM customers GROUP BY id OFFSET 0) AS x";

/// Writes the query of a window function over the rows that `PARTITION` keeps.
macro_rules! window {
    ($call:literal) => {
        concat!(
            "SELECT count(s) FROM (SELECT row(last_at, orders, revenue, ",
            $call,
            " OVER ()) AS s FROM customers OFFSET 0) AS x"
        )
    };
}

/// Writes the query of an aggregate over all rows.
macro_rules! aggregate {
    ($call:literal) => {
        concat!("SELECT count(s) FROM (SELECT ", $call, " AS s FROM customers) AS x")
    };
}

/// Writes the query of an aggregate over groups of one row each.
macro_rules! grouped {
    ($call:literal) => {
        concat!("SELECT count(s) FROM (SELECT ", $call, " AS s FROM customers GROUP BY id OFFSET 0) AS x")
    };
}

/// Everything that is measured, in the order of the table.
pub const USES: &[Use] = &[
    Use {
        title: "rfm_score",
        query: window!("scoring.rfm_score(last_at, orders, revenue)"),
        baseline: PARTITION,
        documented: "38",
    },
    Use {
        title: "rfm_score, ntile",
        query: window!("scoring.rfm_score(last_at, orders, revenue, 5, 'ntile')"),
        baseline: PARTITION,
        documented: "54",
    },
    Use {
        title: "quantile_bin",
        query: window!("scoring.quantile_bin(revenue)"),
        baseline: PARTITION,
        documented: "20",
    },
    Use {
        title: "quantile_bin, ntile",
        query: window!("scoring.quantile_bin(revenue, 5, 'ntile')"),
        baseline: PARTITION,
        documented: "36",
    },
    Use {
        title: "pressure_delta",
        query: window!("scoring.pressure_delta(orders, revenue, 5)"),
        baseline: PARTITION,
        documented: "30",
    },
    Use {
        title: "abc_class",
        query: window!("scoring.abc_class(revenue)"),
        baseline: PARTITION,
        documented: "24",
    },
    Use {
        title: "abc_class, key_figure_percent",
        query: window!("scoring.abc_class(revenue, '{0.8,0.15,0.05}', 'key_figure_percent')"),
        baseline: PARTITION,
        documented: "48",
    },
    Use {
        title: "quantile_cuts",
        query: aggregate!("scoring.quantile_cuts(revenue, 5)"),
        baseline: READ,
        documented: "8 to 16",
    },
    Use {
        title: "abc_cuts",
        query: aggregate!("scoring.abc_cuts(revenue, '{0.2,0.6,0.2}', 'count_percent')"),
        baseline: READ,
        documented: "8 to 16",
    },
    Use {
        title: "abc_cuts, key_figure_percent",
        query: aggregate!("scoring.abc_cuts(revenue, '{0.8,0.15,0.05}', 'key_figure_percent')"),
        baseline: READ,
        documented: "24 to 32",
    },
    Use {
        title: "rfm_facts, a group",
        query: grouped!("scoring.rfm_facts(last_at, revenue::numeric(12, 2))"),
        baseline: GROUPS,
        documented: "80",
    },
    Use {
        title: "decayed_sum, a group",
        query: grouped!("scoring.decayed_sum(revenue, last_at, '30 days', '2026-01-01')"),
        baseline: GROUPS,
        documented: "80",
    },
];

/// Measures the bytes a row or group that a query takes beyond its baseline.
pub fn measure(server: &Server, use_of_memory: &Use, rows: u64) -> Result<f64> {
    step(&format!("memory of {}", use_of_memory.title), || {
        let ours = measure_growth(server, use_of_memory.query)?;
        Ok((ours - measure_growth(server, use_of_memory.baseline)?) / rows as f64)
    })
}

/// Runs a query in a session of its own, and tells by how much the peak of its memory rose, in bytes.
/// Before, it reads the table and runs the query on a few rows: shared pages and libraries do not count.
fn measure_growth(server: &Server, query: &str) -> Result<f64> {
    let on_few_rows =
        query.replace("FROM customers", "FROM (SELECT * FROM customers LIMIT 1000) AS customers");
    let script =
        format!("{SETTINGS} {READ}; {on_few_rows}; SELECT peak_memory(); {query}; SELECT peak_memory();");
    let output = server.run_sql("bench", &script)?;
    let lines: Vec<&str> = output.lines().collect();
    let [_, _, before, _, after] = lines[..] else { bail!("psql printed \"{output}\"") };
    let read = |peak: &str| peak.parse::<f64>().context("the kernel tells no peak of memory");
    Ok(read(after)? - read(before)?)
}
