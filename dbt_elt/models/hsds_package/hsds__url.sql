{{ hsds_source__url('hsds') }}
