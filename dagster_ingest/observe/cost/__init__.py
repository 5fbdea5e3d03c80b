"""What each asset costs: by day, tenant, state, owner; of Snowflake's views and of Dagster's event log."""
