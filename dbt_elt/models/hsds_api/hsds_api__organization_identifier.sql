{{ hsds_source__organization_identifier('hsds_api') }}
