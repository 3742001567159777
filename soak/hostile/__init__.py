"""Attacks on a server with `--auth sigv4`, each with the same bounds: `make soak-hostile`."""
