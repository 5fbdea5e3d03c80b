{{ icarol__row_sql(raw_rows('icarol', 'resource'), icarol__phone_slots()) }}
