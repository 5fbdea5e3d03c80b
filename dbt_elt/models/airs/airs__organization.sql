{{ airs_organization('airs') }}
