"""Service areas: from the words of a source to places and their outlines."""

from dagster_ingest.enhance.areas.outline import merged, outline
from dagster_ingest.enhance.areas.resolve import AreaReport, ResolvedAreas, resolve

__all__ = ["AreaReport", "ResolvedAreas", "merged", "outline", "resolve"]
