import { TAIL_BYTES } from "../../runtime/platform/files/output-tail.ts";

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
 * comes first, with the pid as the size of stdout. When the launcher is ready, it sends a reply with number 0.
 *
 * When its input ends or it receives SIGTERM, it kills the running programs.
 */
export const LAUNCHER = String.raw`
import os, select, signal, struct

TAIL = ${TAIL_BYTES}
running = {}  # pid: (number, stdout, stderr, whether each has a name)
pids = {}  # number: pid
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

def collect():
    while running:
        # Kill the group before reaping the process: its id cannot be reused until then.
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return
        pid = ended.si_pid
        if pid in running:
            send(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if pid not in running:
            continue
        number, stdout, stderr, stdout_named, stderr_named = running.pop(pid)
        del pids[number]
        result = ended.si_status + (0 if ended.si_code == os.CLD_EXITED else 256)
        reply(number, result, take(stdout, stdout_named), take(stderr, stderr_named))

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
    reply(0, 0)
    while True:
        for file, _ in events.poll():
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

os.set_blocking(0, True)
os.set_blocking(1, True)
try:
    serve()
finally:
    for pid in running:
        send(pid, signal.SIGKILL)
`;
