"""The way of a request through an HTTP API: which stage and route it takes, and what the API answers by itself."""

import asyncio
import json
from typing import Any

import pytest
from tests.unit.services.apigateway.visits import API_ID, FakeVisit

from lambent.core.errors import ServiceError
from lambent.services.apigateway.engine.records import AccessLog, Cors, Integration, Route, RouteSettings
from lambent.wire.http import Request


def told(response: Any) -> tuple[int, Any]:
    return response.status, json.loads(response.body)


async def test_a_request_reaches_the_function_of_its_route_and_the_answer_comes_back(world):
    await world.publish("GET /items/{id}")
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda event: {
        "statusCode": 201,
        "headers": {"x-id": event["pathParameters"]["id"]},
        "cookies": ["a=1"],
        "body": "made",
    }

    answer = await world.get("/items/7?a=1&a=2", {"Host": "h", "Cookie": "c=1; d=2", "User-Agent": "me"})

    assert (answer.status, answer.body) == (201, b"made")
    assert answer.headers[:2] == [("x-id", "7"), ("Content-Type", "text/plain;charset=UTF-8")]
    assert answer.header("set-cookie") == "a=1"
    event = world.event()
    assert (event["version"], event["routeKey"], event["rawPath"], event["rawQueryString"]) == (
        "2.0", "GET /items/{id}", "/items/7", "a=1&a=2"
    )  # fmt: skip
    assert event["queryStringParameters"] == {"a": "1,2"}
    assert event["cookies"] == ["c=1", "d=2"]
    assert event["requestContext"]["http"] == {
        "method": "GET", "path": "/items/7", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "me"
    }  # fmt: skip
    assert event["requestContext"]["requestId"] == answer.header("apigw-requestid")
    assert len(event["requestContext"]["requestId"]) == 16
    assert "authorizer" not in event["requestContext"]


async def test_the_function_is_called_by_api_gateway_for_the_route(world):
    await world.publish("ANY /items/{id}", stage="prod")

    await world.get("/prod/items/7")

    context = world.invocations[0][0]
    assert context.principal_arn == "apigateway.amazonaws.com"
    assert context.source_arn == "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/*/items/{id}"
    assert (context.account, context.region) == ("111122223333", "us-east-1")


async def test_an_integration_with_a_role_acts_in_it(world):
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:111122223333:function:${stageVariables.name}:live/invocations"
    )
    integration = Integration(
        "role", "AWS_PROXY", uri, credentials_arn="arn:aws:iam::111122223333:role/a/${stageVariables.role}"
    )
    await world.publish(
        Route("r", "GET /", target="integrations/role"), integrations=(integration,), variables={"name": "g", "role": "R"}
    )

    await world.get("/")

    context, _, _, given = world.calls[0]
    assert given["FunctionName"] == "arn:aws:lambda:us-east-1:111122223333:function:g:live"
    assert context.principal_arn == "arn:aws:sts::111122223333:assumed-role/R/BackplaneAssumeRoleSession"


async def test_the_first_segment_chooses_the_stage_and_is_told_as_a_part_of_the_path(world):
    await world.publish("GET /a", stage="$default")
    await world.publish("GET /a", "GET /", stage="prod", variables={"v": "1"})

    for path, stage in (("/a", "$default"), ("/prod/a", "prod"), ("/prod", "prod")):
        await world.get(path)
        event = world.event()
        assert (event["requestContext"]["stage"], event["rawPath"]) == (stage, path)
    assert event["stageVariables"] == {"v": "1"}


async def test_no_path_names_the_default_stage(world):
    await world.publish("ANY /{proxy+}", stage="$default")

    await world.get("/$default/a")
    assert world.event()["rawPath"] == "/$default/a"
    assert world.event()["pathParameters"] == {"proxy": "$default/a"}


async def test_paths_are_told_decoded(world):
    await world.publish("GET /{proxy+}")

    await world.get("/a%20b/%C3%A9")

    event = world.event()
    assert (event["rawPath"], event["pathParameters"]) == ("/a b/é", {"proxy": "a b/é"})


async def test_what_has_no_route_or_no_stage_is_not_found(world):
    await world.publish("GET /a", stage="prod")

    for path in ("/prod/b", "/a", "/"):
        answer = await world.get(path)
        assert told(answer) == (404, {"message": "Not Found"}), path
        assert answer.header("apigw-requestid")


async def test_a_change_is_seen_by_the_next_request(world):
    await world.publish("GET /a")
    assert (await world.get("/b")).status == 404

    await world.publish("GET /b")

    assert (await world.get("/b")).status == 200
    assert (await world.get("/a")).status == 404


