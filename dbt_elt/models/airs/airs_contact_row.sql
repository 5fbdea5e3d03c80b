{{ airs_contact_row('airs') }}
