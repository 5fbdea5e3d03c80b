"""Answers of a person: the flag, else the question, else what is meant by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import typer

from dagster_ingest.errors import SpecError
from dagster_ingest.scaffold.names import NOTHING


@dataclass(slots=True)
class Answers:
    """quiet: ask nothing; a question without a default is then an error that names the flag."""

    quiet: bool = False
    missing: list[str] = field(default_factory=list)

    def of(
        self,
        flag: str,
        question: str,
        given: Any,
        default: str | None,
        check: Callable[[str], Any] = str,
    ) -> Any:
        """The checked answer. A flag that is wrong is an error; a typed one is asked for again."""
        if given is not None:
            return check(given)
        if self.quiet:
            if default is not None:
                return check(default)
            self.missing.append(flag)
            return None
        return typer.prompt(question, default=default, value_proc=_again(check))

    def complete(self) -> None:
        if self.missing:
            raise SpecError(
                f"something has to be said of: {', '.join(self.missing)}",
                not_done=NOTHING,
                fix="give these flags, or leave --yes out and be asked",
            )


def _again(check: Callable[[str], Any]) -> Callable[[str], Any]:
    def checked(text: str) -> Any:
        try:
            return check(text.strip())
        except SpecError as error:
            raise typer.BadParameter(" ".join(filter(None, (error.problem, error.fix)))) from None

    return checked
