"""How it is said: HTTP, the JSON 1.1 dialect, processes."""
