"""Programs that run for minutes against a real server, and say what it lost or failed at."""
