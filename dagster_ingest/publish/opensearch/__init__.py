"""Reader `opensearch`: what search applications ask, in indices behind aliases, one for each locale.

    {tenant}-resources_{lang}        published services at locations
    {tenant}-taxonomies_v2_{lang}    terms, for suggestions
    organizations                    of all tenants: one alias over an index for each

An index holds all states of a tenant; a document says which it belongs to, and a publish of one state
reads and writes documents of that state alone. All aliases of a tenant move in one call. What is shown,
and who is publishing, stands in one document for each tenant in the index `dagster_ingest-publications`.
The requests are plain HTTP that OpenSearch and Elasticsearch understand alike.
"""

from dagster_ingest.publish.opensearch.reader import OpenSearchReader

__all__ = ["OpenSearchReader"]
