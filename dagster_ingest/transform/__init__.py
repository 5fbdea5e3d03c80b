"""The two dbt projects: vars, manifests, runs, versions."""
