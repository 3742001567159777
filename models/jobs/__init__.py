"""Jobs: starting a user's script as a process of its own, and what it finds there."""
