{{ icarol__person_sql() }}
