{{ icarol__organization_sql() }}
