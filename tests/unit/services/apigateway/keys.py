"""A token issuer's keys, and tokens signed with them."""

import json
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://issuer.example"


@cache
def private_key(kid: str = "k1") -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def jwks(*kids: str) -> bytes:
    """The document in which the issuer tells its public keys."""
    keys = []
    for kid in kids or ("k1",):
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(kid).public_key()))
        keys.append({**key, "kid": kid, "use": "sig", "alg": "RS256"})
    return json.dumps({"keys": [*keys, {"kty": "EC", "kid": "other"}, "nonsense"]}).encode()


def token(
    kid: str = "k1", *, algorithm: str = "RS256", signed_by: str = "", headers: dict[str, Any] | None = None, **claims: Any
) -> str:
    given = {"iss": ISSUER, "aud": "client", "exp": 4_000_000_000, **claims}
    payload = {name: value for name, value in given.items() if value is not None}
    key: Any = private_key(signed_by or kid) if algorithm.startswith("RS") else None if algorithm == "none" else "secret" * 8
    return jwt.encode(payload, key, algorithm=algorithm, headers={"kid": kid} | (headers or {}))
