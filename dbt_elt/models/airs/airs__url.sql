{{ airs_url('airs') }}
