{{ airs_group('airs') }}
