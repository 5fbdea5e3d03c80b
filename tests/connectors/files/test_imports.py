"""Libraries of places and formats are imported by those who use them."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from dagster_ingest.connectors.base import ReadRequest
from dagster_ingest.connectors.registry import connector
read = connector("files").read(ReadRequest("acme", "feed", "services", "IA", {}, sys.argv[1]))
assert sum(batch.frame.height for batch in read.batches()) == 1
heavy = {"asyncssh", "obstore", "python_calamine", "httpx", "pyarrow.parquet", "defusedxml", "asyncio"}
print(sorted(heavy & set(sys.modules)))
"""


def test_a_local_csv_needs_none_of_them(drops):
    drops.put("a.csv", "id\n1\n")

    found = subprocess.run(
        [sys.executable, "-c", CODE, str(drops.folder)], capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"
