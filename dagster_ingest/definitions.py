"""Code location of the writers: one repository for each tenant, and `platform`, loaded on demand."""

from dagster_ingest.assets.build import writers
from dagster_ingest.assets.cost import platform_repository
from dagster_ingest.assets.repositories import Repositories
from dagster_ingest.collector import seldom

seldom()
_repositories = Repositories(writers, platform_repository)


def __getattr__(name: str):
    return _repositories.get(name)


def __dir__() -> list[str]:
    return _repositories.listed()
