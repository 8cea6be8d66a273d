//! One statement of a client, and the kinds there are.

use super::random::Random;
use super::value::{CUSTOMERS, amount, customer, finite_moment, moment, status, weight};

/// A statement, with the name of its kind for the tables of the report.
pub struct Step {
    pub kind: &'static str,
    pub sql: String,
    /// What a COPY sends.
    pub rows: Option<String>,
}

/// Makes the SQL of one kind.
type Make = fn(&mut Random) -> String;

/// Every kind with its weight and its name.
const KINDS: &[(u64, (&str, Make))] = &[
    (120, ("insert order", |r| insert_orders(r, 1))),
    (
        90,
        ("insert orders", |r| {
            let rows = r.between(2, 6);
            insert_orders(r, rows)
        }),
    ),
    (6, ("insert select", insert_select)),
    (
        70,
        ("update amount", |r| {
            format!("UPDATE shop.orders SET amount = {} WHERE {}", amount(r), some_orders(r))
        }),
    ),
    (
        50,
        ("update date", |r| {
            format!("UPDATE shop.orders SET ordered_at = {} WHERE {}", moment(r), some_orders(r))
        }),
    ),
    (
        50,
        ("update status", |r| {
            format!("UPDATE shop.orders SET status = {} WHERE {}", status(r), some_orders(r))
        }),
    ),
    (10, ("update same", |r| format!("UPDATE shop.orders SET amount = amount WHERE {}", some_orders(r)))),
    (6, ("update many", update_many)),
    (
        40,
        ("move orders", |r| {
            format!("UPDATE shop.orders SET customer_id = {} WHERE {}", customer(r), some_orders(r))
        }),
    ),
    (80, ("delete orders", delete_orders)),
    (60, ("upsert", upsert)),
    (30, ("merge", merge)),
    (12, ("rename customer", rename)),
    (45, ("insert customer", insert_customer)),
    (30, ("customer and order", insert_both)),
    (4, ("delete customer", |r| format!("DELETE FROM shop.customers WHERE id = {}", customer(r)))),
    (16, ("deactivate", |r| format!("UPDATE shop.customers SET active = false WHERE id = {}", customer(r)))),
    (
        24,
        ("activate", |r| {
            format!("UPDATE shop.customers SET active = true WHERE id IN ({}, {})", customer(r), customer(r))
        }),
    ),
    (24, ("attribute", attribute)),
    (40, ("insert refund", insert_refund)),
    (
        14,
        ("update refund", |r| {
            format!("UPDATE shop.refunds SET amount = {} WHERE {}", amount(r), a_refund(r))
        }),
    ),
    (12, ("delete refund", |r| format!("DELETE FROM shop.refunds WHERE {}", a_refund(r)))),
    (60, ("insert mails", insert_mails)),
    (
        12,
        ("delete mails", |r| {
            format!(
                "DELETE FROM shop.mails WHERE customer_id = {} AND sent_at < now() - interval '9 months'",
                customer(r)
            )
        }),
    ),
    (50, ("insert visits", insert_visits)),
    (
        12,
        ("move visits", |r| {
            format!(
                "UPDATE shop.visits SET visited_at = {}, page = {} WHERE customer_id = {} AND page = {}",
                finite_moment(r),
                r.below(9),
                customer(r),
                r.below(9)
            )
        }),
    ),
    (
        12,
        ("delete visits", |r| {
            format!(
                "DELETE FROM shop.visits_some WHERE customer_id = {} AND page < {}",
                customer(r),
                r.below(5)
            )
        }),
    ),
    (
        40,
        ("insert ticket", |r| {
            format!(
                "INSERT INTO shop.tickets (customer_id, opened_at, kind) VALUES ({}, {}, '{}')",
                customer(r),
                moment(r),
                r.pick(&["complaint", "complaint", "question"])
            )
        }),
    ),
    (
        12,
        ("update ticket", |r| {
            format!(
                "UPDATE shop.tickets SET kind = '{}', opened_at = {} WHERE customer_id = {}",
                r.pick(&["complaint", "question"]),
                moment(r),
                customer(r)
            )
        }),
    ),
    (8, ("delete tickets", |r| format!("DELETE FROM shop.tickets WHERE customer_id = {}", customer(r)))),
    (
        20,
        ("insert wish", |r| {
            format!("INSERT INTO shop.wishes VALUES ({}), ({}), (NULL)", customer(r), customer(r))
        }),
    ),
    (8, ("delete wishes", |r| format!("DELETE FROM shop.wishes WHERE customer_id = {}", customer(r)))),
    (20, ("read", |r| format!("SELECT sum(amount) FROM shop.orders WHERE customer_id = {}", customer(r)))),
];

/// The name of the statement that copies rows in.
const COPY: &str = "copy";

