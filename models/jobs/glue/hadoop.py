"""Spark's own way to S3, its readers and writers of `s3://...`, where the cluster has the jar.

DynamicFrames do not need it. Without it Spark knows no file system of that name.
"""

from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from gluematch.models.datasets.access import AwsAccess

S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"


def reach_s3(spark: SparkSession, access: AwsAccess) -> bool:
    """Lead Spark's `s3://`, `s3a://` and `s3n://` to the S3 of `access`, by hadoop-aws; whether it
    is there. What `spark.hadoop.fs.s3a...` settings say stays."""
    jvm: Any = spark.sparkContext._jvm
    try:
        jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(S3A)
    except Py4JJavaError:
        return False
    said = spark.sparkContext.getConf()
    jsc: Any = spark.sparkContext._jsc
    settings = jsc.hadoopConfiguration()
    for name, value in _settings(access).items():
        if not said.contains(f"spark.hadoop.{name}"):
            settings.set(name, value)
    return True


def _settings(access: AwsAccess) -> dict[str, str]:
    found = {
        "fs.s3.impl": S3A,
        "fs.s3n.impl": S3A,
        "fs.s3a.endpoint.region": access.region,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.endpoint": access.endpoint_url,
        "fs.s3a.access.key": access.access_key,
        "fs.s3a.secret.key": access.secret_key,
        "fs.s3a.session.token": access.session_token,
    }
    return {name: value for name, value in found.items() if value}
