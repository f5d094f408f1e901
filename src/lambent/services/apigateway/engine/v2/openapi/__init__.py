"""OpenAPI 3 definitions of HTTP APIs: read into the parts of an API, and written from them. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from lambent.services.apigateway.engine.v2.openapi.reading import Definition, parse
from lambent.services.apigateway.engine.v2.openapi.writing import written

__all__ = ["Definition", "parse", "written"]
