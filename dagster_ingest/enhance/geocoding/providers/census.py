"""The geocoder of the US Census Bureau: a CSV file of addresses up, one of answers down."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.kinds import Found, Point
from dagster_ingest.enhance.geocoding.providers.base import Around
from dagster_ingest.enhance.sending import Again, Answer, read
from dagster_ingest.spec.enhance import CensusGeocoder

PATH = "/geocoder/locations/addressbatch"


class Census:
    name = "census"

    def __init__(self, settings: CensusGeocoder, around: Around) -> None:
        self.version, self.batch = settings.benchmark, settings.batch
        self._url = settings.url.rstrip("/") + PATH
        self._sender = around.sender(self.name, settings, settings.price_per_1000)

    def look_up(self, addresses: Sequence[Address]) -> list[Found | None]:
        sheet = io.StringIO()
        rows = [(i, a.sent_street, a.city, a.state, a.zip) for i, a in enumerate(addresses)]
        csv.writer(sheet, lineterminator="\n").writerows(rows)
        return self._sender.send(
            "POST",
            self._url,
            lambda answer: _answers(answer, len(addresses)),
            weight=len(addresses),
            files={"addressFile": ("addresses.csv", sheet.getvalue().encode(), "text/csv")},
            data={"benchmark": self.version},
        )

    def close(self) -> None:
        self._sender.close()


def _answers(answer: Answer, expected: int) -> list[Found | None]:
    """Rows come in any order: id, address, Match, Exact, matched address, `lon,lat`, line, side."""
    rows = read(lambda: {int(row[0]): row for row in csv.reader(io.StringIO(answer.body.decode())) if row})
    if sorted(rows) != list(range(expected)):
        raise Again(f"it answers {len(rows)} of {expected} addresses")
    return [read(lambda row=rows[i]: _found(row)) for i in range(expected)]  # type: ignore[misc]


def _found(row: list[str]) -> Found | None:
    if row[2] not in ("Match", "No_Match", "Tie"):
        raise ValueError(row[2])
    if row[2] != "Match":
        return None
    lon, lat = row[5].split(",")
    return Found(Point(float(lat), float(lon)), f"interpolated, {row[3].lower().replace('_', ' ')}")
