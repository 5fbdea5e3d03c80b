"""`dagster-ingest publish`: what the readers of a tenant show, step by step and by hand."""

from __future__ import annotations

from dagster_ingest.cli.lazy import lazy_app

# Command to "module:function" beside this file.
COMMANDS = {
    "lint": "lint:lint",
    "plan": "look:plan",
    "apply": "change:apply",
    "verify": "look:verify",
    "rollback": "change:rollback",
    "withdraw": "change:withdraw",
}

HELP = "What readers would change, change it, compare it with the stage, take it back or away."
app = lazy_app(COMMANDS, __package__, HELP)
