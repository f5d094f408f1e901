"""Our signatures are botocore's."""

import datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lambent.sdk.signing import Signer

NOW_S = 1_790_000_000
ARN_PATH = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af%3Alive/invocations"


@pytest.mark.parametrize("token", [None, "a/token+with=signs"])
@pytest.mark.parametrize("path", ["/2015-03-31/functions/f-1_x/invocations", ARN_PATH])
@pytest.mark.parametrize("body", [b"", b'{"x":"\xc3\xa4"}', b"x" * 5_000])
def test_a_signature_is_the_one_that_botocore_makes(monkeypatch, token, path, body):
    moment = datetime.datetime.fromtimestamp(NOW_S, datetime.UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moment.replace(tzinfo=None), raising=False)
    headers = {"x-amz-invocation-type": "RequestResponse", "x-amz-log-type": "Tail"}
    credentials = Credentials("AKID", "secret", token)
    signer = Signer(host="example.com:4566", region="eu-central-1")
    lines = dict(
        line.split(": ", 1) for line in signer.signed(path, headers, body, credentials.get_frozen_credentials(), NOW_S)
    )

    request = AWSRequest("POST", "http://example.com:4566" + path, data=body, headers=headers)
    auth = SigV4Auth(credentials, "lambda", "eu-central-1")
    request.context["timestamp"] = lines["x-amz-date"]
    auth._modify_request_before_signing(request)
    request.headers.replace_header("X-Amz-Date", lines["x-amz-date"])
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert lines["authorization"].endswith(f"Signature={signature}")
    assert lines["x-amz-date"] == moment.strftime("%Y%m%dT%H%M%SZ")
    assert lines.get("x-amz-security-token") == token


def test_another_secret_or_day_has_another_key():
    signer = Signer(host="h", region="us-east-1")

    def signature(secret, now_s):
        credentials = Credentials("AKID", secret).get_frozen_credentials()
        return signer.signed("/", {}, b"", credentials, now_s)[-1]

    assert len({signature("a", NOW_S), signature("b", NOW_S), signature("a", NOW_S + 86_400)}) == 3
    assert signature("a", NOW_S) == signature("a", NOW_S)
