{# Made by `python -m dagster_ingest.hsds.generated` from the HSDS model. #}

{# Entity to column to how its text becomes its value. #}
{% macro hsds_source_columns(entity) %}
  {{ return({
    "accessibility": {"id": "id", "location_id": "ref:location", "description": "rich", "details": "rich", "url": "url"},
    "address": {"id": "id", "location_id": "ref:location", "attention": "plain", "address_1": "plain", "address_2": "plain", "city": "plain", "region": "plain", "state_province": "plain", "postal_code": "plain", "country": "plain", "address_type": "plain"},
    "attribute": {"id": "id", "link_id": "link", "taxonomy_term_id": "ref:taxonomy_term", "link_type": "plain", "link_entity": "plain", "value": "rich", "label": "plain"},
    "contact": {"id": "id", "organization_id": "ref:organization", "service_id": "ref:service", "service_at_location_id": "ref:service_at_location", "location_id": "ref:location", "name": "plain", "title": "plain", "department": "plain", "email": "email"},
    "cost_option": {"id": "id", "service_id": "ref:service", "valid_from": "date", "valid_to": "date", "option": "plain", "currency": "plain", "amount": "number", "amount_description": "rich"},
    "language": {"id": "id", "service_id": "ref:service", "location_id": "ref:location", "phone_id": "ref:phone", "name": "plain", "code": "plain", "note": "rich"},
    "location": {"id": "id", "location_type": "plain", "url": "url", "organization_id": "ref:organization", "name": "plain", "alternate_name": "plain", "description": "rich", "transportation": "rich", "latitude": "number", "longitude": "number", "external_identifier": "plain", "external_identifier_type": "plain"},
    "metadata": {"id": "id", "resource_id": "link", "resource_type": "plain", "last_action_date": "date", "last_action_type": "plain", "field_name": "plain", "previous_value": "plain", "replacement_value": "plain", "updated_by": "plain"},
    "organization": {"id": "id", "name": "plain", "alternate_name": "plain", "description": "rich", "email": "email", "website": "url", "tax_status": "plain", "tax_id": "plain", "year_incorporated": "number", "legal_status": "plain", "logo": "plain", "uri": "plain", "parent_organization_id": "ref:organization"},
    "organization_identifier": {"id": "id", "organization_id": "ref:organization", "identifier_scheme": "plain", "identifier_type": "plain", "identifier": "plain"},
    "phone": {"id": "id", "location_id": "ref:location", "service_id": "ref:service", "organization_id": "ref:organization", "contact_id": "ref:contact", "service_at_location_id": "ref:service_at_location", "number": "plain", "extension": "number", "type": "plain", "description": "rich"},
    "program": {"id": "id", "organization_id": "ref:organization", "name": "plain", "alternate_name": "plain", "description": "rich"},
    "required_document": {"id": "id", "service_id": "ref:service", "document": "rich", "uri": "plain"},
    "schedule": {"id": "id", "service_id": "ref:service", "location_id": "ref:location", "service_at_location_id": "ref:service_at_location", "valid_from": "date", "valid_to": "date", "dtstart": "date", "timezone": "number", "until": "date", "count": "number", "wkst": "plain", "freq": "plain", "interval": "number", "byday": "plain", "byweekno": "plain", "bymonthday": "plain", "byyearday": "plain", "description": "rich", "opens_at": "time", "closes_at": "time", "schedule_link": "url", "attending_type": "plain", "notes": "rich"},
    "service": {"id": "id", "organization_id": "ref:organization", "program_id": "ref:program", "name": "plain", "alternate_name": "plain", "description": "rich", "url": "url", "email": "email", "status": "plain", "interpretation_services": "rich", "application_process": "rich", "fees_description": "rich", "wait_time": "rich", "fees": "rich", "accreditations": "rich", "eligibility_description": "rich", "minimum_age": "number", "maximum_age": "number", "assured_date": "date", "assurer_email": "email", "licenses": "rich", "alert": "rich", "last_modified": "datetime"},
    "service_area": {"id": "id", "service_id": "ref:service", "service_at_location_id": "ref:service_at_location", "name": "plain", "description": "rich", "extent": "rich", "extent_type": "plain", "uri": "plain"},
    "service_at_location": {"id": "id", "service_id": "ref:service", "location_id": "ref:location", "description": "rich"},
    "taxonomy": {"id": "id", "name": "plain", "description": "rich", "uri": "plain", "version": "plain"},
    "taxonomy_term": {"id": "id", "code": "plain", "name": "plain", "description": "rich", "parent_id": "ref:taxonomy_term", "taxonomy": "plain", "language": "plain", "taxonomy_id": "ref:taxonomy", "term_uri": "plain"},
    "url": {"id": "id", "label": "plain", "url": "url", "organization_id": "ref:organization", "service_id": "ref:service"},
  }[entity]) }}
{% endmacro %}

{# The tables whose rows are an entity's: columns, what they state, older names of columns. #}
{% macro hsds_source_tables(entity) %}
  {{ return({
    "accessibility": {"accessibility": {"columns": ["id", "location_id", "description", "details", "url", "accessibility"], "sets": {}, "older": {"description": "accessibility"}}, "accessibility_for_disabilities": {"columns": ["id", "location_id", "accessibility", "details"], "sets": {}, "older": {"description": "accessibility"}}},
    "address": {"address": {"columns": ["id", "location_id", "attention", "address_1", "address_2", "city", "region", "state_province", "postal_code", "country", "address_type"], "sets": {}, "older": {}}, "physical_address": {"columns": ["id", "location_id", "attention", "address_1", "address_2", "city", "region", "state_province", "postal_code", "country"], "sets": {"address_type": "physical"}, "older": {}}, "postal_address": {"columns": ["id", "location_id", "attention", "address_1", "address_2", "city", "region", "state_province", "postal_code", "country"], "sets": {"address_type": "postal"}, "older": {}}},
    "attribute": {"attribute": {"columns": ["id", "link_id", "taxonomy_term_id", "link_type", "link_entity", "value", "label"], "sets": {}, "older": {}}, "service_attribute": {"columns": ["id", "service_id", "taxonomy_term_id"], "sets": {"link_entity": "service"}, "older": {"link_id": "service_id"}}},
    "contact": {"contact": {"columns": ["id", "organization_id", "service_id", "service_at_location_id", "location_id", "name", "title", "department", "email"], "sets": {}, "older": {}}},
    "cost_option": {"cost_option": {"columns": ["id", "service_id", "valid_from", "valid_to", "option", "currency", "amount", "amount_description", "payment"], "sets": {}, "older": {"option": "payment"}}, "payment_accepted": {"columns": ["id", "service_id", "payment"], "sets": {}, "older": {"option": "payment"}}},
    "language": {"language": {"columns": ["id", "service_id", "location_id", "phone_id", "name", "code", "note", "language"], "sets": {}, "older": {"name": "language"}}},
    "location": {"location": {"columns": ["id", "location_type", "url", "organization_id", "name", "alternate_name", "description", "transportation", "latitude", "longitude", "external_identifier", "external_identifier_type"], "sets": {}, "older": {}}},
    "metadata": {"metadata": {"columns": ["id", "resource_id", "resource_type", "last_action_date", "last_action_type"], "sets": {}, "older": {}}},
    "organization": {"organization": {"columns": ["id", "name", "alternate_name", "description", "email", "website", "tax_status", "tax_id", "year_incorporated", "legal_status", "logo", "uri", "parent_organization_id", "url"], "sets": {}, "older": {"website": "url"}}},
    "organization_identifier": {"organization_identifier": {"columns": ["id", "organization_id", "identifier_scheme", "identifier_type", "identifier"], "sets": {}, "older": {}}},
    "phone": {"phone": {"columns": ["id", "location_id", "service_id", "organization_id", "contact_id", "service_at_location_id", "number", "extension", "type", "description"], "sets": {}, "older": {}}},
    "program": {"program": {"columns": ["id", "organization_id", "name", "alternate_name", "description"], "sets": {}, "older": {}}},
    "required_document": {"required_document": {"columns": ["id", "service_id", "document", "uri"], "sets": {}, "older": {}}},
    "schedule": {"schedule": {"columns": ["id", "service_id", "location_id", "service_at_location_id", "valid_from", "valid_to", "dtstart", "timezone", "until", "count", "wkst", "freq", "interval", "byday", "byweekno", "bymonthday", "byyearday", "description", "opens_at", "closes_at", "schedule_link", "attending_type", "notes", "weekday"], "sets": {}, "older": {"byday": "weekday"}}, "regular_schedule": {"columns": ["id", "service_id", "location_id", "service_at_location_id", "weekday", "opens_at", "closes_at"], "sets": {"freq": "WEEKLY"}, "older": {"byday": "weekday"}}},
    "service": {"service": {"columns": ["id", "organization_id", "program_id", "name", "alternate_name", "description", "url", "email", "status", "interpretation_services", "application_process", "fees_description", "wait_time", "fees", "accreditations", "eligibility_description", "minimum_age", "maximum_age", "assured_date", "assurer_email", "licenses", "alert", "last_modified"], "sets": {}, "older": {}}},
    "service_area": {"service_area": {"columns": ["id", "service_id", "service_at_location_id", "name", "description", "extent", "extent_type", "uri", "service_area"], "sets": {}, "older": {"name": "service_area"}}},
    "service_at_location": {"service_at_location": {"columns": ["id", "service_id", "location_id", "description"], "sets": {}, "older": {}}},
    "taxonomy": {"taxonomy": {"columns": ["id", "name", "description", "uri", "version"], "sets": {}, "older": {}}},
    "taxonomy_term": {"taxonomy_term": {"columns": ["id", "code", "name", "description", "parent_id", "taxonomy", "language", "taxonomy_id", "term_uri", "term", "vocabulary"], "sets": {}, "older": {"name": "term", "taxonomy": "vocabulary"}}},
    "url": {"url": {"columns": ["id", "label", "url", "organization_id", "service_id"], "sets": {}, "older": {}}},
  }[entity]) }}
{% endmacro %}

{# [entity, member, table]: what is nested in an object of the entity. #}
{% macro hsds_source_members() %}
  {{ return([
  ["organization", "additional_websites", "url"],
  ["organization", "contacts", "contact"],
  ["organization", "phones", "phone"],
  ["organization", "locations", "location"],
  ["organization", "programs", "program"],
  ["organization", "organization_identifiers", "organization_identifier"],
  ["organization", "attributes", "attribute"],
  ["organization", "metadata", "metadata"],
  ["program", "attributes", "attribute"],
  ["service", "additional_urls", "url"],
  ["service", "phones", "phone"],
  ["service", "schedules", "schedule"],
  ["service", "service_areas", "service_area"],
  ["service", "service_at_locations", "service_at_location"],
  ["service", "languages", "language"],
  ["service", "organization", "organization"],
  ["service", "cost_options", "cost_option"],
  ["service", "program", "program"],
  ["service", "required_documents", "required_document"],
  ["service", "contacts", "contact"],
  ["service", "attributes", "attribute"],
  ["service", "metadata", "metadata"],
  ["attribute", "taxonomy_term", "taxonomy_term"],
  ["service_at_location", "service_areas", "service_area"],
  ["service_at_location", "contacts", "contact"],
  ["service_at_location", "phones", "phone"],
  ["service_at_location", "schedules", "schedule"],
  ["service_at_location", "location", "location"],
  ["service_at_location", "attributes", "attribute"],
  ["service_at_location", "metadata", "metadata"],
  ["location", "languages", "language"],
  ["location", "addresses", "address"],
  ["location", "contacts", "contact"],
  ["location", "accessibility", "accessibility"],
  ["location", "phones", "phone"],
  ["location", "schedules", "schedule"],
  ["location", "attributes", "attribute"],
  ["location", "metadata", "metadata"],
  ["phone", "languages", "language"],
  ["phone", "attributes", "attribute"],
  ["contact", "phones", "phone"],
  ["contact", "attributes", "attribute"],
  ["address", "attributes", "attribute"],
  ["schedule", "attributes", "attribute"],
  ["service_area", "attributes", "attribute"],
  ["required_document", "attributes", "attribute"],
  ["language", "attributes", "attribute"],
  ["accessibility", "attributes", "attribute"],
  ["taxonomy_term", "taxonomy_detail", "taxonomy"],
  ["cost_option", "attributes", "attribute"],
  ["organization_identifier", "attributes", "attribute"],
  ["url", "attributes", "attribute"],
  ["organization", "services", "service"],
  ["location", "physical_address", "physical_address"],
  ["location", "physical_addresses", "physical_address"],
  ["location", "postal_address", "postal_address"],
  ["location", "postal_addresses", "postal_address"],
  ["location", "regular_schedules", "regular_schedule"],
  ["location", "accessibility_for_disabilities", "accessibility_for_disabilities"],
  ["service", "regular_schedules", "regular_schedule"],
  ["service", "payments_accepted", "payment_accepted"],
  ["service", "eligibility", "eligibility"],
  ["service_at_location", "regular_schedules", "regular_schedule"],
  ]) }}
{% endmacro %}

{# Members that hold one object: entity to column to the member whose id it is. #}
{% macro hsds_source_single(entity) %}
  {{ return({
    "service": {"organization_id": "organization", "program_id": "program"},
    "attribute": {"taxonomy_term_id": "taxonomy_term"},
    "service_at_location": {"location_id": "location"},
    "taxonomy_term": {"taxonomy_id": "taxonomy_detail"},
  }.get(entity, {})) }}
{% endmacro %}

{# Lists of an API: columns that are plain, and members that are JSON. #}
{% macro hsds_source_lists() %}
  {{ return({
    "organization": {"columns": ["id", "name", "alternate_name", "description", "email", "website", "tax_status", "tax_id", "year_incorporated", "legal_status", "logo", "uri", "parent_organization_id", "url"], "members": ["additional_websites", "funding", "contacts", "phones", "locations", "programs", "organization_identifiers", "attributes", "metadata", "services"]},
    "program": {"columns": ["id", "organization_id", "name", "alternate_name", "description"], "members": ["attributes"]},
    "service": {"columns": ["id", "organization_id", "program_id", "name", "alternate_name", "description", "url", "email", "status", "interpretation_services", "application_process", "fees_description", "wait_time", "fees", "accreditations", "eligibility_description", "minimum_age", "maximum_age", "assured_date", "assurer_email", "licenses", "alert", "last_modified"], "members": ["additional_urls", "phones", "schedules", "service_areas", "service_at_locations", "languages", "organization", "funding", "cost_options", "program", "required_documents", "contacts", "capacities", "attributes", "metadata", "regular_schedules", "payments_accepted", "eligibility"]},
    "location": {"columns": ["id", "location_type", "url", "organization_id", "name", "alternate_name", "description", "transportation", "latitude", "longitude", "external_identifier", "external_identifier_type"], "members": ["languages", "addresses", "contacts", "accessibility", "phones", "schedules", "attributes", "metadata", "physical_address", "physical_addresses", "postal_address", "postal_addresses", "regular_schedules", "accessibility_for_disabilities"]},
    "service_at_location": {"columns": ["id", "service_id", "location_id", "description"], "members": ["service_areas", "contacts", "phones", "schedules", "location", "attributes", "metadata", "regular_schedules"]},
    "taxonomy": {"columns": ["id", "name", "description", "uri", "version"], "members": []},
    "taxonomy_term": {"columns": ["id", "code", "name", "description", "parent_id", "taxonomy", "language", "taxonomy_id", "term_uri", "term", "vocabulary"], "members": ["taxonomy_detail"]},
  }) }}
{% endmacro %}
