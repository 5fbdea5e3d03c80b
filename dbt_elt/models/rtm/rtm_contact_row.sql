{{ airs_contact_row('rtm') }}
