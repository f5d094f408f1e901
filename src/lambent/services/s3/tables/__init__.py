"""Every SQL statement of s3, by what it is about: buckets, objects, uploads."""
