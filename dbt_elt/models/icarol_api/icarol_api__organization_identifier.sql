{{ icarol__organization_identifier_sql() }}
