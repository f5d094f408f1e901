"""apis: the addresses that the platform serves, beside AWS' API: HTTP, WebSocket and REST APIs, function URLs, domain names."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import click

from lambent.cli.client import Client
from lambent.cli.failures import Refused
from lambent.cli.options import client_options, json_option
from lambent.cli.tables import table

_NOT_IMPLEMENTED = 501
_DEFAULT_STAGE = "$default"
_NO_STAGE = "no stage yet"
_NO_DEPLOYMENT = "not deployed yet"


@dataclass(frozen=True, slots=True)
class Address:
    """``kind``: HTTP, WEBSOCKET, REST, FUNCTION or DOMAIN. ``name``: of the API, the function, or the domain.

    ``path_url``: the same at the platform's own address, for programs that find no names below localhost; a domain has none.
    """

    kind: str
    name: str
    stage: str
    url: str
    path_url: str | None = None


@click.command()
@client_options
@json_option
def apis(client: Client, *, is_json: bool) -> None:
    """List the addresses that are served: APIs with their stages, function URLs, domain names.

    \b
    lambent apis
    lambent apis --json | jq -r '.[0].url'
    curl "$(lambent apis --json | jq -r '.[] | select(.name == "shop") | .url')"

    In JSON, path_url is the same where names below localhost are not found, as in Python on many machines.
    """
    listed = list(addresses(client))
    if is_json:
        click.echo(json.dumps([asdict(address) for address in listed], indent=2))
        return
    if not listed:
        click.echo(f"No APIs in {client.region}. docs/services/apigatewayv2.md shows how to make one.", err=True)
        return
    rows = [(each.kind, each.name, each.stage, each.url) for each in listed]
    click.echo(table(("KIND", "NAME", "STAGE", "URL"), rows))


def addresses(client: Client) -> Iterator[Address]:
    """All that the account has in the region. Raises Refused."""
    yield from _http(client)
    yield from _rest(client)
    yield from _functions(client)
    yield from _domains(client)


def _http(client: Client) -> Iterator[Address]:
    for api in _pages(client, "/v2/apis"):
        stages = list(_pages(client, f"/v2/apis/{api['apiId']}/stages"))
        endpoint = api["apiEndpoint"]
        for stage in stages:
            name = stage["stageName"]
            if not stage.get("deploymentId"):
                yield Address(api["protocolType"], api["name"], name, _NO_DEPLOYMENT)
                continue
            path_url = _url_of_stage(_path_endpoint(client, endpoint, api["apiId"]), name)
            yield Address(api["protocolType"], api["name"], name, _url_of_stage(endpoint, name), path_url)
        if not stages:
            yield Address(api["protocolType"], api["name"], "-", _NO_STAGE)


def _rest(client: Client) -> Iterator[Address]:
    where = urlsplit(client.url)
    port = f":{where.port}" if where.port else ""
    for api in _items(client, "apigateway", "/restapis", "item", "position"):
        # A REST API does not tell where it is reached.
        endpoint = f"{where.scheme}://{api['id']}.execute-api.{client.region}.localhost{port}"
        stages = list(_items(client, "apigateway", f"/restapis/{api['id']}/stages", "item", "position"))
        for stage in stages:
            name = stage["stageName"]
            path_url = _url_of_stage(_path_endpoint(client, endpoint, api["id"]), name)
            yield Address("REST", api["name"], name, _url_of_stage(endpoint, name), path_url)
        if not stages:
            yield Address("REST", api["name"], "-", _NO_STAGE)


def _functions(client: Client) -> Iterator[Address]:
    for function in _items(client, "lambda", "/2015-03-31/functions/", "Functions", "NextMarker", given="Marker"):
        path = f"/2021-10-31/functions/{quote(function['FunctionName'], safe='')}/urls"
        for config in _items(client, "lambda", path, "FunctionUrlConfigs", "NextMarker", given="Marker"):
            alias = config["FunctionArn"].partition(":function:")[2].partition(":")[2]
            url = config["FunctionUrl"]
            path_url = f"{client.url}/_aws/lambda-url/{urlsplit(url).netloc.partition('.')[0]}/"
            yield Address("FUNCTION", function["FunctionName"], alias or "-", url, path_url)


def _domains(client: Client) -> Iterator[Address]:
    where = urlsplit(client.url)
    port = f":{where.port}" if where.port else ""
    for domain in _pages(client, "/v2/domainnames"):
        name = domain["domainName"]
        for mapping in _pages(client, f"/v2/domainnames/{quote(name, safe='')}/apimappings"):
            key = mapping.get("apiMappingKey") or ""
            yield Address("DOMAIN", name, mapping["stage"], f"{where.scheme}://{name}{port}/{key}")


def _url_of_stage(endpoint: str, stage: str) -> str:
    return f"{endpoint}/" if stage == _DEFAULT_STAGE else f"{endpoint}/{stage}/"


def _path_endpoint(client: Client, endpoint: str, api_id: str) -> str:
    """An API's at the address at which the platform was asked, with the scheme of its own: that of a WebSocket API is ws."""
    return f"{urlsplit(endpoint).scheme}://{urlsplit(client.url).netloc}/_aws/execute-api/{api_id}"


def _pages(client: Client, path: str) -> Iterator[dict[str, Any]]:
    return _items(client, "apigateway", path, "items", "nextToken")


def _items(
    client: Client, service: str, path: str, member: str, token: str, *, given: str | None = None
) -> Iterator[dict[str, Any]]:
    """All of a list; none where the platform does not have the operation. ``given``: what its token is called in a request."""
    position = ""
    while True:
        try:
            query = {given or token: position} if position else {}
            page = client.rest(service, "GET", path, query=query).json()
        except Refused as refused:
            if refused.status == _NOT_IMPLEMENTED:
                return
            raise
        yield from page.get(member) or ()
        position = page.get(token) or ""
        if not position:
            return
