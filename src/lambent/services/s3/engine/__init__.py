"""The rules of s3, by what they are about: names, buckets, objects, conditions and ranges, listing, uploads."""
