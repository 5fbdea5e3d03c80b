{{ hsds_source__accessibility('hsds') }}
