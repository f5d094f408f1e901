"""The way of a client through a WebSocket API: it connects, sends, and leaves."""

import asyncio
import json
from typing import Any

import pytest
from msgspec import structs
from tests.unit.gateway.clients import turns
from tests.unit.services.apigateway.sockets import (
    FUNCTION,
    AccessLog,
    Busy,
    Client,
    RouteSettings,
    SocketWorld,
    caller_of,
    echo,
    published,
)
from tests.unit.services.apigateway.visits import API_ID, HOST

from lambent.core.context import Scope
from lambent.core.ports import Denial
from lambent.services.apigateway.engine.records import Authorizer, Integration, Route
from lambent.services.apigateway.engine.rest import keys
from lambent.services.apigateway.engine.v2 import apis
from lambent.services.apigateway.engine.v2.resources import Model
from lambent.services.apigateway.operations.websocket import front, talk
from lambent.services.apigateway.operations.websocket.front import MESSAGE_BYTES_MAX
from lambent.services.apigateway.operations.websocket.talk import UNDER_WAY_MAX
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction
from lambent.wire.http import Upgrade

AUTHORIZER_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}-auth/invocations"
AUTHORIZER = Authorizer("a", "auth", "REQUEST", AUTHORIZER_URI, identity_sources=("route.request.querystring.token",))
GUARDED = Route("c", "$connect", target="integrations/i", authorization_type="CUSTOM", authorizer_id="a")


NUMBERS = [str(number) for number in range(UNDER_WAY_MAX + 50)]


