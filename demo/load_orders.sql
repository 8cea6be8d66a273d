-- Loads CDNOW's orders from psql's standard input: customer, number in the sample, day, CDs, dollars. The days are those
-- of 1997 and 1998; they are moved, all by as many, so that the last order was yesterday.

CREATE TEMPORARY TABLE lines (number integer GENERATED ALWAYS AS IDENTITY, line text);
\copy lines (line) FROM pstdin

CREATE TEMPORARY TABLE purchases AS
SELECT number, field[1]::integer AS customer_id, field[3]::date AS ordered_at,
    field[4]::integer AS cds, field[5]::numeric AS amount
FROM lines, regexp_split_to_array(btrim(line), '\s+') AS field;

UPDATE purchases SET ordered_at = ordered_at + (current_date - 1 - (SELECT max(ordered_at) FROM purchases));

INSERT INTO crm.customers (id, since)
SELECT customer_id, min(ordered_at) FROM purchases GROUP BY customer_id ORDER BY customer_id;

INSERT INTO crm.orders (customer_id, ordered_at, cds, amount)
SELECT customer_id, ordered_at, cds, amount FROM purchases ORDER BY number;
