{{ hsds_source__program('hsds') }}
