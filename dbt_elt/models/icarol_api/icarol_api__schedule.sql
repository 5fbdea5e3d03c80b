{{ icarol__schedule_sql() }}
