"""S3: buckets, objects and their versions, uploads in parts. Enough for Lambda code and for everyday use.

Rows hold what is known of an object; its bytes are blobs named by their content (``bodies.py`` says how they come and go).
Bodies stream in both directions and are never wholly in memory. Bucket names are kept per account, not for the world as on
AWS: every account of a platform then is a world of its own, which is what lets tests run beside one another. So
BucketAlreadyExists, another account's name, never happens.

Not here yet: bucket policies, ACLs, CORS, lifecycle, notifications, website hosting, object lock, encryption with keys of
the client's. To set them answers NotImplemented; to read them tells what they are of a new bucket.
"""

from lambent.services.s3.operations import S3

__all__ = ["S3"]
