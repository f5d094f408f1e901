"""The environment variables and the import path of a function, as AWS sets them.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from datetime import UTC, datetime

from lambent.core.clock import Instant
from lambent.core.ports import ContainerImage, EnvironmentSpec
from lambent.core.sessions import Credentials
from lambent.environments.interpreters import Interpreter

TASK_FOLDER = "/var/task"
OPT_FOLDER = "/opt"
RUNTIME_FOLDER = "/var/runtime"

_PATH = "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"
_PATH_OF_IMAGES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LIBRARY_PATH = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
_NODE_PATH = "/opt/nodejs/node{major}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"


def variables(
    spec: EnvironmentSpec,
    *,
    stream: str,
    credentials: Credentials | None,
    endpoint_url: str,
    task: str,
    runtime: str,
    runtime_api: str = "",
    expiration: Instant = 0.0,
) -> dict[str, str]:
    """What the function's process finds in os.environ. ``task`` and ``runtime``: where its folders are, as it sees them.

    ``runtime_api``: its address, for a runtime that is a program of its own. ``expiration``: when AWS' clients are to read the
    credentials anew from here, for they outlive a snapshot; 0: never.
    """
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": spec.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": spec.initialization_type,
        "AWS_LAMBDA_RUNTIME_API": runtime_api or "127.0.0.1:9001",
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_RUNTIME_DIR": runtime,
        "_HANDLER": spec.handler,
        "TZ": ":UTC",
        "LC_CTYPE": "C.UTF-8",
        "PWD": task,
        "SHLVL": "0",
    }
    if credentials is not None:
        own |= _of_credentials(credentials, expiration)
    own |= _asked_for(spec)
    if not spec.runtime.startswith("provided"):
        own["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
    if spec.image is not None:
        return _of_image(spec, spec.image, own, endpoint_url)
    # AWS lets a function override these; the rest is its own.
    defaults = {
        "LANG": "en_US.UTF-8",
        "PATH": _PATH,
        "LD_LIBRARY_PATH": _LIBRARY_PATH,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",  # there is one host here, and no stream-localhost
    }
    if spec.runtime.startswith("nodejs"):
        defaults["NODE_PATH"] = _NODE_PATH.format(major=spec.runtime.removeprefix("nodejs").partition(".")[0])
    elif spec.runtime.startswith("python") and not runtime_api:
        defaults["PYTHONPATH"] = runtime  # as a program of its own it sets this itself
    return {**defaults, **spec.variables, **own}


def _of_credentials(credentials: Credentials, expiration: Instant) -> dict[str, str]:
    own = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
    }
    if expiration:
        own["AWS_CREDENTIAL_EXPIRATION"] = datetime.fromtimestamp(expiration, UTC).isoformat(timespec="seconds")
    return own


def _asked_for(spec: EnvironmentSpec) -> dict[str, str]:
    """What only some functions have."""
    asked = {"LAMBENT_DEBUG_PORT": str(spec.debug_port)} if spec.debug_port else {}
    if spec.log_format == "JSON":
        asked["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        asked["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level_application or "INFO"
    return asked


def _of_image(spec: EnvironmentSpec, image: ContainerImage, own: dict[str, str], endpoint_url: str) -> dict[str, str]:
    """An image brings most of them itself, and AWS' own clients in it read the rest."""
    for name in ("AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "_HANDLER", "TZ", "LC_CTYPE", "SHLVL"):
        own.pop(name, None)
    defaults = {
        "PATH": _PATH_OF_IMAGES,
        "LAMBDA_TASK_ROOT": TASK_FOLDER,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
    return {**defaults, **image.variables, **spec.variables, **own, "PWD": image.working_folder}


def import_path(interpreter: Interpreter, *, task: str, opt: str, runtime: str) -> list[str]:
    """sys.path as recorded on AWS: the package beats the layers, the layers beat the runtime's own boto3."""
    minor = interpreter.minor_version
    layers = [f"{opt}/python/lib/python{minor}/site-packages", f"{opt}/python"] if opt else []
    standard = [str(interpreter.prefix / f"lib/python{minor.replace('.', '')}.zip"), *map(str, interpreter.stdlib)]
    return [task, *layers, runtime, *standard, *layers]
