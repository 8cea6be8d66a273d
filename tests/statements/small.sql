CREATE TABLE "crm"."customers_scores" (
  "id" bigint NOT NULL,
  "last_order" timestamp with time zone,
  "basket" numeric,
  "basket_sum" numeric,
  "basket_count" bigint,
  "recent" bigint,
  "exposure_log2" double precision,
  "exposure_log2_neg" double precision,
  "country" text,
  "silence" integer,
  "value" integer,
  "value_label" text,
  "scored_at" timestamp with time zone NOT NULL,
  "due_at" timestamp with time zone,
  "event_due_at" timestamp with time zone
) WITH (fillfactor = 80);
ALTER TABLE "crm"."customers_scores" ADD PRIMARY KEY ("id");
CREATE INDEX ON "crm"."customers_scores" ("due_at") WHERE "due_at" IS NOT NULL;
COMMENT ON TABLE "crm"."customers_scores" IS 'Measures and scores of the customers of crm.customers, one row each, kept by pg_scoring';
COMMENT ON COLUMN "crm"."customers_scores"."id" IS 'Key of the customer in crm.customers';
COMMENT ON COLUMN "crm"."customers_scores"."last_order" IS 'Day of the last order';
COMMENT ON COLUMN "crm"."customers_scores"."basket" IS 'Mean of amount: orders';
COMMENT ON COLUMN "crm"."customers_scores"."basket_sum" IS 'Sum of the values that basket is the mean of';
COMMENT ON COLUMN "crm"."customers_scores"."basket_count" IS 'Number of the values that basket is the mean of';
COMMENT ON COLUMN "crm"."customers_scores"."recent" IS 'Number of events: orders, for 1 month';
COMMENT ON COLUMN "crm"."customers_scores"."exposure_log2" IS 'Sum of weight: mails, half after 14 days: log2 of the decayed sum at 2000-01-01 UTC; -Infinity is nothing';
COMMENT ON COLUMN "crm"."customers_scores"."exposure_log2_neg" IS 'What is subtracted from exposure_log2, in the same scale; -Infinity is nothing';
COMMENT ON COLUMN "crm"."customers_scores"."country" IS 'country of the customer';
COMMENT ON COLUMN "crm"."customers_scores"."silence" IS 'Whole months since last_order';
COMMENT ON COLUMN "crm"."customers_scores"."value" IS 'Score of basket, country (1 low, 2 medium, 3 high)';
COMMENT ON COLUMN "crm"."customers_scores"."value_label" IS 'Score of basket, country: label';
COMMENT ON COLUMN "crm"."customers_scores"."scored_at" IS 'Moment that the row was computed for';
COMMENT ON COLUMN "crm"."customers_scores"."due_at" IS 'Moment from which the row must be computed again; NULL: when its events change';
COMMENT ON COLUMN "crm"."customers_scores"."event_due_at" IS 'Moment at which the next event begins or ends to count; NULL: none does';
CREATE VIEW "crm"."scored_customers" AS
SELECT scored."id" AS "id",
  timezone('Europe/Paris', scored."last_order")::date AS "last_order",
  CASE WHEN isfinite(timezone('Europe/Paris', scored."last_order")::date) THEN clock.today - timezone('Europe/Paris', scored."last_order")::date END AS "last_order_days",
  scored."basket" AS "basket",
  scored."recent" AS "recent",
  (CASE WHEN (scored."exposure_log2" - read."exposure") < -1000 THEN 0 WHEN (scored."exposure_log2" - read."exposure") >= 1024 THEN 'Infinity' ELSE power(2::double precision, (scored."exposure_log2" - read."exposure")) END) - (CASE WHEN (scored."exposure_log2_neg" - read."exposure") < -1000 THEN 0 WHEN (scored."exposure_log2_neg" - read."exposure") >= 1024 THEN 'Infinity' ELSE power(2::double precision, (scored."exposure_log2_neg" - read."exposure")) END) AS "exposure",
  scored."country" AS "country",
  CASE WHEN isfinite(read."silence") THEN (extract(year FROM clock.today) * 12 + extract(month FROM clock.today) - (extract(year FROM read."silence") * 12 + extract(month FROM read."silence")) - CASE WHEN extract(day FROM read."silence") > extract(day FROM clock.today) AND extract(day FROM clock.today + 1) > 1 THEN 1 ELSE 0 END)::integer END AS "silence",
  scored."value" AS "value",
  scored."value_label" AS "value_label",
  scored."scored_at" AS "scored_at"
