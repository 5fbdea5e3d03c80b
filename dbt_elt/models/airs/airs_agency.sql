{{ airs_agency('airs') }}
