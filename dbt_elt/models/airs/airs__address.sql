{{ airs_address('airs') }}
