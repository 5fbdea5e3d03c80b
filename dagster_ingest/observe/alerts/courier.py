"""The one module that knows apprise: an address, a title, a text, and whether they arrived."""

from __future__ import annotations

import logging
import warnings
from contextlib import suppress
from typing import Any

from dagster_ingest.errors import SpecError, Unavailable
from dagster_ingest.observe.alerts.message import LONGEST, Tone, Words
from dagster_ingest.observe.alerts.plain import cut
from dagster_ingest.redact import redact

TIMEOUT = 15.0
"""Seconds that one message may take."""
_APP, _SLACK = "dagster-ingest", 8
_TYPES: dict[Tone, str] = {
    "info": "info",
    "warning": "warning",
    "error": "failure",
    "critical": "failure",
    "success": "success",
}


class Courier:
    """One channel: the address of a service, as apprise writes it. Raises SpecError where it is none.

    The address is a secret; it is never part of an error.
    """

    def __init__(self, name: str, address: str) -> None:
        self._name = name
        self._service = _service(name, address)

    @property
    def longest(self) -> int:
        """Signs of a body. Where the service has no titles, it stands in the body."""
        taken = int(getattr(self._service, "body_maxlen", LONGEST) or LONGEST)
        return max(min(taken, LONGEST) - _SLACK, 1)

    @property
    def titles(self) -> bool:
        return bool(getattr(self._service, "title_maxlen", 250))

    def room(self, title: int) -> int:
        """Signs that are left for the body beside a title of so many."""
        return self.longest if self.titles else self.longest - title

    def send(self, words: Words) -> None:
        """Returns once the service has taken it. Raises Unavailable."""
        import apprise

        self._follow(words)
        box = apprise.Apprise(asset=_asset())
        box.add(self._service)
        longest = int(getattr(self._service, "title_maxlen", 0) or len(words.title))
        try:
            result = box.notify(
                body=words.body,
                title=cut(words.title, longest),
                notify_type=apprise.NotifyType(_TYPES[words.tone]),
                body_format=apprise.NotifyFormat.TEXT.value,
                timeout=TIMEOUT,
                log_level=logging.WARNING,
            )
        except Exception as error:  # a service's plugin may raise anything
            raise self._down(f"{type(error).__name__}: {error}") from None
        if not result:
            raise self._down(_said(result))

    def _follow(self, words: Words) -> None:
        """A service that follows incidents is told which one it is, unless its address says so itself."""
        service: Any = self._service
        if getattr(service, "dedup", "") is None and words.thread:
            service.dedup, service.action = words.thread, "map"

    def _down(self, why: str) -> Unavailable:
        said = " ".join(redact(why).split())
        return Unavailable(
            f"the channel {self._name} did not take a message: {said or 'it does not say why'}",
            not_done="nobody was told on it",
            fix=f"`dagster-ingest alerts test {self._name}` tries it",
        )


def _service(name: str, address: str) -> Any:
    try:
        import apprise
    except ImportError:
        raise SpecError(
            "alerts need apprise",
            where=name,
            not_done="nobody was told",
            fix="pip install 'dagster-ingest[alerts]'",
        ) from None
    found = None
    # An address that cannot be read is one that is none. The first call imports every plugin, whose
    # imports warn of themselves.
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = apprise.Apprise.instantiate(address.strip(), asset=_asset(), suppress_exceptions=True)
    if found is None:
        raise SpecError(
            f"the secret of the channel {name} holds no address that apprise knows",
            where=name,
            not_done="nobody was told on it",
            fix="keep one there such as slack://TOKEN_A/TOKEN_B/TOKEN_C or mailtos://USER:PASSWORD@HOST?to=...",
        )
    return found


def _asset() -> Any:
    import apprise

    return apprise.AppriseAsset(
        app_id=_APP,
        app_desc="ingestion alerts",
        app_url="",
        async_mode=False,
        interpret_escapes=False,
        interpret_emojis=False,
        secure_logging=True,
    )


def _said(result: Any) -> str:
    """The last thing that apprise logged of the failure."""
    lines = [entry.message for found in result.results for entry in found.logs()]
    return lines[-1] if lines else ""
