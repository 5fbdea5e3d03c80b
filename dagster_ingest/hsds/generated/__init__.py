"""Files of the systems `hsds` and `hsds_api` that are made from the HSDS model.

`python -m dagster_ingest.hsds.generated` writes them anew; a test holds them to what it would write.
"""

from __future__ import annotations

from pathlib import Path

from dagster_ingest.hsds.generated import contracts, dbt

PROJECT = Path(__file__).resolve().parents[3]


def files() -> dict[str, str]:
    """Path below the project to content."""
    return {**contracts.files(), **dbt.files()}


def write(project: Path = PROJECT) -> list[str]:
    """The paths of the files that were not as they should be."""
    changed = []
    for name, content in files().items():
        path = project / name
        if not path.exists() or path.read_text() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
            changed.append(name)
    return changed
