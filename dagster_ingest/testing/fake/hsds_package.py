"""HSDS packages as publishers write them: CSV files in a folder or a zip archive."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from dagster_ingest.hsds.older import tables

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def write(
    rows: Rows, folder: Path, stamp: str = "", pack: Literal["folder", "zip"] = "folder", empty: bool = False
) -> list[str]:
    """Write the tables of `rows`, older ones included; the names of the files.

    stamp  a date for file names (for the archive's with pack zip)
    empty  tables without rows have a file with headings; otherwise they are left out, as the standard
           allows
    """
    files = {}
    for name, table in tables().items():
        if name not in rows or not (rows[name] or empty):
            continue
        stem, dot, ending = table.csv.partition(".")
        dated = f"{stem}_{stamp}{dot}{ending}" if stamp and pack == "folder" else table.csv
        files[dated] = _csv(table.fields, rows[name])
    folder.mkdir(parents=True, exist_ok=True)
    if pack == "zip":
        with zipfile.ZipFile(folder / f"hsds{'_' + stamp if stamp else ''}.zip", "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
    else:
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    return list(files)


def _csv(fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Columns that no row fills are left out, the id apart."""
    used = [f for f in fields if f == "id" or not rows or any(r.get(f) not in (None, "") for r in rows)]
    text = io.StringIO()
    writer = csv.DictWriter(text, used, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
