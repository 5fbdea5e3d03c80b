"""The fault matrix: what breaks, when, and what is shown then. The next run always ends in the new rows.

Ends: `old`, `new`: all of it, and signed as such. `unsigned`: the store says that it does not know what it
shows, so that nobody takes it for done. `part`: each document is the old or the new one, none is torn.
"""

from __future__ import annotations

from dataclasses import dataclass

OLD, NEW = "old", "new"
OLD_UNSIGNED, NEW_UNSIGNED, PART_UNSIGNED = "old, unsigned", "new, unsigned", "part, unsigned"
NOTHING = "nothing, unsigned"

BULK, INCREMENTAL, BY_KEY = "bulk", "incremental", "by key"
MODES = {
    "opensearch": (BULK, INCREMENTAL),
    "mongodb": (BULK, INCREMENTAL, BY_KEY),
    "postgres": (BULK, INCREMENTAL),
    "hsds_package": (INCREMENTAL,),
}


@dataclass(frozen=True, slots=True)
class Case:
    """says: error and words of the report; empty where the run goes through. A killed one says nothing."""

    store: str
    mode: str
    fault: str
    ends: str
    says: str = ""

    @property
    def id(self) -> str:
        return "-".join((self.store, self.mode, self.fault)).replace(" ", "_")


# Points in their order, with the end of a publisher that is killed there.
_KILLS: dict[tuple[str, str], dict[str, str]] = {
    ("opensearch", BULK): {
        "planned": OLD,
        "created": OLD,
        "writing": OLD,
        "written": OLD,
        "swap": OLD,
        "swapped": NEW_UNSIGNED,
        "shown": NEW,
    },
    ("opensearch", INCREMENTAL): {
        "planned": OLD,
        "writing": PART_UNSIGNED,
        "written": NEW_UNSIGNED,
        "shown": NEW,
    },
    ("mongodb", BULK): {
        "planned": OLD,
        "created": OLD_UNSIGNED,
        "writing": OLD_UNSIGNED,
        "written": OLD_UNSIGNED,
        "swap": OLD_UNSIGNED,
        "swapped": NEW_UNSIGNED,
        "shown": NEW,
    },
    ("mongodb", INCREMENTAL): {
        "planned": OLD,
        "writing": OLD_UNSIGNED,
        "redirected": OLD_UNSIGNED,
        "written": NEW_UNSIGNED,
        "shown": NEW,
    },
    ("mongodb", BY_KEY): {
        "planned": OLD,
        "writing": PART_UNSIGNED,
        "redirected": PART_UNSIGNED,
        "written": NEW_UNSIGNED,
        "shown": NEW,
    },
    ("postgres", BULK): {"copied": OLD, "commit": OLD, "shown": NEW},
    ("postgres", INCREMENTAL): {"copied": OLD, "commit": OLD, "shown": NEW},
    ("hsds_package", INCREMENTAL): {"building": OLD, "swap": OLD, "named": OLD, "shown": NEW},
}
POINTS = ("planned", "created", "building", "copied", "writing", "redirected", "written", "swap", "named",
          "commit", "swapped", "shown")  # fmt: skip

DOWN, BREAKS = "down before", "goes down midway"
FULL, FULL_ONCE, LARGE, DISK = (
    "full: 429 for an item",
    "full: 429 once",
    "full: 413 on a bulk",
    "full: no room",
)
SPOILT, HAND, DROPPED = "a row is refused", "a hand takes the sign away", "a hand drops the data"
TWO, AHEAD, BEHIND = "two publishers", "clock ahead", "clock behind"
FAULTS = (DOWN, BREAKS, FULL_ONCE, FULL, LARGE, DISK, SPOILT, HAND, DROPPED, TWO, AHEAD, BEHIND)

_BUSY = r"Unavailable: .*too busy: \d+ documents were turned away"
_NO_SEARCH = "Unavailable: .*search store at .* cannot be used"
_NO_MONGO = "Unavailable: .*MongoDB cannot be used"
_NO_POSTGRES = "Unavailable: .*PostgreSQL at .* cannot be used"

