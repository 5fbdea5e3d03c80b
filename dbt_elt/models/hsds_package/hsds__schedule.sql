{{ hsds_source__schedule('hsds') }}
