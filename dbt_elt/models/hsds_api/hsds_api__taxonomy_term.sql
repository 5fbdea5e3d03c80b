{{ hsds_source__taxonomy_term('hsds_api') }}
