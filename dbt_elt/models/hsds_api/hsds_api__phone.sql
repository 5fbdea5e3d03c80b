{{ hsds_source__phone('hsds_api') }}
