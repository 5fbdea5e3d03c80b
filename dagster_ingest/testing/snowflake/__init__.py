"""A stand-in for Snowflake: fakesnow's server, with what it lacks supplied. Not Snowflake.

It speaks the real wire protocol, so the real connector and the real dbt-snowflake run against it;
DuckDB holds the rows. `running()` starts one for a test; `python -m dagster_ingest.testing.snowflake`
one for a shell.

It proves: that the connector connects, uploads and loads; that every statement is one that can be
parsed as Snowflake's SQL; which rows the tables hold in the end; transactions, as far as DuckDB gives
them; which session ran which statement under which tag.

It does not prove: privileges (every GRANT is noted and nothing is refused), authentication (whoever
knocks comes in), the case of identifiers (DuckDB folds them all), the text form of floats and
timestamps, costs (bytes, seconds and credits are those of this process), time travel, the limits of
an account, and the SQL of others that DuckDB happens to understand.

Where it differs on purpose, as Snowflake does it: DDL commits an open transaction; each statement of
a transaction sees what others have committed, until its first write; UPDATE, DELETE and MERGE lock
their table until the transaction ends, and others wait.
"""

from dagster_ingest.testing.snowflake.process import StandIn, running

__all__ = ["StandIn", "running"]
