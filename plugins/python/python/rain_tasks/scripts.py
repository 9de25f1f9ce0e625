"""The task type `python/call`, which calls a function of a script that comes with the task."""

import hashlib
import os
import sys
import types

from . import functions
from .failures import TaskFailure, show_source

_KEYS = {"function", "source", "file", "arguments", "places"}
_NAMES = {str: "text", dict: "an object", list: "a list"}
_SCRIPT_LABEL = "script"
_MOST_KEPT = 32


class Scripts:
    """Runs functions of scripts. The top-level code of a script runs once in each process."""

    def __init__(self):
        self._modules = {}
        """Modules by origin, the most recently used last: `("input", id)`, `("source", text)` or `("file", path, …)`."""

    def call(self, ctx, keep):
        config = _checked(ctx.config)
        places = config.get("places", [])
        if len(places) > len(ctx.inputs):
            raise TaskFailure(f"config.places: there are {len(places)} places for {len(ctx.inputs)} inputs")
        own = ctx.inputs[: len(ctx.inputs) - len(places)]
        placed = ctx.inputs[len(own) :]
        script = _script_of(own, config)
        module = self._module(script, config, keep)
        function = getattr(module, config["function"], None)
        if not callable(function):
            raise TaskFailure(f"the script has no function {config['function']!r}; it has {_functions_of(module)}")
        arguments = config.get("arguments", {})
        for place, each in zip(places, placed):
            _put(arguments, place, functions.value_of(each))
        inputs = [each for each in own if each is not script]
        return functions.call(function, ctx, inputs, arguments)

    def drop(self, object_id):
        self._modules.pop(("input", object_id), None)

    def _module(self, script, config, keep):
        given = [name for name in ("source", "file") if name in config] + (["script"] if script else [])
        if len(given) != 1:
            ways = 'an input labeled "script", the first of a list of inputs, or "source" or "file" in the config'
            said = f"it has {' and '.join(given)}" if given else "it has none"
            raise TaskFailure(f"the task needs exactly one script: {ways}; {said}")
        if script:
            module = self._kept(("input", script.id), lambda: _load(script.text(), "script.py"))
            keep(script)
            return module
        if "source" in config:
            return self._kept(("source", config["source"]), lambda: _load(config["source"], "source.py"))
        return self._from_file(config["file"])

    def _from_file(self, path):
        if not os.path.isabs(path):
            raise TaskFailure(f"config.file: {path!r} is a relative path; use an absolute path on the worker")
        try:
            stat = os.stat(path)
            return self._kept(("file", path, stat.st_mtime_ns, stat.st_size), lambda: _load_file(path))
        except OSError as error:
            raise TaskFailure(f"config.file: the script cannot be read: {error}") from None

    def _kept(self, key, make):
        module = self._modules.pop(key, None) or make()
        self._modules[key] = module
        if module.__file__ in ("script.py", "source.py"):
            show_source(module.__file__, module.__rain_source__)
        if len(self._modules) > _MOST_KEPT:
            # Keep scripts from inputs, because the worker does not send them again.
            oldest = next((each for each in self._modules if each[0] != "input"), None)
            self._modules.pop(oldest, None)
        return module


def _script_of(inputs, config):
    """Returns the input with that label. If no input has a label, returns the first one, unless the config names the script."""
    if "source" not in config and "file" not in config and inputs and not any(each.label for each in inputs):
        return inputs[0]
    return next((each for each in inputs if each.label == _SCRIPT_LABEL), None)


def _checked(config):
    if not isinstance(config, dict) or not isinstance(config.get("function"), str):
        raise TaskFailure('config: an object with the name of a function is expected, such as {"function": "main"}')
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        raise TaskFailure(f"config: unknown key {unknown[0]!r}; the keys are {', '.join(sorted(_KEYS))}")
    for key, kind in (("source", str), ("file", str), ("arguments", dict), ("places", list)):
        if not isinstance(config.get(key, kind()), kind):
            raise TaskFailure(f"config.{key}: {_NAMES[kind]} is expected")
    return config


def _put(arguments, place, value):
    """Puts the value of an input at its place: keys of dicts and indexes of lists."""
    container = arguments
    try:
        for step in place[:-1]:
            container = container[step]
        container[place[-1]]  # The place holds None until now.
        container[place[-1]] = value
    except (LookupError, TypeError):
        raise TaskFailure(f"config.places: the arguments have no place {place!r}") from None


def _load(source, filename):
    show_source(filename, source)
    # Derive the name from the content, so that another process with the same script can unpickle its objects.
    name = f"rain_script_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    module = types.ModuleType(name)
    module.__file__ = filename
    module.__rain_source__ = source
    sys.modules[name] = module
    exec(compile(source, filename, "exec"), module.__dict__)
    return module


def _load_file(path):
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.append(folder)
    with open(path, encoding="utf-8") as file:
        return _load(file.read(), path)


def _functions_of(module):
    names = [
        name
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
    return ", ".join(names) or "none"
