{{ airs_schedule('airs') }}
