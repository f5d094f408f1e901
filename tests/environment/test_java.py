"""Java functions: forms of handlers, what is logged, which errors their callers get, what the JVM is given.

One jar holds all of them, compiled once: it is a zip file, so it can be a function's code as it is.
"""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.environment.house import until

from lambent.core import ids
from lambent.core.config import default_cache, environment
from lambent.environments import java, jvms

REPOSITORY = Path.home() / ".m2/repository"
EVENTS = [
    REPOSITORY / "com/amazonaws/aws-lambda-java-events/3.16.1/aws-lambda-java-events-3.16.1.jar",
    REPOSITORY / "joda-time/joda-time/2.10.8/joda-time-2.10.8.jar",
]
HAS_EVENTS = all(jar.is_file() for jar in EVENTS)
CLIENT = java.client_folder(default_cache())
JVMS = jvms.discover(environment())

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not JVMS, reason="no JVM on this machine"),
    pytest.mark.skipif(shutil.which("javac") is None, reason="no javac on this machine"),
    pytest.mark.skipif(not CLIENT.is_dir(), reason="AWS' client for Java is not installed: lambent runtimes install java"),
]

APP = """
package com.example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.*;
import java.util.*;

public class App implements RequestHandler<App.Order, App.Receipt> {
    public static class Order {
        private String item; private int count; private List<String> notes;
        public String getItem() { return item; } public void setItem(String item) { this.item = item; }
        public int getCount() { return count; } public void setCount(int count) { this.count = count; }
        public List<String> getNotes() { return notes; } public void setNotes(List<String> notes) { this.notes = notes; }
    }
    public record Receipt(String item, int total, String requestId, int memory) {
        public String getItem() { return item; } public int getTotal() { return total; }
        public String getRequestId() { return requestId; } public int getMemory() { return memory; }
    }

    static int calls = 0;
    static volatile long ticks = 0;

    public Receipt handleRequest(Order order, Context context) {
        int total = order.getCount() * order.getNotes().size();
        return new Receipt(order.getItem(), total, context.getAwsRequestId(), context.getMemoryLimitInMB());
    }
    public static Integer twice(Integer number) { return number * 2; }
    public void stream(InputStream in, OutputStream out, Context context) throws IOException {
        out.write("{\\"copied\\":".getBytes()); in.transferTo(out); out.write('}');
    }
    public static class Streaming implements RequestStreamHandler {
        public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException { in.transferTo(out); }
    }

    public Object act(String what, Context context) throws Exception {
        switch (what) {
            case "log":
                System.out.println("out\\nput"); System.err.println("error"); context.getLogger().log("several\\nlines");
                return ++calls;
            case "fail": throw new IllegalStateException("bad", new IOException("cause"));
            case "exit": System.exit(3);
            case "sleep": Thread.sleep(60_000);
            case "heap": List<byte[]> kept = new ArrayList<>(); while (true) kept.add(new byte[1 << 20]);
            case "grow": java.nio.ByteBuffer[] all = new java.nio.ByteBuffer[400];
                for (int i = 0; i < all.length; i++) {
                    all[i] = java.nio.ByteBuffer.allocateDirect(1 << 20);
                    for (int at = 0; at < 1 << 20; at += 4096) all[i].put(at, (byte) 1);
                }
            case "ticks":
                if (ticks == 0) {
                    Thread thread = new Thread(() -> { while (true) { ticks++; Thread.yield(); } });
                    thread.setDaemon(true); thread.start(); Thread.sleep(20);
                }
                return ticks;
            case "places":
                List<String> found = new ArrayList<>();
                for (String name : List.of("layer.txt", "library.txt")) {
                    InputStream resource = App.class.getResourceAsStream("/" + name);
                    if (resource != null) found.add(new String(resource.readAllBytes()));
                }
                return Map.of("found", found, "given", String.valueOf(System.getProperty("given")),
                    "options", java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments(),
                    "folder", new File("").getAbsolutePath());
            default: return what;
        }
    }
}
"""
QUEUE = """
package com.example;

import com.amazonaws.services.lambda.runtime.*;
import com.amazonaws.services.lambda.runtime.events.*;
import java.util.*;

public class Queue implements RequestHandler<SQSEvent, SQSBatchResponse> {
    public SQSBatchResponse handleRequest(SQSEvent event, Context context) {
        List<SQSBatchResponse.BatchItemFailure> failures = new ArrayList<>();
        for (SQSEvent.SQSMessage message : event.getRecords())
            if (message.getBody().equals("bad")) failures.add(new SQSBatchResponse.BatchItemFailure(message.getMessageId()));
        return new SQSBatchResponse(failures);
    }
}
"""


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    """All of them by their names, compiled by one javac; those that need AWS' events only where these are."""
    folder = tmp_path_factory.mktemp("java")
    sources = {"App": APP} | ({"Queue": QUEUE} if HAS_EVENTS else {})
    for name, source in sources.items():
        (folder / f"{name}.java").write_text(source)
    path = ":".join(map(str, (*(CLIENT / "lib").glob("*.jar"), *EVENTS)))
    command = ["javac", "-nowarn", "--release", "17", "-cp", path, "-d", folder / "classes"]
    subprocess.run([*command, *(folder / f"{name}.java" for name in sources)], check=True, capture_output=True)
    made = (folder / "classes").rglob("*.class")
    return {path.relative_to(folder / "classes").as_posix(): path.read_bytes() for path in made}


