"""What every request for S3 passes before moto answers it: checks against botocore's model of S3,
and the policy of the bucket.
"""
