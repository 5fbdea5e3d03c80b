"""Coordinates for locations: the best rung of the ladder that each can have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from dagster_ingest.clock import Timing
from dagster_ingest.enhance.geocoding.address import Address
from dagster_ingest.enhance.geocoding.asking import Asked, ask
from dagster_ingest.enhance.geocoding.budget import Budget
from dagster_ingest.enhance.geocoding.cache import Cache, Terms
from dagster_ingest.enhance.geocoding.centroid import centroid
from dagster_ingest.enhance.geocoding.kinds import PRECISIONS, Finding, Found, Kept, Point, Precision
from dagster_ingest.enhance.geocoding.plausible import far_from_zip, fault
from dagster_ingest.enhance.geocoding.providers.base import Around, Provider
from dagster_ingest.enhance.geocoding.providers.registry import make
from dagster_ingest.enhance.geocoding.report import GeocodeReport, ProviderReport
from dagster_ingest.enhance.geocoding.subject import Subject, subject_of
from dagster_ingest.enhance.names import STATES
from dagster_ingest.enhance.sending import masked
from dagster_ingest.spec.enhance import Geocoding, HttpGeocoder

if TYPE_CHECKING:
    import polars as pl

# Columns of the result that differ between two runs over the same input; leave them out of data versions.
VOLATILE = ("from_cache", "located_at")


class Located(NamedTuple):
    """A row of the result; see `Geocoded`."""

    id: str
    latitude: float | None
    longitude: float | None
    precision: Precision
    provider: str | None
    located_at: datetime | None
    from_cache: bool
    note: str | None
    address_key: str | None


@dataclass(frozen=True, slots=True)
class Geocoded:
    """frame: a row for each location, in the order of the input:

    id
    latitude, longitude   degrees, both or neither
    precision             source, street, zip, city, county, none
    provider              `source`, `census/Public_AR_Current`, `zipcodes` ...; null without a point
    located_at            when an HTTP provider answered, UTC; null on other rungs
    from_cache            the answer is of an earlier run
    note                  how precise in the provider's words, or why there is no point
    address_key           digest of the address, null where it is withheld or is none of a street
    """

    frame: pl.DataFrame
    report: GeocodeReport


def geocode(
    rows: pl.DataFrame,
    settings: Geocoding,
    cache: Cache,
    budget: Budget,
    *,
    secret: Callable[[str], str],
    previous: pl.DataFrame | None = None,
    pace: str | None = None,
    timing: Timing | None = None,
) -> Geocoded:
    """rows: as `location_rows` makes them. previous: the last `frame`, for a cache that was lost, and to
    forget what is withheld or gone since.
    pace: a folder for rate limits that processes share. secret: name to value.

    Raises SpecError where a secret is missing; a provider that fails is told in the report.
    """
    clock = timing or Timing()
    now = datetime.fromtimestamp(clock.now(), UTC).replace(tzinfo=None, microsecond=0)
    purged = cache.purge({g.provider: Terms(g.keep_days, g.misses_days) for g in settings.providers}, now)
    run = _Run(settings, cache, budget, now, [subject_of(row) for row in rows.iter_rows(named=True)])
    purged += run.forget(previous)
    run.use_source_points()
    around = Around(budget, clock, pace, masked(secret))
    for chosen in settings.providers:
        provider = make(chosen, around)
        try:
            run.seed(provider, chosen, previous)
            run.ask(provider, chosen)
        finally:
            provider.close()
    return run.result(purged)


class _Run:
    """What is known of each location so far."""

    def __init__(
        self, settings: Geocoding, cache: Cache, budget: Budget, now: datetime, subjects: list[Subject]
    ) -> None:
        self._settings, self._cache, self._budget, self._now = settings, cache, budget, now
        self._subjects = subjects
        self._placed: dict[str, Located] = {}
        self._findings: list[Finding] = []
        self._reports: dict[str, ProviderReport] = {}
        self._waiting: set[str] = set()
        self._keys = {s.id: s.address.key for s in subjects if s.address and _can_be_sent(s.address)}

    def use_source_points(self) -> None:
        for subject in self._subjects:
            if subject.point is None:
                continue
            wrong = fault(subject.point, subject.state)
            if wrong is None:
                self._place(subject, subject.point, "source", "source")
                zip_code = subject.address.zip if subject.address else ""
                wrong = "far" if far_from_zip(subject.point, zip_code, subject.state) else None
            if wrong:
                used = subject.id in self._placed
                self._findings.append(Finding(subject.id, "source", wrong, subject.point, used))

    def forget(self, previous: pl.DataFrame | None) -> int:
        """What is withheld now, or gone from the stage, is deleted from the cache too, where the last result
        tells its address and no other location here has it."""
        shown = {s.id for s in self._subjects if not s.withheld}
        if previous is None:
            return 0
        rows = previous.select("id", "address_key").iter_rows()
        keys = {key for row_id, key in rows if row_id not in shown and key}
        return self._cache.forget(sorted(keys - set(self._keys.values())))

    def seed(self, provider: Provider, chosen: HttpGeocoder, previous: pl.DataFrame | None) -> None:
        """Put into the cache what an earlier run found for these very addresses, and the cache has lost."""
        if previous is None:
            return
        wanted = {self._keys[s.id] for s in self._open()}
        known = self._cache.get(provider.name, provider.version, wanted)
        oldest = self._now - timedelta(days=chosen.keep_days)
        lost: dict[str, Kept] = {}
        for row in previous.iter_rows(named=True):
            key, at = row["address_key"], row["located_at"]
            if (
                row["provider"] != _label(provider)
                or key not in wanted
                or key in known
                or at is None
                or at < oldest
            ):
                continue
            lost[key] = Kept(Found(Point(row["latitude"], row["longitude"]), row["note"] or ""), at)
        self._cache.put(provider.name, provider.version, lost)

    def ask(self, provider: Provider, chosen: HttpGeocoder) -> None:
        waiting = self._open()
        addresses = {self._keys[s.id]: s.address for s in waiting if s.address}
        before = self._budget.lookups[provider.name]
        asked = ask(provider, chosen, addresses, self._cache, self._budget, self._now)
        for subject in waiting:
            self._take(subject, provider, asked)
        kept = sum(1 for s in waiting if self._keys[s.id] in asked.stale)
        sent = self._budget.lookups[provider.name] - before
        self._reports[provider.name] = ProviderReport(
            asked.state, asked.problem, sent, asked.answered, asked.failed, kept
        )

    def _take(self, subject: Subject, provider: Provider, asked: Asked) -> None:
        """A fresh answer, or else the earlier value that stays."""
        key = self._keys[subject.id]
        kept = asked.fresh.get(key) or asked.stale.get(key)
        if kept is None:
            self._waiting.add(subject.id)
            return
        if kept.found is None or subject.address is None:
            return
        point = kept.found.point
        wrong = fault(point, subject.state)
        if wrong is None and far_from_zip(point, subject.address.zip, subject.state):
            wrong = "far"
        if wrong:
            self._findings.append(Finding(subject.id, provider.name, wrong, point, False))
            return
        self._waiting.discard(subject.id)
        self._place(subject, point, "street", _label(provider), at=kept.at, note=kept.found.detail)

    def result(self, purged: int) -> Geocoded:
        import polars as pl

        rows = [self._placed.get(s.id) or self._rest(s) for s in self._subjects]
        counts = Counter(row.precision for row in rows)
        unplaced = {s.id for s in self._open()}
        report = GeocodeReport(
            rows=len(rows),
            by_precision={name: counts[name] for name in PRECISIONS},
            withheld=sum(1 for s in self._subjects if s.withheld),
            from_cache=sum(1 for row in rows if row.from_cache),
            misses=len(unplaced - self._waiting) if self._settings.providers else 0,
            waiting=len(self._waiting & unplaced),
            money=self._budget.money,
            findings=tuple(self._findings),
            providers=self._reports,
            purged=purged,
            rebuilt=self._cache.rebuilt,
        )
        return Geocoded(pl.DataFrame(rows, schema=_schema(), orient="row"), report)

    def _open(self) -> list[Subject]:
        """Those that a provider may be asked about and that have no point yet."""
        return [s for s in self._subjects if s.id in self._keys and s.id not in self._placed]

    def _rest(self, subject: Subject) -> Located:
        """The rungs below the street, or none."""
        key = self._keys.get(subject.id)
        found = centroid(subject.address) if self._settings.centroids and subject.address else None
        if found is not None:
            lat, lon = found.point
            return Located(subject.id, lat, lon, found.precision, found.provider, None, False, None, key)
        why = subject.withheld or ("no address" if subject.address is None else "not found")
        return Located(subject.id, None, None, "none", None, None, False, why, key)

    def _place(
        self,
        subject: Subject,
        point: Point,
        precision: Precision,
        provider: str,
        *,
        at: datetime | None = None,
        note: str | None = None,
    ) -> None:
        cached = at is not None and at != self._now
        key = self._keys.get(subject.id)
        self._placed[subject.id] = Located(subject.id, *point, precision, provider, at, cached, note, key)


def _can_be_sent(address: Address) -> bool:
    return address.is_street and address.state in STATES and bool(address.city or address.zip)


def _label(provider: Provider) -> str:
    return f"{provider.name}/{provider.version}"


def _schema() -> dict[str, Any]:
    import polars as pl

    return {
        "id": pl.String,
        "latitude": pl.Float64,
        "longitude": pl.Float64,
        "precision": pl.String,
        "provider": pl.String,
        "located_at": pl.Datetime("us"),
        "from_cache": pl.Boolean,
        "note": pl.String,
        "address_key": pl.String,
    }
