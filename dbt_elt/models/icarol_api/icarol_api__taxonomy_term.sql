{{ icarol__taxonomy_term_sql() }}
