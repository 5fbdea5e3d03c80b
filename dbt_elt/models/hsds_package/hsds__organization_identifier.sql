{{ hsds_source__organization_identifier('hsds') }}
