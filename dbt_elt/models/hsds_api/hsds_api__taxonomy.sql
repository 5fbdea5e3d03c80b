{{ hsds_source__taxonomy('hsds_api') }}
