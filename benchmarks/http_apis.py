"""A FastAPI application on a function, through an HTTP API and a function URL, beside its own uvicorn."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.web import ways

from benchmarks import load, measure, platforms
from benchmarks.invokes import Client
from benchmarks.measure import Measurement

APPLICATION = """\
import asyncio
import time
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

@app.get("/items/{number}")
async def item(number: int, q: str | None = None):
    return {"number": number, "q": q}

@app.get("/clock")
async def clock():
    async def pieces():
        yield f"[{time.perf_counter()}]"
        await asyncio.sleep(0.01)
        yield "end"
    return StreamingResponse(pieces(), media_type="text/plain")
"""
PIECES = """
import time

def handler(event, context):
    yield f"[{time.perf_counter()}]"
    time.sleep(0.01)
    yield "end"
"""
CONNECTIONS = 64
WARM_REPEAT = 2_000
STREAMS = 200
SUSTAINED_S = 5.0
SETTLED_S_MAX = 120.0  # until there are as many environments as connections


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the application: ``host`` is what the request asks for."""

    name: str
    port: int
    host: str

    def request(self, path: str = "/items/42?q=a") -> bytes:
        return f"GET {path} HTTP/1.1\r\nhost: {self.host}\r\naccept: */*\r\nuser-agent: bench\r\n\r\n".encode()


def run() -> list[Measurement]:
    with own_server() as own, platforms.platform() as platform:
        api, url, stream, pieces = deployed(platform)
        one = one_connection([own, api, url])
        first_bytes = [first_byte(way, path) for way, path in ((own, "/clock"), (stream, "/clock"), (pieces, "/"))]
        rates = sustained(platform, own, [api, url])
    floor = first_bytes[0]
    return [*one, floor, *(each.against(floor) for each in first_bytes[1:]), *rates]


@contextlib.contextmanager
def own_server() -> Iterator[Way]:
    """The application on one process of uvicorn, as its users start it."""
    port = platforms.free_port()
    with tempfile.TemporaryDirectory(prefix="lambent-bench-") as folder:
        (Path(folder) / "main.py").write_text(APPLICATION)
        command = [sys.executable, "-m", "uvicorn", "main:app", "--port", str(port), "--no-access-log"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + platforms.READY_S_MAX
            while not _listens(port):
                assert time.monotonic() < until, "uvicorn did not start"
                time.sleep(0.05)
            yield Way("its own uvicorn", port, f"localhost:{port}")
        finally:
            process.terminate()
            process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError):
        Client(port).close()
        return True
    return False


def deployed(platform: platforms.Platform) -> tuple[Way, Way, Way, Way]:
    """The application behind an HTTP API and behind function URLs: whole, streamed; and a handler that streams by itself."""
    client = platform.client("lambda")
    packages = ways.packages_zip("fastapi")
    layer = client.publish_layer_version(LayerName="fastapi", Content={"ZipFile": packages})["LayerVersionArn"]
    arns = {}
    for name, source, handler, layers in (
        ("shop", APPLICATION, "main.app", [layer]),
        ("shop-streamed", APPLICATION, "main.app", [layer]),
        ("pieces", PIECES, "main.handler", []),
    ):
        arns[name] = client.create_function(
            FunctionName=name,
            Runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}",
            Role=platforms.ROLE,
            Handler=handler,
            Code={"ZipFile": ways.code_zip({"main.py": source})},
            Layers=layers,
            MemorySize=256,
            Timeout=30,
        )["FunctionArn"]
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        _let_everybody_in(client, name)
    api = platform.client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP", Target=arns["shop"])
    api_host = f"{api['ApiId']}.execute-api.us-east-1.localhost:{platform.port}"
    return (
        Way("HTTP API", platform.port, api_host),
        *(
            Way(way, platform.port, _function_url(client, name, mode))
            for way, name, mode in (
                ("function URL", "shop", "BUFFERED"),
                ("function URL, streamed", "shop-streamed", "RESPONSE_STREAM"),
                ("function URL of a handler that yields", "pieces", "RESPONSE_STREAM"),
            )
        ),
    )  # type: ignore[return-value]


