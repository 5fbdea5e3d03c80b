{{ icarol__required_document_sql() }}
