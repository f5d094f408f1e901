"""Functions from container images: their root, what they may do there, and how they end."""

import hashlib

import pytest
from msgspec.structs import replace
from tests import images

from lambent.core.ports import Archive, ContainerImage


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return images.runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture
def image(house, program):
    """``image(command=("a",))``: a spec of an image whose one program is the runtime."""

    def make(**changes):
        layers = []
        for data in (images.layer({"bin/runtime": program, "work": None}), images.layer({"extra": b"x"})):
            digest = hashlib.sha256(data).hexdigest()
            path = house.folder / digest
            path.write_bytes(data)
            layers.append(Archive(digest, path))
        wanted = {"entry_point": ("/bin/runtime",), "command": ("a", "b"), "working_folder": "/work"}
        made = ContainerImage(layers=tuple(layers), variables={"GREETING": "hi", "PATH": "/bin"}, **(wanted | changes))
        return replace(house.spec("", runtime="", handler=""), image=made)

    return make


async def test_an_image_is_the_root_of_its_function_and_read_only(house, image):
    spec = image()
    for _ in range(2):
        assert await house.call(spec, {"n": 1}) == {
            "event": {"n": 1},
            "arguments": ["/bin/runtime", "a", "b"],
            "folder": "/work",
            "variable": "hi",
            "user": 1051,
            "root": "Read-only file system",
            "tmp": "written",
            "host": 0,
            "file": -1,
        }
    assert house.sink.messages()[0].startswith("START"), "an image has no runtime version to tell"


@pytest.mark.parametrize(
    "changes", [{"command": ("a\0b",)}, {"variables": {"A": "b\0c"}}, {"variables": {"A=B": "c"}}], ids=str
)
async def test_what_no_program_can_be_given_is_an_invalid_entrypoint(house, image, changes):
    spec = image(**{name: value for name, value in changes.items() if name != "variables"})
    spec = replace(spec, image=replace(spec.image, variables=spec.image.variables | changes.get("variables", {})))
    failed = await house.fail(spec, 1)
    assert failed["errorType"] == "Runtime.InvalidEntrypoint"
    assert failed["errorMessage"].endswith("Error: fork/exec /bin/runtime: invalid argument")


async def test_a_program_without_a_slash_is_looked_for_on_path(house, image):
    assert (await house.call(image(entry_point=("runtime",)), 1))["arguments"][0] == "/bin/runtime"


async def test_tmp_outlives_the_program(house, image):
    spec = image()
    await house.call(spec, 1)
    failed = await house.fail(spec, "exit")
    assert failed["errorType"] == "Runtime.ExitError"
    assert failed["errorMessage"].endswith("Error: Runtime exited with error: exit status 142")
    assert (await house.call(spec, 1))["tmp"] == "written"


@pytest.mark.parametrize(
    ("changes", "error_type", "text"),
    [
        ({"entry_point": ("/nope",)}, "Runtime.InvalidEntrypoint", "fork/exec /nope: no such file or directory"),
        ({"entry_point": ("nope",)}, "Runtime.InvalidEntrypoint", 'exec: "nope": executable file not found in $PATH'),
        ({"entry_point": ("/extra",)}, "Runtime.InvalidEntrypoint", "fork/exec /extra: exec format error"),
        ({"working_folder": "/nowhere"}, "Runtime.InvalidWorkingDir", "chdir /nowhere: no such file or directory"),
    ],
)
async def test_an_image_that_cannot_start_says_why(house, image, changes, error_type, text):
    failed = await house.fail(image(**changes), 1)
    assert failed["errorType"] == error_type
    assert failed["errorMessage"].endswith(f"Error: {text}")
