{{ hsds_source__cost_option('hsds_api') }}
