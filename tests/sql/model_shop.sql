-- A model of a shop against SQL written by hand: every measure, every score, and what verify says when facts change.

\pset null NULL
\getenv tests PG_ABS_SRCDIR
\set ECHO none
\i :tests/helpers/shop.sql
\set ECHO all

-- The model uses every take, every way to compute, every kind of score. A NOTICE tells which classes stay empty; here ties make many.
SET client_min_messages = warning;
SELECT scoring.create_model('shop', $json$
{
  "description": "A shop: orders with lines, refunds, e-mail events that know only an address",
  "language": "en",
  "timezone": "Europe/Paris",
  "mode": "batch",
  "customers": { "table": "shop.customers", "key": "customer_id", "where": "not anonymised" },
  "refresh_every": "never",
  "sources": {
    "orders": { "table": "shop.orders", "customer": "customer_id", "at": "ordered_at", "where": "status <> 'cancelled'" },
    "lines": {
      "table": "shop.order_lines",
      "joins": {
        "o": { "table": "shop.orders", "on": "order_id", "key": "order_id" },
        "s": { "table": "shop.stores", "on": "o.store_id", "key": "store_id" }
      },
      "customer": "o.customer_id", "at": "o.ordered_at",
      "where": "quantity > 0 and o.status <> 'cancelled' and s.kind <> 'test'"
    },
    "refunds": {
      "table": "shop.refunds", "joins": { "o": { "table": "shop.orders", "on": "order_id", "key": "order_id" } },
      "customer": "o.customer_id", "at": "created_on"
    },
    "email_events": {
      "table": "shop.email_events",
      "joins": { "c": { "table": "shop.customers", "on": "lower(address)", "key": "lower(email)" } },
      "customer": "c.customer_id", "at": "happened_at"
    },
    "mails": {
      "table": "shop.email_events",
      "joins": { "c": { "table": "shop.customers", "on": "lower(address)", "key": "lower(email)" } },
      "customer": "c.customer_id", "at": "happened_at", "where": "kind = 'sent'"
    },
    "clicks": {
      "table": "shop.email_events",
      "joins": { "c": { "table": "shop.customers", "on": "lower(address)", "key": "lower(email)" } },
      "customer": "c.customer_id", "at": "happened_at", "where": "kind = 'clicked'"
    },
    "sms": { "table": "shop.sms", "customer": "customer_id", "at": "sent_at", "timezone": "America/New_York" },
    "points": { "table": "shop.points", "customer": "customer_id", "at": "granted_on" },
    "wishes": { "table": "shop.wishes", "customer": "customer_id" }
  },
  "measures": {
    "first_order": { "take": "first", "from": "orders" },
    "last_order": { "take": "last", "from": "orders" },
    "orders": { "take": "count", "from": "orders" },
    "basket": { "take": "average", "from": "orders", "of": "amount" },
    "turnover": { "take": "sum", "from": "orders", "of": "amount" },
    "margin": { "take": "sum", "from": "orders", "of": "amount - cost" },
    "smallest_order": { "take": "minimum", "from": "orders", "of": "amount" },
    "largest_shipped": { "take": "maximum", "from": "orders", "of": "amount", "where": "status = 'shipped'" },
    "last_status": { "take": "last", "from": "orders", "of": "status" },
    "first_amount": { "take": "first", "from": "orders", "of": "amount" },
    "last_amount": { "take": "last", "from": "orders", "of": "amount", "empty": 0 },
    "orders_year": { "take": "count", "from": "orders", "window": "1 year" },
    "orders_year_before": { "take": "count", "from": "orders", "window": "1 year", "lag": "1 year" },
    "orders_settled": { "take": "count", "from": "orders", "lag": "30 days" },
    "turnover_quarter": { "take": "sum", "from": "orders", "of": "amount", "window": "3 months" },
    "basket_half_year": { "take": "average", "from": "orders", "of": "amount", "window": "6 months" },
    "smallest_year": { "take": "minimum", "from": "orders", "of": "amount", "window": "1 year" },
    "last_order_month": { "take": "last", "from": "orders", "window": "1 month" },
    "turnover_eur": {
      "take": "sum", "from": "orders", "of": "amount",
      "weights": { "of": "currency", "values": { "EUR": 1, "USD": 0.92, "GBP": 1.17 } }
    },
    "basket_eur": {
      "take": "average", "from": "orders", "of": "amount",
      "weights": { "of": "currency", "values": { "EUR": 1, "USD": 0.92, "GBP": 1.17 }, "otherwise": null }
    },
    "basket_known": {
      "take": "average", "from": "orders", "of": "amount",
      "weights": { "of": "currency", "values": { "EUR": 1, "USD": 0.92, "GBP": 1.17 }, "otherwise": 0 }
    },
    "largest_eur": {
      "take": "maximum", "from": "orders", "of": "coalesce(amount, 0)", "empty": -1,
      "weights": { "of": "currency", "values": { "EUR": 1, "USD": 0.92, "GBP": 1.17 }, "otherwise": null }
    },
    "spent": { "take": "sum", "from": "lines", "of": "quantity * price" },
    "products": { "take": "distinct", "from": "lines", "of": "product_id" },
    "products_year": { "take": "distinct", "from": "lines", "of": "product_id", "window": "1 year" },
    "refunded": { "take": "sum", "from": "refunds", "of": "amount" },
    "refunded_or_null": { "take": "sum", "from": "refunds", "of": "amount", "empty": null },
    "refunds": { "take": "count", "from": "refunds" },
    "mails": { "take": "count", "from": "mails" },
    "last_click": { "take": "last", "from": "clicks" },
    "texts": { "take": "count", "from": "sms" },
    "texts_30": { "take": "count", "from": "sms", "window": "30 days" },
    "touches": { "take": "count", "from": ["mails", "sms", "orders"] },
    "last_touch": { "take": "last", "from": ["mails", "sms"] },
    "points": { "take": "sum", "from": "points", "of": "points" },
    "best_points": { "take": "maximum", "from": "points", "of": "points" },
    "wishes": { "take": "count", "from": "wishes" },
    "exposure": { "take": "sum", "from": { "mails": "1", "sms": "2" }, "half_life": "14 days" },
    "interest": { "take": "count", "from": "clicks", "half_life": "3 days" },
    "attention": {
      "take": "sum", "from": ["email_events"], "of": "1", "half_life": "720:00:00",
      "weights": { "of": "kind", "values": { "sent": 0.1, "clicked": 3 }, "otherwise": 0 }
    },
    "balance": { "take": "sum", "from": { "orders": "amount", "refunds": "-amount" }, "half_life": "90 days" },
    "mails_decayed": { "take": "count", "from": "email_events", "where": "kind = 'sent'", "half_life": "30 days" },
    "clicks_decayed": { "take": "count", "from": "email_events", "where": "kind = 'clicked'", "half_life": "30 days" },
    "click_rate": { "compute": "ratio", "of": ["clicks_decayed", "mails_decayed"] },
    "net_margin": { "compute": "difference", "of": ["margin", "refunded"] },
    "activity": { "compute": "total", "of": ["orders", "texts", "wishes"] },
    "best": { "compute": "greatest", "of": ["turnover", "spent"] },
    "worst": { "compute": "least", "of": ["turnover", "spent"] },
    "latest": { "compute": "greatest", "of": ["last_order", "last_click"] },
    "age_days": { "compute": "age", "of": "last_order", "unit": "days" },
    "tenure_months": { "compute": "age", "of": "first_order", "unit": "months" },
    "age_years": { "compute": "age", "of": "born", "unit": "years" },
    "refund_rate": { "compute": "ratio", "of": ["refunded", "turnover"], "smallest": 10 },
    "spent_per_order": { "compute": "ratio", "of": ["spent", "orders"] },
    "country": { "take": "attribute", "of": "country" },
    "language": { "take": "attribute", "of": "coalesce(language, 'fr')" },
    "born": { "take": "attribute", "of": "born" },
    "domain": { "take": "attribute", "of": "split_part(email, '@', 2)" }
  },
  "scores": {
    "recency": {
      "kind": "levels", "of": "age_days", "at_least": [31, 91, 181, 366], "order": "descending",
      "labels": ["lost", "asleep", "lukewarm", "recent", "very recent"], "unscored": "never"
    },
    "busy": {
      "kind": "levels", "of": "orders", "above": [0, 2, 5, 9], "labels": ["nothing", "little", "some", "much", "most"]
    },
    "warmth": { "kind": "levels", "of": "interest", "at_least": [0.1, 1] },
    "value": {
      "kind": "quantile", "of": "net_margin", "bins": 5, "negatives": "apart", "within": "country",
      "labels": ["negative margin", "minor", "important", "very important", "strategic"]
    },
    "seniority": {
      "kind": "quantile", "of": "first_order", "bins": 10, "order": "descending", "unscored": "nobody"
    },
    "positive_turnover": { "kind": "quantile", "of": "turnover", "bins": 4, "negatives": "exclude" },
    "pressure": {
      "kind": "quantile", "of": "exposure", "bins": 5, "within": ["country", "language"],
      "labels": ["very low", "low", "neutral", "high", "very high"]
    },
    "attention_level": { "kind": "quantile", "of": "attention", "bins": 3, "only": { "of": "mails", "above": 0 } },
    "balance_level": { "kind": "quantile", "of": "balance", "bins": 3, "labels": ["low", "middle", "high"] },
    "points_level": { "kind": "quantile", "of": "points", "bins": 4 },
    "middle_basket": {
      "kind": "quantile", "of": "basket", "bins": 3, "order": "descending", "unscored": "other",
      "labels": ["dear", "middle", "cheap"],
      "only": { "any": [{ "of": "orders", "between": [2, 8] }, { "of": "language", "in": ["nl"] }] }
    },
    "generation": {
      "kind": "quantile", "of": "age_years", "bins": 4,
      "only": { "all": [{ "of": "born", "missing": false }, { "of": "country", "not_in": ["CH"] }] }
    },
    "big_spender": { "kind": "quantile", "of": "spent", "bins": 2, "only": { "of": "abc_limits", "in": ["key", "major"] } },
    "rfm": {
      "kind": "rfm", "recency": "last_order", "frequency": "orders", "monetary": "basket", "within": "country",
      "segments": [
        { "label": "loyal", "r": [4, 5], "f": [4, 5] },
        { "label": "at risk", "r": [1, 2], "f": [3, 5] },
        { "label": "spendthrift", "m": [5, 5] }
      ],
      "only": {
        "all": [
          { "of": "orders", "at_least": 1 },
          { "any": [{ "of": "country", "in": ["FR", "BE"] }, { "of": "country", "missing": true }] }
        ]
      },
      "unscored": "outside"
    },
    "rfm_levels": { "kind": "rfm", "recency": "recency", "frequency": "busy", "monetary": "turnover" },
    "rfm_thirds": {
      "kind": "rfm", "recency": "last_click", "frequency": "mails", "monetary": "spent", "bins": 3, "unscored": "no click"
    },
    "abc": { "kind": "abc", "of": "net_margin", "within": "country" },
    "abc_total": {
      "kind": "abc", "of": "turnover", "shares": [0.8, 0.15, 0.05], "strategy": "key_figure_percent", "within": "country"
    },
    "abc_heads": {
      "kind": "abc", "of": "spent", "limits": [20, 60], "strategy": "count_absolute", "classes": ["best", "next", "rest"],
      "only": { "of": "spent", "above": 0 }, "unscored": "none"
    },
    "abc_limits": {
      "kind": "abc", "of": "turnover", "limits": [5000, 1000, 100], "strategy": "key_figure_absolute",
      "classes": ["key", "major", "minor", "tail"]
    },
    "gap": {
      "kind": "delta", "of": "pressure", "minus": "value", "tolerance": 1,
      "labels": { "over": "too much", "balanced": "right", "under": "too little" }
    },
    "class_gap": { "kind": "delta", "of": "abc", "minus": "abc_total", "unscored": "unknown" }
  }
}
$json$);
RESET client_min_messages;

