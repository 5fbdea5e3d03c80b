{{ hsds_source__program('hsds_api') }}
