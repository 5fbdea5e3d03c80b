"""Every key of the standard that is not executed: documentation, or refused. Each with its reason.

Keys are those of the model classes of open_data_contract_standard. A key that stands in neither
table is executed; tests/spec/test_odcs_keys.py holds that none is forgotten.
"""

from __future__ import annotations

_ANY = {
    "id": "names a part of the document; relationships resolve it",
    "description": "words for people",
    "authoritativeDefinitions": "links for people",
}
_ELEMENT = {
    **_ANY,
    "businessName": "words for people",
    "synonyms": "words for people and search",
    "deprecated": "tells writers of new code; the column still lands and is still checked",
}

# Nothing can be true or false of a delivery because of these.
DOCUMENTATION: dict[str, dict[str, str]] = {
    "OpenDataContractStandard": {
        **_ANY,
        "name": "words for people",
        "tenant": "the folder says whose contract it is",
        "servers": "where other tools find the data; the tenant file says where it comes from",
        "dataProduct": "words for people",
        "domain": "words for people",
        "support": "where people ask",
        "price": "what it costs somebody",
        "roles": "who may read it elsewhere; the warehouse's grants are not the platform's",
        "context": "words for language models",
        "contractCreatedTs": "when it was written",
    },
    "SchemaObject": {
        **_ELEMENT,
        "physicalType": "table, view or file at the source",
        "dataGranularityDescription": "words for people; the primary key is what is checked",
        "context": "words for language models",
    },
    "SchemaProperty": {
        **_ELEMENT,
        "transformSourceObjects": "where the source has it from",
        "transformLogic": "how the source makes it",
        "transformDescription": "how the source makes it, for people",
        "examples": "for people; `enum` is what is checked",
        "criticalDataElement": "how much people care; `severity` is what is executed",
    },
    "DataQuality": {
        **_ANY,
        "name": "words for people, and the id of one of several sql rules",
        "businessImpact": "words for people",
        "tags": "labels for people",
    },
    "Relationship": {"id": "names the relationship"},
    "EnumValue": {
        **_ANY,
        "label": "words for people",
        "tags": "labels",
        "customProperties": "others' labels",
    },
    "ServiceLevelAgreementProperty": {**_ANY, "driver": "why it was agreed"},
}

NESTED = "raw columns are flat text; decode nested values in the system file"
PARTITIONS = "partitions are US states, bound in the tenant file"
SCHEDULED = "rules run with every load; leave it out"

# They would change what is checked, and nothing here executes them.
REFUSED: dict[str, dict[str, str]] = {
    "SchemaObject": {"physicalName": "`name` is the table's name; leave physicalName out"},
    "SchemaProperty": {
        "properties": NESTED,
        "items": NESTED,
        "map": NESTED,
        "partitioned": PARTITIONS,
        "partitionKeyPosition": PARTITIONS,
        "physicalName": "`name` is the heading in the source; leave physicalName out",
        "encryptedName": "columns land as they come; use `classification: private`",
    },
    "DataQuality": {
        "schedule": SCHEDULED,
        "scheduler": SCHEDULED,
        "method": "no method is known here; leave it out",
    },
    "ServiceLevelAgreementProperty": {"schedule": SCHEDULED, "scheduler": SCHEDULED},
}
