-- A restored model goes on: facts change, verify finds them, refresh makes them true.

SET client_min_messages = warning;
INSERT INTO crm.invoices SELECT 0, 'A3', '2025-05-05', 5000, 'EUR';
SELECT count(*) > 0 AS finds FROM scoring.verify('accounts');
SELECT DISTINCT cuts_version FROM scoring.refresh('accounts');
SELECT count(*) AS not_true FROM scoring.verify('accounts');
DROP VIEW crm.best;
SELECT scoring.drop_model('accounts');
SELECT count(*) AS models FROM scoring.status;
