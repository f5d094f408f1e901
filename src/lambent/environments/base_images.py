"""Makes a base image equal in contract to AWS' Python bases from this machine's own Python, where no registry can be reached.

``/var/lang`` is the Python, ``/var/runtime`` AWS' client with boto3, ``/lambda-entrypoint.sh`` takes the handler's name and
ends with 142 without one; a container started alone answers invocations on port 8080.
https://docs.aws.amazon.com/lambda/latest/dg/python-image.html
"""

import gzip
import hashlib
import io
import json
import os
import platform
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lambent.environments.runtimes import RuntimeFiles

LIBRARIES_S_MAX = 60
PACK_S_MAX = 60

_EMULATOR = Path(__file__).parent / "inside" / "emulator.py"
_LEFT_OUT = frozenset(("site-packages", "dist-packages", "test", "idlelib", "tkinter", "turtledemo", "ensurepip"))
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_TIME = 1_577_836_800  # of what is made here, so that the same files make the same image
_GZIP_LEVEL = 1
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_ENTRY_POINT = """#!/bin/sh
# What AWS' base images start: the handler's name is the one argument.
if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" 1>&2
  exit 142
fi
export _HANDLER="$1"
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
  exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
fi
exec /var/runtime/bootstrap
"""
_BOOTSTRAP = "#!/var/lang/bin/{python} /var/runtime/bootstrap.py\n"  # another shell would take milliseconds of each start
_RIE = '#!/bin/sh\nexec "/var/lang/bin/{python}" /usr/local/lib/aws-lambda-rie.py "$@"\n'
_USERS = "root:x:0:0:root:/root:/bin/sh\nsbx_user1051:x:1051:1051::/home/sbx_user1051:/sbin/nologin\n"
_VARIABLES = (
    "LANG=en_US.UTF-8",
    "TZ=:/etc/localtime",
    "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "LAMBDA_TASK_ROOT=/var/task",
    "LAMBDA_RUNTIME_DIR=/var/runtime",
)


def make(files: RuntimeFiles, folder: Path, *, tag: str = "latest") -> str:
    """Writes the image as an OCI layout and returns its digest. Blocks for some seconds."""
    layer = _layer(files)
    packed = gzip.compress(layer, compresslevel=_GZIP_LEVEL, mtime=0)
    architecture = _ARCHITECTURES.get(platform.machine(), platform.machine())
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": ["/lambda-entrypoint.sh"], "Env": list(_VARIABLES), "WorkingDir": "/var/task"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created_by": f"lambent image base {files.interpreter.runtime}"}],
    }
    kind = _MANIFEST.replace("manifest", "{}").replace("+json", "")
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": f"{kind.format('config')}+json", **_kept(folder, json.dumps(config).encode())},
        "layers": [{"mediaType": f"{kind.format('layer')}.tar+gzip", **_kept(folder, packed)}],
    }
    described = _kept(folder, json.dumps(manifest).encode())
    named = {"mediaType": _MANIFEST, **described, "annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    return str(described["digest"])


def _kept(folder: Path, data: bytes) -> dict[str, object]:
    digits = hashlib.sha256(data).hexdigest()
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / digits).write_bytes(data)
    return {"digest": f"sha256:{digits}", "size": len(data)}


def _layer(files: RuntimeFiles) -> bytes:
    interpreter = files.interpreter
    python = interpreter.executable.name
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        root = _Root(tar)
        for name in ("tmp", "var/task", "opt", "proc", "dev", "etc"):
            root.folder(name)
        texts = {
            "lambda-entrypoint.sh": _ENTRY_POINT,
            "var/runtime/bootstrap": _BOOTSTRAP.format(python=python),
            "usr/local/bin/aws-lambda-rie": _RIE.format(python=python),
            "usr/local/lib/aws-lambda-rie.py": _EMULATOR.read_text(),
            "etc/passwd": _USERS,
        }
        for name, text in texts.items():
            root.text(name, text)
        root.file(interpreter.executable, interpreter.executable)
        for folder in interpreter.stdlib:
            root.tree(folder, folder)
        root.tree(files.full, Path("/var/runtime"))
        root.data("var/runtime/_lambent/start.pack", _packed_imports(files))
        if interpreter.prefix != Path("/var/lang"):
            root.link("var/lang", str(interpreter.prefix))
        shell = Path(os.path.realpath("/bin/sh"))
        root.file(shell, Path("/bin/sh"))
        programs = [interpreter.executable, shell, *_extension_modules([*interpreter.stdlib, files.full])]
        for library in _libraries(programs):
            root.file(Path(os.path.realpath(library)), Path(library))
            # The second of the folders of LD_LIBRARY_PATH, as on AWS: else the loader looks through all of them, at each start.
            root.link(f"lib64/{Path(library).name}", library)
        for bundle in ("/etc/ssl/certs/ca-certificates.crt", "/etc/localtime"):
            if Path(bundle).is_file():
                root.file(Path(os.path.realpath(bundle)), Path(bundle))
    return memory.getvalue()


class _Root:
    """Adds to a tar what is not in it yet."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._names: set[str] = set()

    def folder(self, name: str) -> None:
        self._add(name, tarfile.DIRTYPE, 0o755)

    def link(self, name: str, target: str) -> None:
        self._add(name, tarfile.SYMTYPE, 0o777, link=target)

    def text(self, name: str, text: str) -> None:
        self._add(name, tarfile.REGTYPE, 0o755, text.encode())

    def data(self, name: str, data: bytes) -> None:
        self._add(name, tarfile.REGTYPE, 0o644, data)

    def file(self, source: Path, place: Path) -> None:
        self._add(str(place), tarfile.REGTYPE, 0o755 if os.access(source, os.X_OK) else 0o644, source.read_bytes(), source)

    def tree(self, source: Path, place: Path) -> None:
        for folder, folders, names in os.walk(source):
            folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
            for name in sorted(names):
                path = Path(folder) / name
                if path.is_file():
                    self.file(path, place / path.relative_to(source))

    def _add(self, name: str, kind: bytes, mode: int, data: bytes = b"", source: Path | None = None, link: str = "") -> None:
        name = name.lstrip("/")
        if name in self._names:
            return
        self._names.add(name)
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(data), link
        # Python compares the times of its sources with those that the compiled files hold.
        entry.mtime = int(source.stat().st_mtime) if source is not None else _TIME
        self._tar.addfile(entry, io.BytesIO(data))


def _packed_imports(files: RuntimeFiles) -> bytes:
    """What spares the image's Python the search for what it imports at each start."""
    with tempfile.TemporaryDirectory(prefix="lambent-") as folder:
        target = Path(folder) / "pack"
        command = [str(files.interpreter.executable), "-I", "-S", "-B", str(files.full / "_lambent" / "packed.py")]
        subprocess.run([*command, str(files.full), str(target)], check=True, timeout=PACK_S_MAX)
        return target.read_bytes()


def _extension_modules(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*.so*") if not _LEFT_OUT & set(path.parts)]


def _libraries(programs: Iterable[Path]) -> list[str]:
    """All shared libraries that these need, the loader among them, where they are found here."""
    found: dict[str, None] = {}
    done = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, timeout=LIBRARIES_S_MAX, check=False)
    for line in done.stdout.splitlines():
        for word in line.split():
            if word.startswith("/") and not word.endswith(":") and Path(word).is_file():
                found[word] = None
    return list(found)
