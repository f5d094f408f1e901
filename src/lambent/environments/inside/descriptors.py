"""What a copy of a template has open is made its own: a fork shares positions, connections, and what stands in /tmp."""

import _socket  # not socket's own, which libraries replace by what waits in a loop of theirs
import ctypes
import fcntl
import os
import select
import socket
import stat
import struct
import sys
import termios

from _lambent import left_files

_SOCK_DIAG, _BY_FAMILY, _SHOW_PEER, _PEER = 4, 20, 4, 2  # linux/sock_diag.h, linux/unix_diag.h
_OF_OPEN_FILES = os.O_ACCMODE | os.O_APPEND | os.O_NONBLOCK  # the others say how it was found
_CHUNK_BYTES = 1 << 20
_EPOLL_ADD, _EPOLL_EVENT = 1, "=IQ" if os.uname().machine == "x86_64" else "@IQ"  # which is packed there only
_F_SETPIPE_SZ, _F_GETPIPE_SZ = 1031, 1032  # fcntl has them from Python 3.10 on


class Known:
    """What a template knows of its descriptors, found once: no copy could ask without touching what is everybody's.

    ``kept``: those that are the runtime's.
    """

    def __init__(self, kept):
        self.tmp_device = os.stat("/tmp").st_dev
        states = _states(kept)
        self.outputs = _outputs(states)  # duplicates of the standard output, which leads to a log
        self.pairs = _pairs(states)  # (type, the descriptors of either end, what there is to read at each, what each may send)
        # (its path in /tmp if it has one, how much it may hold, what it holds, the descriptors that read, write, do both)
        self.pipes = _pipes(states, self.tmp_device)
        self.events = _events(states)  # (flags, count, descriptors)
        self.polls = _polls(states)  # (its descriptor, what it watches: (descriptor, events, what it says then))


def make_own(known, kept):
    """In a copy. ``kept``: descriptors that are the runtime's. Returns what did not become its own, a text each."""
    umask = os.umask(0)
    try:
        return _made_own(known, kept)
    finally:
        os.umask(umask)


def _made_own(known, kept):
    own, lost = set(kept), []
    for kind, ends, held, sizes in known.pairs:
        _replace(ends, _pair(kind, held, sizes, lost), own)
    for path, size, held, ends in known.pipes:
        _replace(ends, _pipe(path, size, held, lost), own)
    for flags, count, descriptors in known.events:
        _replace([descriptors], [_event(flags, count)], own)
    for descriptor, state in _states(own).items():
        if stat.S_ISSOCK(state.st_mode):
            # In its place stands one whose other end is closed: who would write to it or read from it connects anew.
            dead, other = _socket.socketpair()
            other.close()
            _put(dead.detach(), descriptor)
        elif state.st_dev == known.tmp_device and stat.S_IFMT(state.st_mode) in (stat.S_IFREG, stat.S_IFDIR):
            _put_if_it_opens(descriptor, lambda each, state=state: _opened_in_tmp(each, state), lost)
        elif stat.S_ISREG(state.st_mode) and not _flags(descriptor) & os.O_ACCMODE:
            _put_if_it_opens(descriptor, _opened_again, lost)
    for descriptor, _ in known.polls:
        poll = select.epoll()
        os.dup2(poll.fileno(), descriptor, inheritable=False)
        poll.close()
    for descriptor, watched in known.polls:  # now that each is there: one may watch another
        for each, events, data in watched:
            _watch(descriptor, each, events, data)
    return lost


def _states(kept):
    states = {}
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in kept:
            try:
                states[descriptor] = os.fstat(descriptor)
            except OSError:
                pass  # the list's own
    return states


def _flags(descriptor):
    return fcntl.fcntl(descriptor, fcntl.F_GETFL)


def _put(new, descriptor):
    """``new`` in the place of what stands at ``descriptor``."""
    fcntl.fcntl(new, fcntl.F_SETFL, _flags(descriptor) & ~os.O_ACCMODE)
    os.dup2(new, descriptor, inheritable=False)
    os.close(new)


def _put_if_it_opens(descriptor, opened, lost):
    """What cannot be opened anew (/proc/self/maps, a file without permissions) stays as it was: no copy is to fail of it."""
    try:
        new = opened(descriptor)
    except OSError as error:
        name = os.readlink("/proc/self/fd/%d" % descriptor)
        lost.append("shares with others what INIT has opened as %s: %s" % (name, error.strerror))
        return
    _put(new, descriptor)


def _replace(ends, new, own):
    """Each descriptor of either end by the new one of that end."""
    for descriptors, fresh in zip(ends, new):  # noqa: B905  Python 3.9 knows no other
        for descriptor in descriptors:
            _put(os.dup(fresh), descriptor)
        own.update(descriptors)
        os.close(fresh)


# ---- files ---------------------------------------------------------------------------------------------------------------


