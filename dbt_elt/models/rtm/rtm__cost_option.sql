{{ airs_cost_option('rtm') }}
