"""Delimited text files in a drop folder: plain, gzip or zip."""
