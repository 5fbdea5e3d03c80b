"""Versions of contracts: MAJOR.MINOR.PATCH, of a tenant's patched one `1.4.0+gulf.1.0.0`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dagster_ingest.evolution.classify import STEPS, Step, largest

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_CORE = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
_VERSION = re.compile(rf"{_CORE}(?:-([0-9A-Za-z.-]+))?(?:\+([A-Za-z0-9_-]+)\.{_CORE})?")

Core = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Version:
    """core: of the contract. pre: of a pre-release. own: of the tenant's patch over it, and whose it is."""

    core: Core
    tenant: str | None = None
    own: Core | None = None
    pre: str | None = None

    @property
    def unstable(self) -> bool:
        """Before 1.0.0 semantic versions promise nothing."""
        return self.core[0] == 0

    @property
    def announced(self) -> Step:
        """The step that the release itself will make: as much may change before it. 1.5.0-rc: minor."""
        if self.pre is None:
            return "none"
        return "patch" if self.core[2] else "minor" if self.core[1] else "major"

    def __str__(self) -> str:
        text = _dotted(self.core) + (f"-{self.pre}" if self.pre else "")
        return f"{text}+{self.tenant}.{_dotted(self.own)}" if self.own else text


def parse(text: object) -> Version | None:
    """The version, or None if the text is none."""
    found = _VERSION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    major, minor, patch, pre, tenant, *own = found.groups()
    core = (int(major), int(minor), int(patch))
    return Version(core, tenant, (int(own[0]), int(own[1]), int(own[2])) if tenant else None, pre)


def step(old: Version, new: Version) -> Step | None:
    """The larger of the two parts' steps; None where a part went backwards.

    A patch that comes or goes is the largest step: its version starts or ends with it.
    """
    core = _step(old.core, new.core)
    if core == "none" and old.pre != new.pre:
        core = None if old.pre is None else "patch"
    if (old.own is None) != (new.own is None):
        own: Step | None = "major"
    else:
        own = _step(old.own, new.own) if old.own and new.own else "none"
    return None if core is None or own is None else largest((core, own))


def problem(old: Version, new: Version, needed: Step) -> str | None:
    """What is wrong with going from one version to the other for a change of this size, or None."""
    made = step(old, new)
    if made is None:
        return f"the version went backwards, from {old} to {new}"
    if STEPS.index(made) >= STEPS.index(needed):
        return None
    if made != "none" and (old.unstable or STEPS.index(old.announced) >= STEPS.index(needed)):
        return None
    if made == "none":
        return f"the contract changed and the version did not: still {new}"
    return f"the version made a {made} step, from {old} to {new}, where a {needed} step is needed"


def needed(old: Version, size: Step) -> Version:
    """The least version that is enough. Of a patched contract the patch makes the step."""
    if old.unstable and old.own is None and size != "none":
        size = "minor" if size == "major" else "patch"  # what the field does; `problem` would take less
    if old.own:
        return Version(old.core, old.tenant, _raised(old.own, size))
    return Version(_raised(old.core, size))


def _step(old: Core, new: Core) -> Step | None:
    if new < old:
        return None
    names: tuple[Step, ...] = ("major", "minor", "patch")
    return next((name for name, a, b in zip(names, old, new, strict=True) if a != b), "none")


def _raised(core: Core, size: Step) -> Core:
    major, minor, patch = core
    if size == "major":
        return major + 1, 0, 0
    if size == "minor":
        return major, minor + 1, 0
    return (major, minor, patch + 1) if size == "patch" else core


def _dotted(core: Core) -> str:
    return ".".join(map(str, core))
