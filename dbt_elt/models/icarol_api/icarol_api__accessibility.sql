{{ icarol__accessibility_sql() }}