\set ECHO none
\i :tests/helpers/shop_by_hand.sql
\set ECHO all

-- One row for each customer that counts, and one moment for the view and the table.
SELECT count(*) AS customers, count(*) FILTER (WHERE c.customer_id IS NULL OR s.customer_id IS NULL OR v.scored_at <> s.scored_at) AS different
FROM (SELECT * FROM shop.customers WHERE NOT anonymised) AS c FULL JOIN shop.customers_scores AS s USING (customer_id) FULL JOIN shop.scored_customers AS v USING (customer_id);

-- Every column is there, and has the type that the manual says.
SELECT relation, h.name AS column_name, h.type AS by_hand, format_type(g.atttypid, NULL) AS found
FROM hand.columns AS h LEFT JOIN pg_attribute AS g ON g.attrelid = relation AND g.attname = h.name
WHERE g.atttypid IS DISTINCT FROM h.type ORDER BY relation::text, h.by_hand::text, place;

-- The columns of the view come in the order of the document; what else it has is the key, what is not shown by hand, and scored_at.
SELECT count(*) AS columns, count(*) FILTER (WHERE place <> place_by_hand) AS misplaced
FROM (SELECT name, rank() OVER (ORDER BY by_hand::text DESC, h.place) AS place_by_hand, rank() OVER (ORDER BY attnum) AS place
      FROM hand.columns AS h LEFT JOIN pg_attribute ON attrelid = relation AND attname = name
      WHERE relation = 'shop.scored_customers'::regclass AND name <> 'customer_id') AS c;
