"""Unpacked code and layers: each archive once, under the name of its content, read-only, shared by all environments.

A folder is made beside its place and renamed into it, so what stands there is whole. It is a cache: everything in it can be
made again from the archives, and after a restart of the machine (when files may lack what was never flushed) it is.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from lambent.core import ids
from lambent.core.clock import wall_s
from lambent.core.ports import Archive, BadArchive, ContainerImage
from lambent.environments import archives, folders, image_layers
from lambent.environments.archives import BadZip, ZipFacts, check_zip, inspect_zip

__all__ = ["BadArchive", "BadZip", "Code", "ZipFacts", "check_zip", "inspect_zip"]

LAYERS_MAX = 5
UNUSED_S_MAX = 7 * 86_400  # looked at when a platform starts, before anything is in use

_KINDS = ("task", "opt", "layer", "image")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_half_made: set[Path] = set()  # what threads of this process are unpacking now


class Code:
    """What environments mount at ``/var/task`` and ``/opt``. Who goes on using a folder holds it until it is done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._making: dict[Path, asyncio.Future[None]] = {}
        self._made: set[Path] = set()
        self._held: Counter[Path] = Counter()
        self._bundles_sdk: dict[str, bool] = {}
        self._lock = threading.Lock()
        self._is_ready = False

    async def task_dir(self, archive: Archive) -> Path:
        """The archive, unpacked. Raises BadArchive."""
        target = self._task(archive)
        await self._once(target, lambda: asyncio.to_thread(self._make, target, lambda new: archives.unpack(archive.path, new)))
        return target

    async def opt_dir(self, layers: tuple[Archive, ...]) -> Path:
        """The layers, merged in their order: a later one's files replace an earlier one's. Raises BadArchive."""
        assert len(layers) <= LAYERS_MAX, len(layers)
        if len(layers) == 1:
            return await self.task_dir(layers[0])
        target = self._opt(layers)
        if target not in self._made:
            sources = await asyncio.gather(*map(self.task_dir, layers))
            await self._once(target, lambda: asyncio.to_thread(self._make, target, lambda new: _merge(sources, new)))
        return target

    async def image_dir(self, image: ContainerImage) -> Path:
        """The root of a container image: its layers, unpacked once each, over one another. Raises BadArchive."""
        target = self._image(image)
        if target not in self._made:
            if _packed_bytes(image) > image_layers.IMAGE_BYTES_MAX:
                raise BadArchive(image_layers.TOO_LARGE)  # already as it is packed: it need not be unpacked to know
            for layer in dict.fromkeys(image.layers):  # one by one: they are large, and the disk is one
                await self._unpacked_layer(layer)
            sources = [self._layer(layer) for layer in image.layers]
            await self._once(
                target, lambda: asyncio.to_thread(self._make, target, lambda new: image_layers.merge(sources, new))
            )
        return target

    async def _unpacked_layer(self, layer: Archive) -> None:
        target = self._layer(layer)
        await self._once(target, lambda: asyncio.to_thread(self._make, target, lambda new: _unpack_layer(layer, new)))

    async def bundles_sdk(self, code: Archive | None, layers: Iterable[Archive] = ()) -> bool:
        """Whether code or layers bring boto3 or a part of it, so that a zygote must not have imported its own."""
        return any([await self._brings_sdk(archive) for archive in (code, *layers) if archive is not None])

    def hold(self, code: Archive | None, layers: tuple[Archive, ...]) -> frozenset[Path]:
        """The folders that these archives are unpacked into and merged in: none is removed before each is released again."""
        packed = layers if code is None else (code, *layers)
        held = frozenset({*map(self._task, packed), *([self._opt(layers)] if layers else [])})
        self._held.update(held)
        return held

    def hold_image(self, image: ContainerImage) -> frozenset[Path]:
        """As ``hold``, for a container image."""
        held = frozenset({self._image(image), *map(self._layer, image.layers)})
        self._held.update(held)
        return held

    async def release(self, held: Iterable[Path]) -> None:
        """Removes those that nobody holds any more."""
        going: list[Path] = []
        self._held.subtract(held)
        for path in held:
            if self._held[path] <= 0:
                del self._held[path]
                self._bundles_sdk.pop(path.name, None)
                self._made.discard(path)
                if path not in self._making and path.is_dir():
                    # First out of its place, so that who needs it from now on makes it anew, whole.
                    going.append(path.rename(_beside(path)))
        for path in going:
            await asyncio.to_thread(shutil.rmtree, path, ignore_errors=True)

    def _task(self, archive: Archive) -> Path:
        return self._folder / "task" / archive.sha256

    def _layer(self, layer: Archive) -> Path:
        return self._folder / "layer" / layer.sha256

    def _image(self, image: ContainerImage) -> Path:
        names = "\n".join(layer.sha256 for layer in image.layers)
        return self._folder / "image" / hashlib.sha256(names.encode()).hexdigest()

    def _opt(self, layers: tuple[Archive, ...]) -> Path:
        if len(layers) == 1:
            return self._task(layers[0])
        names = "\n".join(layer.sha256 for layer in layers)
        return self._folder / "opt" / hashlib.sha256(names.encode()).hexdigest()

    async def _brings_sdk(self, archive: Archive) -> bool:
        if archive.sha256 not in self._bundles_sdk:
            facts = await asyncio.to_thread(archives.facts_of, archive.path)
            self._bundles_sdk[archive.sha256] = facts.bundles_sdk
        return self._bundles_sdk[archive.sha256]

    async def _once(self, target: Path, make: Callable[[], Awaitable[None]]) -> None:
        """Makes ``target`` unless it is there; who asks for it meanwhile waits for the same making."""
        if target in self._made:
            return
        if target in self._making:
            await asyncio.shield(self._making[target])
            return
        # A task of its own, so that who gives up waiting does not stop it for the others.
        making = self._making[target] = asyncio.ensure_future(make())
        making.add_done_callback(lambda done: self._finish(target, done))
        await asyncio.shield(making)

    def _finish(self, target: Path, done: "asyncio.Future[None]") -> None:
        del self._making[target]
        if not done.cancelled() and done.exception() is None:
            self._made.add(target)

    def _make(self, target: Path, fill: Callable[[Path], None]) -> None:
        """Runs in a thread."""
        with self._lock:
            if not self._is_ready:
                _ready(self._folder)
                self._is_ready = True
        if target.is_dir():
            os.utime(target)  # in use again
            return
        new = _beside(target)
        _half_made.add(new)
        try:
            fill(new)
            new.rename(target)
        except OSError:
            if not target.is_dir():  # another platform was faster
                raise
        finally:
            shutil.rmtree(new, ignore_errors=True)
            _half_made.discard(new)


