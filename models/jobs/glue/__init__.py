"""What Glue scripts import, on Spark: the classes behind the names `awsglue` and `awsglueml`.

The names themselves lie in `models/jobs/runtime`, which only a script's path holds.
"""
