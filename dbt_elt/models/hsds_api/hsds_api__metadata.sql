{{ hsds_source__metadata('hsds_api') }}
