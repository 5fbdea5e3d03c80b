"""What an administrator sets up for a target: the SQL of schemas, roles, grants, compute and monitors.

Made of the specs alone: no driver is imported, and nothing here drops anything.
"""
