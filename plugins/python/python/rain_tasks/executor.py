"""Serves functions as task types to a worker."""

import os
import shutil
import sys

from . import functions
from .connection import Connection
from .context import Context
from .failures import TaskFailure, describe
from .inputs import Input

_tasks = {}


def task(function=None, *, name=None):
    """Registers a function as a task type, under its own name or another: `@task` or `@task(name="other")`."""
    if function is None:
        return lambda decorated: task(decorated, name=name)
    _tasks[name or function.__name__] = _Function(function)
    return function


def run(executor_type):
    """Serves the registered functions as `executor_type/NAME`, until the worker hangs up."""
    if "RAIN_EXECUTOR_SOCKET" not in os.environ:
        sys.exit(
            f"This program is an executor, which a worker of Rain starts. Its worker configuration needs:\n"
            f"executors: {{ {executor_type}: {{ command: python3, args: [{os.path.abspath(sys.argv[0])}] }} }}"
        )
    Executor(executor_type, _tasks).serve()


class _Function:
    """A registered function as a task type: its config is an object with keyword arguments."""

    def __init__(self, function):
        self._function = function

    def __call__(self, ctx, keep):
        arguments = {} if ctx.config is None else ctx.config
        if not isinstance(arguments, dict):
            raise TaskFailure("config: an object with the arguments of the function is expected")
        return functions.call(self._function, ctx, ctx.inputs, arguments)


class Executor:
    """
    Runs one task after the other. A task type is called with its context, and with a function that keeps an input here, so
    that the worker need not send it again; it answers what the user's function returned. `drop` hears of the ids of kept
    inputs that are gone.
    """

    def __init__(self, executor_type, task_types, drop=lambda object_id: None):
        self._type = executor_type
        self._task_types = task_types
        self._drop = drop
        self._directory = os.path.join(os.getcwd(), "call")
        os.mkdir(self._directory)
        self._kept = {}
        """The bytes of kept inputs by their id."""

    def serve(self):
        connection = Connection(self._type)
        for kind, body in connection.messages():
            if kind == "call":
                connection.send("result", self._run(body))
            elif kind == "drop_cached":
                for object_id in map(tuple, body["objects"]):
                    self._kept.pop(object_id, None)
                    self._drop(object_id)

    def _run(self, call):
        self._clear_directory()
        result = {"task": call["spec"]["id"], "success": True}
        cached = set()
        ctx = None

        def keep(given):
            self._kept[given.id] = given.bytes()
            cached.add(given.id)

        try:
            ctx = Context(call, self._inputs(call), self._directory)
            returned = self._task_type(ctx.type)(ctx, keep)
            result["info"] = ctx.info
            result["outputs"] = ctx.results(returned)
        except BaseException as error:  # Even SystemExit ends the task alone.
            result["success"] = False
            result["info"] = {**(ctx.info if ctx else {}), "error": describe(error)}
            result["outputs"] = []
        if cached:
            result["cached_objects"] = sorted(cached)
        # What was printed belongs to this task.
        sys.stdout.flush()
        sys.stderr.flush()
        return result

    def _task_type(self, name):
        method = name.partition("/")[2]
        if method not in self._task_types:
            known = ", ".join(sorted(self._task_types)) or "none"
            raise TaskFailure(f"the executor {self._type} has no task type {method!r}; it has {known}")
        return self._task_types[method]

    def _inputs(self, call):
        inputs = []
        for i, each in enumerate(call["inputs"]):
            location = each["location"]
            if location == "cached":
                location = ("memory", self._kept[tuple(each["spec"]["id"])])
            path_for_bytes = f"{self._directory}/.input-{i}"
            inputs.append(Input(each["spec"], each["info"], location, path_for_bytes))
        return inputs

    def _clear_directory(self):
        """Every call finds an empty working directory. The worker has taken over what it needs of the call before."""
        os.chdir(self._directory)
        for entry in os.listdir():
            if os.path.isdir(entry) and not os.path.islink(entry):
                shutil.rmtree(entry, ignore_errors=True)
            else:
                os.unlink(entry)