/// Draws one statement.
pub fn draw(random: &mut Random) -> Step {
    if random.chance(25) {
        return copy(random);
    }
    let (kind, make) = random.pick_weighted(KINDS);
    Step { kind, sql: make(random), rows: None }
}

/// Draws the one statement that no other of its transaction stands beside: it locks a whole table.
pub fn draw_truncate() -> Step {
    Step { kind: "truncate", sql: "TRUNCATE shop.wishes".into(), rows: None }
}

/// Orders of a customer, by a place in the list of hers that both the model's and the control's clients find.
fn some_orders(random: &mut Random) -> String {
    let (customer, offset, limit) = (customer(random), random.below(12), random.between(1, 3));
    format!(
        "id IN (SELECT id FROM shop.orders WHERE customer_id = {customer} ORDER BY id OFFSET {offset} LIMIT {limit})"
    )
}

/// A refund of a customer's orders.
fn a_refund(random: &mut Random) -> String {
    format!(
        "id = (SELECT f.id FROM shop.refunds AS f JOIN shop.orders AS o ON o.id = f.order_id WHERE o.customer_id = {} ORDER BY f.id LIMIT 1)",
        customer(random)
    )
}

/// Writes the values of one order, with or without a reference that upserts find.
fn order(random: &mut Random) -> String {
    let reference = if random.chance(100) { random.between(1, 3000).to_string() } else { "NULL".into() };
    format!("({}, {}, {}, {}, {reference})", customer(random), moment(random), amount(random), status(random))
}

/// Orders of one or several customers in one statement; mostly only of those who are there.
fn insert_orders(random: &mut Random, rows: u64) -> String {
    let rows: Vec<String> = (0..rows).map(|_| order(random)).collect();
    let (rows, columns) = (rows.join(", "), "customer_id, ordered_at, amount, status, ref");
    if random.chance(200) {
        return format!("INSERT INTO shop.orders ({columns}) VALUES {rows} ON CONFLICT DO NOTHING");
    }
    format!(
        "INSERT INTO shop.orders ({columns}) SELECT * FROM (VALUES (NULL::int, NULL::timestamptz, NULL::numeric, NULL, NULL::int), {rows}) AS v ({columns}) \
         WHERE customer_id IN (SELECT id FROM shop.customers) ON CONFLICT DO NOTHING"
    )
}

/// One order for each of many customers, more than one small plan takes.
fn insert_select(random: &mut Random) -> String {
    format!(
        "INSERT INTO shop.orders (customer_id, ordered_at, amount, status) SELECT id, {}, {}, 'paid' FROM shop.customers WHERE id % {} = 0",
        moment(random),
        amount(random),
        random.between(50, 200),
    )
}

/// The newest orders of a range of customers.
fn update_many(random: &mut Random) -> String {
    let first = random.between(1, CUSTOMERS);
    format!(
        "UPDATE shop.orders SET amount = amount + 1 WHERE id IN (SELECT max(id) FROM shop.orders WHERE customer_id BETWEEN {first} AND {} GROUP BY customer_id)",
        first + random.between(3, 60)
    )
}

/// A few of the first orders of a customer, and of a customer with many most of what is beyond 40.
fn delete_orders(random: &mut Random) -> String {
    let (offset, limit) =
        if random.chance(400) { (40, 60) } else { (random.below(10), random.between(1, 3)) };
    format!(
        "DELETE FROM shop.orders WHERE id IN (SELECT id FROM shop.orders WHERE customer_id = {} ORDER BY id OFFSET {offset} LIMIT {limit})",
        customer(random)
    )
}

/// Inserts an order or changes the one with that reference, whosever it is.
fn upsert(random: &mut Random) -> String {
    let rows = if random.chance(300) { 3 } else { 1 };
    let mut references: Vec<u64> = (0..rows).map(|_| random.between(1, 1500)).collect();
    references.sort_unstable();
    references.dedup();
    let rows: Vec<String> = references
        .iter()
        .map(|reference| {
            format!("({}, {}, {}, 'paid', {reference})", customer(random), moment(random), amount(random))
        })
        .collect();
    format!(
        "INSERT INTO shop.orders (customer_id, ordered_at, amount, status, ref) VALUES {} ON CONFLICT (ref) DO UPDATE SET amount = excluded.amount, customer_id = excluded.customer_id{}",
        rows.join(", "),
        if random.chance(300) {
            " WHERE orders.status = 'paid'"
        } else {
            ", ordered_at = excluded.ordered_at"
        },
    )
}

