"""What INIT has left in /tmp, for each copy of a template: with its holes, links, times and modes.

No module of the standard library is imported here that a function's own could stand in the place of.
"""

import os
import stat

_PIECE_BYTES = 1 << 24


def open_up(folder):
    """The modes of what not even its owner may read, by path below ``folder``; from now on he may.

    In a template, once: from then on nobody looks at its /tmp but its copies, which are given the modes.
    """
    modes, folders = {}, [""]
    for below in folders:  # which grows meanwhile
        for path, state in _entries(folder, below):
            needed = 0o500 if stat.S_ISDIR(state.st_mode) else 0o400 if stat.S_ISREG(state.st_mode) else 0
            if state.st_mode & needed != needed:
                try:
                    os.chmod(folder + path, stat.S_IMODE(state.st_mode) | needed)
                    modes[path] = stat.S_IMODE(state.st_mode)
                except OSError:
                    pass  # each copy tells that it is not there
            if stat.S_ISDIR(state.st_mode):
                folders.append(path)
    return modes


def copy(source, target, modes):
    """Copies what stands in one folder into another. Returns what could not be copied and why, a text each."""
    lost, links, folders = [], {}, [("", None)]
    for below, _ in folders:
        for path, state in _entries(source, below, lost):
            try:
                if stat.S_ISDIR(state.st_mode):
                    os.mkdir(target + path, 0o700)
                    folders.append((path, state))
                elif state.st_nlink > 1 and state.st_ino in links:
                    os.link(target + links[state.st_ino], target + path, follow_symlinks=False)
                else:
                    _copy_one(source + path, target + path, state)
                    links[state.st_ino] = path
                    _dress(source + path, target + path, state, modes.get(path))
            except OSError as error:
                lost.append(_loss(path, error))
    for path, state in reversed(folders[1:]):  # when nothing is written into them any more
        try:
            _dress(source + path, target + path, state, modes.get(path))
        except OSError as error:
            lost.append(_loss(path, error))
    return lost


def _entries(folder, below, lost=None):
    """The path below ``folder`` and the state of each entry of a folder there. ``lost`` takes what cannot be looked at."""
    path = below
    try:
        for name in sorted(os.listdir(folder + below)):
            path = "%s/%s" % (below, name)
            yield path, os.lstat(folder + path)
    except OSError as error:
        if lost is not None:
            lost.append(_loss(path, error))


def _loss(path, error):
    return "/tmp%s: %s" % (path, error.strerror)


def _copy_one(source, target, state):
    if stat.S_ISLNK(state.st_mode):
        os.symlink(os.readlink(source), target)
    elif stat.S_ISREG(state.st_mode):
        with open(source, "rb", 0) as held, open(target, "xb", 0, opener=_private) as made:
            _copy_data(held.fileno(), made.fileno(), state.st_size)
    else:  # a named pipe; or a socket, whose listener no copy has
        os.mknod(target, stat.S_IFMT(state.st_mode) | 0o600)


def _private(path, flags):
    return os.open(path, flags, 0o600)


def _copy_data(source, target, size):
    """Without the holes: databases map files that are larger than all of /tmp."""
    at = 0
    while at < size:
        try:
            at = os.lseek(source, at, os.SEEK_DATA)
            end = os.lseek(source, at, os.SEEK_HOLE)
        except OSError:
            break  # nothing but a hole comes now
        os.lseek(target, at, os.SEEK_SET)
        while at < end:
            sent = os.sendfile(target, source, at, min(end - at, _PIECE_BYTES))
            if not sent:
                return os.ftruncate(target, at)  # somebody has cut it off meanwhile, who has it mapped
            at += sent
    return os.ftruncate(target, size)


def _dress(source, target, state, mode):
    """Attributes, times and mode as they were. ``mode``: in the place of that which the source has by now."""
    is_link = stat.S_ISLNK(state.st_mode)
    if stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode):
        for name in _attributes(source):
            os.setxattr(target, name, os.getxattr(source, name))
    os.utime(target, ns=(state.st_atime_ns, state.st_mtime_ns), follow_symlinks=False)
    if not is_link:
        os.chmod(target, stat.S_IMODE(state.st_mode) if mode is None else mode)


def _attributes(path):
    try:
        return [name for name in os.listxattr(path) if name.startswith("user.")]
    except OSError:
        return []  # not every kernel has them there
