"""What lies outside: objects in S3, tables and label files; databases and their like."""

import csv

LONGEST_CELL = 16 * 1024 * 1024

# Python's own limit, 128 KiB, is for the whole process; texts of that length are common.
csv.field_size_limit(LONGEST_CELL)
