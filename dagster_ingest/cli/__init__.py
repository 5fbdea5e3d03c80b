"""`dagster-ingest`: a command is a function in a module beside this file, imported when it is called."""

from __future__ import annotations

from dagster_ingest.cli.lazy import lazy_app

# Command to "module:name" of a function, or of a Typer app where the command has commands of its own.
COMMANDS = {
    "validate": "validate:validate",
    "run": "run:run",
    "backfill": "backfill:backfill",
    "status": "status:status",
    "explain": "status:explain",
    "history": "history:history",
    "plan": "plan:plan",
    "quarantine": "quarantine:app",
    "review": "review:app",
    "rollback": "rollback:rollback",
    "publish": "publish:app",
    "contracts": "contracts:app",
    "source": "source:app",
    "new": "new:app",
    "warehouse": "warehouse:app",
    "cost": "cost:cost",
    "alerts": "alerts:app",
    "metrics": "metrics:app",
    "telemetry": "telemetry:app",
    "report": "report:report",
    "catalog": "catalog:app",
    "sensors": "sensors:app",
    "webhook": "webhook:app",
    "schema": "schema:schema",
}

app = lazy_app(COMMANDS, __package__, "Ingestion of social-service data from specs and contracts.")
