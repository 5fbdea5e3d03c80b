"""Sample sources, conformance suites, helpers for tests."""
