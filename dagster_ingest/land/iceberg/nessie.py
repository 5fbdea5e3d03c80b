"""Nessie's own interface (API v2): branches, and the merge that brings all tables of a load at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from dagster_ingest.errors import AccessDenied, LandError, Unavailable
from dagster_ingest.land.iceberg.errors import NOTHING, Conflict

TIMEOUT = 60.0
PAGE = 200


class Nessie:
    """One server and the branch that readers see."""

    def __init__(self, uri: str, branch: str, token: str = "") -> None:
        self.branch = branch
        self._base = f"{uri.rstrip('/')}/api/v2/"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def head(self, ref: str) -> str:
        """The commit that a branch stands at."""
        return self._ask("GET", f"trees/{_part(ref)}")["reference"]["hash"]

    def branches(self, prefix: str) -> dict[str, str]:
        """Branches whose name begins with `prefix`, and their commits."""
        told = self._pages("trees", {"filter": f"ref.name.startsWith('{prefix}')"}, "references")
        return {ref["name"]: ref["hash"] for ref in told if ref["type"] == "BRANCH"}

    def references(self) -> dict[str, str]:
        """All branches and tags, and their commits."""
        return {ref["name"]: ref["hash"] for ref in self._pages("trees", {}, "references")}

    def create(self, name: str, at: str) -> None:
        source = {"type": "BRANCH", "name": self.branch, "hash": at}
        self._ask("POST", "trees", {"name": name, "type": "BRANCH"}, source)

    def delete(self, name: str) -> bool:
        """False where it was not there."""
        try:
            self._ask("DELETE", f"trees/{_part(name)}@{self.head(name)}", {"type": "BRANCH"})
        except NotThere:
            return False
        return True

    def merge(self, name: str, base: str, message: str, properties: Mapping[str, str]) -> str:
        """Bring a branch's tables to the main branch in one commit. The commit's hash.

        base  what the main branch stood at when the branch was made. Conflict where one of the
              branch's tables changed there since
        """
        merged = {
            "fromRefName": name,
            "fromHash": self.head(name),
            "message": message,
            "commitMeta": {
                "message": message,
                "authors": ["dagster-ingest"],
                "allProperties": {key: [value] for key, value in properties.items()},
            },
        }
        told = self._ask("POST", f"trees/{_part(self.branch)}@{base}/history/merge", body=merged)
        if not told.get("wasApplied"):
            raise Conflict(f"{name} was not merged")
        return told["resultantTargetHash"]

    def history(self, key: tuple[str, str], limit: int) -> list[dict[str, Any]]:
        """The newest commits of the main branch that changed a table, the newest first: hash, message,
        properties and time."""
        dotted = ".".join(key)
        query = {"fetch": "ALL", "filter": f"operations.exists(op, op.key == '{dotted}')"}
        told = self._pages(f"trees/{_part(self.branch)}/history", query, "logEntries", limit)
        found = []
        for entry in told[:limit]:
            meta = entry["commitMeta"]
            said = {name: values[0] for name, values in (meta.get("allProperties") or {}).items() if values}
            found.append(
                {
                    "hash": meta["hash"],
                    "message": meta["message"],
                    "time": meta["commitTime"],
                    "properties": said or meta.get("properties") or {},
                }
            )
        return found

    def _pages(
        self, path: str, query: dict[str, str], key: str, limit: int | None = None
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            page = {"max-records": str(PAGE), **({"page-token": token} if token else {})}
            told = self._ask("GET", path, {**query, **page})
            found += told[key]
            token = told.get("token") or ""
            if not told.get("hasMore") or not token or (limit is not None and len(found) >= limit):
                return found

    def _ask(self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None) -> Any:
        import httpx

        try:
            answer = httpx.request(
                method, self._base + path, params=query, json=body, headers=self._headers, timeout=TIMEOUT
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Nessie does not answer: {error}",
                where=self._base,
                not_done=NOTHING,
                fix="run again when it answers",
            ) from error
        if answer.is_success:
            return answer.json() if answer.content else {}
        raise _refused(answer, f"{method} {path}")


class NotThere(LandError):
    """A branch or commit that Nessie does not know."""


def _part(name: str) -> str:
    return quote(name, safe="")


def _refused(answer: Any, asked: str) -> Exception:
    said = answer.text.strip()[:300]
    if answer.status_code == 409:
        return Conflict(said)
    where, problem = f"Nessie, {asked}", f"HTTP {answer.status_code}: {said}"
    if answer.status_code == 404:
        return NotThere(problem, where=where, not_done=NOTHING)
    if answer.status_code in (401, 403):
        fix = "check the token in deploy/warehouses.yaml"
        return AccessDenied(problem, where=where, not_done=NOTHING, fix=fix)
    if answer.status_code == 429 or answer.status_code >= 500:
        return Unavailable(problem, where=where, not_done=NOTHING, fix="run again when it answers")
    return LandError(problem, where=where, not_done=NOTHING)
