"""One platform, one layer of frameworks, one function a way."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from tests.acceptance.web import ways

RUNTIME = f"python3.{sys.version_info[1]}"
FRAMEWORKS = ("fastapi", "flask", "mangum", "uvicorn", "python-multipart")
ROLE = "arn:aws:iam::000000000000:role/lambda"


class Shop:
    """Functions of one account, and how to call them."""

    def __init__(self, platform: Any) -> None:
        self.url = platform.url
        session = boto3.Session("424242424242", "test", region_name="us-east-1")
        self.client = session.client("lambda", endpoint_url=platform.url)
        self.rest_apis = session.client("apigateway", endpoint_url=platform.url)
        self.apis = session.client("apigatewayv2", endpoint_url=platform.url)
        packages = ways.packages_zip(*FRAMEWORKS)
        self.layer = self.client.publish_layer_version(LayerName="web", Content={"ZipFile": packages})["LayerVersionArn"]

    def of(self, service: str, account: str) -> Any:
        """A client of another service, of any account."""
        return boto3.Session(account, "test", region_name="us-east-1").client(service, endpoint_url=self.url)

    def function(self, name: str, files: dict[str, str], *, handler: str, **options: Any) -> str:
        """``Layers`` beside that of the frameworks; None for no layer at all."""
        more = options.pop("Layers", ())
        layers = [] if more is None else [self.layer, *more]
        self.client.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=ROLE,
            Handler=handler,
            Code={"ZipFile": ways.code_zip(files)},
            Layers=layers,
            Timeout=30,
            MemorySize=512,
            **options,
        )
        self.client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return name

    def address(self, function: str, mode: str = "BUFFERED") -> tuple[str, dict[str, str]]:
        """Where a function URL is reached, and the host that it is asked for by."""
        told = self.client.create_function_url_config(FunctionName=function, AuthType="NONE", InvokeMode=mode)
        for statement, action, options in (
            ("url", "lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
            ("invoke", "lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
        ):
            self.client.add_permission(FunctionName=function, StatementId=statement, Action=action, Principal="*", **options)
        return self.url, {"host": urlsplit(told["FunctionUrl"]).netloc}

    def api(self, function: str, *, payload_format: str, stage: str) -> tuple[str, dict[str, str]]:
        """Where a stage of an HTTP API is reached that hands everything to a function, and the host that it is asked for by."""
        arn = self._for_apis(function)
        api = self.apis.create_api(Name=function, ProtocolType="HTTP")
        integration = self.apis.create_integration(
            ApiId=api["ApiId"],
            IntegrationType="AWS_PROXY",
            IntegrationUri=arn,
            PayloadFormatVersion=payload_format,
        )
        target = f"integrations/{integration['IntegrationId']}"
        self.apis.create_route(ApiId=api["ApiId"], RouteKey="$default", Target=target)
        self.apis.create_stage(ApiId=api["ApiId"], StageName=stage, AutoDeploy=True)
        path = "" if stage == "$default" else f"/{stage}"
        return self.url + path, {"host": urlsplit(api["ApiEndpoint"]).netloc}

    def rest_api(self, function: str) -> tuple[str, dict[str, str]]:
        """The same of a REST API, whose stage is prod."""
        arn = self._for_apis(function)
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
        api_id = self.rest_apis.create_rest_api(name=function, binaryMediaTypes=["*/*"])["id"]
        root = self.rest_apis.get_resources(restApiId=api_id)["items"][0]["id"]
        proxy = self.rest_apis.create_resource(restApiId=api_id, parentId=root, pathPart="{proxy+}")["id"]
        any_method = {"restApiId": api_id, "resourceId": proxy, "httpMethod": "ANY"}
        self.rest_apis.put_method(**any_method, authorizationType="NONE")
        self.rest_apis.put_integration(**any_method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        self.rest_apis.create_deployment(restApiId=api_id, stageName="prod")
        return f"{self.url}/prod", {"host": f"{api_id}.execute-api.us-east-1.localhost:{urlsplit(self.url).port}"}

    def _for_apis(self, function: str) -> str:
        """The function's ARN, once APIs may call it."""
        self.client.add_permission(
            FunctionName=function, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
        )
        return self.client.get_function(FunctionName=function)["Configuration"]["FunctionArn"]


@pytest.fixture(scope="package")
def shop(platform: Any) -> Shop:
    return Shop(platform)


def application(name: str, attribute: str = "app") -> Any:
    if name in sys.modules:  # Django is configured once
        return getattr(sys.modules[name], attribute)
    spec = importlib.util.spec_from_file_location(name, ways.APPS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are looked up there
    spec.loader.exec_module(module)
    return getattr(module, attribute)


@pytest.fixture(scope="package")
def own_servers() -> Iterator[Callable[..., str]]:
    """The URL of an application's own server, below a root path; ``attribute`` where a module holds several applications."""
    import contextlib

    with contextlib.ExitStack() as stack:
        urls: dict[tuple[str, str, str], str] = {}

        def of(name: str, root_path: str, attribute: str = "app") -> str:
            key = name, root_path, attribute
            if key not in urls:
                server = ways.own_server(application(name, attribute), root_path=root_path)
                urls[key] = stack.enter_context(server)
            return urls[key]

        yield of


def source(name: str) -> str:
    return Path(ways.APPS / f"{name}.py").read_text()


def visitor(url: str, **options: Any) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30, trust_env=False, **options)
