{{ hsds_source__phone('hsds') }}
