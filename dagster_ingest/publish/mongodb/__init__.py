"""Reader `mongodb`: one document with all locales for each published service at a location, and redirects.

    resources   keyed by the record's id, of all tenants; `tenant_id` says whose
    redirects   {_id: old id, newId, tenantId}, where a record of the source has got another id

All tenants share both collections, since applications look there, so a publish never swaps a collection:
it writes by key the documents of its own tenant and state that differ, and no filter of it reaches
another's. A bulk publish writes all of the state's documents and not only those that differ. Beside each
document stands `ingest`: its digest, its states, and the number of the publisher.
"""

from dagster_ingest.publish.mongodb.reader import MongoReader

__all__ = ["MongoReader"]