def _opened_in_tmp(descriptor, state):
    """The file of the copy's own /tmp that has the same name; of one without a name, or gone from there, what it held."""
    flags, path = _flags(descriptor) & _OF_OPEN_FILES, os.readlink("/proc/self/fd/%d" % descriptor)
    try:
        if not state.st_nlink:
            raise FileNotFoundError
        return _at_its_position(descriptor, _opened_by_its_owner(path, flags))
    except OSError:
        if stat.S_ISDIR(state.st_mode):
            return os.open("/tmp", flags)
    anew = "/proc/self/fd/%d"
    with open(anew % descriptor, "rb", 0) as held, open(os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600), "rb+", 0) as new:
        left_files.copy_data(held.fileno(), new.fileno(), state.st_size)
        return _at_its_position(descriptor, os.open(anew % new.fileno(), flags))


def _opened_by_its_owner(path, flags):
    """Also where its mode does not let him. Nobody else sees it: it is the copy's own."""
    try:
        return os.open(path, flags)
    except PermissionError:
        mode = stat.S_IMODE(os.stat(path).st_mode)
        os.chmod(path, 0o700)
        try:
            return os.open(path, flags)
        finally:
            os.chmod(path, mode)


def _opened_again(descriptor):
    return _at_its_position(descriptor, os.open("/proc/self/fd/%d" % descriptor, os.O_RDONLY))


def _at_its_position(descriptor, new):
    os.lseek(new, os.lseek(descriptor, 0, os.SEEK_CUR), os.SEEK_SET)
    return new


# ---- what leads from the process to itself, as a loop's way to wake itself does -------------------------------------------


def _pairs(states):
    ends = {}
    for descriptor, state in states.items():
        if stat.S_ISSOCK(state.st_mode):
            ends.setdefault(state.st_ino, []).append(descriptor)
    pairs = []
    for inode, descriptors in ends.items():
        family, kind = _asked(descriptors[0], lambda end: (end.family, end.type))
        peer = _peer(inode) if family == socket.AF_UNIX else 0
        if inode < peer and peer in ends and _peer(peer) == inode:
            both = (descriptors, ends[peer])
            sizes = [_asked(each[0], lambda end: end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)) for each in both]
            pairs.append((kind, both, [_asked(each[0], _unread) for each in both], sizes))
    return pairs


def _asked(descriptor, ask):
    """What a socket says. Its flags are all copies', and a default timeout of INIT's has each new object set them anew."""
    flags = _flags(descriptor)
    end = _socket.socket(fileno=descriptor)
    try:
        end.settimeout(0)
        return ask(end)
    finally:
        end.detach()
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def _unread(end):
    """What waits to be read from a socket, message by message. The template itself reads it no more."""
    messages = []
    try:
        while True:
            message = end.recv(_CHUNK_BYTES)
            if not message and end.type != socket.SOCK_DGRAM:  # of which one may be empty
                break  # that direction has been shut down
            messages.append(message)
    except BlockingIOError:
        pass  # nothing more
    return messages


def _pair(kind, held, sizes, lost):
    """The descriptors of a new pair. ``held``: what there is to read at either end. ``sizes``: what either may have sent."""
    pair = _socket.socketpair(socket.AF_UNIX, kind)
    for end, size in zip(pair, sizes):  # noqa: B905
        end.settimeout(0)  # until it takes the place of another, which has its own way
        if end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) != size:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size // 2)  # the kernel says the double of what it is told
    for writer, messages in zip(reversed(pair), held):  # noqa: B905
        try:
            is_whole = all(writer.send(message) == len(message) for message in messages)
        except OSError:
            is_whole = False
        if not is_whole:
            lost.append("lacks some of what a pair of sockets held")
    return [end.detach() for end in pair]


def _peer(inode):
    """The inode of a Unix socket's other end, 0 where the kernel does not say."""
    body = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xFFFFFFFF, inode, _SHOW_PEER, 0xFFFFFFFF, 0xFFFFFFFF)
    kernel = None
    try:
        kernel = _socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)
        kernel.send(struct.pack("=IHHII", 16 + len(body), _BY_FAMILY, 1, 0, 0) + body)
        answer = kernel.recv(4096)
    except OSError:
        return 0
    finally:
        if kernel is not None:
            kernel.close()
    offset = 32 if struct.unpack_from("=H", answer, 4)[0] == _BY_FAMILY else len(answer)
    while offset + 4 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, offset)
        if kind == _PEER:
            return struct.unpack_from("=I", answer, offset + 4)[0]
        offset += (length + 3) & ~3
    return 0


def _pipes(states, tmp_device):
    pipes = {}
    for descriptor, state in states.items():
        flags = _flags(descriptor)
        if stat.S_ISFIFO(state.st_mode) and not flags & os.O_PATH:
            is_named = state.st_dev == tmp_device and state.st_nlink
            path = os.readlink("/proc/self/fd/%d" % descriptor) if is_named else ""
            _, ends = pipes.setdefault((state.st_dev, state.st_ino), (path, ([], [], [])))
            ends[flags & os.O_ACCMODE].append(descriptor)
    return [(path, *_held(ends), ends) for path, ends in pipes.values() if path or _is_between_us(*ends)]


