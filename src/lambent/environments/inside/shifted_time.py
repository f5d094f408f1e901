"""The platform's time inside a function, where a clock that is turned shows another than the machine's.

Nothing is touched until a shift is given for the first time. From then on what tells the time of day (``time.time``,
``datetime.now`` and their kin) is shifted, in the modules that were imported before as well; durations, sleeps, files'
times and other processes stay in real time.
"""

import sys
import time
import types

_LEFT_ALONE = (__name__, "_datetime", "_pydatetime", "_strptime")  # which know the real ones
_shift_s = 0.0
_is_installed = False


def shift(seconds):
    """From now on the time of day is so many seconds ahead of the machine's."""
    global _shift_s, _is_installed
    _shift_s = seconds
    if seconds and not _is_installed:
        _is_installed = True
        _install()


def _install():
    classes = _replace_classes()
    replaced = _replace_functions()
    replaced.update(classes)
    by_id = {id(old): new for old, new in replaced.items()}
    _put_in(by_id, list(sys.modules))
    _spare_extension_modules(classes, by_id)


def _put_in(by_id, module_names):
    """Gives the modules of these names what stands for the real ones."""
    for module_name in module_names:
        module = sys.modules[module_name]
        if module_name in _LEFT_ALONE or not isinstance(module, types.ModuleType):
            continue
        names = object.__getattribute__(module, "__dict__")  # without waking modules that are loaded when they are first used
        for name in [name for name, value in names.items() if id(value) in by_id]:
            names[name] = by_id[id(names[name])]


def _spare_extension_modules(classes, by_id):
    """While a module in C is loaded, ``datetime`` holds the real classes: pandas' derive from them, else the process ends."""
    import datetime
    from importlib.machinery import ExtensionFileLoader

    depth = 0

    def sparing(method):
        def load(self, what):
            nonlocal depth
            before = set(sys.modules).difference((getattr(what, "__name__", ""),)) if depth == 0 else ()
            depth += 1
            for real in classes:
                setattr(datetime, real.__name__, real)
            try:
                return method(self, what)
            finally:
                depth -= 1
                if depth == 0:
                    for real, new in classes.items():
                        setattr(datetime, real.__name__, new)
                    _put_in(by_id, set(sys.modules).difference(before))

        return load

    for name in ("create_module", "exec_module"):
        setattr(ExtensionFileLoader, name, sparing(getattr(ExtensionFileLoader, name)))


class _Builtin:
    """Stands for a builtin function: a class that has it as an attribute does not make a method of it."""

    def __init__(self, real, function):
        self.__name__ = self.__qualname__ = real.__name__
        self.__module__ = real.__module__
        self.__doc__ = real.__doc__
        self._function = function

    def __call__(self, *args, **options):
        return self._function(*args, **options)

    def __reduce__(self):
        return self.__name__


def _replace_functions():
    """From each function of ``time`` that tells the time of day to the one that stands for it."""
    real_time, real_time_ns = time.time, time.time_ns
    gmtime, localtime, ctime, asctime, strftime = time.gmtime, time.localtime, time.ctime, time.asctime, time.strftime
    real_clock, real_clock_ns = getattr(time, "clock_gettime", None), getattr(time, "clock_gettime_ns", None)

    def shifted():
        return real_time() + _shift_s

    def shifted_ns():
        return real_time_ns() + int(_shift_s * 1_000_000_000)

    new = {
        real_time: shifted,
        real_time_ns: shifted_ns,
        gmtime: lambda seconds=None: gmtime(shifted() if seconds is None else seconds),
        localtime: lambda seconds=None: localtime(shifted() if seconds is None else seconds),
        ctime: lambda seconds=None: ctime(shifted() if seconds is None else seconds),
        asctime: lambda moment=None: asctime(localtime(shifted()) if moment is None else moment),
        strftime: lambda form, moment=None: strftime(form, localtime(shifted()) if moment is None else moment),
    }
    if real_clock is not None:
        new[real_clock] = lambda number: shifted() if number == time.CLOCK_REALTIME else real_clock(number)
        new[real_clock_ns] = lambda number: shifted_ns() if number == time.CLOCK_REALTIME else real_clock_ns(number)
    return {old: _Builtin(old, function) for old, function in new.items()}


def _replace_classes():
    """``datetime`` and ``date``: subclasses that take every instance of the real ones for theirs."""
    import copyreg
    import datetime as module

    real_datetime, real_date, utc = module.datetime, module.date, module.timezone.utc
    now_s = time.time

    class Kind(type):
        def __instancecheck__(cls, instance):
            return isinstance(instance, cls._real) if "_real" in cls.__dict__ else type.__instancecheck__(cls, instance)

        def __subclasscheck__(cls, other):
            return issubclass(other, cls._real) if "_real" in cls.__dict__ else type.__subclasscheck__(cls, other)

    class date(real_date, metaclass=Kind):  # noqa: N801 - it stands where the real one stood
        _real = real_date

        @classmethod
        def today(cls):
            return cls.fromtimestamp(now_s() + _shift_s)

    class datetime(real_datetime, metaclass=Kind):  # noqa: N801
        _real = real_datetime

        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(now_s() + _shift_s, tz)

        @classmethod
        def utcnow(cls):
            return cls.fromtimestamp(now_s() + _shift_s, utc).replace(tzinfo=None)

        @classmethod
        def today(cls):
            return cls.fromtimestamp(now_s() + _shift_s)

    for new, old in ((date, real_date), (datetime, real_datetime)):
        new.__module__, new.__qualname__, new.__doc__ = "datetime", old.__name__, old.__doc__
        # Real instances still come from extension modules; pickled by name they would not find their class any more.
        copyreg.pickle(old, lambda instance, new=new: (new, instance.__reduce__()[1]))
    return {real_date: date, real_datetime: datetime}
