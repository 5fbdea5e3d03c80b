"""A list of ids with stamps, and details for some ids at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dagster_ingest.testing.http.server import Answer, Asked


@dataclass
class IdList:
    """Route `listed` and `details` to paths.

    listed    `[{id, modified}, ...]`; `?since=` leaves out what is older
    details   `?id=1&id=2` or `?id=1,2`, at most `most` at a time: the records as a list, or a record by
              itself where there is one only; ids that are unknown or `hidden` are left out
    """

    rows: list[dict[str, Any]]
    most: int = 10
    bare_single: bool = True
    hidden: set[str] = field(default_factory=set)

    def listed(self, asked: Asked) -> Answer:
        since = asked.param("since") or (asked.json() or {}).get("since") or ""
        found = [row for row in self.rows if str(row["modified"]) >= since]
        return Answer.json([{"id": row["id"], "modified": row["modified"]} for row in found])

    def details(self, asked: Asked) -> Answer:
        wanted = [part for value in asked.params.get("id", []) for part in value.split(",")]
        if len(wanted) > self.most:
            return Answer.json({"error": f"at most {self.most} ids"}, 400)
        by_id = {str(row["id"]): row for row in self.rows}
        found = [by_id[i] for i in wanted if i in by_id and i not in self.hidden]
        if len(wanted) == 1 and self.bare_single:
            return Answer.json(found[0]) if found else Answer.json({"error": "no such record"}, 404)
        return Answer.json(found)