async def test_a_disabled_endpoint_is_forbidden(world):
    await world.publish("GET /a", disable_execute_api_endpoint=True)

    assert told(await world.get("/a")) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize(
    "returned",
    [
        {"FunctionError": "Unhandled"},
        {"statusCode": "x"},
        b"nonsense",
        ServiceError(),
    ],
)
async def test_what_goes_wrong_in_a_function_is_an_internal_error(world, returned):
    await world.publish("GET /a")
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda _event: returned

    assert told(await world.get("/a")) == (500, {"message": "Internal Server Error"})


async def test_a_function_that_takes_too_long_is_unavailable_and_runs_on(world):
    ended = asyncio.Event()
    done = []

    async def slow() -> dict[str, Any]:
        await ended.wait()
        done.append(1)
        return {}

    quick = Integration("quick", "AWS_PROXY", "arn:aws:lambda:us-east-1:111122223333:function:f", timeout_ms=1)
    await world.publish(Route("r", "GET /a", target="integrations/quick"), integrations=(quick,))
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda _event: slow()

    assert told(await world.get("/a")) == (503, {"message": "Service Unavailable"})
    ended.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert done == [1]


async def test_a_body_above_the_limit_is_too_large(world):
    await world.publish("POST /a")

    assert told(await world.visit("POST", "/a", body=bytes(10_485_761))) == (413, {"message": "Request Entity Too Large"})
    assert (await world.visit("POST", "/a", body=bytes(10_485_760))).status == 200


async def test_an_event_above_the_functions_limit_is_too_large_as_well(world):
    class TooLong(ServiceError):
        status = 413

    await world.publish("POST /a")
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda _event: TooLong()

    assert (await world.visit("POST", "/a")).status == 413


async def test_a_head_above_the_limit_is_too_large(world):
    await world.publish("GET /a")

    assert (await world.get("/a", {"x": "y" * 10_240})).status == 431


async def test_binary_bodies_go_as_base64_and_texts_as_they_are(world):
    await world.publish("POST /a")

    await world.visit("POST", "/a", {"content-type": "image/png"}, b"\x00\xff")
    assert (world.event()["body"], world.event()["isBase64Encoded"]) == ("AP8=", True)
    await world.visit("POST", "/a", {"content-type": "application/json"}, b'{"a":1}')
    assert (world.event()["body"], world.event()["isBase64Encoded"]) == ('{"a":1}', False)


async def test_a_stage_takes_no_more_than_its_burst_until_the_clock_goes_on(world):
    await world.publish("GET /a", settings=RouteSettings(2, 1.0))

    assert [(await world.get("/a")).status for _ in range(3)] == [200, 200, 429]
    assert told(await world.get("/a")) == (429, {"message": "Too Many Requests"})
    await world.clock.advance(1)
    assert [(await world.get("/a")).status for _ in range(2)] == [200, 429]


async def test_a_route_may_have_limits_of_its_own(world):
    own = {"GET /a": RouteSettings(throttling_burst_limit=0)}
    await world.publish("GET /a", "GET /b", settings=RouteSettings(5, 5.0), route_settings=own)

    assert [(await world.get(path)).status for path in ("/a", "/b")] == [429, 200]


async def test_a_preflight_is_answered_by_the_api_itself(world):
    await world.publish("GET /a", cors=Cors(("https://a.example",), ("GET", "PUT"), ("x-a",), max_age_s=5))
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    answer = await world.visit("OPTIONS", "/nowhere", headers)

    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-methods") == "GET,PUT"
    assert world.calls == []


