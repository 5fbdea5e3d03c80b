{{ airs_program('airs') }}
