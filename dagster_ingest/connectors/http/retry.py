"""How long to wait before the next attempt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from dagster_ingest.connectors.http.faults import Again
from dagster_ingest.connectors.http.options import Retry
from dagster_ingest.connectors.http.timing import Timing


def pause(again: Again, tried: int, policy: Retry, timing: Timing) -> float | None:
    """Seconds before attempt `tried` + 1; None where the server asks for more than is allowed.

    Random between nothing and a bound that doubles, so that many clients do not come back at once. What
    the server asks for is a floor.
    """
    if again.wait is not None and again.wait > policy.longest_wait:
        return None
    bound = min(policy.first_wait * 2 ** (tried - 1), policy.longest_wait)
    return min((again.wait or 0.0) + timing.chance() * bound, max(policy.longest_wait, again.wait or 0.0))


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that `Retry-After` asks for, given as a number or as a date. None without a readable one."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
