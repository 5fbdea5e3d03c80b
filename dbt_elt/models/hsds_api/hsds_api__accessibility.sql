{{ hsds_source__accessibility('hsds_api') }}
