{{ hsds_source__address('hsds_api') }}
