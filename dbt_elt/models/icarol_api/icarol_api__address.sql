{{ icarol__address_sql() }}
