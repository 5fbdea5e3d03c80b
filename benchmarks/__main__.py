"""`python -m benchmarks`: measure, print the tables, write benchmarks/results.json."""

from __future__ import annotations

import sys

from benchmarks import (
    contracts,
    data_path,
    graph,
    iceberg,
    options,
    postgres,
    providers,
    readers,
    report,
    rules,
    run_overhead,
    small_tables,
    snowflake,
)
from benchmarks.measure import JobFailed

SUITES = {
    "data_path": data_path.run,
    "small_tables": small_tables.run,
    "rules": rules.run,
    "postgres": postgres.run,
    "providers": providers.run,
    "readers": readers.run,
    "graph": graph.run,
    "snowflake": snowflake.run,
    "iceberg": iceberg.run,
    "contracts": contracts.run,
    "run_overhead": run_overhead.run,
}


def main() -> int:
    chosen = options.parse(tuple(SUITES))
    done, failed = [], []
    for name in chosen.only:
        print(f"== {name}", file=sys.stderr, flush=True)
        try:
            suite = SUITES[name](chosen)
        except JobFailed as error:
            failed.append(name)
            print(error, file=sys.stderr)
            continue
        report.show(suite)
        done.append(suite)
    if chosen.save and done:
        report.save(done)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
