{{ hsds_source__language('hsds') }}
