{{ icarol__row_sql(ref('icarol_api__export'), [], ['HoursIsPrivate']) }}
