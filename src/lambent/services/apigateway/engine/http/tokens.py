"""JSON Web Tokens: whether one is good for an authorizer, and what it claims. Pure: the issuer's keys are handed in.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lambent.core.clock import Instant
from lambent.core.errors import LambentError
from lambent.services.apigateway.engine.http.exchange import Authorized
from lambent.services.apigateway.engine.records import Authorizer

ALGORITHMS = ("RS256", "RS384", "RS512")
TOKEN_BYTES_MAX = 16_384
_LEFT_TO_US = ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub", "verify_jti")

Keys = Mapping[str, Any]
"""An issuer's public keys by their ids, as ``keys_of`` gives them."""


class Refused(LambentError):
    """A token that is not good; ``description`` says why, as the visitor is told."""

    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.description = description


class OutOfScope(LambentError):
    """A good token without any of the scopes that the route asks for."""


def token_of(text: str) -> str:
    """The token in a header or a parameter, which may say that it is one."""
    return text[7:].strip() if text[:7].lower() == "bearer " else text.strip()


def keys_of(document: bytes) -> dict[str, Any]:
    """The RSA keys of a JSON Web Key Set; what else stands in it is left out. Raises ValueError for no such document."""
    import jwt

    found = msgspec.json.decode(document)
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("no JSON Web Key Set")
    keys = {}
    for key in found["keys"]:
        if isinstance(key, dict) and key.get("kty") == "RSA" and isinstance(key.get("kid"), str):
            try:
                keys[key["kid"]] = jwt.PyJWK(key, algorithm="RS256").key
            except (jwt.PyJWTError, ValueError):
                continue
    return keys


def key_id(token: str) -> str:
    """Which key a token says that it is signed with. Raises Refused."""
    import jwt

    if len(token) > TOKEN_BYTES_MAX:
        raise Refused("the token is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise Refused("the token is malformed") from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        # It is told in a header: what is not spelt like an algorithm is not told.
        is_name = isinstance(algorithm, str) and algorithm.isascii() and algorithm.isalnum() and len(algorithm) <= 16
        raise Refused(f"signing method {algorithm} is invalid" if is_name else "the signing method is invalid")
    key = header.get("kid")
    if not isinstance(key, str) or not key:
        raise Refused("the token has no key id")
    return key


def check(token: str, keys: Keys, authorizer: Authorizer, scopes: Sequence[str], now: Instant) -> Authorized:
    """What a token claims. ``scopes``: those of which the route asks for one. Raises Refused, OutOfScope."""
    key = keys.get(key_id(token))
    if key is None:
        raise Refused("the token is signed with an unknown key")
    claims = _verified(token, key)
    _check_claims(claims, authorizer, now)
    told = _scopes(claims)
    if scopes and not set(scopes) & set(told):
        raise OutOfScope
    return Authorized(claims={name: spelt(value) for name, value in claims.items()}, scopes=tuple(told) if scopes else None)


def spelt(claim: object) -> str:
    """A claim as AWS tells it: everything is a text, lists and objects as Go prints them."""
    if isinstance(claim, str):
        return claim
    if isinstance(claim, bool):
        return "true" if claim else "false"
    if isinstance(claim, list):
        return f"[{' '.join(map(spelt, claim))}]"
    if isinstance(claim, dict):
        return f"map[{' '.join(f'{name}:{spelt(claim[name])}' for name in sorted(claim))}]"
    return "<nil>" if claim is None else str(claim)


def _verified(token: str, key: Any) -> dict[str, Any]:
    import jwt

    # Times are compared by us, on the account's clock; issuer and audience are told apart in AWS' words.
    options: Any = dict.fromkeys(_LEFT_TO_US, False)
    try:
        return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS), options=options))
    except jwt.InvalidSignatureError as error:
        raise Refused("crypto/rsa: verification error") from error
    except jwt.PyJWTError as error:
        raise Refused("the token is malformed") from error


def _check_claims(claims: Mapping[str, Any], authorizer: Authorizer, now: Instant) -> None:
    if claims.get("iss") != authorizer.issuer:
        raise Refused("the token does not have a valid issuer")
    # The client's id counts only where there is no audience.
    audience = claims["aud"] if "aud" in claims else claims.get("client_id")
    if not any(one in authorizer.audience for one in (audience if isinstance(audience, list) else [audience])):
        raise Refused("the token does not have a valid audience")
    if not now < _time(claims, "exp", required=True):  # what is no number is not behind now
        raise Refused("the token has expired")
    if not _time(claims, "nbf") <= now >= _time(claims, "iat"):
        raise Refused("the token is not valid yet")


def _time(claims: Mapping[str, Any], name: str, *, required: bool = False) -> float:
    value = claims.get(name)
    if value is None and not required:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"the token has no valid {name}")
    return value  # not made a float: an integer may be too long for one


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    given = claims.get("scope", claims.get("scp"))
    if isinstance(given, str):
        return given.split()
    return [scope for scope in given if isinstance(scope, str)] if isinstance(given, list) else []
