"""Tokens are good, or refused in AWS' words."""

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.unit.services.apigateway.keys import ISSUER, jwks, private_key, token

from lambent.services.apigateway.engine.http import tokens
from lambent.services.apigateway.engine.http.tokens import OutOfScope, Refused
from lambent.services.apigateway.engine.records import Authorizer

NOW = 2_000_000_000.0
AUTHORIZER = Authorizer("a", "a", "JWT", issuer=ISSUER, audience=("client", "other"))


def check(text, scopes=()):
    return tokens.check(text, tokens.keys_of(jwks("k1")), AUTHORIZER, scopes, NOW)


@pytest.mark.parametrize("algorithm", tokens.ALGORITHMS)
def test_a_token_of_the_issuer_tells_its_claims(algorithm):
    found = check(token(algorithm=algorithm, sub="ann", iat=1))

    assert found.claims is not None
    assert found.claims["sub"] == "ann"
    assert found.scopes is None


@pytest.mark.parametrize(
    "claims",
    [{"aud": ["x", "other"]}, {"aud": None, "client_id": "client"}, {"nbf": NOW, "iat": NOW - 1}, {"jti": 5, "sub": 5}],
)
def test_the_audience_may_be_one_of_several_or_the_client(claims):
    check(token(**claims))


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"iss": "https://else.example"}, "the token does not have a valid issuer"),
        ({"iss": None}, "the token does not have a valid issuer"),
        ({"aud": "else"}, "the token does not have a valid audience"),
        ({"aud": "else", "client_id": "client"}, "the token does not have a valid audience"),
        ({"aud": None}, "the token does not have a valid audience"),
        ({"exp": int(NOW)}, "the token has expired"),
        ({"aud": {"client": 1}}, "the token does not have a valid audience"),
        ({"aud": [["client"], {}]}, "the token does not have a valid audience"),
        ({"exp": None}, "the token has no valid exp"),
        ({"exp": float("nan")}, "the token has expired"),
        ({"nbf": 10**400}, "the token is not valid yet"),
        ({"nbf": int(NOW) + 1}, "the token is not valid yet"),
        ({"iat": int(NOW) + 1}, "the token is not valid yet"),
        ({"algorithm": "HS256"}, "signing method HS256 is invalid"),
        ({"kid": "k2"}, "the token is signed with an unknown key"),
        ({"signed_by": "k2"}, "crypto/rsa: verification error"),
    ],
)
def test_any_other_token_is_refused(claims, description):
    with pytest.raises(Refused) as refused:
        check(token(**claims))

    assert refused.value.description == description


def test_a_public_key_is_no_secret_to_sign_with():
    """What is known to all as an RSA key does not verify a token that calls it a key of HMAC."""
    pem = private_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = token(algorithm="HS256").split(".")
    forged = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
    with pytest.raises(Refused, match="signing method HS256 is invalid"):
        check(f"{head}.{body}.{base64.urlsafe_b64encode(forged).decode().rstrip('=')}")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "x" * 20_000, "é.é.é", token(algorithm="none")])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(Refused):
        check(text)


@pytest.mark.parametrize("claims", [{"scope": "a b"}, {"scp": ["b"]}, {"scp": "b c"}])
def test_one_of_the_routes_scopes_is_enough(claims):
    assert "b" in (check(token(**claims), ("b", "z")).scopes or ())


@pytest.mark.parametrize("claims", [{}, {"scope": "a"}, {"scp": []}, {"scope": 1}])
def test_none_of_the_routes_scopes_is_out_of_scope(claims):
    with pytest.raises(OutOfScope):
        check(token(**claims), ("b",))


@pytest.mark.parametrize(
    ("claim", "text"),
    [("a", "a"), (1, "1"), (True, "true"), (["a", "b"], "[a b]"), ({"b": 1, "a": [2]}, "map[a:[2] b:1]"), (None, "<nil>")],
)
def test_claims_are_texts(claim, text):
    assert tokens.spelt(claim) == text


@pytest.mark.parametrize(("text", "found"), [("Bearer x", "x"), ("bearer  x ", "x"), ("x", "x"), ("Basic x", "Basic x")])
def test_the_word_before_a_token_may_be_left_out(text, found):
    assert tokens.token_of(text) == found


@pytest.mark.parametrize("document", [b"[]", b"{}", b'{"keys": {}}', b"x"])
def test_what_is_no_set_of_keys_is_a_value_error(document):
    with pytest.raises(ValueError):
        tokens.keys_of(document)


def test_an_algorithm_that_is_no_name_is_not_told():
    head = base64.urlsafe_b64encode(b'{"alg": "x\\r\\nSet-Cookie: a", "kid": "k1"}').decode().rstrip("=")

    with pytest.raises(Refused) as refused:
        check(f"{head}.e30.c2ln")

    assert refused.value.description == "the signing method is invalid"
