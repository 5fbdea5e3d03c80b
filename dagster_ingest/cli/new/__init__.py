"""`dagster-ingest new`: the files of a new tenant, system or connector. Nothing is ever overwritten."""

from __future__ import annotations

from dagster_ingest.cli.lazy import lazy_app

# Command to "module:function" beside this file.
COMMANDS = {
    "tenant": "tenant:tenant",
    "system": "system:system",
    "connector": "connector:connector",
}

app = lazy_app(COMMANDS, __package__, "Add a tenant, a vendor's system, or a connector.")
