-- Generates e-mails, because the orders come without any: every Tuesday for half a year a newsletter goes to some
-- customers, and each has a luck of his own. It looks at nobody's value, as newsletters do.

SELECT setseed(0.1998) \g /dev/null

CREATE TEMPORARY TABLE luck AS
SELECT id, random() AS share FROM crm.customers ORDER BY id;

INSERT INTO crm.emails (customer_id, sent_at)
SELECT id, tuesday::date
FROM crm.today,
    generate_series(date_trunc('week', today - 182) + interval '1 day', today - 1, '7 days') AS tuesday,
    luck
WHERE random() < share
ORDER BY tuesday, id;
