"""Connector to staged, audited candidate."""
