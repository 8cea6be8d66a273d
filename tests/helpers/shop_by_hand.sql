-- The measures and scores of the model of the shop in plain SQL, each customer as of the scored_at of its row; and what differs.

CREATE SCHEMA hand;

-- Adds a period in the zone of the model.
CREATE FUNCTION hand.later(at timestamptz, span interval) RETURNS timestamptz LANGUAGE sql STABLE SET timezone TO 'Europe/Paris' AS
'SELECT at + span';
-- Tells whether an event counts: its window has begun, and is not over.
CREATE FUNCTION hand.counts(at timestamptz, as_of timestamptz, span interval, lag interval DEFAULT '0') RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT hand.later(at, lag) <= as_of AND as_of < hand.later(hand.later(at, lag), span) $$;
-- Gives the day of a moment in the zone of the model.
CREATE FUNCTION hand.day(at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$ SELECT (at AT TIME ZONE 'Europe/Paris')::date $$;
-- Counts whole months: the greatest number that does not lead beyond today.
CREATE FUNCTION hand.months(since date, today date) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT n - (since + n * interval '1 month' > today)::int
   FROM (SELECT (12 * (extract(year FROM today) - extract(year FROM since)) + extract(month FROM today) - extract(month FROM since))::int AS n) AS m $$;
-- Gives what is left of an event after some half-lives.
CREATE FUNCTION hand.left(halvings float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN halvings < 1000 THEN power(2::float8, -halvings) ELSE 0 END $$;
CREATE FUNCTION hand.left(at timestamptz, as_of timestamptz, half_life interval) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT hand.left((extract(epoch FROM as_of) - extract(epoch FROM at))::float8 / extract(epoch FROM half_life)::float8) $$;
-- Gives how many half-lives after 2000 an event was, and log2 of its weight more.
CREATE FUNCTION hand.log2(weight float8, at timestamptz, half_life interval) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ln(weight) / ln(2::float8) + (extract(epoch FROM at) - extract(epoch FROM timestamptz '2000-01-01 00:00Z'))::float8 / extract(epoch FROM half_life)::float8 $$;
-- Sums up numbers that are given as their log2.
CREATE FUNCTION hand.log2_sum(x float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT coalesce(greatest + ln(sum(hand.left(greatest - log2))) / ln(2::float8), '-Infinity')
   FROM (SELECT log2, max(log2) OVER () AS greatest FROM unnest(x) AS log2) AS l GROUP BY greatest
   UNION ALL SELECT '-Infinity' WHERE coalesce(cardinality(x), 0) = 0 $$;
-- Rounds to the grid on which decayed measures are compared.
CREATE FUNCTION hand.grid(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT CASE WHEN abs(x) < 'Infinity' THEN round(x * 2^24) / 2^24 ELSE x END $$;
-- Gives the interior quantiles of figures; the lower neighbour where there is nothing finite between two.
CREATE FUNCTION hand.cuts(figures float8[], bins int) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
$$ SELECT array_agg(CASE WHEN abs(cut) < 'Infinity' THEN cut ELSE sorted[1 + floor(k::float8 / bins * (cardinality(sorted) - 1))::int] END ORDER BY k)
   FROM (SELECT array_agg(x ORDER BY x) AS sorted FROM unnest(figures) AS x) AS s,
        LATERAL (SELECT k, percentile_cont(k::float8 / bins) WITHIN GROUP (ORDER BY x) AS cut
                 FROM generate_series(1, bins - 1) AS k, unnest(figures) AS x GROUP BY k) AS c $$;

-- The customers, and the moment that each row of the score table is of.
CREATE MATERIALIZED VIEW hand.customer AS
SELECT c.*, s.scored_at AS as_of FROM shop.customers AS c JOIN shop.customers_scores AS s USING (customer_id) WHERE NOT c.anonymised;

-- The events of each source up to that moment.
CREATE VIEW hand.orders AS
SELECT as_of, ordered_at AS at, o.* FROM shop.orders AS o JOIN hand.customer USING (customer_id)
WHERE status <> 'cancelled' AND isfinite(ordered_at) AND ordered_at <= as_of;
CREATE VIEW hand.lines AS
SELECT customer_id, as_of, ordered_at AS at, l.* FROM shop.order_lines AS l JOIN shop.orders USING (order_id) JOIN shop.stores USING (store_id) JOIN hand.customer USING (customer_id)
WHERE quantity > 0 AND status <> 'cancelled' AND kind <> 'test' AND isfinite(ordered_at) AND ordered_at <= as_of;
CREATE VIEW hand.refunds AS
SELECT customer_id, as_of, at, r.amount FROM shop.refunds AS r JOIN shop.orders USING (order_id) JOIN hand.customer USING (customer_id),
       LATERAL (SELECT r.created_on::timestamp AT TIME ZONE 'Europe/Paris' AS at) AS moment
WHERE isfinite(r.created_on) AND at <= as_of;
CREATE VIEW hand.email_events AS
SELECT customer_id, as_of, at, kind FROM shop.email_events JOIN hand.customer ON lower(email) = lower(address), LATERAL (SELECT happened_at AT TIME ZONE 'Europe/Paris' AS at) AS moment
WHERE at <= as_of;
CREATE VIEW hand.sms AS
SELECT customer_id, as_of, at FROM shop.sms JOIN hand.customer USING (customer_id), LATERAL (SELECT sent_at AT TIME ZONE 'America/New_York' AS at) AS moment
WHERE at <= as_of;
-- A number: what is neither NULL nor NaN.
CREATE VIEW hand.amounts AS SELECT * FROM hand.orders WHERE amount <> 'NaN';

-- The measures, with the types of the scored view. What changes with the clock is as of the row, and with the suffix _now as of now.
CREATE MATERIALIZED VIEW hand.measure AS
SELECT customer_id, as_of, country, coalesce(language, 'fr') AS language, born, split_part(email, '@', 2) AS domain,
       first_order, last_order, coalesce(orders, 0) AS orders, coalesce(basket_sum, 0) AS basket_sum, coalesce(basket_count, 0) AS basket_count,
       round(basket_sum / basket_count, scale(basket_sum) + 2) AS basket, coalesce(turnover, 0) AS turnover, coalesce(margin, 0) AS margin, smallest_order, largest_shipped,
       last_status, first_amount, CASE WHEN orders > 0 THEN last_amount ELSE 0 END AS last_amount,
       coalesce(orders_year, 0) AS orders_year, coalesce(orders_year_before, 0) AS orders_year_before, coalesce(orders_settled, 0) AS orders_settled,
       coalesce(turnover_quarter, 0) AS turnover_quarter, basket_half_year, smallest_year, last_order_month,
       coalesce(turnover_eur, 0) AS turnover_eur, basket_eur, basket_known, coalesce(largest_eur, -1) AS largest_eur,
       coalesce(spent, 0) AS spent, coalesce(products, 0) AS products, coalesce(products_year, 0) AS products_year,
       coalesce(refunded, 0) AS refunded, refunded AS refunded_or_null, coalesce(refunds, 0) AS refunds,
       coalesce(mails, 0) AS mails, last_click, coalesce(texts, 0) AS texts, coalesce(texts_30, 0) AS texts_30,
       coalesce(mails, 0) + coalesce(texts, 0) + coalesce(orders, 0) AS touches, greatest(last_mail, last_text) AS last_touch,
       coalesce(points, 0) AS points, best_points, coalesce(wishes, 0) AS wishes,
       coalesce(margin, 0) - coalesce(refunded, 0) AS net_margin, coalesce(orders, 0) + coalesce(texts, 0) + coalesce(wishes, 0) AS activity,
       greatest(coalesce(turnover, 0), coalesce(spent, 0)) AS best, least(coalesce(turnover, 0), coalesce(spent, 0)) AS worst,
       hand.day(as_of) - hand.day(last_order) AS age_days, hand.months(hand.day(first_order), hand.day(as_of)) AS tenure_months, hand.months(born, hand.day(as_of)) / 12 AS age_years,
       hand.day(now()) - hand.day(last_order) AS age_days_now, hand.months(hand.day(first_order), hand.day(now())) AS tenure_months_now,
       hand.months(born, hand.day(now())) / 12 AS age_years_now,
       CASE WHEN turnover >= 10 THEN (coalesce(refunded, 0) / turnover)::float8 END AS refund_rate,
       CASE WHEN orders > 0 THEN (coalesce(spent, 0) / orders)::float8 END AS spent_per_order
FROM hand.customer
LEFT JOIN (SELECT customer_id, min(at) AS first_order, max(at) AS last_order, count(*) AS orders, min(amount) FILTER (WHERE amount <> 'NaN') AS smallest_order,
                  max(amount) FILTER (WHERE amount <> 'NaN' AND status = 'shipped') AS largest_shipped,
                  (array_agg(status ORDER BY at DESC, status DESC))[1] AS last_status, (array_agg(number ORDER BY at, number DESC NULLS LAST))[1] AS first_amount,
                  (array_agg(number ORDER BY at DESC, number DESC NULLS LAST))[1] AS last_amount, sum(amount - cost) FILTER (WHERE amount - cost <> 'NaN') AS margin,
                  count(*) FILTER (WHERE hand.counts(at, as_of, '1 year')) AS orders_year, count(*) FILTER (WHERE hand.counts(at, as_of, '1 year', '1 year')) AS orders_year_before,
                  count(*) FILTER (WHERE hand.later(at, '30 days') <= as_of) AS orders_settled, max(at) FILTER (WHERE hand.counts(at, as_of, '1 month')) AS last_order_month
           FROM hand.orders, nullif(amount, 'NaN') AS number GROUP BY customer_id) AS o USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(amount) AS turnover, sum(amount) AS basket_sum, count(amount) AS basket_count,
                  sum(amount) FILTER (WHERE hand.counts(at, as_of, '3 months')) AS turnover_quarter, min(amount) FILTER (WHERE hand.counts(at, as_of, '1 year')) AS smallest_year
           FROM hand.amounts GROUP BY customer_id) AS a USING (customer_id)
LEFT JOIN (SELECT customer_id, round(sum(amount) / count(*), scale(sum(amount)) + 2) AS basket_half_year
           FROM hand.amounts WHERE hand.counts(at, as_of, '6 months') GROUP BY customer_id) AS h USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(amount * rate) AS turnover_eur,
                  round(sum(amount * rate) / count(rate), scale(sum(amount * rate)) + 2) AS basket_eur,
                  round(sum(amount * coalesce(rate, 0)) / count(*), scale(sum(amount * coalesce(rate, 0))) + 2) AS basket_known
           FROM hand.amounts LEFT JOIN (VALUES ('EUR', 1), ('USD', 0.92), ('GBP', 1.17)) AS r (currency, rate) USING (currency) GROUP BY customer_id) AS r USING (customer_id)
LEFT JOIN (SELECT customer_id, max(coalesce(amount, 0) * rate) AS largest_eur
           FROM hand.orders JOIN (VALUES ('EUR', 1), ('USD', 0.92), ('GBP', 1.17)) AS r (currency, rate) USING (currency)
           WHERE amount IS DISTINCT FROM 'NaN' GROUP BY customer_id) AS e USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(quantity * price) AS spent, count(DISTINCT product_id) AS products,
                  count(DISTINCT product_id) FILTER (WHERE hand.counts(at, as_of, '1 year')) AS products_year
           FROM hand.lines GROUP BY customer_id) AS l USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(amount) AS refunded, count(*) AS refunds FROM hand.refunds GROUP BY customer_id) AS f USING (customer_id)