async def test_a_client_is_connected_without_a_route_for_it(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    assert len(client.id) == 16
    assert world.invocations == []


async def test_the_connect_route_says_who_connects_and_may_choose_a_subprotocol(world: SocketWorld):
    await world.serve("$connect")
    world.functions[FUNCTION] = lambda _: {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat"}}
    client = await world.connect("/prod/?user=ann", {"sec-websocket-protocol": "chat"})
    event = world.event()
    assert (event["requestContext"]["eventType"], event["requestContext"]["connectionId"]) == ("CONNECT", client.id)
    assert event["queryStringParameters"] == {"user": "ann"}
    assert client.upgrade.headers == [("Sec-WebSocket-Protocol", "chat")]
    assert world.invocations[0][0].source_arn.endswith(f":{API_ID}/prod/$connect")


@pytest.mark.parametrize("given", ["Root=1-5759e988-bd862e3fe1be46a994272793", "no trace", ""])
async def test_the_function_belongs_to_the_trace_of_who_connects_or_to_a_new_one(world: SocketWorld, given: str):
    await world.serve("$connect")
    world.functions[FUNCTION] = lambda _: {"statusCode": 200}
    await world.connect("/prod/", {"x-amzn-trace-id": given})
    trace_id = world.invocations[0][0].trace_id
    assert trace_id == given or (not given.startswith("Root=") and trace_id.startswith("Root=1-"))
    assert world.event()["headers"]["X-Amzn-Trace-Id"] == trace_id


@pytest.mark.parametrize(
    ("returned", "status"), [({"statusCode": 401}, 401), ({"FunctionError": "Unhandled"}, 502), ("text", 502), (None, 502)]
)
async def test_who_is_not_let_in_by_the_connect_route_is_refused(world: SocketWorld, returned: Any, status: int):
    await world.serve("$connect")
    world.functions[FUNCTION] = lambda _: returned
    assert (await world.ask()).status == status


async def test_addresses_of_no_stage_and_requests_that_open_nothing_are_refused(world: SocketWorld):
    await world.serve("$default")
    assert (await world.ask("/other")).status == 403
    assert (await world.ask("/prod/below")).status == 403
    assert (await world.ask(method="POST")).status == 403
    refused = await world.ask(is_websocket=False)
    assert (refused.status, json.loads(refused.body)["message"]) == (426, "Upgrade Required")  # type: ignore[arg-type]


async def test_an_authorizer_lets_in_and_its_context_comes_with_every_event(world: SocketWorld):
    await world.serve(GUARDED, "$default", authorizers=(AUTHORIZER,))

    def authorize(event: Any) -> Any:
        assert event["methodArn"].endswith(f"{API_ID}/prod/$connect")
        effect = "Allow" if event["queryStringParameters"]["token"] == "good" else "Deny"
        statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        return {"principalId": "ann", "policyDocument": policy, "context": {"level": 3}}

    world.functions[f"{FUNCTION}-auth"] = authorize
    assert (await world.ask("/prod")).status == 401
    refused = await world.ask("/prod?token=bad")
    told = json.loads(refused.body)  # type: ignore[arg-type]
    assert (refused.status, told["message"], told.keys()) == (403, "Forbidden", {"message", "connectionId", "requestId"})
    client = await world.connect("/prod?token=good")
    client.send("hello")
    events = await world.told(4)
    assert events[-1]["requestContext"]["authorizer"] == {"principalId": "ann", "integrationLatency": 0, "level": "3"}


async def test_iam_lets_in_who_has_signed_and_may(world: SocketWorld):
    await world.serve(Route("c", "$connect", target="integrations/i", authorization_type="AWS_IAM"))
    world.replies["sts", "GetCallerIdentity"] = {"UserId": "AIDA", "Arn": "arn:aws:iam::111122223333:user/ann"}
    assert (await world.ask()).status == 403
    denial = Denial(is_explicit=True, policy="identity-based policy")
    assert (await world.ask(caller=caller_of("111122223333"), denial=denial)).status == 403
    await world.connect(caller=caller_of("111122223333"))
    assert world.event()["requestContext"]["identity"]["userArn"] == "arn:aws:iam::111122223333:user/ann"


async def test_required_parameters_of_the_connect_route_must_be_there(world: SocketWorld):
    await world.serve(
        Route("c", "$connect", target="integrations/i", request_parameters={"route.request.querystring.room": True})
    )
    assert (await world.ask()).status == 400
    await world.connect("/prod?room=1")


async def key_for(world: SocketWorld, **plan: Any) -> str:
    """The value of a key that opens the stage."""

    def make(tx: Transaction) -> str:
        scope = Scope("111122223333", "us-east-1")
        stages = [{"apiId": API_ID, "stage": "prod"}]
        plan_id = keys.create_plan(tx, scope, {"name": "p", "apiStages": stages, **plan})["id"]
        key = keys.create_key(tx, scope, {"enabled": True}, world.clock.now())
        keys.add_to_plan(tx, scope, plan_id, key["id"])
        return str(key["value"])

    return await world.store.write(make)


async def test_a_key_opens_the_stages_of_its_plan(world: SocketWorld):
    await world.serve(Route("c", "$connect", target="integrations/i", is_api_key_required=True), "$default")
    value = await key_for(world)
    for given in ({}, {"x-api-key": "x" * 40}):
        refused = await world.ask(headers=given)
        assert (refused.status, json.loads(refused.body)["message"]) == (403, "Forbidden")  # type: ignore[arg-type]
    client = await world.connect(headers={"x-api-key": value})
    client.send("x")
    events = await world.told(2)
    assert [event["requestContext"]["identity"]["apiKey"] for event in events] == [value, value]


async def test_a_key_may_be_told_by_the_authorizer(world: SocketWorld):
    guarded = structs.replace(GUARDED, is_api_key_required=True)
    expression = "$context.authorizer.usageIdentifierKey"
    await world.serve(guarded, authorizers=(AUTHORIZER,), key_selection=expression)
    value = await key_for(world)
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    answer = {"principalId": "a", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    world.functions[f"{FUNCTION}-auth"] = lambda _: answer
    assert (await world.ask("/prod?token=t", headers={"x-api-key": value})).status == 403
    world.functions[f"{FUNCTION}-auth"] = lambda _: {**answer, "context": {"usageIdentifierKey": value}}
    await world.connect("/prod?token=t")


async def test_a_plan_limits_how_often_a_key_is_used_for_messages_too(world: SocketWorld):
    routes = [Route(key, key, target="integrations/i", is_api_key_required=True) for key in ("$connect", "$default")]
    await world.serve(*routes)
    headers = {"x-api-key": await key_for(world, quota={"limit": 2, "period": "DAY"})}
    client = await world.connect(headers=headers)
    world.functions[FUNCTION] = echo
    client.send("one")
    assert await client.receive() == "one"
    client.send("two")
    assert json.loads(await client.receive())["message"] == "Limit Exceeded"
    assert (await world.ask(headers=headers)).status == 429
    await world.clock.advance(86_400)
    await world.connect(headers=headers)


async def test_a_message_is_held_against_the_model_that_its_route_selects(world: SocketWorld):
    schema = '{"type": "object", "required": ["text"]}'
    route = Route(
        "r",
        "say",
        target="integrations/i",
        model_selection_expression="$request.body.kind",
        request_models={"note": "Note", "other": "m1"},
    )
    await world.serve(route, models=(Model("m1", "Note", schema), Model("m2", "Broken", '{"pattern": "("}')), two_way=("say",))
    world.functions[FUNCTION] = echo
    client = await world.connect()
    for message in ({"kind": "note"}, {"kind": "none", "text": "no model is chosen"}, {"text": "nor here"}):
        client.send({"action": "say", **message})
        told = json.loads(await client.receive())
        assert (told["message"], told.keys()) == ("Invalid request body", {"message", "connectionId", "requestId"})
    assert world.invocations == []
    for kind in ("note", "other"):
        client.send({"action": "say", "kind": kind, "text": "t"})
        assert json.loads(await client.receive())["kind"] == kind


async def test_a_model_that_is_none_is_the_api_s_fault(world: SocketWorld):
    route = Route(
        "r", "say", target="integrations/i", model_selection_expression="$default", request_models={"$default": "Gone"}
    )
    await world.serve(route)
    client = await world.connect()
    client.send({"action": "say"})
    assert json.loads(await client.receive())["message"] == "Internal server error"


async def test_a_function_cannot_promise_a_client_what_the_server_does_not_speak(world: SocketWorld):
    await world.serve("$connect")
    headers = {"Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Accept": "x", "X-Kept": "1"}
    world.functions[FUNCTION] = lambda _: {"statusCode": 200, "headers": headers}
    client = await world.connect(headers={"sec-websocket-extensions": "permessage-deflate"})
    assert client.upgrade.headers == [("X-Kept", "1")]


async def test_a_message_goes_to_the_route_that_it_selects_and_a_two_way_route_answers(world: SocketWorld):
    await world.serve("$default", "join", "quiet", two_way=("$default", "join"))
    world.functions[FUNCTION] = lambda event: {"statusCode": 200, "body": event["requestContext"]["routeKey"]}
    client = await world.connect()
    client.send({"action": "quiet"})
    for message, route in (({"action": "join"}, "join"), ({"action": "?"}, "$default"), ("no JSON", "$default")):
        client.send(message)
        assert await client.receive() == route
    assert client.socket.sent.empty()


async def test_what_no_route_fits_and_what_fails_is_told_to_the_client(world: SocketWorld):
    await world.serve("fail")
    world.functions[FUNCTION] = lambda _: {"FunctionError": "Unhandled"}
    client = await world.connect()
    client.send({"action": "other"})
    told = json.loads(await client.receive())
    assert (told["message"], told["connectionId"]) == ("Forbidden", client.id)
    client.send({"action": "fail"})
    assert json.loads(await client.receive())["message"] == "Internal server error"


async def test_messages_reach_the_function_in_their_order_while_earlier_ones_run(world: SocketWorld):
    await world.serve("$default")
    begun: list[str] = []
    gate, is_full = asyncio.Event(), asyncio.Event()

    async def slow(event: Any) -> Any:
        begun.append(event["body"])
        if len(begun) == UNDER_WAY_MAX:
            is_full.set()
        await gate.wait()
        return echo(event)

    world.functions[FUNCTION] = slow
    client = await world.connect()
    sent = [str(number) for number in range(200)]
    for message in sent:
        client.send(message)
    await is_full.wait()
    assert client.socket.holds == [True]  # no more are read before some are done
    gate.set()
    assert {await client.receive() for _ in sent} == set(sent)
    assert begun == sent
    assert client.socket.holds == [True, False]


async def test_the_end_is_told_behind_the_messages_that_came_before_it(world: SocketWorld):
    await world.serve("$default", "$disconnect")
    gate, is_full = asyncio.Event(), asyncio.Event()
    begun: list[str] = []

    async def slow(event: Any) -> Any:
        begun.append(event.get("body", "the end"))
        if len(begun) == UNDER_WAY_MAX:
            is_full.set()
        await gate.wait()
        return echo(event)

    world.functions[FUNCTION] = slow
    client = await world.connect()
    sent = [str(number) for number in range(UNDER_WAY_MAX + 2)]
    for message in sent:
        client.send(message)
    client.talk.ended(1000, "")
    await is_full.wait()
    gate.set()
    await world.told(len(sent) + 1)
    assert begun == [*sent, "the end"]


async def test_the_end_waits_for_no_more_than_a_bounded_time_and_drops_what_has_not_begun(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
):
    await world.serve("$default", "$disconnect")
    busy = Busy(world)
    client = await world.connect()
    for message in NUMBERS:
        client.send(message)
    await busy.has_begun(UNDER_WAY_MAX)
    monkeypatch.setattr(talk, "WAITING_S_MAX", 0.0)
    client.talk.ended(1000, "")
    await busy.has_begun(UNDER_WAY_MAX + 1)
    busy.may_answer.set()
    await world.settled()
    assert busy.begun == [*NUMBERS[:UNDER_WAY_MAX], "the end"]


async def test_a_client_whose_messages_wait_for_long_is_read_from_all_the_same_to_notice_that_it_leaves(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(talk, "WAITING_S_MAX", 0.0)
    await world.serve("$default")
    busy = Busy(world)
    client = await world.connect()
    for message in NUMBERS:
        client.send(message)
    await turns()
    assert client.socket.holds[-2:] == [True, False]
    held_count = len(client.socket.holds)
    client.send("one more")
    assert client.socket.holds[held_count:] == [True]
    await turns()
    assert client.socket.holds[held_count:] == [True, False]
    busy.may_answer.set()
    await world.settled()
    assert busy.begun == [*NUMBERS, "one more"]


async def test_a_client_for_which_too_much_waits_is_closed(world: SocketWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(talk, "WAITING_SIZE_MAX", 2 * (talk.MESSAGE_SIZE + 1))
    await world.serve("$default")
    busy = Busy(world)
    client = await world.connect()
    for _ in range(UNDER_WAY_MAX + 2):
        client.send("x")
    assert client.socket.closed is None
    client.send("x")
    assert client.socket.closed == (1008, "Too many messages wait")
    busy.may_answer.set()


async def test_order_holds_between_messages_that_use_a_key_those_that_do_not_refused_ones_and_the_end(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
):
    keyed = [Route(key, key, target="integrations/i", is_api_key_required=True) for key in ("$connect", "keyed")]
    await world.serve(*keyed, "free", "$disconnect")
    client = await world.connect(headers={"x-api-key": await key_for(world)})
    busy = Busy(world)
    busy.may_answer.set()
    is_written = asyncio.Event()
    use = world.front._keys.use

    async def use_slowly(*given: Any) -> Any:
        await is_written.wait()
        return await use(*given)

    monkeypatch.setattr(world.front._keys, "use", use_slowly)
    sent = [json.dumps({"action": action, "n": number}) for number, action in enumerate(("keyed", "keyed", "none", "free"))]
    for message in sent:
        client.send(message)
    client.talk.ended(1000, "")
    await turns()
    assert busy.begun == []
    is_written.set()
    await world.settled()
    assert busy.begun == [sent[0], sent[1], sent[3], "the end"]


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "left before"])
async def test_a_platform_that_stops_tells_the_end_at_once_and_begins_nothing_after_it_has_given_up_waiting(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch, *, is_open: bool
):
    await world.serve("$default", "$disconnect")
    busy = Busy(world)
    client = await world.connect()
    client.socket.on_close = client.talk.ended
    for message in NUMBERS:
        client.send(message)
    await busy.has_begun(UNDER_WAY_MAX)
    if not is_open:
        client.socket.close(1000)
    world.front.end_sockets()
    await busy.has_begun(UNDER_WAY_MAX + 1)
    monkeypatch.setattr(front, "END_S_MAX", 0.0)
    await world.front.close()
    await turns()
    assert busy.begun == [*NUMBERS[:UNDER_WAY_MAX], "the end"]
    busy.may_answer.set()


async def test_what_is_cancelled_when_the_platform_stops_begins_nothing_anew(
    world: SocketWorld, monkeypatch: pytest.MonkeyPatch
):
    await world.serve("$default")
    busy = Busy(world)
    client = await world.connect()
    for message in NUMBERS:
        client.send(message)
    await busy.has_begun(UNDER_WAY_MAX)
    await world.front._tasks.close(0.0)
    await turns()
    assert busy.begun == NUMBERS[:UNDER_WAY_MAX]
    busy.may_answer.set()


async def test_an_answer_above_128_kilobytes_is_no_message(world: SocketWorld):
    await world.serve("$default")
    returned = {"statusCode": 200, "body": "é" * (MESSAGE_BYTES_MAX // 2)}
    world.functions[FUNCTION] = lambda _: returned
    client = await world.connect()
    client.send("x")
    assert await client.receive() == returned["body"]
    returned["body"] += "x"
    client.send("x")
    assert json.loads(await client.receive())["message"] == "Internal server error"


async def test_who_connects_to_an_api_that_is_deleted_meanwhile_is_refused(world: SocketWorld):
    log = AccessLog("arn:aws:logs:us-east-1:111122223333:log-group:talk", "$context.status $context.error.message")
    await world.serve("$connect", "$default", access_log=log)

    async def delete(_: Any) -> Any:
        await world.store.write(apis.delete, Scope("111122223333", "us-east-1"), API_ID)
        return {"statusCode": 200}

    world.functions[FUNCTION] = delete
    assert (await world.ask()).status == 403
    assert [line for _, line in await world.logged(1)] == ["403 Forbidden"]


async def test_a_connection_whose_api_was_deleted_between_the_answer_and_the_opening_is_closed(world: SocketWorld):
    await world.serve("$default")
    upgrade = await world.ask()
    assert isinstance(upgrade, Upgrade)
    await world.store.write(apis.delete, Scope("111122223333", "us-east-1"), API_ID)
    client = Client(upgrade)
    await world.settled()
    assert client.socket.closed == (1001, "Going away")


async def test_the_end_of_a_connection_is_told_with_its_code(world: SocketWorld):
    await world.serve("$disconnect")
    client = await world.connect()
    client.talk.ended(1006, "")
    (event,) = await world.told(1)
    context = event["requestContext"]
    assert (context["eventType"], context["disconnectStatusCode"]) == ("DISCONNECT", 1006)
    assert context["disconnectReason"] == "Connection Closed Abnormally"


async def test_limits_hold_for_connecting_and_for_messages(world: SocketWorld):
    limit = RouteSettings(throttling_burst_limit=1, throttling_rate_limit=1.0)
    await world.serve("$connect", "$default", route_settings={"$connect": limit, "$default": limit})
    world.functions[FUNCTION] = echo
    client = await world.connect()
    assert (await world.ask()).status == 429
    client.send("one")
    assert await client.receive() == "one"
    client.send("two")
    assert json.loads(await client.receive())["message"] == "Too Many Requests"


async def test_every_event_has_a_line_in_the_access_log(world: SocketWorld):
    form = "$context.eventType $context.routeKey $context.status $context.connectionId $context.error.message"
    log = AccessLog("arn:aws:logs:us-east-1:111122223333:log-group:talk", form)
    await world.serve("$connect", access_log=log)
    client = await world.connect()
    client.send("?")
    lines = [line for _, line in await world.logged(2)]
    assert lines == [f"CONNECT $connect 200 {client.id} -", f"MESSAGE - 403 {client.id} Forbidden"]


async def test_a_message_whose_function_takes_too_long_is_answered_for_once_and_the_function_runs_on(world: SocketWorld):
    form = "$context.routeKey $context.status $context.integration.error $context.responseLength"
    log = AccessLog("arn:aws:logs:us-east-1:111122223333:log-group:talk", form)
    hasty = Integration("hasty", "AWS_PROXY", FUNCTION, timeout_ms=1)
    slow = Route("s", "slow", target="integrations/hasty")
    await world.serve("$default", "$disconnect", slow, integrations=(hasty,), two_way=("$default", "slow"), access_log=log)
    may_answer, has_answered = asyncio.Event(), asyncio.Event()

    async def answer(event: Any) -> Any:
        if event["requestContext"]["routeKey"] == "slow":
            await may_answer.wait()
            has_answered.set()
        return echo(event)

    world.functions[FUNCTION] = answer
    client = await world.connect()
    client.send({"action": "slow"})
    told = await client.receive()
    assert json.loads(told)["message"] == "Endpoint request timed out"
    await world.settled()  # nothing waits for the function
    client.send("next")
    assert await client.receive() == "next"
    may_answer.set()
    await has_answered.wait()
    await turns()
    client.talk.ended(1000, "")
    lines = [line for _, line in await world.logged(4)]
    assert client.socket.sent.empty()
    assert lines[1:] == [
        f"slow 504 Execution failed due to a timeout error {len(told)}",
        f"$default 200 - {len('next')}",
        "$disconnect 200 - -",
    ]


async def test_stage_variables_come_with_every_event(world: SocketWorld):
    await world.serve("$default", variables={"v": "1"})
    client = await world.connect()
    client.send("x")
    assert (await world.told(1))[0]["stageVariables"] == {"v": "1"}
    await world.serve("$default", variables={"v": "2"})
    client.send("x")
    assert (await world.told(2))[1]["stageVariables"] == {"v": "2"}  # the connection has been open all the while


async def test_a_domain_name_leads_to_a_stage(world: SocketWorld):
    log = AccessLog("arn:aws:logs:us-east-1:111122223333:log-group:talk", "$context.customDomain.basePathMatched")
    await world.serve("$default", access_log=log)
    await world.map("talk.example", {"v1": "prod"})
    assert isinstance(await world.ask("/v1", name="talk.example"), Upgrade)
    assert [line for _, line in await world.logged(1)] == ["v1"]
    assert (await world.ask("/v1/below", name="talk.example")).status == 403


async def test_connections_of_an_api_that_is_gone_are_closed_at_their_next_message(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    await world.store.write(apis.delete, Scope("111122223333", "us-east-1"), API_ID)
    client.send("x")
    await world.settled()
    assert client.socket.closed == (1001, "Going away")


async def test_a_reset_closes_what_is_open(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    world.front.forget("444455556666")
    assert client.socket.closed is None
    world.front.forget(None)
    assert client.socket.closed == (1001, "Going away")


async def test_the_api_s_own_address_takes_connections_apart(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    where = f"/prod/@connections/{client.id.replace('=', '%3D')}"
    assert (await world.ask(where, method="POST", body=b"hi")).status == 403
    signed = {"caller": caller_of("111122223333")}
    assert (await world.ask(where, method="POST", body=b"hi", **signed)).status == 200
    assert await client.receive() == "hi"
    shown = await world.ask(where, **signed)
    assert json.loads(shown.body)["identity"]["sourceIp"] == "192.0.2.7"  # type: ignore[arg-type]
    large = await world.ask(where, method="POST", body=b"x" * 131_073, **signed)
    assert (large.status, large.header("x-amzn-errortype")) == (413, "PayloadTooLargeException")
    assert (await world.ask(where, method="DELETE", **signed)).status == 204
    assert client.socket.closed == (1000, "")
    client.talk.ended(1000, "")
    gone = await world.ask(where, **signed)
    assert (gone.status, gone.header("x-amzn-errortype")) == (410, "GoneException")
    assert (await world.ask(where, method="PUT", **signed)).status == 403
    assert HOST


async def test_the_address_of_another_stage_knows_no_connection(world: SocketWorld):
    await world.serve("$default")
    client = await world.connect()
    signed = {"caller": caller_of("111122223333")}
    other = structs.replace(published("$default").stage, stage_name="other")
    await world.store.write(lambda tx: parts.put(tx, published("$default").api, parts.STAGES, other))
    world.front.forget("nobody")
    for method in ("GET", "POST", "DELETE"):
        gone = await world.ask(f"/other/@connections/{client.id}", method=method, body=b"x", **signed)
        assert (gone.status, gone.header("x-amzn-errortype")) == (410, "GoneException")
    bad = await world.ask("/prod/@connections/x", method="POST", body=b"x", **signed)
    assert (bad.status, json.loads(bad.body)["message"]) == (400, "Invalid connectionId: x")  # type: ignore[arg-type]
    assert client.socket.closed is None
