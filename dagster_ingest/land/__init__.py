"""Candidate to raw partition."""
