"""The specs of a git revision, beside those of the working tree. The working tree is not touched.

Contents come from `ls-tree` and `cat-file`: `git archive` leaves out what `.gitattributes` marks
`export-ignore`, and a contract that seems absent would look like a new one, which is never breaking.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.system import SHIPPED
from dagster_ingest.spec.yamlfile import MAX_BYTES

SYSTEMS = "dagster_ingest/systems"
_NOT_DONE = "nothing was compared"
_LINK = "120000"


@dataclass(frozen=True, slots=True)
class Tree:
    """Specs in one place. shipped: the systems that come with the package, as this tree has them."""

    settings: Settings
    shipped: Path


@dataclass(frozen=True, slots=True)
class Pair:
    """The revision and the working tree, both left with the tenants that can differ.

    commit   the revision's full hash
    tenants  names to compare; None means every tenant, since a system changed
    """

    commit: str
    old: Tree
    new: Tree
    tenants: frozenset[str] | None


@contextmanager
def beside(settings: Settings, revision: str) -> Iterator[Pair]:
    """The working tree with `revision` in a temporary folder beside it, which goes at the end.

    Raises SpecError: git is not there, no repository, no such revision.
    """
    root = settings.root
    home = _relative(settings)
    commit = _commit(root, revision)
    folders = (home, "systems", SYSTEMS)
    blobs = _blobs(root, commit, folders)
    differing = _differing(root, blobs, folders)
    tenants = _tenants(differing, home)
    if settings.tenants:
        wanted = frozenset(settings.tenants)
        tenants = wanted if tenants is None else tenants & wanted
    kept = {p: b for p, b in blobs.items() if not p.startswith(f"{home}/") or _of(p, home, tenants)}
    with tempfile.TemporaryDirectory(prefix="contracts-") as folder:
        place = Path(folder).resolve()
        _write(place, kept)
        (place / home).mkdir(parents=True, exist_ok=True)
        old = replace(settings, root=place, tenants_dir=place / home)
        here = root / SYSTEMS if (root / SYSTEMS).is_dir() else SHIPPED
        there = place / SYSTEMS if (place / SYSTEMS).is_dir() else SHIPPED
        yield Pair(commit, Tree(old, there), Tree(settings, here), tenants)


@dataclass(frozen=True, slots=True)
class _Blob:
    data: bytes
    link: bool


def _relative(settings: Settings) -> str:
    try:
        return settings.tenants_dir.resolve().relative_to(settings.root).as_posix()
    except ValueError:
        raise SpecError(
            f"the tenants lie outside the project: {settings.tenants_dir}",
            not_done=_NOT_DONE,
            fix="set DAGSTER_INGEST_TENANTS_DIR to a folder inside DAGSTER_INGEST_ROOT",
        ) from None


def _commit(root: Path, revision: str) -> str:
    if not revision or revision.startswith("-") or not revision.isprintable():
        raise SpecError(f"{revision!r} cannot be a git revision", not_done=_NOT_DONE)
    inside = _git(root, "rev-parse", "--is-inside-work-tree")
    if inside.returncode or inside.stdout.strip() != b"true":
        said = inside.stderr.decode(errors="replace").strip()
        raise SpecError(
            f"{root} is not a git repository" + (f": {said}" if said else ""),
            not_done=_NOT_DONE,
            fix="run it in the project's clone, or set DAGSTER_INGEST_ROOT",
        )
    found = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if found.returncode:
        raise SpecError(
            f"there is no revision {revision!r} in {root}",
            not_done=_NOT_DONE,
            fix="fetch it first (`git fetch origin`; in a workflow `fetch-depth: 0`), or name another",
        )
    return found.stdout.decode().strip()


def _blobs(root: Path, commit: str, folders: Sequence[str]) -> dict[str, _Blob]:
    """Path relative to `root` to content. Files too large to be a spec are left out."""
    listed = _must(root, "ls-tree", "-r", "-z", "-l", commit, "--", *folders).split(b"\0")
    entries = []
    for line in filter(None, listed):
        facts, _, name = line.partition(b"\t")
        mode, kind, digest, length = facts.decode().split()
        if kind == "blob" and int(length) <= MAX_BYTES:
            entries.append((os.fsdecode(name), mode, digest))
    if not entries:
        return {}
    asked = "".join(f"{digest}\n" for _, _, digest in entries).encode()
    out = memoryview(_must(root, "cat-file", "--batch", stdin=asked))
    found, at = {}, 0
    for path, mode, _ in entries:
        end = bytes(out[at : at + 200]).index(b"\n") + at
        size = int(bytes(out[at:end]).split()[2])
        found[path] = _Blob(bytes(out[end + 1 : end + 1 + size]), mode == _LINK)
        at = end + size + 2
    return found


def _differing(root: Path, blobs: dict[str, _Blob], folders: Sequence[str]) -> set[str]:
    """Paths whose content differs, or that are only in one of the two."""
    here = set()
    for folder in folders:
        for place, _, names in os.walk(root / folder):
            inside = os.path.relpath(place, root)
            here |= {f"{inside}/{name}" for name in names if "__pycache__" not in inside}
    return {
        path for path in here | blobs.keys() if path not in here or _content(root / path) != blobs.get(path)
    }


def _content(path: Path) -> _Blob | None:
    try:
        if path.is_symlink():
            return _Blob(os.fsencode(os.readlink(path)), True)
        if path.stat().st_size > MAX_BYTES:
            return None
        return _Blob(path.read_bytes(), False)
    except OSError:
        return None


def _tenants(differing: set[str], home: str) -> frozenset[str] | None:
    """Tenants with a difference in their folder; None where a system differs, which any may use."""
    names = set()
    for path in differing:
        if not path.startswith(f"{home}/"):
            return None
        names.add(path.removeprefix(f"{home}/").partition("/")[0])
    return frozenset(names)


def _of(path: str, home: str, tenants: frozenset[str] | None) -> bool:
    return tenants is None or path.removeprefix(f"{home}/").partition("/")[0] in tenants


def _write(place: Path, blobs: dict[str, _Blob]) -> None:
    for path, blob in blobs.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not blob.link:
            target.write_bytes(blob.data)
        elif not Path(os.path.normpath(target.parent / os.fsdecode(blob.data))).is_relative_to(place):
            continue  # leads out of the project; reading the spec says that the file is not there
        else:
            target.symlink_to(os.fsdecode(blob.data))


def _must(root: Path, *arguments: str, stdin: bytes | None = None) -> bytes:
    done = _git(root, *arguments, stdin=stdin)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise SpecError(f"git {arguments[0]} failed: {said}", where=str(root), not_done=_NOT_DONE)
    return done.stdout


def _git(root: Path, *arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    binary = shutil.which("git")
    if binary is None:
        raise SpecError("git is not installed", not_done=_NOT_DONE, fix="install git; it reads the revision")
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return subprocess.run(
        [binary, "-C", str(root), *arguments], input=stdin or b"", capture_output=True, env=quiet, check=False
    )