SELECT attnum = 1 AS first, attname AS column_name, format_type(atttypid, NULL) AS type FROM pg_attribute
WHERE attrelid = 'shop.scored_customers'::regclass AND attnum > 0
  AND attname NOT IN (SELECT name FROM hand.columns WHERE relation = 'shop.scored_customers'::regclass AND name <> 'customer_id') ORDER BY attnum;

-- Every measure and every score, of every customer: nothing is different.
SELECT * FROM hand.compare();

-- The levels hold as many customers as by hand, the empty ones too.
SELECT score, sum(customers) AS customers, count(*) FILTER (WHERE customers IS DISTINCT FROM by_hand) AS different
FROM (SELECT score, level, sum(customers) AS customers FROM scoring.levels('shop') GROUP BY score, level) AS l
JOIN (SELECT score, level, count(customer_id) AS by_hand
      FROM (VALUES ('recency', 5), ('busy', 5), ('value', 5), ('pressure', 5), ('rfm_recency', 5), ('rfm_thirds_monetary', 3), ('abc', 3), ('abc_limits', 4)) AS s (score, levels),
           generate_series(1, levels) AS level
      LEFT JOIN LATERAL (SELECT customer_id FROM hand.score
                         WHERE level = CASE s.score WHEN 'recency' THEN recency WHEN 'busy' THEN busy WHEN 'value' THEN value WHEN 'pressure' THEN pressure
                                                    WHEN 'rfm_recency' THEN rfm_recency WHEN 'rfm_thirds_monetary' THEN rfm_thirds_monetary
                                                    WHEN 'abc' THEN abc_level WHEN 'abc_limits' THEN abc_limits_level END) AS c ON true
      GROUP BY score, level) AS h USING (score, level)
