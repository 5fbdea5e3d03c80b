{{ hsds_source__taxonomy('hsds') }}
