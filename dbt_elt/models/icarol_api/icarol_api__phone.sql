{{ icarol__phone_sql() }}
