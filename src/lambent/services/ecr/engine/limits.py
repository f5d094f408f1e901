"""ECR's quotas: https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html."""

TAGS_MAX = 50  # of a repository
MANIFEST_BYTES_MAX = 4_194_304
LAYER_BYTES_MAX = 52_428_800_000
PIECE_BYTES = 20_971_520  # what InitiateLayerUpload tells clients to send at a time
TOKEN_S = 12 * 3600.0
DOWNLOAD_S = 3600.0
UNUSED_S_MAX = 86_400.0  # an upload that nobody completes, a layer that no image came to name
PAGE_ITEMS_DEFAULT = 100
CATALOG_ITEMS_MAX = 1_000
