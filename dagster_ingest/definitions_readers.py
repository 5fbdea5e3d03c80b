"""Code location of the readers: one repository for each tenant, loaded on demand."""

from dagster_ingest.assets.build import readers
from dagster_ingest.assets.repositories import Repositories
from dagster_ingest.collector import seldom

seldom()
_repositories = Repositories(readers)


def __getattr__(name: str):
    return _repositories.get(name)


def __dir__() -> list[str]:
    return _repositories.names()
