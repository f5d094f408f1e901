"""Where to, as boto3's configuration says."""

import ssl

import pytest
from botocore.exceptions import NoCredentialsError, SSLError
from tests.unit.sdk.answering import Reply, server, tls_server, tunnelling_proxy

from lambent.sdk import clients
from lambent.sdk.caller import Call, Caller, LoopThread
from lambent.sdk.clients import Target
from lambent.sdk.endpoints import endpoint_of

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def configured(monkeypatch, tmp_path):
    monkeypatch.setattr(clients, "_clients", {})
    monkeypatch.setattr(clients, "_sessions", {})
    for name in (*PROXIES, "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def test_aws_is_spoken_to_over_tls_with_certificates_checked():
    endpoint = endpoint_of(Target("eu-central-1"))
    assert (endpoint.host, endpoint.place.port, endpoint.path) == ("lambda.eu-central-1.amazonaws.com", 443, "")
    assert endpoint.place.tls is not None
    assert endpoint.place.tls.verify_mode is ssl.CERT_REQUIRED
    assert endpoint.place.tls.check_hostname
    assert endpoint.credentials().access_key == "AKID"
    assert not endpoint.is_stale()


def test_certificates_may_stand_in_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path))
    assert endpoint_of(Target("eu-central-1")).place.tls.verify_mode is ssl.CERT_REQUIRED


def test_china_has_its_own_domain():
    assert endpoint_of(Target("cn-north-1")).host == "lambda.cn-north-1.amazonaws.com.cn"


def test_an_endpoint_of_ones_own_may_be_plain_and_have_a_path():
    endpoint = endpoint_of(Target("us-east-1", "http://localhost:4566/here/"))
    assert (endpoint.host, endpoint.place.host, endpoint.place.port) == ("localhost:4566", "localhost", 4566)
    assert endpoint.path == "/here"
    assert endpoint.place.tls is None


def test_a_proxy_is_used_where_the_environment_says_so(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:p%40ss@proxy.example:3128")
    monkeypatch.setenv("HTTP_PROXY", "proxy.example")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    place = endpoint_of(Target("us-east-1")).place
    assert place.proxy == ("proxy.example", 3128)
    assert place.proxy_authorization == "Basic dXNlcjpwQHNz"
    assert endpoint_of(Target("us-east-1", "http://127.0.0.1:1")).place.proxy is None
    other = endpoint_of(Target("us-east-1", "http://elsewhere:4566"))
    assert other.place.proxy == ("proxy.example", 80)
    assert other.target_prefix == "http://elsewhere:4566"


def test_a_proxy_that_is_itself_spoken_to_over_tls_is_refused(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "https://proxy.example:3128")
    with pytest.raises(ValueError, match=r"https://proxy\.example is not one that is spoken to in plain HTTP"):
        endpoint_of(Target("us-east-1"))


def test_without_credentials_it_is_botocores_error(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NoCredentialsError):
        endpoint_of(Target("us-east-1"))


def called(target):
    thread = LoopThread()
    try:
        return Caller(endpoint_of(target), thread).submit(Call("/f", {}, b"21", lambda answer: answer.body)).result(20)
    finally:
        thread.close()


def test_a_call_over_tls_checks_the_certificate_by_the_configured_bundle(monkeypatch, tmp_path):
    with tls_server(lambda request: Reply(body=request.body), tmp_path) as (port, certificate):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        assert called(Target("us-east-1", f"https://localhost:{port}")) == b"21"


def test_a_server_that_nobody_vouches_for_is_not_called(tmp_path):
    asked = []
    with (
        tls_server(asked.append, tmp_path) as (port, _),
        pytest.raises(SSLError, match="certificate verify failed"),
    ):
        called(Target("us-east-1", f"https://localhost:{port}"))
    assert asked == []


def test_a_call_over_tls_goes_through_the_proxy_as_a_tunnel(monkeypatch, tmp_path):
    heads: list[bytes] = []
    with (
        tls_server(lambda request: Reply(body=request.body), tmp_path) as (port, certificate),
        tunnelling_proxy(heads) as proxy,
    ):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        assert called(Target("us-east-1", f"https://localhost:{port}")) == b"21"
    assert heads[0].startswith(b"CONNECT localhost:%d HTTP/1.1\r\n" % port)


def test_a_call_without_tls_tells_the_proxy_the_whole_address(monkeypatch):
    asked = []

    def answer(request):
        asked.append(request)
        return Reply(body=b"42")

    with server(answer) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:secret@127.0.0.1:{proxy}")
        assert called(Target("us-east-1", "http://platform.example:4566")) == b"42"
    assert asked[0].path == "http://platform.example:4566/f"
    assert asked[0].headers["host"] == "platform.example:4566"
    assert asked[0].headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"