def spec(house, files, **changes):
    changes.setdefault("handler", "com.example.App::act")
    return house.spec(files, runtime="java17", **changes)


async def test_handlers_are_interfaces_methods_and_streams(house, classes):
    base = spec(house, classes)

    def call(handler, event, **fields):
        return house.call(replace(base, key=ids.uuid4(), handler=handler), event, **fields)

    order = {"item": "tea", "count": 3, "notes": ["a", "b"]}
    receipt, doubled, streamed, copied = await asyncio.gather(
        call("com.example.App", order, request_id="r1"),
        call("com.example.App::twice", 21),
        call("com.example.App::stream", [1, "é"]),
        call("com.example.App$Streaming::handleRequest", {"a": None}),
    )
    assert receipt == {"item": "tea", "total": 6, "requestId": "r1", "memory": 256}
    assert (doubled, streamed, copied) == (42, {"copied": [1, "é"]}, {"a": None})


async def test_what_ends_a_java_function_is_told_as_on_aws(house, classes):
    base = spec(house, classes, timeout_s=2)
    assert await house.call(base, "log") == 1
    failed = await house.fail(base, "fail")
    assert (failed["errorType"], failed["errorMessage"]) == ("java.lang.IllegalStateException", "bad")
    assert re.fullmatch(r"com\.example\.App\.act\(App\.java:\d+\)", failed["stackTrace"][0])
    assert await house.call(base, "log") == 2  # the same JVM
    exited = await house.fail(base, "exit", request_id="r2")
    assert exited == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r2 Error: Runtime exited with error: exit status 3",
    }
    assert (await house.fail(base, "sleep"))["errorType"] == "Sandbox.Timedout"
    small = {"JAVA_TOOL_OPTIONS": "-Xmx32m"}
    heap = await house.fail(replace(base, key=ids.uuid4(), variables=small), "heap")
    assert (heap["errorType"], heap["errorMessage"]) == ("java.lang.OutOfMemoryError", "Java heap space")
    messages = house.sink.messages()
    assert messages[2:6] == ["out\n", "put\n", "error\n", "several\nlines"]
    trace = next(message for message in messages if message.startswith("bad: java.lang.IllegalStateException"))
    assert "\tat com.example.App.act(App.java" in trace
    assert "Caused by: java.io.IOException: cause" in trace


