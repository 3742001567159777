"""The JSON 1.1 dialect, spoken from botocore's own model of Glue."""
