-- A restored model goes on: a writer marks, until catch_up has taken its tables over; then it is live, refreshed and dropped as any other.

SET client_min_messages = warning;
SELECT DISTINCT state FROM scoring.status;
INSERT INTO crm.invoices SELECT 0, 'A3', '2025-05-05', 5000, 'EUR';
SELECT count(*) AS marks FROM crm.accounts_scores_marks;
SELECT remaining > 0 AS some FROM scoring.catch_up('accounts');
SELECT done > 0 AS some, remaining FROM scoring.catch_up('accounts');
SELECT count(*) AS not_true FROM scoring.verify('accounts');
INSERT INTO crm.invoices SELECT 0, 'A3', '2025-05-06', 5000, 'EUR';
SELECT count(*) AS marks FROM crm.accounts_scores_marks;
SELECT count(*) AS not_true FROM scoring.verify('accounts');
SELECT DISTINCT cuts_version FROM scoring.refresh('accounts');
SELECT remaining FROM scoring.catch_up('accounts');
SELECT count(*) AS not_true FROM scoring.verify('accounts');
-- A sweep had begun in a cluster whose transactions had higher numbers.
UPDATE scoring.model SET swept_until = '9000000000' WHERE name = 'Clients';
SELECT remaining > 0 AS some FROM scoring.catch_up('Clients');
SELECT remaining FROM scoring.catch_up('Clients');
SELECT DISTINCT state FROM scoring.status;
DROP VIEW crm.best;
SELECT scoring.drop_model('accounts');
SELECT count(*) AS models FROM scoring.status;
