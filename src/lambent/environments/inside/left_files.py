"""What INIT has left in /tmp, for each copy of a template: with its holes, links, times and modes.

No module of the standard library is imported here that a function's own could stand in the place of.
"""

import errno
import os
import stat

_PIECE_BYTES = 1 << 24


def open_up(folder):
    """The modes of what not even its owner may read, by path below ``folder``; from now on he may.

    In a template, once: from then on nobody looks at its /tmp but its copies, which are given the modes.
    """
    modes, folders = {}, []
    _open_one(folder, "", os.lstat(folder), modes, folders)
    for below in folders:  # which grows meanwhile
        for path, state in _entries(folder, below, []):  # each copy tells what cannot be looked at
            _open_one(folder, path, state, modes, folders)
    return modes


def _open_one(folder, path, state, modes, folders):
    needed = 0o500 if stat.S_ISDIR(state.st_mode) else 0o400 if stat.S_ISREG(state.st_mode) else 0
    if state.st_mode & needed != needed:
        try:
            os.chmod(folder + path, stat.S_IMODE(state.st_mode) | needed)
            modes[path] = stat.S_IMODE(state.st_mode)
        except OSError:
            pass  # each copy tells that it is not there
    if stat.S_ISDIR(state.st_mode):
        folders.append(path)


def copy(source, target, modes):
    """Copies what stands in one folder into another. Returns what went wrong, and what ``close_up`` needs.

    That is told as a text each, which says what the copy lacks or what is not as it was.
    """
    umask = os.umask(0)  # INIT's own might take from us what we make
    try:
        return _copy(source, target, modes)
    finally:
        os.umask(umask)


def _copy(source, target, modes):
    lost, links, folders, closed = [], {}, [("", os.stat(source))], []
    for below, _ in folders:
        for path, state in _entries(source, below, lost):
            try:
                if stat.S_ISDIR(state.st_mode):
                    os.mkdir(target + path, 0o700)
                    folders.append((path, state))
                    continue
                if state.st_nlink > 1 and state.st_ino in links:
                    os.link(target + links[state.st_ino], target + path, follow_symlinks=False)
                    continue
                _copy_one(source + path, target + path, state)
            except OSError as error:
                lost.append(_loss(path, error))
                continue
            links[state.st_ino] = path
            _dress(source, target, path, state, modes.get(path), lost)
    for path, state in reversed(folders):  # when nothing is written into them any more
        mode = modes.get(path, stat.S_IMODE(state.st_mode))
        if mode & 0o700 != 0o700:
            closed.append((path, mode))
            mode |= 0o700
        _dress(source, target, path, state, mode, lost)
    return lost, closed


def close_up(folder, closed):
    """Gives folders of a copy the modes that keep its owner out of them, once all that is open there has been opened anew."""
    for path, mode in closed:  # the deepest first
        os.chmod(folder + path, mode)


def _entries(folder, below, lost):
    """The path below ``folder`` and the state of each entry of a folder there. ``lost`` takes what cannot be looked at."""
    try:
        names = sorted(os.listdir(folder + below))
    except OSError as error:
        lost.append(_loss(below, error))
        return
    for name in names:
        path = "%s/%s" % (below, name)
        try:
            state = os.lstat(folder + path)
        except OSError as error:
            lost.append(_loss(path, error))
            continue
        yield path, state


def _loss(path, error):
    return "lacks /tmp%s: %s" % (path, error.strerror)


def _copy_one(source, target, state):
    if stat.S_ISLNK(state.st_mode):
        os.symlink(os.readlink(source), target)
    elif stat.S_ISREG(state.st_mode):
        with open(source, "rb", 0) as held, open(target, "xb", 0, opener=_private) as made:
            try:
                copy_data(held.fileno(), made.fileno(), state.st_size)
            except OSError:
                os.unlink(target)  # a half of it would be taken for the whole
                raise
    else:  # a named pipe; or a socket, whose listener no copy has
        os.mknod(target, stat.S_IFMT(state.st_mode) | 0o600)


def _private(path, flags):
    return os.open(path, flags, 0o600)


def copy_data(source, target, size):
    """Without the holes: databases map files that are larger than all of /tmp."""
    at = 0
    while at < size:
        try:
            at = os.lseek(source, at, os.SEEK_DATA)
            end = os.lseek(source, at, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:
                break  # nothing but a hole comes now
            if error.errno != errno.EINVAL:
                raise
            end = size  # whoever keeps it knows of no holes
        os.lseek(target, at, os.SEEK_SET)
        while at < end:
            sent = os.sendfile(target, source, at, min(end - at, _PIECE_BYTES))
            if not sent:
                return os.ftruncate(target, at)  # somebody has cut it off meanwhile, who has it mapped
            at += sent
    return os.ftruncate(target, size)


def _dress(source, target, path, state, mode, lost):
    """Attributes, times and mode as they were. ``mode``: in the place of that which the source has by now."""
    source, target = source + path, target + path
    try:
        try:
            if stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode):
                for name in _attributes(source):
                    os.setxattr(target, name, os.getxattr(source, name))
            os.utime(target, ns=(state.st_atime_ns, state.st_mtime_ns), follow_symlinks=False)
        finally:
            if not stat.S_ISLNK(state.st_mode):
                os.chmod(target, stat.S_IMODE(state.st_mode) if mode is None else mode)
    except OSError as error:
        lost.append("has /tmp%s without its attributes, times or mode: %s" % (path, error.strerror))


def _attributes(path):
    try:
        return [name for name in os.listxattr(path) if name.startswith("user.")]
    except OSError:
        return []  # not every kernel has them there
