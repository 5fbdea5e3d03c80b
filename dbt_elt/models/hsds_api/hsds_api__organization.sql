{{ hsds_source__organization('hsds_api') }}
