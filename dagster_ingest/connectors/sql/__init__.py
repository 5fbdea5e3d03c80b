"""The `sql` connector: tables of PostgreSQL, MySQL and SQL Server."""
