{{ airs_address_row('rtm') }}
