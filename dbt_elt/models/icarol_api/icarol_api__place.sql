{{ icarol__place_sql() }}