def _let_everybody_in(client: object, name: str) -> None:
    for statement, action, principal, options in (
        ("api", "lambda:InvokeFunction", "apigateway.amazonaws.com", {}),
        ("url", "lambda:InvokeFunctionUrl", "*", {"FunctionUrlAuthType": "NONE"}),
        ("invoke", "lambda:InvokeFunction", "*", {"InvokedViaFunctionUrl": True}),
    ):
        client.add_permission(  # type: ignore[attr-defined]
            FunctionName=name, StatementId=statement, Action=action, Principal=principal, **options
        )


def _function_url(client: object, name: str, mode: str) -> str:
    """Its host."""
    url: str = client.create_function_url_config(  # type: ignore[attr-defined]
        FunctionName=name, AuthType="NONE", InvokeMode=mode
    )["FunctionUrl"]
    return url.split("/")[2]


def one_connection(found: list[Way]) -> list[Measurement]:
    """The ways take turns, so that what others do on the machine in the meantime meets all of them alike."""
    clients = [Client(way.port) for way in found]
    samples: list[list[float]] = [[] for _ in found]
    for client, way in zip(clients, found, strict=True):
        answer = client.send(way.request())
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert answer.endswith(b'{"number":42,"q":"a"}'), answer
    turn = WARM_REPEAT // 20
    for _ in range(20):
        for client, way, seen in zip(clients, found, samples, strict=True):
            request = way.request()
            seen += measure.milliseconds(turn, lambda client=client, request=request: client.send(request), warm_up=10)
    for client in clients:
        client.close()
    own, *others = (
        measure.of(f"GET of FastAPI, one connection: {way.name}", seen, "ms", goal="" if number == 0 else "<= 1.5 ms")
        for number, (way, seen) in enumerate(zip(found, samples, strict=True))
    )
    return [own, *(each.against(own) for each in others)]


def first_byte(way: Way, path: str) -> Measurement:
    """From when the application takes its clock to when the visitor has read it, on the clock that processes share."""
    samples = []
    client = Client(way.port)
    for _ in range(STREAMS):
        written_s, read_s = client.first_piece(way.request(path))
        samples.append((read_s - written_s) * 1000)
    client.close()
    goal = "" if way.name == "its own uvicorn" else "<= 3 ms"
    return measure.of(f"first byte of a stream after it is written: {way.name}", samples, "ms", goal=goal)


def sustained(platform: platforms.Platform, own: Way, found: list[Way]) -> list[Measurement]:
    """Rates in turns, and what bounds them: the processor time that a request costs the platform and its environments."""
    for way in found:
        _settle(platform, way)
    rates: dict[str, list[float]] = {way.name: [] for way in (own, *found)}
    control_us: dict[str, list[float]] = {way.name: [] for way in found}
    environments_us: dict[str, list[float]] = {way.name: [] for way in found}
    for _ in range(3):
        for way in (own, *found):
            before = platforms.cpu_seconds(platform.process.pid), platforms.cpu_seconds_below(platform.process.pid)
            seen = load.run(way.port, way.request(), connections=CONNECTIONS, seconds=SUSTAINED_S)
            after = platforms.cpu_seconds(platform.process.pid), platforms.cpu_seconds_below(platform.process.pid)
            assert seen.failures == 0, seen
            rates[way.name].append(seen.per_second)
            if way is not own:
                control_us[way.name].append((after[0] - before[0]) / seen.requests * 1e6)
                environments_us[way.name].append((after[1] - before[1]) / seen.requests * 1e6)
    floor = measure.of(f"GETs of FastAPI a second, {CONNECTIONS} connections: {own.name}", rates[own.name], "/s")
    told = [floor]
    for way in found:
        name = f"GETs of FastAPI a second, {CONNECTIONS} connections: {way.name}"
        told += [
            measure.of(name, rates[way.name], "/s", goal=">= 2000 /s").against(floor),
            measure.of(f"processor time of a GET, control process: {way.name}", control_us[way.name], "us"),
            measure.of(f"processor time of a GET, environment: {way.name}", environments_us[way.name], "us"),
        ]
    return told


def _settle(platform: platforms.Platform, way: Way) -> None:
    """Loads a way until no more environments come: each connection's request wants one of its own."""
    until = time.monotonic() + SETTLED_S_MAX
    before, now = -1, 0
    while now > before:
        assert time.monotonic() < until, "there are more and more environments"
        before = now
        load.run_count(way.port, way.request(), connections=CONNECTIONS, count=CONNECTIONS * 50)
        now = len(platforms.descendants(platform.process.pid))