FROM "crm"."customers_scores" AS scored
CROSS JOIN (SELECT now() AS now, timezone('Europe/Paris', now())::date AS today) AS clock
CROSS JOIN LATERAL (SELECT (extract(epoch FROM clock.now) - 946684800)::double precision * 1000000 / 1209600000000 AS "exposure",
  timezone('Europe/Paris', scored."last_order")::date AS "silence") AS read;
COMMENT ON VIEW "crm"."scored_customers" IS 'Measures and scores of the customers of crm.customers, as of now where they change by the clock';
COMMENT ON COLUMN "crm"."scored_customers"."id" IS 'Key of the customer in crm.customers';
COMMENT ON COLUMN "crm"."scored_customers"."last_order" IS 'Day of the last order';
COMMENT ON COLUMN "crm"."scored_customers"."last_order_days" IS 'Days from last_order to today in Europe/Paris';
COMMENT ON COLUMN "crm"."scored_customers"."basket" IS 'Mean of amount: orders';
COMMENT ON COLUMN "crm"."scored_customers"."recent" IS 'Number of events: orders, for 1 month';
COMMENT ON COLUMN "crm"."scored_customers"."exposure" IS 'Sum of weight: mails, half after 14 days; as of now';
COMMENT ON COLUMN "crm"."scored_customers"."country" IS 'country of the customer';
COMMENT ON COLUMN "crm"."scored_customers"."silence" IS 'Whole months since last_order; as of now';
COMMENT ON COLUMN "crm"."scored_customers"."value" IS 'Score of basket, country (1 low, 2 medium, 3 high)';
COMMENT ON COLUMN "crm"."scored_customers"."value_label" IS 'Score of basket, country: label';
COMMENT ON COLUMN "crm"."scored_customers"."scored_at" IS 'Moment that the row was computed for';
WITH "$rows" AS MATERIALIZED (
SELECT row_number() OVER () AS "$number", "$customer"."$is_customer" IS NOT NULL AS "$is_customer", "$stored"."scored_at" IS NOT NULL AS "$is_stored", coalesce("$stored"."scored_at", now()) AS "$as_of", coalesce("$customer"."$0", "$stored"."id") AS "$0", "$customer"."$value 4"
FROM (
SELECT true AS "$is_customer", "customers"."id" AS "$0", (country
)::text AS "$value 4"
FROM "crm"."customers" AS "customers"
WHERE (active
)
) AS "$customer"
FULL JOIN "crm"."customers_scores" AS "$stored" ON "$customer"."$0" OPERATOR(pg_catalog.=) "$stored"."id"
)
SELECT "$rows"."$0",
  "$rows"."$is_customer",
  "$rows"."$is_stored",
  (CASE WHEN "$group 0"."$events 0" > 0 THEN "$group 0"."$value 0" ELSE NULL END)::timestamp with time zone,
  (CASE WHEN "$group 0"."$events 1" > 0 THEN "$group 0"."$value 1" ELSE NULL END)::numeric,
  (coalesce("$group 0"."$sum 1", 0))::numeric,
  (coalesce("$group 0"."$count 1", 0))::bigint,
  (CASE WHEN "$group 0"."$events 2" > 0 THEN "$group 0"."$value 2" ELSE '0'::bigint END)::bigint,
  (CASE WHEN "$group 1"."$events 3" > 0 THEN coalesce((SELECT CASE WHEN most.x = 'Infinity' THEN most.x ELSE most.x + ln(sum(CASE WHEN (x.x - most.x) < -1000 THEN 0 WHEN (x.x - most.x) >= 1024 THEN 'Infinity' ELSE power(2::double precision, (x.x - most.x)) END)) / ln(2::double precision) END FROM unnest("$group 1"."$positive 3") AS x (x), (SELECT max(x.x) AS x FROM unnest("$group 1"."$positive 3") AS x (x)) AS most GROUP BY most.x), '-Infinity'::double precision) ELSE '-Infinity'::double precision END)::double precision,
  (CASE WHEN "$group 1"."$events 3" > 0 THEN coalesce((SELECT CASE WHEN most.x = 'Infinity' THEN most.x ELSE most.x + ln(sum(CASE WHEN (x.x - most.x) < -1000 THEN 0 WHEN (x.x - most.x) >= 1024 THEN 'Infinity' ELSE power(2::double precision, (x.x - most.x)) END)) / ln(2::double precision) END FROM unnest("$group 1"."$negative 3") AS x (x), (SELECT max(x.x) AS x FROM unnest("$group 1"."$negative 3") AS x (x)) AS most GROUP BY most.x), '-Infinity'::double precision) ELSE '-Infinity'::double precision END)::double precision,
  ("$rows"."$value 4")::text,
  least("$group 0"."$due", "$group 1"."$due"),
  "$stored"."id",
  "$stored"."last_order",
  "$stored"."basket",
  "$stored"."basket_sum",
  "$stored"."basket_count",
  "$stored"."recent",
  "$stored"."exposure_log2",
  "$stored"."exposure_log2_neg",
  "$stored"."country",
  "$stored"."silence",
  "$stored"."value",
  "$stored"."value_label",
  "$stored"."scored_at",
  "$stored"."due_at",
  "$stored"."event_due_at"
