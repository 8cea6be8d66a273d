-- Scorecard points: odds on a scale, more points for less risk.

\pset null NULL

-- By hand: 1:19 have 600 points, half these odds 650; 10 % have 546.0998744.
SELECT p, round(scoring.scorecard_points(ln(p / (1 - p)))::numeric, 7) AS points
FROM (VALUES (0.05::float8), (1.0 / 39), (0.10), (0.5), (0.99)) AS chance (p);
SELECT scoring.scorecard_points(ln(1 / 19::float8)) AS at_odds0, scoring.scorecard_points(ln(0.5), 500, 1, 20) AS half_of_even;

-- optbinning's good : bad odds are the inverse.
SELECT scoring.scorecard_points(-1.5, 600, 1 / 19::float8, 50) = scoring.scorecard_points(-1.5) AS the_defaults,
       round(scoring.scorecard_points(-1.5, odds0 => 1 / 30::float8)::numeric, 6) AS odds_of_thirty;

-- And back: the probability of points.
SELECT p, round((1 / (1 + exp(-(ln(1 / 19::float8) + (600 - s) * ln(2::float8) / 50))))::numeric, 12) AS again
FROM (SELECT p, scoring.scorecard_points(ln(p / (1 - p))) AS s FROM unnest('{0.001,0.05,0.3,0.999}'::float8[]) AS p) AS scored;

-- Nothing in, nothing out; for certain and never; 0 is 0.
SELECT scoring.scorecard_points(NULL) AS log_odds, scoring.scorecard_points('NaN') AS nan, scoring.scorecard_points(0, NULL) AS points0,
       scoring.scorecard_points(0, 0, NULL) AS odds0, scoring.scorecard_points(0, 0, 1, NULL) AS pdo, scoring.scorecard_points(0, -0.0, 1) AS zero;
SELECT scoring.scorecard_points('Infinity') AS certain, scoring.scorecard_points('-Infinity') AS never;

-- In a generated column and an index; with a fit.
CREATE TABLE lead (id int PRIMARY KEY, log_odds float8, points float8 GENERATED ALWAYS AS (scoring.scorecard_points(log_odds)) STORED);
CREATE INDEX ON lead (scoring.scorecard_points(log_odds));
INSERT INTO lead SELECT i, i - 3 FROM generate_series(1, 5) AS i;
SELECT id, round(points) AS points FROM lead ORDER BY id;