async def test_memory_beyond_the_heap_is_limited_too(house, classes):
    base = spec(house, classes, memory_mb=256, variables={"JAVA_TOOL_OPTIONS": "-XX:MaxDirectMemorySize=1g"})
    grown = await house.fail(base, "grow")
    assert grown["errorType"] == "Runtime.OutOfMemory"


async def test_a_jvm_stands_still_between_events(house, classes):
    base = spec(house, classes)
    first = await house.call(base, "ticks")
    (environment,) = house.pool._plans[base.key].idle
    status = Path(f"/proc/{environment._process._pids['']}/stat")
    await until(lambda: status.read_text().split()[2] == "T")
    assert (await house.call(base, "ticks")) > first > 0


async def test_layers_libraries_options_and_a_wrapper_reach_the_jvm(house, classes):
    library = house.archive({"library.txt": "from the library"}).path.read_bytes()
    layered = house.archive({"layer.txt": "from the layer"}).path.read_bytes()
    layer = {
        "java/lib/layered.jar": layered,
        "wrapper": '#!/bin/sh\nprogram="$1"; shift\nexec "$program" -Dgiven=wrapped "$@"\n',
    }
    variables = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=4", "AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"}
    base = spec(house, classes | {"lib/some.jar": library}, layers=[layer], variables=variables)
    told = await house.call(base, "places")
    assert sorted(told["found"]) == ["from the layer", "from the library"]
    assert (told["given"], told["folder"]) == ("wrapped", "/var/task")
    assert {"-XX:TieredStopAtLevel=4", "-Xmx222822k", "-XX:+UseSerialGC"} <= set(told["options"])
    assert "-XX:TieredStopAtLevel=1" not in told["options"]
    assert any("Picked up JAVA_TOOL_OPTIONS: -XX:TieredStopAtLevel=4" in line for line in house.sink.messages())


async def test_a_layers_classes_are_found_as_a_plain_process_too(open_house, classes):
    house = await open_house(is_isolated=False)
    jar = house.archive({name: data for name, data in classes.items() if "App" in name}).path.read_bytes()
    own = {"readme.txt": "the code is in the layer"}
    layered = house.archive({"layer.txt": "from the layer"}).path.read_bytes()
    told = await house.call(spec(house, own, layers=[{"java/lib/app.jar": jar, "java/lib/layered.jar": layered}]), "places")
    assert told["found"] == ["from the layer"]
    assert await house.call(spec(house, classes, layers=[{"java/lib/layered.jar": layered}]), "log") == 1


async def test_a_layer_may_be_all_of_the_code(house, classes):
    jar = house.archive({name: data for name, data in classes.items() if "App" in name}).path.read_bytes()
    assert await house.call(spec(house, {"readme.txt": ""}, layers=[{"java/lib/app.jar": jar}]), "log") == 1


@pytest.mark.skipif(not HAS_EVENTS, reason="aws-lambda-java-events is not in Maven's repository")
async def test_events_arrive_as_awss_classes(house, classes):
    files = classes | {f"lib/{jar.name}": jar.read_bytes() for jar in EVENTS}
    record = {"messageId": "m1", "body": "good", "eventSourceARN": "arn", "awsRegion": "eu-west-1", "messageAttributes": {}}
    event = {"Records": [record, record | {"messageId": "m2", "body": "bad"}]}
    answer = await house.call(spec(house, files, handler="com.example.Queue"), event)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m2"}]}


async def test_a_handler_that_is_not_there_is_an_error(house, classes):
    base = spec(house, classes, handler="com.example.Nobody")
    assert await house.fail(base) == {
        "errorMessage": "Class not found: com.example.Nobody",
        "errorType": "java.lang.ClassNotFoundException",
    }
    base = replace(base, key=ids.uuid4(), handler="com.example.App::nothing", log_format="JSON")
    error = await house.fail(base)
    assert (
        error["errorMessage"]
        == "No public method named nothing with appropriate method signature found on class com.example.App"
    )
    assert any(json.loads(line).get("level") == "ERROR" for line in house.sink.messages()[3:] if line.startswith("{"))
