"""Landing in Snowflake: parts go to an internal stage, into a candidate table each, and all of them into
their tables in one transaction. Only this folder knows the connector.

    RAW_<TENANT>.<TABLE>              rows of all states, as the source spelled them
    RAW_<TENANT>._INGEST_PARTITIONS   what each partition holds now
    RAW_<TENANT>._INGEST_HISTORY      loads whose rows can still be fetched
    RAW_<TENANT>._INGEST_LOAD_*       rows of one load: its candidate, then kept for a rollback
    RAW_<TENANT>._INGEST_STAGE        parts on their way in
    RAW_<TENANT>._INGEST_LOCK         one row; who changes partitions updates it first
"""

from dagster_ingest.land.snowflake.backing import SnowflakeBacking

__all__ = ["SnowflakeBacking"]
