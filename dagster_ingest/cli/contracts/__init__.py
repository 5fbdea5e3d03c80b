"""`dagster-ingest contracts`: what changed, what it breaks, who is on which version, what the data says."""

from __future__ import annotations

from dagster_ingest.cli.lazy import lazy_app

# Command to "module:function" beside this file.
COMMANDS = {
    "diff": "diff:diff",
    "check": "diff:check",
    "matrix": "matrix:matrix",
    "propose": "draft:propose",
    "infer": "draft:infer",
}

app = lazy_app(
    COMMANDS,
    __package__,
    "Contracts: changes and what they break, versions by tenant, drift, drafts from data.",
)
