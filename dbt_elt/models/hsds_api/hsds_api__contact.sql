{{ hsds_source__contact('hsds_api') }}