GROUP BY score ORDER BY score;

-- verify goes another way, and finds nothing either.
SELECT * FROM scoring.verify('shop');

-- Facts change: an order more, an order less, another amount, an e-mail more, another country; a customer comes, another is anonymised.
INSERT INTO shop.orders VALUES (5001, 371, 1, '2026-03-01 12:00+01', '2026-03-01', 'paid', 'EUR', 500, 200);
DELETE FROM shop.orders WHERE order_id = 4006;
UPDATE shop.orders SET amount = 75 WHERE order_id = 4011;
INSERT INTO shop.email_events SELECT upper(email), 'clicked', '2026-03-01 12:00' FROM shop.customers WHERE customer_id = 395;
UPDATE shop.customers SET country = 'IT' WHERE customer_id = 366;
INSERT INTO shop.customers VALUES (401, 'new@example.com', 'FR', 'fr', false, '2000-01-31');
INSERT INTO shop.orders VALUES (5002, 401, 1, '2026-03-01 12:00+01', '2026-03-01', 'paid', 'EUR', 50, 20);
UPDATE shop.customers SET anonymised = true WHERE customer_id = 386;

-- verify lists what is not true any more, and nobody else. What is computed agrees with the measures that are stored, so only these are listed.
CREATE TEMP TABLE found AS SELECT * FROM scoring.verify('shop');
SELECT customer, column_name, EXISTS (SELECT FROM found AS f WHERE f.customer = e.customer AND f.column_name IS NOT DISTINCT FROM e.column_name) AS listed
FROM (VALUES ('371', 'orders'), ('371', 'turnover'), ('371', 'last_order'), ('371', 'net_margin'), ('375', 'orders'), ('375', 'first_order'), ('379', 'turnover'),
             ('379', 'smallest_order'), ('395', 'last_click'), ('395', 'interest_log2'), ('366', 'country'), ('401', NULL), ('386', NULL)) AS e (customer, column_name);
SELECT count(DISTINCT customer) AS customers FROM found;
SELECT * FROM found WHERE (customer, column_name) IN (('371', 'orders'), ('375', 'orders'), ('366', 'country')) ORDER BY customer;

-- A refresh makes it true again, by verify and by hand.
SET client_min_messages = warning;
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('shop');
RESET client_min_messages;
SELECT * FROM scoring.verify('shop');
SELECT relation, count(*) AS columns, min(customers) AS customers, count(*) FILTER (WHERE different IS DISTINCT FROM 0) AS different FROM hand.compare() GROUP BY relation ORDER BY relation;
SELECT customer_id, country, orders, turnover, last_status FROM shop.scored_customers WHERE customer_id IN (366, 371, 375, 379, 386, 401) ORDER BY customer_id;

-- The zone and the date style of the session do not matter.
SET timezone = 'Asia/Tokyo';
SET datestyle = 'German';
SELECT * FROM scoring.verify('shop');
SET client_min_messages = warning;
SELECT count(*) > 0 AS refreshed FROM scoring.refresh('shop');
RESET client_min_messages;
SELECT count(*) AS columns, count(*) FILTER (WHERE different IS DISTINCT FROM 0) AS different FROM hand.compare();
RESET datestyle;
RESET timezone;

-- Without the model, nothing is left of it; what reads the scores has to go first.
SET client_min_messages = warning;
DROP SCHEMA hand CASCADE;
RESET client_min_messages;
SELECT scoring.drop_model('shop');
SELECT to_regclass('shop.customers_scores') AS table, to_regclass('shop.scored_customers') AS view;
