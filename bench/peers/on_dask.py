"""Runs the same workloads as bench/workloads on dask.distributed. Prints a list of {seconds, amount, figures} as JSON.

usage: on_dask.py NAME RUNS [ARGUMENT ...]
Starts a scheduler and two workers with one thread each as separate processes, with Dask's command line.
"""
import itertools, json, os, socket, subprocess, sys, tempfile, time
from distributed import Client, wait

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

def start(directory):
    python, port = sys.executable, free_port()
    address = f"tcp://127.0.0.1:{port}"
    log = open(os.path.join(directory, "log"), "w")
    options = dict(stdout=log, stderr=subprocess.STDOUT, cwd=directory, env=dict(os.environ, OMP_NUM_THREADS="1"))
    scheduler = [python, "/usr/bin/dask-scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    worker = [python, "/usr/bin/dask-worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--nworkers", "1",
              "--no-nanny", "--no-dashboard", "--memory-limit", "4GiB", "--local-directory", directory]
    return address, [subprocess.Popen(command, **options) for command in (scheduler, worker, worker)]

def stop(processes):
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

def empty(*_):
    return b""

def join(*parts):
    return b"".join(parts)

def true(_):
    return subprocess.run(["true"]).returncode

runs = itertools.count()

def timed_graph(client, graph, keys, check):
    # Use new keys for each run, because the scheduler does not compute results again that it still has.
    run = next(runs)
    def rename(value):
        if isinstance(value, list):
            return [rename(item) for item in value]
        return f"{run}-{value}" if value in graph else value
    keys = [rename(key) for key in keys]
    graph = {rename(key): (call[0], *map(rename, call[1:])) for key, call in graph.items()}
    begin = time.perf_counter()
    futures = client.get(graph, keys, sync=False, optimize_graph=False)
    wait(futures)
    seconds = time.perf_counter() - begin
    check(client.gather(futures))
    return {"seconds": seconds, "amount": len(graph)}

def timed_map(client, function, count, expected):
    begin = time.perf_counter()
    futures = client.map(function, range(count), pure=False)
    wait(futures)
    seconds = time.perf_counter() - begin
    assert client.gather(futures) == [expected] * count
    return {"seconds": seconds, "amount": count}

def independent(client, count):
    return timed_map(client, empty, count, b"")

def fft(client, levels, size):
    width = 1 << levels
    graph = {("c", 0, i): (join, b"x" * size) for i in range(width)}
    for level in range(levels):
        for i in range(width):
            graph["c", level + 1, i] = (join, ("c", level, i), ("c", level, (i + (1 << level)) % width))
    def check(results):
        assert all(len(result) == size * width for result in results)
    return timed_graph(client, graph, [("c", levels, i) for i in range(width)], check)

def layered(client, width, depth):
    state = 1
    def random(bound):
        nonlocal state
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        return int(state / 2**32 * bound)
    graph = {("n", 0, i): (join,) for i in range(width)}
    for layer in range(1, depth):
        for i in range(width):
            graph["n", layer, i] = (join, ("n", layer - 1, random(width)), ("n", layer - 1, random(width)))
    keys = [("n", depth - 1, i) for i in range(width)]
    needed, stack = set(keys), list(keys)
    while stack:
        for part in graph[stack.pop()][1:]:
            if part not in needed:
                needed.add(part)
                stack.append(part)
    def check(results):
        assert results == [b""] * width
    return timed_graph(client, {key: graph[key] for key in needed}, keys, check)

def chain(client, length):
    graph = {("c", 0): (join, b"x")}
    for i in range(1, length):
        graph["c", i] = (join, ("c", i - 1))
    def check(results):
        assert results == [b"x"]
    return timed_graph(client, graph, [("c", length - 1)], check)

def fan(client, width):
    graph = {"source": (join, b"x")}
    for i in range(width):
        graph["f", i] = (join, "source")
    graph["join"] = (lambda parts: b"".join(parts), [("f", i) for i in range(width)])
    def check(results):
        assert results == [b"x" * width]
    return timed_graph(client, graph, ["join"], check)

def run(client, count):
    return timed_map(client, true, count, 0)

def round_trip(client, count):
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        assert client.submit(join, b"x", pure=False).result() == b"x"
        times.append(time.perf_counter() - begin)
    times.sort()
    figures = {"p50 ms": times[count // 2] * 1e3, "p99 ms": times[count * 99 // 100] * 1e3}
    return {"seconds": sum(times), "amount": count, "figures": figures}

def transfer(client, size):
    first, second = sorted(client.scheduler_info()["workers"])
    data = client.submit(bytes, size, workers=[first], pure=False)
    wait(data)
    begin = time.perf_counter()
    assert client.submit(len, data, workers=[second], pure=False).result() == size
    return {"seconds": time.perf_counter() - begin, "amount": size}

def fetch(client, size):
    data = client.submit(bytes, size, pure=False)
    wait(data)
    begin = time.perf_counter()
    result = data.result()
    seconds = time.perf_counter() - begin
    assert result == bytes(size)
    return {"seconds": seconds, "amount": size}

WORKLOADS = [independent, fft, layered, chain, fan, run, round_trip, transfer, fetch]

def main():
    name, runs, *arguments = sys.argv[1:]
    workload = {function.__name__: function for function in WORKLOADS}[name]
    with tempfile.TemporaryDirectory() as directory:
        address, processes = start(directory)
        try:
            client = Client(address)
            client.wait_for_workers(2)
            client.gather(client.map(empty, range(20), pure=False))
            samples = [workload(client, *map(int, arguments)) for _ in range(int(runs))]
            client.close(timeout=5)
        finally:
            stop(processes)
    print(json.dumps(samples))

main()
