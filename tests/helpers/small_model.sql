-- A small model of three tables, to be written to many thousand times.

CREATE SCHEMA m;
CREATE TABLE m.customers (id int PRIMARY KEY, country text, born date);
CREATE TABLE m.orders (id int PRIMARY KEY, customer_id int, ordered_at timestamptz, amount numeric);
CREATE TABLE m.visits (customer_id int, visited_at timestamptz);
CREATE INDEX ON m.orders (customer_id);
CREATE INDEX ON m.visits (customer_id);
INSERT INTO m.customers SELECT i, 'country ' || i % 3, date '1970-01-01' + i FROM generate_series(1, 200) AS i;
INSERT INTO m.orders SELECT -i, 1 + i % 200, now() - i * interval '1 hour', i FROM generate_series(1, 400) AS i;
SELECT scoring.create_model('m', '{"timezone": "UTC", "customers": {"table": "m.customers", "key": "id"}, "into": "m.scores", "view": "m.scored",
    "sources": {"orders": {"table": "m.orders", "customer": "customer_id", "at": "ordered_at"}, "visits": {"table": "m.visits", "customer": "customer_id", "at": "visited_at"}},
    "measures": {"last_order": {"take": "last", "from": "orders"}, "orders": {"take": "count", "from": "orders"}, "average": {"take": "average", "from": "orders", "of": "amount"},
                 "sum": {"take": "sum", "from": "orders", "of": "amount"}, "heat": {"take": "sum", "from": "orders", "of": "amount", "half_life": "3 days"},
                 "recent": {"take": "count", "from": "visits", "window": "7 days"}, "country": {"take": "attribute", "of": "country"}},
    "scores": {"rfm": {"kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "average"},
               "abc": {"kind": "abc", "of": "sum", "shares": [0.2, 0.6, 0.2], "within": "country"}, "warmth": {"kind": "quantile", "of": "heat", "bins": 4}}}');
