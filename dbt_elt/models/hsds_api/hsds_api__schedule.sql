{{ hsds_source__schedule('hsds_api') }}