FROM "$rows"
LEFT JOIN "crm"."customers_scores" AS "$stored" ON "$rows"."$0" OPERATOR(pg_catalog.=) "$stored"."id"
LEFT JOIN (
SELECT "$rows"."$number",
  count(*) FILTER (WHERE "$at" <= "$as_of") AS "$events 0",
  max("$at") FILTER (WHERE "$at" <= "$as_of") AS "$value 0",
  count(*) FILTER (WHERE "$at" <= "$as_of" AND "$value 1" IS NOT NULL) AS "$events 1",
  round(coalesce(sum("$value 1") FILTER (WHERE "$at" <= "$as_of"), 0) / nullif(count("$value 1") FILTER (WHERE "$at" <= "$as_of"), 0), coalesce(scale(coalesce(sum("$value 1") FILTER (WHERE "$at" <= "$as_of"), 0)), 0) + 2) AS "$value 1",
  coalesce(sum("$value 1") FILTER (WHERE "$at" <= "$as_of"), 0) AS "$sum 1",
  count("$value 1") FILTER (WHERE "$at" <= "$as_of") AS "$count 1",
  count(*) FILTER (WHERE "$at" <= "$as_of" AND "$ends 1" > "$as_of") AS "$events 2",
  count(*) FILTER (WHERE "$at" <= "$as_of" AND "$ends 1" > "$as_of") AS "$value 2",
  least(min("$at") FILTER (WHERE "$at" > "$as_of" AND "$at" < 'infinity'), min("$ends 1") FILTER (WHERE "$ends 1" > "$as_of" AND "$ends 1" < 'infinity')) AS "$due"
FROM "$rows"
JOIN (
SELECT "$event".*, CASE WHEN "$at" < '200000-01-01'::timestamp with time zone THEN "$at" + '1 month'::interval ELSE 'infinity' END AS "$ends 1"
FROM (
SELECT (customer_id
) AS "$0", (CASE WHEN (ordered_on
) > '294276-12-01'::date THEN 'infinity' WHEN (ordered_on
) < '4713-02-01 BC'::date THEN '-infinity' ELSE (ordered_on
) END)::timestamp with time zone AS "$at", nullif((amount
)::numeric, 'NaN') AS "$value 1"
FROM "crm"."orders" AS "orders"
WHERE (status <> 'cancelled'
)
OFFSET 0
) AS "$event"
WHERE "$0" IS NOT NULL AND isfinite("$at")
) AS "$event" ON "$rows"."$0" OPERATOR(pg_catalog.=) "$event"."$0"
GROUP BY "$rows"."$number"
) AS "$group 0" ON "$group 0"."$number" = "$rows"."$number"
LEFT JOIN (
SELECT "$rows"."$number",
  count(*) FILTER (WHERE "$at" <= "$as_of" AND "$value 3" <> 0) AS "$events 3",
  array_agg(ln("$value 3") / ln(2::double precision) + (extract(epoch FROM "$at") - 946684800)::double precision * 1000000 / 1209600000000) FILTER (WHERE "$at" <= "$as_of" AND "$value 3" > 0) AS "$positive 3",
  array_agg(ln(-"$value 3") / ln(2::double precision) + (extract(epoch FROM "$at") - 946684800)::double precision * 1000000 / 1209600000000) FILTER (WHERE "$at" <= "$as_of" AND "$value 3" < 0) AS "$negative 3",
  least(min("$at") FILTER (WHERE "$at" > "$as_of" AND "$at" < 'infinity')) AS "$due"
FROM "$rows"
JOIN (
SELECT "$event".*
FROM (
SELECT (customer_id
) AS "$0", (sent_at
) AS "$at", nullif((weight
)::double precision, 'NaN') AS "$value 3"
FROM "crm"."mails" AS "mails"
OFFSET 0
) AS "$event"
WHERE "$0" IS NOT NULL AND isfinite("$at")
) AS "$event" ON "$rows"."$0" OPERATOR(pg_catalog.=) "$event"."$0"
GROUP BY "$rows"."$number"
) AS "$group 1" ON "$group 1"."$number" = "$rows"."$number";
