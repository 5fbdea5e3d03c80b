{{ hsds_source__location('hsds_api') }}
