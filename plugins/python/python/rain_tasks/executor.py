"""Offers functions to a worker as task types."""

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
    """Registers a function as a task type, under its own name or a different one: `@task` or `@task(name="other")`."""
    if function is None:
        return lambda decorated: task(decorated, name=name)
    _tasks[name or function.__name__] = _Function(function)
    return function


def run(executor_type):
    """Serves the registered functions as `executor_type/NAME`, until the worker closes the connection."""
    if "RAIN_EXECUTOR_SOCKET" not in os.environ:
        sys.exit(
            f"This program is an executor. A worker of Rain must start it. Add this to the worker configuration:\n"
            f"executors: {{ {executor_type}: {{ command: python3, args: [{os.path.abspath(sys.argv[0])}] }} }}"
        )
    Executor(executor_type, _tasks).serve()


class _Function:
    """A task type that calls a registered function. Its config is an object with keyword arguments."""

    def __init__(self, function):
        self._function = function

    def __call__(self, ctx, keep):
        arguments = {} if ctx.config is None else ctx.config
        if not isinstance(arguments, dict):
            raise TaskFailure("config: an object with the arguments of the function is expected")
        return functions.call(self._function, ctx, ctx.inputs, arguments)


class Executor:
    """
    Runs one task after the other. It calls a task type with its context and with a function that keeps an input in this
    process, so that the worker need not send the input again. The task type returns the result of the user's function. The
    executor calls `drop` with the id of a kept input when the worker drops the input.
    """

    def __init__(self, executor_type, task_types, drop=lambda object_id: None):
        self._type = executor_type
        self._task_types = task_types
        self._drop = drop
        self._directory = os.path.join(os.getcwd(), "call")
        os.mkdir(self._directory)
        self._kept = {}
        """The bytes of kept inputs, by id."""

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
        except BaseException as error:  # Even SystemExit ends only the task.
            result["success"] = False
            result["info"] = {**(ctx.info if ctx else {}), "error": describe(error)}
            result["outputs"] = []
        if cached:
            result["cached_objects"] = sorted(cached)
        # Flush the printed text now, so that it belongs to this task.
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
        """Empties the working directory before a call. The worker has already taken the outputs of the previous call."""
        os.chdir(self._directory)
        for entry in os.listdir():
            if os.path.isdir(entry) and not os.path.islink(entry):
                shutil.rmtree(entry, ignore_errors=True)
            else:
                os.unlink(entry)
