//! What a transaction may do to the small shop of `tests/isolation/world.sql`.

/// One thing that a transaction does.
#[derive(Debug)]
pub struct Operation {
    pub name: &'static str,
    /// The statement; `$s` is the side that does it, 1 or 2, and `$o` the other one, so that two sides touch other
    /// orders of the same customers.
    statement: &'static str,
    /// What a control run does in place of the extension.
    alone: &'static str,
    /// How the transaction ends.
    pub end: &'static str,
    /// What the session does after its transaction.
    after: Option<&'static str>,
    pub kind: Kind,
    /// What the shop must be like for this to have something to do.
    pub state: State,
}

/// Whose work an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A transaction of the CRM.
    Writer,
    /// A function of the extension.
    Upkeep,
    /// A change of the score table's schema, which may wait for writers.
    Schema,
}

/// What the shop is like before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Plain,
    /// Customers are marked.
    Marked,
    /// Score rows are wrong.
    Wrong,
}

impl State {
    pub const ALL: [State; 3] = [State::Plain, State::Marked, State::Wrong];

    /// The word of `world.make`.
    pub fn word(self) -> &'static str {
        match self {
            State::Plain => "plain",
            State::Marked => "marked",
            State::Wrong => "wrong",
        }
    }
}

/// What the extension does where there is none.
const NOTHING: &str = "SELECT 1";

/// A transaction of the CRM that commits.
const fn writer(name: &'static str, statement: &'static str) -> Operation {
    Operation {
        name,
        statement,
        alone: NOTHING,
        end: "COMMIT",
        after: None,
        kind: Kind::Writer,
        state: State::Plain,
    }
}

/// A call of the extension.
const fn upkeep(name: &'static str, statement: &'static str, state: State) -> Operation {
    Operation { name, statement, alone: NOTHING, end: "COMMIT", after: None, kind: Kind::Upkeep, state }
}

/// Every operation; orders have the id customer, side, number, and 190 is the newest of customer 1. New ones begin with 90.
pub const OPERATIONS: &[Operation] = &[
    writer("insert", "INSERT INTO crm.orders VALUES (90$s2, 1, now(), 65)"),
    writer("insert_first", "INSERT INTO crm.orders VALUES (90$s5, 4, now(), 70)"),
    writer("update", "UPDATE crm.orders SET amount = amount + 7 WHERE id = 1$s0"),
    writer("move", "UPDATE crm.orders SET customer_id = $o WHERE id = $s$s2"),
    writer(
        "delete_newest",
        "DELETE FROM crm.orders WHERE id = (SELECT id FROM crm.orders WHERE customer_id = 1 ORDER BY at DESC LIMIT 1)",
    ),
    writer("delete_all", "DELETE FROM crm.orders WHERE customer_id = 1"),
    writer("truncate", "TRUNCATE crm.orders"),
    writer(
        "upsert",
        "INSERT INTO crm.orders VALUES (90$s1, 1, now(), 31), (1$s1, 1, now(), 32) \
         ON CONFLICT (id) DO UPDATE SET amount = excluded.amount + orders.amount",
    ),
    writer(
        "merge",
        "MERGE INTO crm.orders AS o USING (VALUES (1$s3, false), (1$s4, true), (90$s0, false)) AS n (id, gone) \
         ON o.id = n.id WHEN MATCHED AND n.gone THEN DELETE WHEN MATCHED THEN UPDATE SET amount = o.amount + 3 \
         WHEN NOT MATCHED THEN INSERT (id, customer_id, at, amount) VALUES (n.id, 1, now(), 44)",
    ),
    writer(
        "copy",
        "COPY crm.orders FROM PROGRAM 'printf \"90$s3,$s,2026-01-01,12\\n90$s4,$o,2026-01-02,13\\n\"' (FORMAT csv)",
    ),
    writer("mail", "INSERT INTO crm.mails VALUES (1, now()), ($s, now())"),
    writer("customer", "INSERT INTO crm.customers VALUES (4, 'FR')"),
    writer("forget", "DELETE FROM crm.customers WHERE id = 1"),
    writer("leave", "UPDATE crm.customers SET active = false WHERE id = 1"),
    writer("emigrate", "UPDATE crm.customers SET country = 'BE' WHERE id = $s"),
    writer(
        "sign_up",
        "WITH signed AS (INSERT INTO crm.customers VALUES (3$s, 'FR') RETURNING id) \
         INSERT INTO crm.orders SELECT 90$s6 + n, CASE n WHEN 0 THEN id ELSE 1 END, now(), 80 \
         FROM signed, generate_series(0, 1) AS n",
    ),
    Operation {
        name: "insert_undone",
        end: "ROLLBACK",
        ..writer("", "INSERT INTO crm.orders VALUES (90$s9, 1, now(), 99)")
    },
    Operation {
        name: "refresh",
        after: Some("SELECT done >= 0 AS swept FROM scoring.catch_up('shop')"),
        ..upkeep("", "SELECT count(*) > 0 AS published FROM scoring.refresh('shop')", State::Plain)
    },
    upkeep("catch_up", "SELECT done >= 0 AS caught_up FROM scoring.catch_up('shop')", State::Marked),
    Operation {
        // It reads whole tables, and holds them as everybody does who reads.
        alone: "SELECT 1 FROM crm.customers, crm.orders, crm.mails LIMIT 1",
        ..upkeep("repair", "SELECT scoring.repair('shop') >= 0 AS repaired", State::Wrong)
    },
    Operation {
        kind: Kind::Schema,
        ..writer("create_index", "CREATE INDEX ON crm.customers_scores (orders)")
    },
];

impl Operation {
    /// The statement as a side of a pair does it, 1 or 2; a control run never calls the extension.
    pub fn statement(&self, side: usize, is_control: bool) -> String {
        if is_control && self.kind != Kind::Writer {
            return self.alone.to_owned();
        }
        self.statement.replace("$s", &side.to_string()).replace("$o", &(3 - side).to_string())
    }

    /// What the session does after its transaction.
    pub fn after(&self, is_control: bool) -> Option<&'static str> {
        self.after.map(|after| if is_control { NOTHING } else { after })
    }

    /// How many steps it has: begin, the statement, the end, and what comes after.
    pub fn steps(&self) -> usize {
        3 + usize::from(self.after.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_sides_touch_other_rows() {
        let update = OPERATIONS.iter().find(|operation| operation.name == "move");
        let update =
            update.map(|update| [update.statement(1, false), update.statement(2, false)]).unwrap_or_default();
        assert_eq!(update[0], "UPDATE crm.orders SET customer_id = 2 WHERE id = 112");
        assert_eq!(update[1], "UPDATE crm.orders SET customer_id = 1 WHERE id = 222");
    }

    #[test]
    fn a_control_run_never_calls_the_extension() {
        for operation in OPERATIONS {
            let all = [Some(operation.statement(1, true)), operation.after(true).map(str::to_owned)];
            assert!(!all.iter().flatten().any(|sql| sql.contains("scor")), "{}", operation.name);
        }
    }

    #[test]
    fn no_statement_ends_its_block_in_a_spec() {
        assert!(OPERATIONS.iter().all(|operation| !operation.statement.contains(['}', '\n'])));
    }
}
