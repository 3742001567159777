"""What is wrong with data at rest."""


class FormatError(Exception):
    """Data that are not of the format they should be; the message names the place."""
