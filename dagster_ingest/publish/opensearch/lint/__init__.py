"""A search request held against a mapping, before a server answers it with nothing.

A server does not complain of a field that no document has: it finds nothing. `lint` does.

    for problem in lint(body, index_body("resources", shards=1)["mappings"]):
        print(problem)

What the lint does not know (a kind of query, a member of the request) is a problem as well: what was
not looked at is not said to be right.
"""

from dagster_ingest.publish.opensearch.lint.finding import Problem
from dagster_ingest.publish.opensearch.lint.request import lint

__all__ = ["Problem", "lint"]
