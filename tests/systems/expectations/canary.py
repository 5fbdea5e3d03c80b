"""Values for private places: each is unique, looks like what its column holds, and is listed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ORDER = ("icarol", "icarol_api", "wellsky", "visionlink", "airs", "rtm", "hsds", "hsds_api")


@dataclass
class Canaries:
    """`planted`: every text to look for, and the place that holds it."""

    system: str
    planted: dict[str, str] = field(default_factory=dict)

    def text(self, place: str, lead: str = "canary") -> str:
        return self._kept(f"{lead}-{self.system}-{self._next():03d}", place)

    def phone(self, place: str) -> str:
        """Area code 999 is given to nobody."""
        return self._kept(f"999-{700 + ORDER.index(self.system)}-{self._next():04d}", place)

    def degrees(self, place: str) -> str:
        return self._kept(f"41.98{ORDER.index(self.system)}{self._next():04d}7", place)

    def zip(self, place: str) -> str:
        """ZIP codes that start with 000 are given to no place."""
        return self._kept(f"0007{ORDER.index(self.system)}-{self._next():04d}", place)

    def of(self, column: str, level: str) -> str:
        """A value as a column of that name holds it."""
        name, place = column.lower(), f"{level}.{column}"
        if "latitude" in name or "longitude" in name:
            return ("-" if "longitude" in name else "") + self.degrees(place)
        if "email" in name:
            return self._kept(self.text(place) + "@example.org", place)
        if "phone" in name and not name.endswith(("name", "description")):
            return self.phone(place)
        return self.zip(place) if "postal" in name or name.endswith("zip") else self.text(place)

    def _next(self) -> int:
        return len(self.planted) + 1

    def _kept(self, token: str, place: str) -> str:
        self.planted[token] = place
        return token


def table(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as a vendor's CSV, under all headings that any of them has."""
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(c for row in listed for c in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()
