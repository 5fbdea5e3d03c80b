{{ icarol__owner_sql() }}
