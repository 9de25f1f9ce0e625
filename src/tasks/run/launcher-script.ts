import { TAIL_BYTES } from "../../runtime/platform/files/output-tail.ts";
import { RUN_VARIABLE } from "../../runtime/platform/processes/run-marks.ts";

/**
 * The launcher: a script for Python 3.8 or later that needs only the standard library. It starts programs on request and
 * reports how they end. Numbers are big-endian.
 *
 * A request is `length: u32, number: u32`, followed by that many bytes of fields, separated by NUL. Number 0 sets the
 * environment of programs: names and values in turn. Otherwise, a single field is a signal for the process group of a
 * running program. Several fields start a program: its directory; a directory for unnamed files; the paths of stdin, stdout
 * and stderr (empty for no input, and for output of which only the tail is needed); whether to report the pid; the number of
 * further variables, their names and values; the program and its arguments.
 *
 * A reply is `number: u32, result: i32, stdout: f64, stderr: f64`: the exit code, or 256 + the signal, or -1 for a program that
 * was not started; the sizes of the output; then the tails of both. If the pid was requested, a reply with the result -2
 * comes first, with the pid as the size of stdout. When the launcher is ready, it sends a reply with number 0, whose result says
 * whether it is a child subreaper.
 *
 * It kills everything that a program started before it reports the end of the program: its process group, and, as a child subreaper,
 * also processes that have left the group. It finds out to which program those belong by their session, or else by the mark in their
 * environment; one without either is killed when all programs have ended that may have started it.
 *
 * When its input ends or it receives SIGTERM, it kills the running programs and everything that they started. Its argument is its mark.
 */
