{{ icarol__translation_sql(raw_rows('icarol', 'resource') if locales() | length > 1 or not execute) }}
