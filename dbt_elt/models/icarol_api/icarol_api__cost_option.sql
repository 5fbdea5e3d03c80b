{{ icarol__cost_option_sql() }}
