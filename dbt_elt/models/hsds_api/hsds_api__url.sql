{{ hsds_source__url('hsds_api') }}