/// Inserts, changes and deletes orders in one statement.
fn merge(random: &mut Random) -> String {
    let first = random.between(1, 1500);
    format!(
        "MERGE INTO shop.orders AS t USING (SELECT i AS ref, {} + i % 5 AS customer, ({})::numeric AS amount FROM generate_series({first}, {}) AS i) AS s ON t.ref = s.ref \
         WHEN MATCHED AND t.ref % 5 = {} THEN DELETE \
         WHEN MATCHED THEN UPDATE SET amount = s.amount, customer_id = s.customer \
         WHEN NOT MATCHED THEN INSERT (customer_id, ordered_at, amount, status, ref) VALUES (s.customer, {}, s.amount, 'paid', s.ref)",
        random.between(1, CUSTOMERS - 5),
        amount(random),
        first + random.below(6),
        random.below(5),
        moment(random),
    )
}

/// Gives a customer another key, which the orders follow; often back among the usual ones.
fn rename(random: &mut Random) -> String {
    let (from, to) = (customer(random), random.between(1, CUSTOMERS + 300));
    format!(
        "UPDATE shop.customers SET id = {to} WHERE id = {from} AND NOT EXISTS (SELECT FROM shop.customers WHERE id = {to})"
    )
}

/// A customer who may be there already.
fn insert_customer(random: &mut Random) -> String {
    format!(
        "INSERT INTO shop.customers VALUES ({}, '{}', {}, '1980-05-05') ON CONFLICT (id) DO {}",
        random.between(1, CUSTOMERS + 300),
        random.pick(&["FR", "BE"]),
        random.chance(900),
        random.pick(&["NOTHING", "UPDATE SET active = excluded.active, country = excluded.country"]),
    )
}

/// A customer and her first order in one statement.
fn insert_both(random: &mut Random) -> String {
    format!(
        "WITH c AS (INSERT INTO shop.customers SELECT i FROM generate_series(1, {}) AS i WHERE i = {} ON CONFLICT DO NOTHING RETURNING id) \
         INSERT INTO shop.orders (customer_id, ordered_at, amount, status) SELECT id, {}, {}, 'paid' FROM c",
        CUSTOMERS + 300,
        random.between(1, CUSTOMERS + 300),
        moment(random),
        amount(random),
    )
}

/// Another country or birthday.
fn attribute(random: &mut Random) -> String {
    match random.below(3) {
        0 => format!(
            "UPDATE shop.customers SET born = date '1940-01-01' + {} WHERE id = {}",
            random.below(25_000),
            customer(random)
        ),
        1 => format!("UPDATE shop.customers SET country = NULL WHERE id = {}", customer(random)),
        _ => format!(
            "UPDATE shop.customers SET country = '{}' WHERE id IN ({}, {})",
            random.pick(&["FR", "BE", "LU"]),
            customer(random),
            customer(random)
        ),
    }
}

/// A refund of an order, which the customer is known by.
fn insert_refund(random: &mut Random) -> String {
    format!(
        "INSERT INTO shop.refunds (order_id, refunded_on, amount) SELECT id, (ordered_at + interval '{} days')::date, {} FROM shop.orders WHERE isfinite(ordered_at) AND {}",
        random.below(20),
        amount(random),
        some_orders(random),
    )
}

/// Mails and calls to several customers.
fn insert_mails(random: &mut Random) -> String {
    let rows: Vec<String> = (0..random.between(1, 5))
        .map(|_| {
            format!(
                "({}, {}, '{}', {})",
                customer(random),
                moment(random),
                random.pick(&["email", "call", "post"]),
                weight(random)
            )
        })
        .collect();
    format!(
        "INSERT INTO shop.mails SELECT c, a AT TIME ZONE 'UTC', k, w FROM (VALUES {}, (NULL::int, NULL::timestamptz, NULL, NULL::float8)) AS v (c, a, k, w)",
        rows.join(", ")
    )
}

/// Visits, through the root, a middle or a leaf of the partitions.
fn insert_visits(random: &mut Random) -> String {
    let page = random.below(5);
    let table = random.pick(&["visits", "visits", "visits_new", "visits_some"]);
    let at = if *table == "visits" {
        finite_moment(random)
    } else {
        "greatest(clock_timestamp(), '2026-01-01')".into()
    };
    format!(
        "INSERT INTO shop.{table} (customer_id, visited_at, page) VALUES ({}, {at}, {page}), ({}, {at}, {})",
        customer(random),
        customer(random),
        (page + 1) % 5
    )
}

/// Many orders at once, as an import sends them.
fn copy(random: &mut Random) -> Step {
    let rows: Vec<String> = (0..random.between(2, 30))
        .map(|_| {
            format!(
                "{}\t2026-0{}-1{} 08:00+00\t{}.5\tpaid\n",
                random.between(1, CUSTOMERS),
                random.between(1, 9),
                random.below(10),
                random.below(400)
            )
        })
        .collect();
    let sql = "COPY shop.orders (customer_id, ordered_at, amount, status) FROM STDIN".into();
    Step { kind: COPY, sql, rows: Some(rows.concat()) }
}
