{{ icarol__taxonomy_sql() }}
