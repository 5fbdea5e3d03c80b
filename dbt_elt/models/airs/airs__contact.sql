{{ airs_contact('airs') }}
