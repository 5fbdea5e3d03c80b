"""Files of the installation (`deploy/*.yaml`), read into a model, or all that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dagster_ingest.errors import SpecError
from dagster_ingest.settings import Settings
from dagster_ingest.spec.problem import Report, SpecProblem
from dagster_ingest.spec.wording import explain
from dagster_ingest.spec.yamlfile import YamlError, YamlFile

M = TypeVar("M", bound=BaseModel)


def shown(settings: Settings, path: Path) -> str:
    """The file as a person at the project's root would name it."""
    return str(path.relative_to(settings.root)) if path.is_relative_to(settings.root) else str(path)


def read(
    settings: Settings, path: Path, model: type[M]
) -> tuple[YamlFile | None, M | None, list[SpecProblem]]:
    """The file with its positions, and what it says; None for what there is not, for these problems."""
    try:
        file = YamlFile(path, shown(settings, path))
    except YamlError as error:
        return None, None, list(error.problems)
    try:
        return file, model.model_validate(file.data), []
    except ValidationError as error:
        report = Report(file)
        explain(error, model, report)
        return file, None, report.problems()


def refusal(problems: Sequence[SpecProblem], not_done: str) -> SpecError:
    """The first problem, and how many more there are."""
    first, *more = problems
    error = first.error()
    also = f" (and {len(more)} more in this file)" if more else ""
    return SpecError(error.problem + also, where=error.where, not_done=not_done, fix=error.fix)
