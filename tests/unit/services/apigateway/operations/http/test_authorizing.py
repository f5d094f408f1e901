"""Only those may take a route whom its authorizer lets in."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from tests.unit.services.apigateway.keys import jwks, token

from lambent.core.context import Context
from lambent.core.ports import Denial
from lambent.services.apigateway.engine.records import Authorizer, Route
from lambent.services.apigateway.operations.http import issuers

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:auth"
CALLER = Context("111122223333", "us-east-1", "id", "arn:aws:iam::111122223333:user/ann", "http://localhost", "AKIA1")


class Issuer:
    """A server in this process that tells its keys."""

    def __init__(self) -> None:
        self.kids = ("k1",)
        self.asked: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        self.asked.append(path)
        pages = {
            "/.well-known/openid-configuration": json.dumps({"jwks_uri": f"{self.url}/keys"}).encode(),
            "/keys": jwks(*self.kids),
        }
        body = pages.get(path, b"")
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (200 if body else 404, len(body), body)
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


def route(kind="CUSTOM", **fields):
    return Route("r", "GET /a", target="integrations/i", authorization_type=kind, authorizer_id="z", **fields)


def by_token(issuer_url, **fields):
    given = {"identity_sources": ("$request.header.Authorization",), "issuer": issuer_url, "audience": ("client",)}
    return Authorizer("z", "z", "JWT", **(given | fields))


def by_function(**fields):
    given = {
        "authorizer_uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
        "identity_sources": ("$request.header.Authorization",),
        "payload_format_version": "2.0",
    }
    return Authorizer("z", "z", "REQUEST", **(given | fields))


def policy(effect, resource, **members):
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **members}


# ---- JWT ----


async def test_a_good_token_goes_on_and_its_claims_are_told(world, issuer):
    await world.publish(route("JWT", authorization_scopes=("read",)), authorizers=(by_token(issuer.url),))

    good = token(iss=issuer.url, sub="ann", scope="read write", n=1)
    assert (await world.get("/a", {"Authorization": f"Bearer {good}"})).status == 200

    told = world.event()["requestContext"]["authorizer"]["jwt"]
    assert (told["claims"]["sub"], told["claims"]["n"], told["scopes"]) == ("ann", "1", ["read", "write"])


async def test_without_a_token_the_visitor_is_unauthorized(world, issuer):
    await world.publish(route("JWT"), authorizers=(by_token(issuer.url),))

    answer = await world.get("/a")

    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert answer.header("www-authenticate") == "Bearer"
    assert issuer.asked == []


async def test_a_bad_token_is_told_why(world, issuer):
    await world.publish(route("JWT"), authorizers=(by_token(issuer.url),))

    answer = await world.get("/a", {"Authorization": token(iss=issuer.url, aud="else")})

    assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert answer.header("www-authenticate") == (
        'Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"'
    )


async def test_a_token_without_the_scope_is_forbidden(world, issuer):
    await world.publish(route("JWT", authorization_scopes=("admin", "root")), authorizers=(by_token(issuer.url),))

    answer = await world.get("/a", {"Authorization": token(iss=issuer.url, scope="read")})

    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')
    assert answer.header("www-authenticate") == 'Bearer scope="admin root" error="insufficient_scope"'


async def test_an_issuer_that_tells_no_keys_lets_nobody_in(world, issuer):
    await world.publish(route("JWT"), authorizers=(by_token(f"{issuer.url}/nowhere"),))

    answer = await world.get("/a", {"Authorization": token()})

    assert answer.status == 401
    assert issuers.KEPT_S == 7_200
    assert "OIDC discovery endpoint communication error" in (answer.header("www-authenticate") or "")


async def test_keys_are_kept_for_two_hours(world, issuer):
    await world.publish(route("JWT"), authorizers=(by_token(issuer.url),))
    headers = {"Authorization": token(iss=issuer.url)}

    for seconds, asked in ((0, 2), (7_199, 2), (1, 4)):
        await world.clock.advance(seconds)
        assert (await world.get("/a", headers)).status == 200
        assert len(issuer.asked) == asked


async def test_a_key_that_is_new_is_looked_for(world, issuer, monkeypatch):
    monkeypatch.setattr(issuers, "REFETCH_S_MIN", 0.0)
    await world.publish(route("JWT"), authorizers=(by_token(issuer.url),))
    assert (await world.get("/a", {"Authorization": token(iss=issuer.url)})).status == 200

    issuer.kids = ("k1", "k2")

    assert (await world.get("/a", {"Authorization": token("k2", iss=issuer.url)})).status == 200


async def test_a_token_may_stand_in_the_query(world, issuer):
    sources = ("$request.querystring.token",)
    await world.publish(route("JWT"), authorizers=(by_token(issuer.url, identity_sources=sources),))

    assert (await world.get(f"/a?token={token(iss=issuer.url)}")).status == 200


# ---- Lambda ----


async def test_a_function_says_simply_who_may(world):
    await world.publish(route(), authorizers=(by_function(enables_simple_responses=True, result_ttl_s=0),))
    world.functions[FUNCTION] = lambda event: {
        "isAuthorized": event["identitySource"] == ["good"],
        "context": {"user": "ann", "n": 1},
    }

    assert (await world.get("/a", {"authorization": "good"})).status == 200
    assert world.event()["requestContext"]["authorizer"] == {"lambda": {"user": "ann", "n": 1}}
    answer = await world.get("/a", {"authorization": "bad"})
    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')


async def test_the_function_is_told_of_the_request_and_called_for_the_authorizer(world):
    await world.publish(route(), authorizers=(by_function(enables_simple_responses=True),), stage="prod")
    world.functions[FUNCTION] = lambda _event: {"isAuthorized": True}

    await world.get("/prod/a?x=1", {"Authorization": "t"})

    assert world.invocations[0][0].source_arn == "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/authorizers/z"
    event = world.event(0)
    assert (event["version"], event["type"]) == ("2.0", "REQUEST")
    assert event["routeArn"] == "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/prod/GET/a"
    assert "body" not in event
    assert "isBase64Encoded" not in event


async def test_an_authorizer_of_format_1_is_told_in_that_format_and_must_answer_with_a_policy(world):
    await world.publish(
        route(), authorizers=(by_function(payload_format_version="1.0", enables_simple_responses=True, result_ttl_s=0),)
    )
    world.functions[FUNCTION] = lambda event: policy("Allow", event["methodArn"], context={"k": "v"})

    assert (await world.get("/a", {"Authorization": "t"})).status == 200
    event = world.event(0)
    assert (event["version"], event["authorizationToken"], event["identitySource"]) == ("1.0", "t", "t")
    assert event["methodArn"] == "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/$default/GET/a"
    world.functions[FUNCTION] = lambda _event: {"isAuthorized": True}
    assert (await world.get("/a", {"Authorization": "t"})).status == 500


@pytest.mark.parametrize(
    ("effect", "resource", "status"),
    [
        ("Allow", "*", 200),
        ("Allow", "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*/GET/*", 200),
        ("Allow", "arn:aws:execute-api:us-east-1:111122223333:abcdef1234/*/POST/*", 403),
        ("Deny", "*", 403),
    ],
)
async def test_a_function_answers_with_a_policy(world, effect, resource, status):
    await world.publish(route(), authorizers=(by_function(),))
    world.functions[FUNCTION] = lambda _event: policy(effect, resource)

    assert (await world.get("/a", {"Authorization": "t"})).status == status


async def test_answers_count_as_long_as_the_authorizer_says_and_for_the_same_identity(world):
    await world.publish(route(), authorizers=(by_function(enables_simple_responses=True, result_ttl_s=60),))
    asked = []
    world.functions[FUNCTION] = lambda event: asked.append(event["identitySource"]) or {"isAuthorized": True}

    for seconds, text, count in ((0, "a", 1), (59, "a", 1), (0, "b", 2), (1, "a", 3)):
        await world.clock.advance(seconds)
        assert (await world.get("/a", {"Authorization": text})).status == 200
        assert len(asked) == count


async def test_a_missing_identity_source_is_unauthorized_without_a_call(world):
    sources = ("$request.header.Authorization", "$request.querystring.user")
    await world.publish(route(), authorizers=(by_function(identity_sources=sources),))

    for path, headers in (("/a?user=1", {}), ("/a", {"Authorization": "t"})):
        answer = await world.get(path, headers)
        assert (answer.status, answer.body) == (401, b'{"message":"Unauthorized"}')
    assert world.calls == []


@pytest.mark.parametrize(
    "returned", [{"FunctionError": "Unhandled"}, {}, "x", {"isAuthorized": "yes"}, {"isAuthorized": True, "context": 1}]
)
async def test_what_is_no_answer_is_an_internal_error(world, returned):
    await world.publish(route(), authorizers=(by_function(enables_simple_responses=True),))
    world.functions[FUNCTION] = lambda _event: returned

    answer = await world.get("/a", {"Authorization": "t"})

    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


@pytest.mark.parametrize("document", [None, "x", {"Statement": "x"}])
async def test_what_is_no_policy_is_an_internal_error(world, document):
    await world.publish(route(), authorizers=(by_function(),))
    world.functions[FUNCTION] = lambda _event: {"principalId": "x", "policyDocument": document}

    assert (await world.get("/a", {"Authorization": "t"})).status == 500


# ---- IAM ----


async def test_a_signature_of_the_account_is_told_to_the_function(world):
    await world.publish(route("AWS_IAM"))
    world.replies["sts", "GetCallerIdentity"] = {"UserId": "AIDA1", "Account": "111122223333", "Arn": CALLER.principal_arn}

    assert (await world.get("/a", caller=CALLER)).status == 200

    assert world.event()["requestContext"]["authorizer"] == {
        "iam": {
            "accessKey": "AKIA1",
            "accountId": "111122223333",
            "callerId": "AIDA1",
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": "arn:aws:iam::111122223333:user/ann",
            "userId": "AIDA1",
        }
    }


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"caller": Context("999999999999", "us-east-1", "id", "arn:aws:iam::999999999999:root", "http://localhost")},
        {"caller": CALLER, "denial": Denial("identity-based policy", is_explicit=False)},
    ],
)
async def test_everybody_else_is_forbidden(world, who):
    await world.publish(route("AWS_IAM"))

    answer = await world.get("/a", **who)

    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')


async def test_a_preflight_of_a_route_with_an_authorizer_needs_what_the_route_needs(world):
    from lambent.services.apigateway.engine.records import Cors

    guarded = Route("r", "$default", target="integrations/i", authorization_type="AWS_IAM")
    await world.publish(guarded, "OPTIONS /free", cors=Cors(("*",)))
    headers = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    assert (await world.visit("OPTIONS", "/a", headers)).status == 403
    assert (await world.visit("OPTIONS", "/free", headers)).status == 204
