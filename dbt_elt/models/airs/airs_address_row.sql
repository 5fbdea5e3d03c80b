{{ airs_address_row('airs') }}