def _outputs(states):
    """A copy writes to a log of its own, by whatever descriptor INIT has that output."""
    log = os.fstat(1)
    return [descriptor for descriptor, state in states.items() if stat.S_ISFIFO(log.st_mode) and os.path.samestat(state, log)]


def _is_between_us(read, written, both):
    """Not if somebody else has the other end, as of what the platform reads. One that nobody has is what has been closed."""
    if both or (read and written):
        return True
    poll = select.poll()
    for descriptor in read:
        poll.register(descriptor, 0)
    return any(event & select.POLLHUP for _, event in poll.poll(0))


def _held(ends):
    """How much a pipe may hold, and what it holds: that may be a lock, as libuv's is, which once lost is never let go."""
    read, written, both = ends
    readers, held = read + both, b""
    if readers:
        waiting = struct.unpack("=i", fcntl.ioctl(readers[0], termios.FIONREAD, b"\0" * 4))[0]
        while len(held) < waiting:
            held += os.read(readers[0], waiting - len(held))
    return fcntl.fcntl((readers + written)[0], _F_GETPIPE_SZ), held


def _pipe(path, size, held, lost):
    """The descriptors of a new pipe that holds this: one that reads, one that writes, one that does both."""
    both = _named_pipe(path)
    if both < 0:
        ends = os.pipe2(os.O_CLOEXEC)
        both = os.open("/proc/self/fd/%d" % ends[0], os.O_RDWR | os.O_NONBLOCK)
        for end in ends:
            os.close(end)
    try:
        if fcntl.fcntl(both, _F_GETPIPE_SZ) != size:
            fcntl.fcntl(both, _F_SETPIPE_SZ, size)
    except OSError:
        pass  # its user has as much in pipes as he may
    if held and os.write(both, held) < len(held):
        lost.append("lacks some of what a pipe held")
    return [*(os.open("/proc/self/fd/%d" % both, mode | os.O_NONBLOCK) for mode in (os.O_RDONLY, os.O_WRONLY)), both]


def _named_pipe(path):
    """The one of the copy's own /tmp; -1 if there is none."""
    if not path:
        return -1
    try:
        new = _opened_by_its_owner(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return -1
    if stat.S_ISFIFO(os.fstat(new).st_mode):
        return new
    os.close(new)
    return -1


def unrenewable():
    """The names of what the process has open that no copy can have for itself: timers, signals, watches of files."""
    names = set()
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            name = os.readlink("/proc/self/fd/%s" % descriptor)
        except OSError:
            continue  # the list's own
        if name.startswith(("anon_inode:", "pidfd:")):
            names.add("pidfd" if name.startswith("pidfd:") else name.partition(":")[2].strip("[]"))
    return sorted(names - {"eventfd", "eventpoll"})


def _events(states):
    """Descriptors that count what their process tells itself; duplicates have one id, where the kernel tells it."""
    events = {}
    for descriptor, lines in _nameless(states, "eventfd"):
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
        flags = _flags(descriptor) & os.O_NONBLOCK | int(facts.get("eventfd-semaphore", "0"))
        count = int(facts.get("eventfd-count", "0"), 16)
        events.setdefault(facts.get("eventfd-id", descriptor), (flags, count, []))[2].append(descriptor)
    return list(events.values())


def _nameless(states, kind):
    """The descriptors of a kind that stands in no folder, with the lines that the kernel tells of each."""
    for descriptor in states:
        if os.readlink("/proc/self/fd/%d" % descriptor) == "anon_inode:[%s]" % kind:
            with open("/proc/self/fdinfo/%d" % descriptor) as file:
                yield descriptor, file.readlines()


def _event(flags, count):
    new = ctypes.CDLL(None).eventfd(0, flags | os.O_CLOEXEC)
    if new < 0:
        raise OSError("no eventfd can be made")
    if count:
        os.write(new, count.to_bytes(8, sys.byteorder))
    return new


def _polls(states):
    """A poll is shared by who forks: one would be woken by what another waits for."""
    polls = []
    for descriptor, lines in _nameless(states, "eventpoll"):
        watched = [line.replace(":", " ").split() for line in lines if line.startswith("tfd:")]
        facts = [dict(zip(words[::2], words[1::2])) for words in watched]  # noqa: B905
        same = [each for each in facts if _is_same(each, states)]
        polls.append((descriptor, [(int(each["tfd"]), int(each["events"], 16), int(each["data"], 16)) for each in same]))
    return polls


def _watch(poll, descriptor, events, data):
    """As select.epoll does it, but with the word that who waits is given: a library's own, where it is not the descriptor."""
    event = struct.pack(_EPOLL_EVENT, events & 0xFFFFFFFF, data)
    if ctypes.CDLL(None, use_errno=True).epoll_ctl(poll, _EPOLL_ADD, descriptor, event) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _is_same(watched, states):
    """Whether the descriptor that is watched is still what it was."""
    state = states.get(int(watched["tfd"]))
    return state is not None and ("ino" not in watched or int(watched["ino"], 16) == state.st_ino)