_OTHERS: dict[tuple[str, str], dict[str, tuple[str, str]]] = {
    ("opensearch", BULK): {
        DOWN: (OLD, _NO_SEARCH),
        BREAKS: (OLD, _NO_SEARCH),
        FULL_ONCE: (NEW, ""),
        FULL: (OLD, _BUSY),
        LARGE: (NEW, ""),
        DISK: (OLD, "PublishError: .*was refused by gulf-.*cluster_block_exception"),
        SPOILT: (OLD, "PublishError: .*document .* was refused by gulf-resources_e"),
        HAND: (PART_UNSIGNED, ""),
        DROPPED: (PART_UNSIGNED, ""),
    },
    ("opensearch", INCREMENTAL): {
        DOWN: (OLD, _NO_SEARCH),
        BREAKS: (OLD_UNSIGNED, _NO_SEARCH),
        FULL_ONCE: (NEW, ""),
        FULL: (PART_UNSIGNED, _BUSY),
        LARGE: (NEW, ""),
        DISK: (OLD_UNSIGNED, "PublishError: .*was refused by gulf-.*cluster_block_exception"),
        SPOILT: (OLD_UNSIGNED, "PublishError: .*document .* was refused by gulf-resources_e"),
        HAND: (PART_UNSIGNED, ""),
        DROPPED: (PART_UNSIGNED, ""),
    },
    ("mongodb", BULK): {
        DOWN: (OLD, _NO_MONGO),
        BREAKS: (OLD_UNSIGNED, _NO_MONGO),
        DROPPED: (NOTHING, ""),
    },
    ("mongodb", INCREMENTAL): {
        DOWN: (OLD, _NO_MONGO),
        BREAKS: (OLD_UNSIGNED, _NO_MONGO),
        DISK: (OLD_UNSIGNED, "Unavailable: .*MongoDB cannot be used: code 14031"),
        SPOILT: (OLD_UNSIGNED, "PublishError: .*document .* was refused by resources: .*validation"),
        DROPPED: (NOTHING, ""),
    },
    ("mongodb", BY_KEY): {
        BREAKS: (OLD_UNSIGNED, _NO_MONGO),
        DISK: (OLD_UNSIGNED, "Unavailable: .*MongoDB cannot be used: code 14031"),
        SPOILT: (PART_UNSIGNED, "PublishError: .*document .* was refused by resources: .*validation"),
    },
    ("postgres", BULK): {
        DOWN: (OLD, _NO_POSTGRES),
        BREAKS: (OLD, _NO_POSTGRES),
        DISK: (OLD, "Unavailable: .*could not extend file"),
        SPOILT: (OLD, "PublishError: .*refused it: .*uuid"),
        DROPPED: (PART_UNSIGNED, ""),
    },
    ("postgres", INCREMENTAL): {
        DOWN: (OLD, _NO_POSTGRES),
        BREAKS: (OLD, _NO_POSTGRES),
        DISK: (OLD, "Unavailable: .*could not extend file"),
        SPOILT: (OLD, "PublishError: .*refused it: .*uuid"),
        DROPPED: (PART_UNSIGNED, ""),
    },
    ("hsds_package", INCREMENTAL): {
        DISK: (OLD, "Unavailable: .*cannot be written: File too large"),
        SPOILT: (OLD, "PublishError: .*organization_id"),
        HAND: (PART_UNSIGNED, ""),
        DROPPED: (PART_UNSIGNED, ""),
    },
}
for _of in _OTHERS.values():
    _of |= {TWO: (NEW, ""), AHEAD: (NEW, ""), BEHIND: (NEW, "")}


def kills() -> list[Case]:
    return [Case(*at, point, ends) for at, points in _KILLS.items() for point, ends in points.items()]


def others() -> list[Case]:
    return [Case(*at, fault, *end) for at, faults in _OTHERS.items() for fault, end in faults.items()]
