{{ hsds_source__attribute('hsds_api') }}
