"""Why a backup cannot be made or used; apart, so that the command line need not load the rest."""


class BackupError(Exception):
    """A backup cannot be made or used; the message says why, in one line."""
