"""Events of the forms in which AWS tells web requests."""


def payload_2(method="GET", path="/", *, query="", headers=None, stage="$default", **more):
    headers = {"host": "api.example.com", "x-forwarded-proto": "https", "x-forwarded-port": "443", **(headers or {})}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "x"},
            "stage": stage,
        },
        "isBase64Encoded": False,
        **more,
    }


def payload_1(method="GET", path="/", *, parameters=None, headers=None, whole_path=None, **more):
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": {name: values[-1] for name, values in (headers or {}).items()} or None,
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in (parameters or {}).items()} or None,
        "multiValueQueryStringParameters": parameters,
        "requestContext": {
            "stage": "prod",
            "path": whole_path or path,
            "protocol": "HTTP/1.1",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.7"},
        },
        "body": None,
        "isBase64Encoded": False,
        **more,
    }
