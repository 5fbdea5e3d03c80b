{{ icarol__contact_sql() }}
