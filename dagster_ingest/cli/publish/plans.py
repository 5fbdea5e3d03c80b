"""Plans of publishing, as JSON and as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from dagster_ingest.cli.common import console
from dagster_ingest.cli.publish.common import say

if TYPE_CHECKING:
    from dagster_ingest.publish.base import Plan


def planned(plan: Plan, reader: str, state: str) -> dict[str, Any]:
    return {
        "state": state,
        "reader": reader,
        "bulk": plan.bulk,
        "written": dict(plan.written),
        "deleted": dict(plan.deleted),
        "unchanged": dict(plan.unchanged),
    }


def show_plans(plans: list[dict[str, Any]]) -> None:
    for plan in plans:
        name, changed = f"{plan['state']} {plan['reader']}", [*plan["written"], *plan["deleted"]]
        if not changed:
            say(f"{name}: nothing would change, {sum(plan['unchanged'].values()):,} stay as they are")
            continue
        grid = Table("collection", "write", "delete", "stay", title=name, title_justify="left")
        for collection in dict.fromkeys(changed):
            counts = (plan[what].get(collection, 0) for what in ("written", "deleted", "unchanged"))
            grid.add_row(collection, *(f"{count:,}" for count in counts))
        console.print(grid)
        if plan["bulk"]:
            say(f"{name}: everything is built anew: {plan['bulk']}")
