"""sling: CSV files to a DuckDB file, one call each. Arguments: file or folder, work folder."""

import os
import sys
from pathlib import Path

path, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
os.environ["BENCH_DUCKDB"] = f"duckdb://{work / 'sling.duckdb'}"

from sling import Sling  # noqa: E402

for file in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
    Sling(
        src_stream=f"file://{file}",
        tgt_conn="BENCH_DUCKDB",
        tgt_object=f"main.{file.stem.replace('-', '_').replace('.', '_')}",
        mode="full-refresh",
    ).run()
