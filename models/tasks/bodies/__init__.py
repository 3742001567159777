"""What children do: one module per task type, loaded by the fork server, never by the server."""
