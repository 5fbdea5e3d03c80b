{{ hsds_source__organization('hsds') }}
