"""Whose variables win, and what a function may not set."""

from pathlib import Path

from lambent.core.ports import Archive, ContainerImage, EnvironmentSpec
from lambent.core.sessions import Credentials
from lambent.environments import variables
from lambent.environments.interpreters import Interpreter


def spec(**changes) -> EnvironmentSpec:
    facts = {
        "key": "k", "account": "1" * 12, "region": "eu-west-1", "function_name": "f", "function_arn": "arn", "version": "3",
        "runtime": "python3.12", "handler": "app.handler", "code": Archive("0", Path("/z")), "layers": (), "memory_mb": 512,
        "timeout_s": 3, "ephemeral_storage_mb": 512, "variables": {}, "role_arn": "", "log_group": "/aws/lambda/f",
    }  # fmt: skip
    return EnvironmentSpec(**(facts | changes))


def made(spec_: EnvironmentSpec, credentials: Credentials | None = None) -> dict[str, str]:
    return variables.variables(
        spec_, stream="s", credentials=credentials, endpoint_url="http://e", task="/var/task", runtime="/var/runtime"
    )


def test_a_function_may_override_what_aws_lets_it():
    answer = made(spec(variables={"PATH": "/mine", "AWS_ENDPOINT_URL": "http://other", "AWS_REGION": "no"}))
    assert (answer["PATH"], answer["AWS_ENDPOINT_URL"], answer["AWS_REGION"]) == ("/mine", "http://other", "eu-west-1")


def test_clients_are_told_of_the_one_host_and_to_put_no_prefix_before_it():
    assert (made(spec())["AWS_ENDPOINT_URL"], made(spec())["AWS_DISABLE_HOST_PREFIX_INJECTION"]) == ("http://e", "true")
    assert made(spec(variables={"AWS_DISABLE_HOST_PREFIX_INJECTION": "false"}))["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "false"


def test_an_image_brings_its_variables_and_neither_runtime_nor_handler():
    image = ContainerImage((), (), (), "/work", {"PATH": "/image", "LANG": "C", "A": "image", "AWS_REGION": "no"})
    answer = made(spec(image=image, variables={"A": "function"}, runtime="", handler=""))
    assert (answer["PATH"], answer["A"], answer["AWS_REGION"], answer["PWD"]) == ("/image", "function", "eu-west-1", "/work")
    assert not {"_HANDLER", "AWS_EXECUTION_ENV", "LD_LIBRARY_PATH", "LAMBDA_RUNTIME_DIR"} & answer.keys()


def test_log_settings_are_told_in_json_format_only():
    assert "AWS_LAMBDA_LOG_FORMAT" not in made(spec(log_level_application="DEBUG"))
    answer = made(spec(log_format="JSON"))
    assert (answer["AWS_LAMBDA_LOG_FORMAT"], answer["AWS_LAMBDA_LOG_LEVEL"]) == ("JSON", "INFO")


def test_credentials_are_the_roles():
    answer = made(spec(), Credentials("key", "secret", "token", 0.0))
    assert [answer[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")] == [
        "key",
        "secret",
        "token",
    ]
    assert "AWS_SESSION_TOKEN" not in made(spec())


def test_the_import_path_has_no_site_packages_of_the_hosts():
    interpreter = Interpreter("3.12.1", Path("/p/bin/python3.12"), Path("/p"), (Path("/p/lib/python3.12"), Path("/p/lib/dyn")))
    path = variables.import_path(interpreter, task="/var/task", opt="/opt", runtime="/var/runtime")
    layers = ["/opt/python/lib/python3.12/site-packages", "/opt/python"]
    standard = ["/p/lib/python312.zip", "/p/lib/python3.12", "/p/lib/dyn"]
    assert path == ["/var/task", *layers, "/var/runtime", *standard, *layers]
    assert variables.import_path(interpreter, task="/t", opt="", runtime="/r") == ["/t", "/r", *standard]
