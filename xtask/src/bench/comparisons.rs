//! What is compared: each of our functions with what one would write without it, over the same rows.

/// Two queries over the same rows; each counts the rows it makes, so that none is optimised away.
pub struct Comparison {
    /// What is ours / what is compared with.
    pub title: &'static str,
    pub ours: &'static str,
    pub baseline: &'static str,
    /// How many times as fast ours is meant to be, where there is an aim.
    pub aim: Option<f64>,
    /// Settings besides those of the server.
    pub settings: &'static str,
}

/// Comparisons under one heading.
pub struct Group {
    pub heading: &'static str,
    pub comparisons: &'static [Comparison],
}

const SERIAL: &str = "SET max_parallel_workers_per_gather = 0";
const SERIAL_SMALL: &str = "SET max_parallel_workers_per_gather = 0; SET work_mem = '4MB'";
const PARALLEL: &str = "SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; \
                        SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0";

const RFM_SCORE: &str = "SELECT count(s) FROM \
    (SELECT scoring.rfm_score(last_at, orders, revenue) OVER () AS s FROM customers) AS x";
const THREE_NTILES: &str = "SELECT count(s) FROM \
    (SELECT ntile(5) OVER (ORDER BY last_at) * 100 + ntile(5) OVER (ORDER BY orders) * 10 \
     + ntile(5) OVER (ORDER BY revenue) AS s FROM customers OFFSET 0) AS x";
const ABC_CLASS: &str =
    "SELECT count(s) FROM (SELECT scoring.abc_class(revenue) OVER () AS s FROM customers) AS x";
const QUANTILE_BIN: &str =
    "SELECT count(s) FROM (SELECT scoring.quantile_bin(revenue) OVER () AS s FROM customers) AS x";
const ONE_NTILE: &str =
    "SELECT count(s) FROM (SELECT ntile(5) OVER (ORDER BY revenue) AS s FROM customers) AS x";
const ABC_BY_REVENUE: &str = "SELECT count(s) FROM \
    (SELECT scoring.abc_class(revenue, '{0.8,0.15,0.05}', 'key_figure_percent') OVER () AS s FROM customers) AS x";
const RUNNING_SUM: &str = "SELECT count(s) FROM \
    (SELECT CASE WHEN better < 0.8 * total THEN 'A' WHEN better < 0.95 * total THEN 'B' ELSE 'C' END AS s FROM \
      (SELECT sum(revenue) OVER (ORDER BY revenue DESC) - revenue AS better, sum(revenue) OVER () AS total \
       FROM customers) AS y OFFSET 0) AS x";
const RFM_FACTS: &str = "SELECT count(f), count(l), count(o), count(t) FROM \
    (SELECT (s).first_at AS f, (s).last_at AS l, (s).orders AS o, (s).total AS t FROM \
      (SELECT scoring.rfm_facts(at, amount) AS s FROM orders GROUP BY customer_id OFFSET 0) AS y) AS x";
const MIN_MAX_COUNT_SUM: &str = "SELECT count(f), count(l), count(o), count(t) FROM \
    (SELECT min(at) AS f, max(at) AS l, count(*) AS o, sum(amount) AS t FROM orders GROUP BY customer_id OFFSET 0) \
    AS x";
const QUANTILE_CUTS: &str =
    "SELECT count(s) FROM (SELECT scoring.quantile_cuts(revenue, 5) AS s FROM customers) AS x";
const PERCENTILE_CONT: &str = "SELECT count(s) FROM \
    (SELECT percentile_cont(array[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY revenue) AS s FROM customers) AS x";
const DECAYED_SUM: &str = "SELECT count(s) FROM \
    (SELECT scoring.decayed_sum(weight, at, '30 days', '2026-01-01') AS s FROM orders \
     GROUP BY customer_id OFFSET 0) AS x";
const SUM_POWER: &str = "SELECT count(s) FROM \
    (SELECT sum(weight * power(2, date_part('epoch', at - timestamptz '2026-01-01') / 2592000)) AS s FROM orders \
     GROUP BY customer_id OFFSET 0) AS x";

/// Everything that is compared, in the order of the table.
pub const GROUPS: &[Group] = &[
    Group {
        heading: "One process, work_mem 256 MB",
        comparisons: &[
            Comparison {
                title: "rfm_score / three ntile(5)",
                ours: RFM_SCORE,
                baseline: THREE_NTILES,
                aim: Some(3.0),
                settings: SERIAL,
            },
            Comparison {
                title: "abc_class / one ntile(5)",
                ours: ABC_CLASS,
                baseline: ONE_NTILE,
                aim: Some(1.3),
                settings: SERIAL,
            },
            Comparison {
                title: "quantile_cuts / percentile_cont",
                ours: QUANTILE_CUTS,
                baseline: PERCENTILE_CONT,
                aim: Some(2.0),
                settings: SERIAL,
            },
            Comparison {
                title: "rfm_facts / min, max, count, sum",
                ours: RFM_FACTS,
                baseline: MIN_MAX_COUNT_SUM,
                aim: Some(1.0),
                settings: SERIAL,
            },
            Comparison {
                title: "quantile_bin / one ntile(5)",
                ours: QUANTILE_BIN,
                baseline: ONE_NTILE,
                aim: None,
                settings: SERIAL,
            },
            Comparison {
                title: "abc_class by revenue / running sum",
                ours: ABC_BY_REVENUE,
                baseline: RUNNING_SUM,
                aim: None,
                settings: SERIAL,
            },
            Comparison {
                title: "decayed_sum / sum(w * power(2, …))",
                ours: DECAYED_SUM,
                baseline: SUM_POWER,
                aim: None,
                settings: SERIAL,
            },
        ],
    },
    Group {
        heading: "One process, work_mem 4 MB (PostgreSQL's default)",
        comparisons: &[
            Comparison {
                title: "rfm_score / three ntile(5)",
                ours: RFM_SCORE,
                baseline: THREE_NTILES,
                aim: None,
                settings: SERIAL_SMALL,
            },
            Comparison {
                title: "abc_class / one ntile(5)",
                ours: ABC_CLASS,
                baseline: ONE_NTILE,
                aim: None,
                settings: SERIAL_SMALL,
            },
        ],
    },
    Group {
        heading: "Two parallel workers",
        comparisons: &[
            Comparison {
                title: "quantile_cuts / percentile_cont",
                ours: QUANTILE_CUTS,
                baseline: PERCENTILE_CONT,
                aim: None,
                settings: PARALLEL,
            },
            Comparison {
                title: "rfm_facts / min, max, count, sum",
                ours: RFM_FACTS,
                baseline: MIN_MAX_COUNT_SUM,
                aim: None,
                settings: PARALLEL,
            },
            Comparison {
                title: "decayed_sum / sum(w * power(2, …))",
                ours: DECAYED_SUM,
                baseline: SUM_POWER,
                aim: None,
                settings: PARALLEL,
            },
        ],
    },
];
