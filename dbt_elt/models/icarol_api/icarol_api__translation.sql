{{ icarol__translation_sql(ref('icarol_api__export') if locales() | length > 1 or not execute, ['HoursIsPrivate']) }}
