{# The entities that iCarol fills: a model icarol__<entity> each. #}
{% macro icarol__entities() %}
  {{ return([
    'organization', 'service', 'location', 'service_at_location', 'address', 'phone', 'contact', 'schedule',
    'service_area', 'language', 'required_document', 'accessibility', 'cost_option', 'taxonomy', 'taxonomy_term',
    'attribute', 'organization_identifier', 'metadata', 'url', 'translation',
  ]) }}
{% endmacro %}