LEFT JOIN (SELECT customer_id, count(*) FILTER (WHERE kind = 'sent') AS mails, max(at) FILTER (WHERE kind = 'clicked') AS last_click, max(at) FILTER (WHERE kind = 'sent') AS last_mail
           FROM hand.email_events GROUP BY customer_id) AS m USING (customer_id)
LEFT JOIN (SELECT customer_id, count(*) AS texts, count(*) FILTER (WHERE hand.counts(at, as_of, '30 days')) AS texts_30, max(at) AS last_text
           FROM hand.sms GROUP BY customer_id) AS t USING (customer_id)
LEFT JOIN (SELECT customer_id, sum(points::numeric) FILTER (WHERE points <> 'NaN') AS points, max(points) FILTER (WHERE points <> 'NaN') AS best_points
           FROM shop.points GROUP BY customer_id) AS p USING (customer_id)
LEFT JOIN (SELECT customer_id, count(*) AS wishes FROM shop.wishes GROUP BY customer_id) AS w USING (customer_id);

-- Decayed measures: the weighted events of each, then their sums as log2 since 2000, as of the row and as of now.
CREATE VIEW hand.decaying AS
SELECT 'exposure' AS measure, interval '14 days' AS half_life, customer_id, as_of, at, 1::float8 AS weight FROM hand.email_events WHERE kind = 'sent'
UNION ALL SELECT 'exposure', '14 days', customer_id, as_of, at, 2 FROM hand.sms
UNION ALL SELECT 'interest', '3 days', customer_id, as_of, at, 1 FROM hand.email_events WHERE kind = 'clicked'
UNION ALL SELECT 'attention', '720:00:00', customer_id, as_of, at, CASE kind WHEN 'sent' THEN 0.1 WHEN 'clicked' THEN 3 ELSE 0 END FROM hand.email_events
UNION ALL SELECT 'mails_decayed', '30 days', customer_id, as_of, at, 1 FROM hand.email_events WHERE kind = 'sent'
UNION ALL SELECT 'clicks_decayed', '30 days', customer_id, as_of, at, 1 FROM hand.email_events WHERE kind = 'clicked'
UNION ALL SELECT 'balance', '90 days', customer_id, as_of, at, amount FROM hand.amounts
UNION ALL SELECT 'balance', '90 days', customer_id, as_of, at, -amount FROM hand.refunds;
CREATE MATERIALIZED VIEW hand.decayed AS
SELECT measure, customer_id, hand.log2_sum(array_agg(hand.log2(nullif(greatest(weight, 0), 0), at, half_life)) FILTER (WHERE weight > 0)) AS log2,
       hand.log2_sum(array_agg(hand.log2(nullif(greatest(-weight, 0), 0), at, half_life)) FILTER (WHERE weight < 0)) AS log2_neg,
       coalesce(sum(weight * hand.left(at, d.as_of, half_life)), 0) AS then, coalesce(sum(weight * hand.left(at, now(), half_life)), 0) AS now
