"""Which tests of a parallel run one worker has to do, and in which order they are begun."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest
from xdist.scheduler import LoadScopeScheduling

# All of these look at the same two days of the sample tenants, which take minutes to make.
DAYS = {
    "test_canaries.py",
    "test_cli.py",
    "test_packages.py",
    "test_readme.py",
    "test_sample_tenants.py",
    "test_warehouses.py",
}


def parallel() -> bool:
    """Whether this process is one of several workers, whose folders lie side by side."""
    return "PYTEST_XDIST_WORKER" in os.environ


def group(file: str) -> str:
    """The name under which a file's tests go to one worker: its own, or what it shares with others."""
    folder, _, name = file.rpartition("/")
    whole = folder.endswith("e2e") and name in DAYS
    if whole or folder.endswith("e2e/readers"):
        return "days"
    return folder if folder.endswith("assets/telemetry") else file  # all of it tells of one installation


class Grouped(LoadScopeScheduling):
    """As `--dist loadfile`, where some files belong together."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.partition("::")[0])


def longest_first(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Files that others wait for, those with slow tests, the rest: no worker is alone at the end."""
    items = list(items)
    groups = {item: group(item.nodeid.partition("::")[0]) for item in items}
    slow = {groups[item] for item in items if item.get_closest_marker("slow")}
    return sorted(items, key=lambda item: (groups[item] != "days", groups[item] not in slow))
