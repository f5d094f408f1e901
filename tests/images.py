"""Small container images: layers from files, laid out as OCI has it; and a static program that is a whole runtime."""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lambent.core.config import default_cache

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
SUITE = "bookworm"

# Answers each event with what it sees of its environment: the arguments, the folder, the user, what it may write.
RUNTIME = r"""
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[1 << 16];

static int ask(const char *request, int size) {
  char host[64];
  struct sockaddr_in address = {.sin_family = AF_INET};
  sscanf(getenv("AWS_LAMBDA_RUNTIME_API"), "%63[^:]:%hu", host, &address.sin_port);
  address.sin_port = htons(address.sin_port);
  inet_pton(AF_INET, host, &address.sin_addr);
  int at = 0, got, s = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(s, (struct sockaddr *)&address, sizeof address) || write(s, request, size) != size) exit(9);
  while ((got = read(s, answer + at, sizeof answer - 1 - at)) > 0) at += got;
  answer[at] = 0;
  close(s);
  return at;
}

static const char *try_write(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT, 0644);
  if (file < 0) return strerror(errno);
  close(file);
  return "written";
}

int main(int count, char **arguments) {
  static char request[1 << 16], body[1 << 15], folder[4096], list[4096];
  for (int i = 0; i < count; i++) sprintf(list + strlen(list), "%s\"%s\"", i ? "," : "", arguments[i]);
  for (;;) {
    int size = sprintf(request, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    ask(request, size);
    char id[64] = "", *at = strcasestr(answer, "lambda-runtime-aws-request-id: "), *event = strstr(answer, "\r\n\r\n");
    if (!at || !event) return 8;
    sscanf(at + 31, "%63[0-9a-f-]", id);
    if (!strcmp(event + 4, "\"exit\"")) return 142;
    size = sprintf(body,
      "{\"event\":%s,\"arguments\":[%s],\"folder\":\"%s\",\"variable\":\"%s\",\"user\":%d,\"root\":\"%s\",\"tmp\":\"%s\","
      "\"host\":%d,\"file\":%d}",
      event + 4, list, getcwd(folder, sizeof folder), getenv("GREETING") ? getenv("GREETING") : "", getuid(),
      try_write("/file"), try_write("/tmp/file"), !access("/.code", F_OK) || !access("/usr/bin", F_OK), access("/file", F_OK));
    size = sprintf(request, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
      "Content-Length: %d\r\n\r\n%s", id, size, body);
    ask(request, size);
  }
}
"""


def runtime(folder: Path) -> bytes:
    """The program. Skips the test where there is no compiler."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc to make a static program with (Debian: apt install gcc libc6-dev)")
    source, program = folder / "runtime.c", folder / "runtime"
    source.write_text("#define _GNU_SOURCE\n" + RUNTIME)
    subprocess.run(["gcc", "-O1", "-w", "-static", "-o", program, source], check=True)
    return program.read_bytes()


def layer(files: Mapping[str, bytes | None], *, links: Mapping[str, str] | None = None) -> bytes:
    """A tar; None is a folder."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            entry.type, entry.size = (tarfile.DIRTYPE, 0) if content is None else (tarfile.REGTYPE, len(content))
            tar.addfile(entry, io.BytesIO(content or b""))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            tar.addfile(entry)
    return memory.getvalue()


def debian() -> Path:
    """A tar of the smallest Debian; made once on a machine, for that takes minutes and a mirror. Skips the test without."""
    kept = default_cache() / "tests" / f"{SUITE}.tar"
    if kept.is_file():
        return kept
    if shutil.which("debootstrap") is None:
        pytest.skip("debootstrap is not installed (Debian: apt install debootstrap)")
    if os.geteuid():
        pytest.skip("debootstrap has to be root")
    new = kept.parent / f".{SUITE}.{os.getpid()}"
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        command = ["debootstrap", "--variant=minbase", SUITE, str(new)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            pytest.skip(f"debootstrap made no Debian: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
        with tarfile.open(f"{new}.tar", "w") as tar:
            tar.add(new, ".")
        Path(f"{new}.tar").rename(kept)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return kept


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def to_gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)


def to_zstd(data: bytes) -> bytes:
    return subprocess.run(["zstd", "--stdout", "--quiet"], input=data, capture_output=True, check=True).stdout


def parts(
    layers: Sequence[bytes], config: Mapping[str, Any], *, pack: Callable[[bytes], bytes] = to_gzip
) -> tuple[bytes, bytes, list[bytes]]:
    """Manifest, configuration and packed layers; those that are not in gzip are said to be in zstd."""
    packed, kind = [pack(each) for each in layers], LAYER if pack is to_gzip else LAYER.replace("gzip", "zstd")
    root = {"type": "layers", "diff_ids": [digest_of(each) for each in layers]}
    told = json.dumps({"architecture": "amd64", "os": "linux", "config": config, "rootfs": root}).encode()
    body = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": digest_of(told), "size": len(told)},
        "layers": [{"mediaType": kind, "digest": digest_of(each), "size": len(each)} for each in packed],
    }
    return json.dumps(body).encode(), told, packed


def lay_out(
    folder: Path,
    layers: Sequence[bytes],
    config: Mapping[str, Any],
    *,
    tag: str = "latest",
    pack: Callable[[bytes], bytes] = to_gzip,
) -> Path:
    """An OCI layout."""
    manifest, told, packed = parts(layers, config, pack=pack)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    for each in (manifest, told, *packed):
        (blobs / digest_of(each).removeprefix("sha256:")).write_bytes(each)
    named = {
        "mediaType": MANIFEST,
        "digest": digest_of(manifest),
        "size": len(manifest),
        "annotations": {"org.opencontainers.image.ref.name": tag},
    }
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    return folder
