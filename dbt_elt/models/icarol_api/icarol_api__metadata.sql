{{ icarol__metadata_sql() }}
