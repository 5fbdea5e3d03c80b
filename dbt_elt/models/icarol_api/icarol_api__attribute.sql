{{ icarol__attribute_sql() }}
