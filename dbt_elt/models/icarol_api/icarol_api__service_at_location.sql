{{ icarol__service_at_location_sql() }}
