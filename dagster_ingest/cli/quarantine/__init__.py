"""`dagster-ingest quarantine`: rows that the audit refused, and what people do with them."""

from __future__ import annotations

from dagster_ingest.cli.lazy import lazy_app

# Command to "module:function" beside this file.
COMMANDS = {
    "list": "look:list_rows",
    "show": "look:show_row",
    "export": "export:export",
    "replay": "replay:replay",
    "dismiss": "decide:dismiss",
    "purge": "decide:purge",
}

app = lazy_app(COMMANDS, __package__, "Rows that the audit refused: kept verbatim, with their rules.")
