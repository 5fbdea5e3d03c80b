{{ icarol__code_sql() }}