FROM (VALUES ('exposure'), ('interest'), ('attention'), ('mails_decayed'), ('clicks_decayed'), ('balance')) AS m (measure) CROSS JOIN hand.customer
LEFT JOIN hand.decaying AS d USING (measure, customer_id)
GROUP BY measure, customer_id;

-- The figures that quantiles are cut from: of whom, in which group, in how many levels.
CREATE VIEW hand.figures AS
SELECT 'value' AS score, customer_id, ARRAY[country] AS grp, net_margin::float8 AS x, 4 AS bins FROM hand.measure WHERE net_margin >= 0
UNION ALL SELECT 'seniority', customer_id, NULL, extract(epoch FROM first_order), 10 FROM hand.measure WHERE first_order IS NOT NULL
UNION ALL SELECT 'positive_turnover', customer_id, NULL, turnover, 4 FROM hand.measure WHERE turnover >= 0
UNION ALL SELECT 'pressure', customer_id, ARRAY[country, language], hand.grid(log2), 5 FROM hand.measure JOIN hand.decayed USING (customer_id) WHERE measure = 'exposure'
UNION ALL SELECT 'attention_level', customer_id, NULL, hand.grid(log2), 3 FROM hand.measure JOIN hand.decayed USING (customer_id) WHERE measure = 'attention' AND mails > 0
-- Signed sums in an order that is the same at any time: by the log2 of what is left, above 1,000 halvings; below 0 the other way round.
UNION ALL SELECT 'balance_level', customer_id, NULL, CASE WHEN log2 > log2_neg THEN 1000 + hand.grid(log2 + ln(1 - hand.left(log2 - log2_neg)) / ln(2::float8))
                                                          WHEN log2 < log2_neg THEN -1000 - hand.grid(log2_neg + ln(1 - hand.left(log2_neg - log2)) / ln(2::float8)) ELSE 0 END, 3
          FROM hand.decayed WHERE measure = 'balance'
