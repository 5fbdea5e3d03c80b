{{ icarol__location_sql() }}
