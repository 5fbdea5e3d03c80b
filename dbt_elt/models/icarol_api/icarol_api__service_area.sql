{{ icarol__service_area_sql() }}
