{{ airs_code('airs') }}
