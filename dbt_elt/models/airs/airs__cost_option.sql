{{ airs_cost_option('airs') }}
