{# The messages that are shown today. A table of its own and a small one: it is the only one that a new
   day puts behind, and most days it comes out as it was, so that nothing after it is built again. #}
{% macro icarol__alert_sql() %}
select
  num,
  kind,
  message as alert,
  '{{ tenant() }}' as _tenant,
  _state
from {{ icarol__ref('record') }}
where {{ in_state() }}
  and message is not null
  and coalesce(message_from, {{ today() }}) <= {{ today() }}
  and coalesce(message_until, {{ today() }}) >= {{ today() }}
{% endmacro %}