UNION ALL SELECT 'points_level', customer_id, NULL, points, 4 FROM hand.measure WHERE points <> 'NaN'
UNION ALL SELECT 'middle_basket', customer_id, NULL, basket, 3 FROM hand.measure WHERE basket IS NOT NULL AND (orders BETWEEN 2 AND 8 OR language IN ('nl'))
UNION ALL SELECT 'generation', customer_id, NULL, age_years, 4 FROM hand.measure WHERE born IS NOT NULL AND country NOT IN ('CH')
UNION ALL SELECT 'big_spender', customer_id, NULL, spent, 2 FROM hand.measure WHERE turnover >= 1000
UNION ALL SELECT 'rfm recency', customer_id, ARRAY[country], extract(epoch FROM last_order), 5 FROM hand.measure
          WHERE orders >= 1 AND basket IS NOT NULL AND (country IN ('FR', 'BE') OR country IS NULL)
UNION ALL SELECT 'rfm frequency', customer_id, ARRAY[country], orders, 5 FROM hand.measure WHERE orders >= 1 AND basket IS NOT NULL AND (country IN ('FR', 'BE') OR country IS NULL)
UNION ALL SELECT 'rfm monetary', customer_id, ARRAY[country], basket, 5 FROM hand.measure WHERE orders >= 1 AND basket IS NOT NULL AND (country IN ('FR', 'BE') OR country IS NULL)
UNION ALL SELECT 'rfm_thirds recency', customer_id, NULL, extract(epoch FROM last_click), 3 FROM hand.measure WHERE last_click IS NOT NULL
UNION ALL SELECT 'rfm_thirds frequency', customer_id, NULL, mails, 3 FROM hand.measure WHERE last_click IS NOT NULL
UNION ALL SELECT 'rfm_thirds monetary', customer_id, NULL, spent, 3 FROM hand.measure WHERE last_click IS NOT NULL
UNION ALL SELECT 'rfm_levels monetary', customer_id, NULL, turnover, 5 FROM hand.measure WHERE last_order IS NOT NULL;
-- Their levels: one more than there are cuts strictly below.
CREATE MATERIALIZED VIEW hand.quantile AS
SELECT score, customer_id, (1 + (SELECT count(*) FROM unnest(cuts) AS cut WHERE cut < x))::int AS level
FROM hand.figures JOIN (SELECT score, grp, hand.cuts(array_agg(x), min(bins)) AS cuts FROM hand.figures GROUP BY score, grp) AS c USING (score)
WHERE c.grp IS NOT DISTINCT FROM hand.figures.grp;