def _ready(folder: Path) -> None:
    """Makes the cache's folders: without what dead processes left half made and what nobody used for long.

    Empty after a restart of the machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        boot = _BOOT_ID.read_text().strip() if _BOOT_ID.exists() else ids.uuid4()
        note = folder / "boot"
        if not note.exists() or note.read_text() != boot:
            for path in _made_folders(folder):
                shutil.rmtree(path)
            note.write_text(boot)
        for kind in _KINDS:
            (folder / kind).mkdir(exist_ok=True)
            for path in (folder / kind).glob(".*.tmp"):
                if not _is_being_made(path):
                    shutil.rmtree(path, ignore_errors=True)  # it may just have been renamed into its place
        for path in _made_folders(folder):
            if wall_s() - path.stat().st_mtime > UNUSED_S_MAX:
                shutil.rmtree(path)


def _beside(target: Path) -> Path:
    """A name for what is not in its place yet, or no more."""
    return target.with_name(f".{os.getpid()}.{ids.hex_digits(12)}.tmp")


def _is_being_made(path: Path) -> bool:
    pid = int(path.name.split(".")[1])
    if pid == os.getpid():  # ours, or of an earlier process that had our number
        return path in _half_made
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _packed_bytes(image: ContainerImage) -> int:
    return sum(layer.path.stat().st_size for layer in image.layers)


def _unpack_layer(layer: Archive, target: Path) -> None:
    """Raises BadArchive, in AWS' words with ours behind."""
    try:
        image_layers.unpack(layer.path, target)
    except BadArchive as bad:
        if bad.reason == image_layers.TOO_LARGE:
            raise
        words = f"ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest sha256:{layer.sha256}"
        raise BadArchive(f"{words} ({bad.reason})") from bad


def _merge(sources: Iterable[Path], target: Path) -> None:
    target.mkdir()
    for source in sources:
        folders.lay_over(source, target)


def _made_folders(folder: Path) -> list[Path]:
    return [path for kind in _KINDS for path in (folder / kind).glob("[!.]*")]
