"""Moto's S3 with a memory that outlives the process."""