-- The figures that classes are cut from. A row is in the first class that has a running sum greater than what all strictly better rows have.
CREATE VIEW hand.abc_figures AS
SELECT 'abc' AS score, customer_id, ARRAY[country] AS grp, net_margin::float8 AS x FROM hand.measure
UNION ALL SELECT 'abc_total', customer_id, ARRAY[country], turnover FROM hand.measure
UNION ALL SELECT 'abc_heads', customer_id, NULL, spent FROM hand.measure WHERE spent > 0
UNION ALL SELECT 'abc_limits', customer_id, NULL, turnover FROM hand.measure;
CREATE MATERIALIZED VIEW hand.class AS
SELECT score, customer_id, CASE score WHEN 'abc_limits' THEN 4 ELSE 3 END
       - CASE score
             WHEN 'abc' THEN CASE WHEN heads < 0.2 * everybody THEN 0 WHEN heads < (0.2 + 0.6) * everybody THEN 1 ELSE 2 END
             WHEN 'abc_total' THEN CASE WHEN total = 0 THEN NULL WHEN x < 0 THEN 2 WHEN amount < 0.8 * total THEN 0 WHEN amount < (0.8 + 0.15) * total THEN 1 ELSE 2 END
             WHEN 'abc_heads' THEN CASE WHEN heads < 20 THEN 0 WHEN heads < 20 + 60 THEN 1 ELSE 2 END
             WHEN 'abc_limits' THEN CASE WHEN x >= 5000 THEN 0 WHEN x >= 1000 THEN 1 WHEN x >= 100 THEN 2 ELSE 3 END
         END AS level
