"""Files that a spec names must lie in its own folder."""

from __future__ import annotations

import os
import re
import stat

from dagster_ingest.spec.texts import PATH

_PATH = re.compile(PATH)


def inside(folder: str, name: str) -> str | None:
    """What is wrong with the relative path `name` of a file in `folder` (a real path), or None.

    Refused: absolute paths, `..`, signs beyond letters, digits, `.`, `-`, `_` and `/`, and links that
    lead out of the folder.
    """
    if len(name) > 200 or _PATH.fullmatch(name) is None:
        return "is not a relative path of letters, digits, points, hyphens and underscores"
    if ".." in name.split("/"):
        return "leaves the folder"
    path = os.path.join(folder, name)
    try:
        status = os.lstat(path)
    except OSError:
        return "does not exist"
    linked = stat.S_ISLNK(status.st_mode) or any(
        os.path.islink(os.path.join(folder, *name.split("/")[:depth]))
        for depth in range(1, name.count("/") + 1)
    )
    if linked and not os.path.realpath(path).startswith(folder + os.sep):
        return "is a link that leads out of the folder"
    if not (stat.S_ISREG(status.st_mode) or os.path.isfile(path)):
        return "is not a file"
    return None
