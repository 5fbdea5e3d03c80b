{{ airs_required_document('airs') }}
