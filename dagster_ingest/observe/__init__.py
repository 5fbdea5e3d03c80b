"""What happened, why, and what it cost."""
