"""Runs inside datacontract-cli's own environment: lints, exports and imports back, in one process.

Reads {"files": {name: path}, "formats": [...], "out": folder} from stdin; prints
{name: {"lint": [complaints], format: {"file": imported contract} or {"error": text}}}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from datacontract.data_contract import DataContract
from datacontract.export.exporter import ExportFormat

SUFFIX = {"odcs": "odcs.yaml", "jsonschema": "json", "sql": "sql", "excel": "xlsx"}
IMPORT_WITH = {"sql": {"dialect": "duckdb"}}


def lint(path: str) -> list[str]:
    """What `datacontract lint --all-errors` says against the contract; empty if it passes."""
    run = DataContract(data_contract_file=path, all_errors=True).lint()
    complaints = [f"{c.result.value}: {c.name}: {c.reason}" for c in run.checks if c.result.value != "passed"]
    return complaints or ([] if run.result.value == "passed" else [f"the run is {run.result.value}"])


def there_and_back(path: str, form: str, folder: Path) -> Path:
    """Export `path` to `form`, import that again; returns the ODCS file that came back."""
    kwargs = {"sql_server_type": "duckdb"} if form == "sql" else {}
    exported = DataContract(data_contract_file=path).export(ExportFormat(form), **kwargs)
    middle = folder / f"exported.{SUFFIX[form]}"
    if isinstance(exported, bytes):
        middle.write_bytes(exported)
    else:
        middle.write_text(exported)
    back = DataContract.import_from_source(form, str(middle), **IMPORT_WITH.get(form, {}))
    target = folder / f"{form}.odcs.yaml"
    target.write_text(back.to_yaml())
    return target


def main() -> None:
    job = json.load(sys.stdin)
    answer: dict[str, dict] = {}
    for name, path in job["files"].items():
        answer[name] = {"lint": lint(path)}
        for form in job["formats"]:
            folder = Path(job["out"]) / name / form
            folder.mkdir(parents=True)
            try:
                answer[name][form] = {"file": str(there_and_back(path, form, folder))}
            except Exception as error:
                answer[name][form] = {"error": f"{type(error).__name__}: {error}"}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