async def test_answers_have_the_cors_headers_of_the_api_and_not_those_of_the_function(world):
    await world.publish("GET /a", cors=Cors(("https://a.example",)))
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda _event: {
        "statusCode": 200,
        "headers": {"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "1"},
    }

    allowed = await world.get("/a", {"Origin": "https://a.example"})
    other = await world.get("/a", {"Origin": "https://b.example"})
    missing = await world.get("/b", {"Origin": "https://a.example"})

    assert allowed.header("access-control-allow-origin") == "https://a.example"
    assert allowed.header("access-control-max-age") is None
    assert other.header("access-control-allow-origin") is None
    assert (missing.status, missing.header("access-control-allow-origin")) == (404, "https://a.example")


async def test_access_logs_have_a_line_a_request(world):
    log = AccessLog(
        "arn:aws:logs:us-east-1:111122223333:log-group:/api",
        '{"route":"$context.routeKey","status":$context.status,"error":"$context.error.message",'
        '"length":$context.responseLength,"function":"$context.integrationErrorMessage","ip":"$context.identity.sourceIp"}',
    )
    await world.publish("GET /a", access_log=log)

    await world.get("/a")
    await world.get("/b")

    (stream, first), (_, second) = await world.logged(2)
    assert (stream.group, stream.stream) == ("/api", "abcdef1234/$default")
    expected = {"route": "GET /a", "status": 200, "error": "-", "length": 2, "function": "-", "ip": "192.0.2.7"}
    assert json.loads(first) == expected
    assert json.loads(second) == expected | {"route": "-", "status": 404, "error": "Not Found", "length": 23}


@pytest.mark.parametrize(
    ("path", "name", "key"),
    [
        ("/v1/orders/7", "api.example.test", "v1/orders"),
        ("/v1/orders", "api.example.test", "v1/orders"),
        ("/prod/7", "api.example.test", "-"),
        ("/prod/7", API_ID, "-"),
    ],
)
async def test_access_logs_tell_the_mapping_by_which_a_domain_name_led_there(world, path, name, key):
    log = AccessLog("arn:aws:logs:us-east-1:111122223333:log-group:/api", "$context.customDomain.basePathMatched")
    await world.publish("$default", stage="prod", access_log=log)
    await world.map("api.example.test", {"": "prod", "v1/orders": "prod"})

    assert (await world.get(path, name=name)).status == 200
    ((_, line),) = await world.logged(1)
    assert line == key


async def test_a_route_without_integration_fails(world):
    await world.publish(Route("r", "GET /a"))

    assert told(await world.get("/a")) == (500, {"message": "Internal Server Error"})


async def test_events_of_format_1_and_their_replies(world):
    old = Integration("old", "AWS_PROXY", "arn:aws:lambda:us-east-1:111122223333:function:f", payload_format_version="1.0")
    await world.publish(Route("r", "GET /a/{id}", target="integrations/old"), integrations=(old,), stage="prod")
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda _event: {
        "statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}
    }  # fmt: skip

    answer = await world.get("/prod/a/1?q=1&q=2", {"X-A": "1"})

    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    event = world.event()
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/a/{id}", "/prod/a/1")
    assert event["requestContext"]["resourceId"] == "GET /a/{id}"
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert event["headers"]["X-A"] == "1"
    assert event["body"] is None


async def test_a_format_1_function_must_return_a_status(world):
    old = Integration("old", "AWS_PROXY", "arn:aws:lambda:us-east-1:111122223333:function:f", payload_format_version="1.0")
    await world.publish(Route("r", "GET /a", target="integrations/old"), integrations=(old,))
    world.functions["arn:aws:lambda:us-east-1:111122223333:function:f"] = lambda _event: {"message": "hello"}

    assert (await world.get("/a")).status == 500


async def test_a_domain_name_leads_to_the_stage_of_its_longest_mapping(world):
    await world.publish("GET /{proxy+}", "GET /", stage="prod")
    await world.map("api.example.test", {"": "prod", "v1/orders": "prod", "gone": "other"})

    for path, proxy in (("/v1/orders/7", "7"), ("/v1/ordersx", "v1/ordersx"), ("/v1", "v1")):
        await world.get(path, name="api.example.test")
        assert (world.event()["rawPath"], world.event()["pathParameters"]) == (path, {"proxy": proxy})
    assert (await world.get("/v1/orders", name="api.example.test")).status == 200
    assert world.event()["routeKey"] == "GET /"
    assert (await world.get("/gone/x", name="api.example.test")).status == 404


async def test_a_domain_name_may_begin_with_a_star(world):
    await world.publish("GET /a")
    await world.map("*.example.test", {"": "$default"})

    assert (await world.get("/a", name="b.example.test")).status == 200


async def test_a_disabled_endpoint_leaves_domain_names_alone(world):
    await world.publish("GET /a", disable_execute_api_endpoint=True)
    await world.map("api.example.test", {"v1": "$default"})

    assert (await world.get("/v1/a", name="api.example.test")).status == 200
    assert await world.front.answer(FakeVisit(Request("GET", "/v2/a", "", {}), name="api.example.test")) is None
    assert await world.front.answer(FakeVisit(Request("GET", "/", "", {}), name="other.example.test")) is None


async def test_an_api_that_is_not_there_is_none_of_this_front(world):
    assert await world.front.answer(FakeVisit(Request("GET", "/", "", {}), name="zzzzzzzzzz")) is None


async def test_an_api_of_another_kind_is_none_of_this_front(world):
    await world.publish("$connect", protocol_type="WEBSOCKET")

    assert await world.front.answer(FakeVisit(Request("GET", "/", "", {}))) is None
