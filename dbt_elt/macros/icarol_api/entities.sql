{# The entities that the API fills: those of the CSV export, which has the same records. #}
{% macro icarol_api__entities() %}{{ return(icarol__entities()) }}{% endmacro %}
