{{ icarol__service_sql() }}
