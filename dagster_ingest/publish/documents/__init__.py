"""What search applications read: one document for each published service at a location.

Pure functions of a stage partition. What a record is called, which phone, web address and hours it
shows were decided by dbt_stage (`search_record`) as the tenant chose; they are not decided again here.

    records(partition)          Record by Record, in batches, in order of id
    search_document(...)        what a search index holds, one a locale
    resource_document(...)      what a document store holds, all locales in one
    term_documents(...)         what is suggested while somebody types a term
    organization_documents(...)
"""

from dagster_ingest.publish.documents.about import About
from dagster_ingest.publish.documents.digest import digest, said
from dagster_ingest.publish.documents.organizations import organization_documents
from dagster_ingest.publish.documents.record import Record, record_ids, records, service_count
from dagster_ingest.publish.documents.resource import resource_document
from dagster_ingest.publish.documents.search import search_document
from dagster_ingest.publish.documents.terms import term_documents

__all__ = [
    "About",
    "Record",
    "digest",
    "organization_documents",
    "record_ids",
    "records",
    "resource_document",
    "said",
    "search_document",
    "service_count",
    "term_documents",
]
