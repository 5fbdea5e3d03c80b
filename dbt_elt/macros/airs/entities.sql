{# The entities that AIRS XML fills: a model <system>__<entity> each, for every system that delivers it.
   All SQL stands in the macros of this folder; a model names the system and the macro. #}
{% macro airs__entities() %}{{ return(airs_entities()) }}{% endmacro %}
{% macro rtm__entities() %}{{ return(airs_entities()) }}{% endmacro %}

{% macro airs_entities() %}
  {{ return([
    'organization', 'organization_identifier', 'url', 'program', 'location', 'address', 'phone', 'contact',
    'accessibility', 'service', 'service_at_location', 'schedule', 'service_area', 'language',
    'required_document', 'cost_option', 'taxonomy', 'taxonomy_term', 'attribute', 'metadata',
  ]) }}
{% endmacro %}
