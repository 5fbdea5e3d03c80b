{{ hsds_source__language('hsds_api') }}
