"""Scripts in the form that the AWS console wrote them and its guide shows them."""

FIND_MATCHES = """\
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglueml.transforms import FindMatches

## @params: [JOB_NAME]
args = getResolvedOptions(sys.argv, ['JOB_NAME', 'TRANSFORM', 'OUT'])

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args['JOB_NAME'], args)
## @type: DataSource
## @args: [database = "db", table_name = "people", transformation_ctx = "datasource0"]
datasource0 = glueContext.create_dynamic_frame.from_catalog(database = "db", table_name = "people", transformation_ctx = "datasource0")
## @type: ResolveChoice
resolvechoice1 = ResolveChoice.apply(frame = datasource0, choice = "MATCH_CATALOG", database = "db", table_name = "people", transformation_ctx = "resolvechoice1")
## @type: FindMatches
findmatches2 = FindMatches.apply(frame = resolvechoice1, transformId = args['TRANSFORM'], transformation_ctx = "findmatches2", computeMatchConfidenceScores = True)
## @type: DataSink
datasink3 = glueContext.write_dynamic_frame.from_options(frame = findmatches2, connection_type = "s3", connection_options = {"path": args['OUT']}, format = "csv", transformation_ctx = "datasink3")
job.commit()
print("matched", findmatches2.count())
"""

INCREMENTAL = """\
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglueml.transforms import FindIncrementalMatches

## @params: [JOB_NAME]
args = getResolvedOptions(sys.argv, ['JOB_NAME', 'TRANSFORM', 'OUT'])

sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args['JOB_NAME'], args)
## @type: DataSource
existing = glueContext.create_dynamic_frame.from_catalog(database = "db", table_name = "matched", transformation_ctx = "existing")
resolved_existing = ResolveChoice.apply(frame = existing, choice = "MATCH_CATALOG", database = "db", table_name = "matched", transformation_ctx = "resolved_existing")
## @type: DataSource
incremental = glueContext.create_dynamic_frame.from_catalog(database = "db", table_name = "arrivals", transformation_ctx = "incremental")
resolved_incremental = ResolveChoice.apply(frame = incremental, choice = "MATCH_CATALOG", database = "db", table_name = "arrivals", transformation_ctx = "resolved_incremental")
## @type: FindIncrementalMatches
findmatches2 = FindIncrementalMatches.apply(existingFrame = resolved_existing, incrementalFrame = resolved_incremental, transformId = args['TRANSFORM'], transformation_ctx = "findmatches2", computeMatchConfidenceScores = True)
## @type: DataSink
datasink3 = glueContext.write_dynamic_frame.from_options(frame = findmatches2, connection_type = "s3", connection_options = {"path": args['OUT']}, format = "parquet", transformation_ctx = "datasink3")
job.commit()
"""
