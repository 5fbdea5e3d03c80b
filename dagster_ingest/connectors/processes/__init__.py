"""Extractors of others that run as a process of their own: found, fed, watched and ended."""
