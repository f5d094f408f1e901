"""What the runtime client imports at each start, in one file: code that is not searched for, patterns that are compiled.

A base image has such a file beside this one; where there is none, or something else stands in a module's place, imports go on
as ever. Run as a program it makes the file: ``python -I -S -B packed.py RUNTIME_FOLDER FILE``.
"""

import _imp
import marshal
import os
import sys
from _frozen_importlib_external import PathFinder, SourceFileLoader, spec_from_file_location

NAME = "start.pack"

_HEAD_BYTES = 8
_STDLIB = os.path.dirname(os.__file__)
_STDLIB_ZIP = "%s/python%d%d.zip" % (os.path.dirname(_STDLIB), *sys.version_info[:2])
_MODULES = ("awslambdaric.__main__", "_lambent.web_app", "_lambent.marshaller.bootstrap")


def opened(path, runtime):
    """Imports come from the file from now on; None where there is none, or it does not hold. ``runtime``: AWS' folder."""
    if sys.flags.optimize or not os.path.isfile(path):
        return None
    packed = Packed(path, runtime)
    return packed if packed.install() else None


class Packed:
    """The file, opened; ``close`` leaves imports and patterns as they were."""

    def __init__(self, path, runtime):
        self._descriptor = os.open(path, os.O_RDONLY)
        size = int.from_bytes(os.read(self._descriptor, _HEAD_BYTES), "little")
        self._entries, self._patterns = marshal.loads(os.read(self._descriptor, size))
        self._at = _HEAD_BYTES + size
        self._folders = {"": runtime, "stdlib": _STDLIB}
        self._compiler = None

    def install(self):
        """Whether it is believed from now on: not where a folder of the function's has a module of such a name."""
        if self._is_shadowed():
            os.close(self._descriptor)
            self._descriptor = -1
            return False
        sys.meta_path.insert(sys.meta_path.index(PathFinder), self)
        import re  # noqa: F401  so that there is what compiles patterns

        # The patterns hold for the compiler that made them.
        self._compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
        if isinstance(self._compiler.__loader__, _Loader):
            self._compile, self._compiler.compile = self._compiler.compile, self._compiled
        return True

    def close(self):
        if self._descriptor >= 0:
            sys.meta_path.remove(self)
            if self._compiler.compile == self._compiled:
                self._compiler.compile = self._compile
            os.close(self._descriptor)
            self._descriptor = -1

    def find_spec(self, name, path=None, target=None):
        entry = self._entries.get(name)
        if entry is None:
            return None
        base, place, mtime, size, _, _ = entry
        file = "%s/%s" % (self._folders[base], place)
        try:
            found = os.stat(file)
        except OSError:
            return None
        if (int(found.st_mtime), found.st_size) != (mtime, size):
            return None  # somebody has put another one there
        is_package = place.endswith("/__init__.py")
        folders = [os.path.dirname(file)] if is_package else None
        return spec_from_file_location(name, file, loader=_Loader(name, file, self), submodule_search_locations=folders)

    def code(self, name):
        """A module's code; None once the file is closed."""
        if self._descriptor < 0:
            return None
        *_, at, size = self._entries[name]
        return marshal.loads(os.pread(self._descriptor, size, self._at + at))

    def _is_shadowed(self):
        own, foreign = set(), set()
        for name, entry in self._entries.items():
            (foreign if entry[0] else own).add(name.partition(".")[0])
        runtime = self._folders[""]
        for folder in sys.path:
            if folder in (_STDLIB, _STDLIB + "/lib-dynload") or folder == _STDLIB_ZIP:
                continue
            wanted = foreign if folder == runtime else own | foreign
            try:
                names = {name.partition(".")[0] for name in os.listdir(folder or ".")}
            except NotADirectoryError:
                names = _names_in_zip(folder, wanted)
            except OSError:
                continue
            if names & wanted:
                return True
        return False

    def _compiled(self, pattern, flags=0):
        made = self._patterns.get((pattern, flags)) if isinstance(pattern, (str, bytes)) else None
        if made is None:
            return self._compile(pattern, flags)
        flags, code, groups, index, names = made
        return self._compiler._sre.compile(pattern, flags, code, groups, dict(index), names)


def _names_in_zip(path, wanted):
    """Which modules stand in what is no folder: a zip, a folder within one, or a file that Python passes over as well."""
    for hook in sys.path_hooks:
        try:
            finder = hook(path)
        except ImportError:
            continue
        find = getattr(finder, "find_spec", None) or finder.find_module  # python3.9 has the latter
        return {name for name in wanted if find(name) is not None}
    return set()


class _Loader(SourceFileLoader):
    """Python's own, with the code from elsewhere."""

    def __init__(self, name, path, packed):
        SourceFileLoader.__init__(self, name, path)
        self._packed = packed

    def get_code(self, fullname):
        code = self._packed.code(fullname)
        if code is None:
            return SourceFileLoader.get_code(self, fullname)
        _imp._fix_co_filename(code, self.path)
        return code


def make(runtime, target, modules=_MODULES):
    """Imports what the runtime client imports, in this new process, and writes down what that takes."""
    before = set(sys.modules)
    patterns = _record_patterns()
    sys.path.insert(0, runtime)
    for name in modules:
        __import__(name)
    entries, codes, at = {}, [], 0
    for name, module in list(sys.modules.items()):
        spec = module.__spec__
        if name in before or spec is None or type(spec.loader) is not SourceFileLoader:
            continue
        base, folder = ("", runtime) if spec.origin.startswith(runtime + "/") else ("stdlib", _STDLIB)
        if not spec.origin.startswith(folder + "/") or not spec.cached or not os.path.isfile(spec.cached):
            continue
        with open(spec.cached, "rb") as file:
            code = file.read()[16:]
        found = os.stat(spec.origin)
        entries[name] = (base, spec.origin[len(folder) + 1 :], int(found.st_mtime), found.st_size, at, len(code))
        codes.append(code)
        at += len(code)
    head = marshal.dumps((entries, patterns), 2)  # a version in which equal values are written alike
    with open(target, "wb") as file:
        file.write(len(head).to_bytes(_HEAD_BYTES, "little") + head + b"".join(codes))


def _record_patterns():
    """What is compiled from now on: what is given to the machine of patterns, by what was asked for."""
    import re  # noqa: F401

    compiler = sys.modules.get("re._compiler") or sys.modules["sre_compile"]
    found, compile_, machine = {}, compiler.compile, compiler._sre
    asked = []

    class Machine:
        def __getattr__(self, name):
            return getattr(machine, name)

        def compile(self, pattern, flags, code, groups, index, names):
            found[asked[-1]] = (int(flags), [int(each) for each in code], groups, dict(index), tuple(names))
            return machine.compile(pattern, flags, code, groups, index, names)

    def recorded(pattern, flags=0):
        asked.append((pattern, int(flags)))
        return compile_(pattern, flags)

    compiler.compile, compiler._sre = recorded, Machine()
    return found


if __name__ == "__main__":
    make(os.path.abspath(sys.argv[1]), sys.argv[2])
