"""The task as a function sees it, and the results of the function."""

import copy
import pathlib
from dataclasses import dataclass
from typing import Any

from . import content
from .inputs import Input

_MOST_IN_MEMORY = 128 * 1024
"""The maximum size of an output in a message. Larger outputs are written to files."""


@dataclass(frozen=True)
class Output:
    """
    A value with what Rain stores with the object: a content type, which overrides the declared one; `user`, any JSON value; and
    `debug`, a text. `Output(array, "user/npy", user={"rows": 7})`.
    """

    value: Any
    content_type: str = ""
    user: Any = None
    debug: str = ""


class Context:
    """The task. A function with a parameter `ctx` receives it."""

    def __init__(self, call, inputs, directory):
        spec = call["spec"]
        self.session, self.id = spec["id"]
        self.type = spec["task_type"]
        self.name = spec.get("name", "")
        self.config = spec.get("config")
        self.inputs = inputs
        """The `Input` objects, in order."""
        self.user = spec.get("user")
        """
        Any JSON value: first the one with which the task was submitted. Rain stores it with the task, and `rain status` and the API show
        it.
        """
        self._submitted = copy.deepcopy(self.user)
        self.dir = pathlib.Path(directory)
        """The task's own directory. It is also the working directory."""
        self.outputs = [output["spec"] for output in call["outputs"]]
        self._debug = []

    def debug(self, *words):
        """Appends a line to the task's debug text."""
        self._debug.append(" ".join(map(str, words)))

    @property
    def info(self):
        info = {}
        if self._debug:
            info["debug"] = "\n".join(self._debug)
        if self.user is not None and self.user != self._submitted:
            info["user"] = self.user
        return info

    def results(self, returned):
        """Converts the result of the function to outputs of the protocol. Raises TypeError or ValueError."""
        values = self._values(returned)
        return [self._result(i, spec, value) for i, (spec, value) in enumerate(zip(self.outputs, values))]

    def _values(self, returned):
        labels = [spec.get("label", "") for spec in self.outputs]
        if len(labels) == 0:
            return []
        if len(labels) == 1:
            return [returned]
        if isinstance(returned, dict) and sorted(returned) == sorted(labels):
            return [returned[label] for label in labels]
        if isinstance(returned, (list, tuple)) and len(returned) == len(labels):
            return returned
        named = f", or a dict of {', '.join(labels)}" if all(labels) else ""
        raise TypeError(f"the task has {len(labels)} outputs: a tuple of {len(labels)} is expected{named}")

    def _result(self, index, spec, value):
        content_type = spec.get("content_type", "")
        info = {}
        if isinstance(value, Output):
            content_type = value.content_type or content_type
            info = {name: given for name in ("user", "debug") if (given := getattr(value, name))}
            value = value.value
        if isinstance(value, Input):
            return {"info": info, "location": ["other_object", value.id]}
        if isinstance(value, pathlib.Path):
            return _located(["path", str(self.dir / value)], content_type, info)
        name = spec.get("label") or index
        if spec["data_type"] == "dir":
            raise TypeError(f"output {name} is a directory; a pathlib.Path is expected")
        try:
            data, content_type = content.dump(content_type, value)
        except (TypeError, ValueError, ImportError) as error:
            raise type(error)(f"output {name}: {error}") from None
        if len(data) <= _MOST_IN_MEMORY:
            return _located(["memory", data], content_type, info)
        path = self.dir / f".output-{index}"
        path.write_bytes(data)
        return _located(["path", str(path)], content_type, info)


def _located(location, content_type, info):
    return {"info": {**info, "content_type": content_type} if content_type else info, "location": location}
