{{ hsds_source__service_area('hsds_api') }}
