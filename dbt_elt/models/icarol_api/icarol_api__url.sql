{{ icarol__url_sql() }}
