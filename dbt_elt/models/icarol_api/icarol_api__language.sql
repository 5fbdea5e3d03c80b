{{ icarol__language_sql() }}
