"""How it is noticed that a source has something new: what is remembered, what is decided, and who is asked.

Free of the orchestrator: `assets/arrivals.py` makes a sensor of it.
"""