export const LAUNCHER = String.raw`
import os, select, signal, struct, sys, time

MARK = sys.argv[1].encode() + b"."
VARIABLE = b"${RUN_VARIABLE}"
CHILDREN = "/proc/thread-self/children"
PR_SET_CHILD_SUBREAPER = 36
LAST_WAIT = 2.0  # Seconds for which the end of a program waits for the end of what it left behind.
TAIL = ${TAIL_BYTES}
running = {}  # pid: (number, stdout, stderr, whether each has a name)
pids = {}  # number: pid
ending = {}  # number: (pid, result, stdout, stderr, whether each has a name, time), until nothing is left of the program
strangers = {}  # pid of an orphan without a mark: the numbers of the programs that may have started it
nameless = []  # deleted empty files, for output of which only the tail is needed
environment = {}
search_path = None
nothing = os.open("/dev/null", os.O_RDWR)
needed = (os.posix_spawnp, os.waitid)  # Missing on some systems, where the script ends here.

def printed_to(path, scratch):
    if path:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
    if nameless:
        return nameless.pop()
    path = scratch + b"/.printed"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
    os.unlink(path)
    return file

def take(file, named):
    size = os.lseek(file, 0, os.SEEK_END)
    tail = os.pread(file, TAIL, max(0, size - TAIL)) if size else b""
    if named:
        os.close(file)
    else:
        if size:
            os.ftruncate(file, 0)
            os.lseek(file, 0, os.SEEK_SET)
        nameless.append(file)
    return size, tail

def reply(number, result, stdout=(0, b""), stderr=(0, b"")):
    data = struct.pack(">Iidd", number, result, stdout[0], stderr[0]) + stdout[1] + stderr[1]
    while data:
        data = data[os.write(1, data):]

def start(number, directory, scratch, stdin, stdout, stderr, tell, count, *words):
    global search_path
    end = 2 * int(count)
    env = environment
    if end:
        env = {**env, **dict(zip(words[0:end:2], words[1:end:2]))}
    env[VARIABLE] = MARK + b"%d" % number
    # posix_spawnp searches the PATH of this process.
    if env.get(b"PATH") != search_path:
        search_path = env.get(b"PATH")
        if search_path is None:
            os.unsetenv(b"PATH")
        else:
            os.putenv(b"PATH", search_path)
    os.chdir(directory)
    files = []
    try:
        files.append(os.open(stdin, os.O_RDONLY) if stdin else nothing)
        files.append(printed_to(stdout, scratch))
        files.append(printed_to(stderr, scratch))
        pid = os.posix_spawnp(
            words[end], words[end:], env,
            file_actions=[(os.POSIX_SPAWN_DUP2, file, i) for i, file in enumerate(files)],
            # Python ignores these signals; programs must not.
            setsid=True, setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
        )
    except BaseException:
        for file in files[1:]:
            os.close(file)
        raise
    finally:
        if stdin and files:
            os.close(files[0])
    running[pid] = (number, files[1], files[2], bool(stdout), bool(stderr))
    pids[number] = pid
    if tell:
        reply(number, -2, (pid, b""))

def become_reaper():
    # Orphans of programs then become children of this process.
    try:
        import ctypes
        # Where /proc shows other processes, their ids mean nothing here.
        return (
            os.path.exists(CHILDREN)
            and os.readlink("/proc/self") == str(os.getpid())
            and ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
        )
    except (ImportError, OSError, AttributeError):
        return False

def read(path):
    file = os.open(path, os.O_RDONLY)
    try:
        parts = []
        while not parts or parts[-1]:
            parts.append(os.read(file, 1 << 16))
        return b"".join(parts)
    finally:
        os.close(file)

def owner_of(pid):
    # The number of the program that an orphan comes from: 0 if it is not known, None if the orphan has ended.
    try:
        state, _, _, session = read("/proc/%d/stat" % pid).rpartition(b")")[2].split()[:4]
        if state in b"ZX":
            return None
        for number, leader in pids.items():
            if leader == int(session):
                return number
        for number, ended in ending.items():
            if ended[0] == int(session):
                return number
        for entry in read("/proc/%d/environ" % pid).split(b"\0"):
            if entry.startswith(VARIABLE + b"=" + MARK):
                number = entry.rpartition(b".")[2]
                return int(number) if number.isdigit() else 0
    except OSError:
        return None
    return 0

def kill_orphans():
    # Kills what ended programs left behind. Returns the numbers of those of which something is still alive.
    alive = set()
    seen = {}
    for pid in map(int, read(CHILDREN).split()):
        if pid in running:
            continue
        number = owner_of(pid)
        if number is None or number in pids:
            continue
        if number == 0:
            suspects = seen[pid] = strangers.get(pid, pids.keys()) & pids.keys()
            if suspects:
                continue
        try:
            os.kill(pid, signal.SIGKILL)
            alive.add(number)
        except OSError:
            pass  # It runs as another user, or has ended.
    strangers.clear()
    strangers.update(seen)
    return alive

def finish():
    alive = kill_orphans() if reaps else ()
    for number, (_, result, stdout, stderr, stdout_named, stderr_named, late) in list(ending.items()):
        if (number in alive or 0 in alive) and time.monotonic() < late:
            continue
        del ending[number]
        reply(number, result, take(stdout, stdout_named), take(stderr, stderr_named))

def collect():
    while True:
        # Kill the group before reaping the process: its id cannot be reused until then.
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            break
        if ended is None:
            break
        pid = ended.si_pid
        if pid in running:
            send(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if pid not in running:
            continue
        number, *files = running.pop(pid)
        del pids[number]
        result = ended.si_status + (0 if ended.si_code == os.CLD_EXITED else 256)
        ending[number] = (pid, result, *files, time.monotonic() + LAST_WAIT)
    if ending or strangers:
        finish()

def kill_all():
    for pid in running:
        send(pid, signal.SIGKILL)
    late = time.monotonic() + LAST_WAIT
    while reaps and time.monotonic() < late:
        children = read(CHILDREN).split()
        if not children:
            break
        for pid in children:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.005)

def send(pid, number):
    try:
        os.killpg(pid, number)
    except OSError:
        pass  # No process of the group is left that this process may signal.

def handle(number, fields):
    if number == 0:
        environment.update(zip(fields[0::2], fields[1::2]))
    elif len(fields) == 1:
        if number in pids:
            send(pids[number], int(fields[0]))
    else:
        try:
            start(number, *fields)
        except (OSError, ValueError, NotImplementedError):
            reply(number, -1)

def serve():
    child_ended, wake = os.pipe()
    os.set_blocking(child_ended, False)
    os.set_blocking(wake, False)
    # A flag: an exception could come between the start of a program and its registration.
    told_to_end = []
    signal.signal(signal.SIGTERM, lambda *_: told_to_end.append(True))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    events = select.poll()
    events.register(0, select.POLLIN)
    events.register(child_ended, select.POLLIN)
    data = b""
    reply(0, int(reaps))
    while True:
        for file, _ in events.poll(100 if ending else None):
            if file == child_ended:
                os.read(child_ended, 4096)
                collect()
                if told_to_end:
                    return
                continue
            more = os.read(0, 1 << 16)
            if not more:
                return
            data += more
            at = 0
            while len(data) - at >= 8:
                length, number = struct.unpack_from(">II", data, at)
                if len(data) - at - 8 < length:
                    break
                at += 8 + length
                handle(number, data[at - length:at].split(b"\0"))
            data = data[at:]
        if ending:
            finish()

os.set_blocking(0, True)
os.set_blocking(1, True)
reaps = become_reaper()
try:
    serve()
finally:
    kill_all()
`;
