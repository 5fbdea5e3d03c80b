{# Records as they landed. What the never-publish register names is not among the columns. #}
select *, _load_id || ':' || _row_number as row_key
from {{ raw_rows('icarol_api', 'resource') }} as raw_row
where trim(id) <> ''
