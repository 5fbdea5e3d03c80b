{{ airs_required_document('rtm') }}