FROM (SELECT score, customer_id, x, rank() OVER better - 1 AS heads, count(*) OVER everybody AS everybody,
             coalesce(sum(greatest(x::text::numeric, 0)) OVER (better GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS amount,
             sum(greatest(x::text::numeric, 0)) OVER everybody AS total
      FROM hand.abc_figures WINDOW everybody AS (PARTITION BY score, grp), better AS (PARTITION BY score, grp ORDER BY x DESC)) AS b;

-- The scores, with the columns and types of the scored view. Levels without labels have those of the language.
CREATE MATERIALIZED VIEW hand.score AS
SELECT customer_id,
       recency, CASE WHEN recency IS NULL THEN 'never' ELSE ('{lost,asleep,lukewarm,recent,"very recent"}'::text[])[recency] END AS recency_label,
       busy, ('{nothing,little,some,much,most}'::text[])[busy] AS busy_label, warmth, ('{low,medium,high}'::text[])[warmth] AS warmth_label,
       value, ('{"negative margin",minor,important,"very important",strategic}'::text[])[value] AS value_label,
       11 - seniority AS seniority, coalesce('level ' || 11 - seniority, 'nobody') AS seniority_label,
       positive_turnover, 'level ' || positive_turnover AS positive_turnover_label,
       pressure, ('{"very low",low,neutral,high,"very high"}'::text[])[pressure] AS pressure_label,
       attention_level, ('{low,medium,high}'::text[])[attention_level] AS attention_level_label, balance_level, ('{low,middle,high}'::text[])[balance_level] AS balance_level_label,
       points_level, 'level ' || points_level AS points_level_label,
       4 - middle_basket AS middle_basket, coalesce(('{dear,middle,cheap}'::text[])[4 - middle_basket], 'other') AS middle_basket_label,
       generation, 'level ' || generation AS generation_label, big_spender, 'level ' || big_spender AS big_spender_label,
       100 * r + 10 * f + m AS rfm, r AS rfm_recency, f AS rfm_frequency, m AS rfm_monetary,
       CASE WHEN r IS NULL THEN 'outside' WHEN r >= 4 AND f >= 4 THEN 'loyal' WHEN r <= 2 AND f BETWEEN 3 AND 5 THEN 'at risk' WHEN m = 5 THEN 'spendthrift' END AS rfm_segment,
       100 * recency + 10 * busy + m_levels AS rfm_levels, CASE WHEN m_levels > 0 THEN recency END AS rfm_levels_recency,
       CASE WHEN m_levels > 0 THEN busy END AS rfm_levels_frequency, m_levels AS rfm_levels_monetary,
       CASE WHEN m_levels IS NULL THEN NULL
            WHEN recency >= 4 AND busy >= 4 AND m_levels >= 4 THEN 'Champions' WHEN recency >= 3 AND busy >= 3 AND m_levels >= 3 THEN 'Loyal'
            WHEN recency = 5 AND busy = 1 THEN 'New' WHEN recency IN (3, 4) AND busy = 1 THEN 'Promising' WHEN recency >= 4 THEN 'Potential loyalists'
            WHEN recency = 3 THEN 'Need attention' WHEN busy >= 4 AND m_levels >= 4 THEN 'Can''t lose them' WHEN busy >= 3 THEN 'At risk'
            WHEN recency = 2 THEN 'About to sleep' WHEN busy = 2 THEN 'Hibernating' ELSE 'Lost' END AS rfm_levels_segment,
       100 * r_thirds + 10 * f_thirds + m_thirds AS rfm_thirds, r_thirds AS rfm_thirds_recency, f_thirds AS rfm_thirds_frequency, m_thirds AS rfm_thirds_monetary,
       CASE WHEN r_thirds IS NULL THEN 'no click' END AS rfm_thirds_segment,
       ('{C,B,A}'::text[])[abc] AS abc, abc AS abc_level, ('{C,B,A}'::text[])[abc_total] AS abc_total, abc_total AS abc_total_level,
       CASE WHEN abc_heads IS NULL THEN 'none' ELSE ('{rest,next,best}'::text[])[abc_heads] END AS abc_heads, abc_heads AS abc_heads_level,
       ('{tail,minor,major,key}'::text[])[abc_limits] AS abc_limits, abc_limits AS abc_limits_level,
       pressure - value AS gap, CASE WHEN pressure - value > 1 THEN 'too much' WHEN pressure - value < -1 THEN 'too little' WHEN pressure - value IS NOT NULL THEN 'right' END AS gap_label,
       abc - abc_total AS class_gap,
       CASE WHEN abc - abc_total > 0 THEN 'overpressure' WHEN abc - abc_total < 0 THEN 'underpressure' WHEN abc - abc_total = 0 THEN 'balanced' ELSE 'unknown' END AS class_gap_label
FROM (SELECT customer_id,
             CASE WHEN m.age_days IS NOT NULL THEN 5 - (SELECT count(*)::int FROM unnest('{31,91,181,366}'::int[]) AS at_least WHERE m.age_days >= at_least) END AS recency,
             1 + (SELECT count(*)::int FROM unnest('{0,2,5,9}'::int[]) AS above WHERE m.orders > above) AS busy,
             1 + (SELECT count(*)::int FROM unnest('{0.1,1}'::float8[]) AS at_least WHERE i."then" >= at_least) AS warmth,
             CASE WHEN m.net_margin < 0 THEN 1 ELSE 1 + max(q.level) FILTER (WHERE q.score = 'value') END AS value,
             max(q.level) FILTER (WHERE q.score = 'seniority') AS seniority, max(q.level) FILTER (WHERE q.score = 'positive_turnover') AS positive_turnover,
             max(q.level) FILTER (WHERE q.score = 'pressure') AS pressure, max(q.level) FILTER (WHERE q.score = 'attention_level') AS attention_level,
             max(q.level) FILTER (WHERE q.score = 'balance_level') AS balance_level, max(q.level) FILTER (WHERE q.score = 'points_level') AS points_level,
             max(q.level) FILTER (WHERE q.score = 'middle_basket') AS middle_basket, max(q.level) FILTER (WHERE q.score = 'generation') AS generation,
             max(q.level) FILTER (WHERE q.score = 'big_spender') AS big_spender,
             max(q.level) FILTER (WHERE q.score = 'rfm recency') AS r, max(q.level) FILTER (WHERE q.score = 'rfm frequency') AS f, max(q.level) FILTER (WHERE q.score = 'rfm monetary') AS m,
             max(q.level) FILTER (WHERE q.score = 'rfm_thirds recency') AS r_thirds, max(q.level) FILTER (WHERE q.score = 'rfm_thirds frequency') AS f_thirds,
             max(q.level) FILTER (WHERE q.score = 'rfm_thirds monetary') AS m_thirds, max(q.level) FILTER (WHERE q.score = 'rfm_levels monetary') AS m_levels,
             min(c.abc) AS abc, min(c.abc_total) AS abc_total, min(c.abc_heads) AS abc_heads, min(c.abc_limits) AS abc_limits
      FROM hand.measure AS m JOIN (SELECT * FROM hand.decayed WHERE measure = 'interest') AS i USING (customer_id) LEFT JOIN hand.quantile AS q USING (customer_id)
      JOIN (SELECT customer_id, min(level) FILTER (WHERE score = 'abc') AS abc, min(level) FILTER (WHERE score = 'abc_total') AS abc_total,
                   min(level) FILTER (WHERE score = 'abc_heads') AS abc_heads, min(level) FILTER (WHERE score = 'abc_limits') AS abc_limits
            FROM hand.class GROUP BY customer_id) AS c USING (customer_id)
      GROUP BY customer_id, m.age_days, m.orders, m.net_margin, i."then") AS l;

-- The measures as the scored view shows them, as of now.
CREATE VIEW hand.shown AS
SELECT customer_id, hand.day(first_order) AS first_order, hand.day(now()) - hand.day(first_order) AS first_order_days,
       hand.day(last_order) AS last_order, hand.day(now()) - hand.day(last_order) AS last_order_days,
       orders, basket, turnover, margin, smallest_order, largest_shipped, last_status, first_amount, last_amount,
       orders_year, orders_year_before, orders_settled, turnover_quarter, basket_half_year, smallest_year,
       hand.day(last_order_month) AS last_order_month, hand.day(now()) - hand.day(last_order_month) AS last_order_month_days,
       turnover_eur, basket_eur, basket_known, largest_eur, spent, products, products_year, refunded, refunded_or_null, refunds,
       mails, hand.day(last_click) AS last_click, hand.day(now()) - hand.day(last_click) AS last_click_days, texts, texts_30, touches,
       hand.day(last_touch) AS last_touch, hand.day(now()) - hand.day(last_touch) AS last_touch_days, points, best_points, wishes,
       exposure, interest, attention, balance, mails_decayed, clicks_decayed, clicks_decayed / nullif(mails_decayed, 0) AS click_rate,
       net_margin, activity, best, worst, age_days_now AS age_days, tenure_months_now AS tenure_months, age_years_now AS age_years,
       refund_rate, spent_per_order, country, language, born, domain
FROM hand.measure
JOIN (SELECT customer_id, max(now) FILTER (WHERE measure = 'exposure') AS exposure, max(now) FILTER (WHERE measure = 'interest') AS interest,
             max(now) FILTER (WHERE measure = 'attention') AS attention, max(now) FILTER (WHERE measure = 'balance') AS balance,
             max(now) FILTER (WHERE measure = 'mails_decayed') AS mails_decayed, max(now) FILTER (WHERE measure = 'clicks_decayed') AS clicks_decayed
      FROM hand.decayed GROUP BY customer_id) AS d USING (customer_id);
-- What the score table holds in another form, or as of each row.
CREATE VIEW hand.stored AS
SELECT customer_id, first_order, last_order, basket_sum, basket_count, last_order_month, last_click, last_touch, greatest(last_order, last_click) AS latest,
       exposure_log2, exposure_log2_neg, interest_log2, attention_log2, balance_log2, balance_log2_neg, mails_decayed_log2, clicks_decayed_log2,
       orders, turnover, net_margin, age_days, tenure_months, age_years, country
FROM hand.measure
JOIN (SELECT customer_id, max(log2) FILTER (WHERE measure = 'exposure') AS exposure_log2, max(log2_neg) FILTER (WHERE measure = 'exposure') AS exposure_log2_neg,
             max(log2) FILTER (WHERE measure = 'interest') AS interest_log2, max(log2) FILTER (WHERE measure = 'attention') AS attention_log2,
             max(log2) FILTER (WHERE measure = 'balance') AS balance_log2, max(log2_neg) FILTER (WHERE measure = 'balance') AS balance_log2_neg,
             max(log2) FILTER (WHERE measure = 'mails_decayed') AS mails_decayed_log2, max(log2) FILTER (WHERE measure = 'clicks_decayed') AS clicks_decayed_log2
      FROM hand.decayed GROUP BY customer_id) AS d USING (customer_id);

-- Which columns by hand are compared with those of which relation; of the scores in the table, the numbers.
CREATE VIEW hand.columns AS
SELECT relation, attnum AS place, attname AS name, atttypid::regtype AS type, by_hand
FROM (VALUES ('shop.scored_customers'::regclass, 'hand.shown'::regclass), ('shop.scored_customers', 'hand.score'),
             ('shop.customers_scores', 'hand.stored'), ('shop.customers_scores', 'hand.score')) AS r (relation, by_hand)
JOIN pg_attribute ON attrelid = by_hand AND attnum > 0 AND (relation = 'shop.scored_customers'::regclass OR by_hand <> 'hand.score'::regclass OR atttypid = 'int'::regtype);
-- Tells what two columns have in common: floats may differ by 1e-9 of them, what is a log2 of one by 1e-9, all others by nothing.
CREATE FUNCTION hand.differ(name text, type regtype) RETURNS text LANGUAGE sql AS
$$ SELECT CASE WHEN name LIKE '%log2%' THEN 'abs(nullif(h.%1$I, g.%1$I) - g.%1$I) > 1e-9 OR (h.%1$I IS NULL) <> (g.%1$I IS NULL)'
               WHEN type = 'float8'::regtype
               THEN 'abs(nullif(h.%1$I, g.%1$I) - g.%1$I) > 1e-300 + 1e-9 * least(abs(h.%1$I), abs(g.%1$I), 1e300) OR (h.%1$I IS NULL) <> (g.%1$I IS NULL)'
               ELSE 'h.%1$I IS DISTINCT FROM g.%1$I' END $$;
-- Compares every column with the recomputation of this moment; NULL where there is no such column. varied: not all customers have the same.
CREATE FUNCTION hand.compare() RETURNS TABLE (relation text, column_name text, varied boolean, customers bigint, different bigint) LANGUAGE plpgsql AS $$
DECLARE
    c record;
BEGIN
    REFRESH MATERIALIZED VIEW hand.customer;
    REFRESH MATERIALIZED VIEW hand.measure;
    REFRESH MATERIALIZED VIEW hand.decayed;
    REFRESH MATERIALIZED VIEW hand.quantile;
    REFRESH MATERIALIZED VIEW hand.class;
    REFRESH MATERIALIZED VIEW hand.score;
    FOR c IN SELECT h.*, g.attname IS NOT NULL AS is_there FROM hand.columns AS h
             LEFT JOIN pg_attribute AS g ON g.attrelid = h.relation AND g.attname = h.name AND NOT g.attisdropped
             WHERE h.name <> 'customer_id' ORDER BY h.relation::text DESC, h.by_hand::text DESC, h.place
    LOOP
        relation := c.relation;
        column_name := c.name;
        customers := NULL;
        different := NULL;
        IF c.is_there THEN
            EXECUTE format('SELECT count(*), count(*) FILTER (WHERE ' || hand.differ(c.name, c.type) || '), count(DISTINCT h.%1$I) + max((h.%1$I IS NULL)::int) > 1
                            FROM %2$s AS h JOIN %3$s AS g USING (customer_id)', c.name, c.by_hand, c.relation) INTO customers, different, varied;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
