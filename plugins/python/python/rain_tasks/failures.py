"""How an exception is told to the user."""

import linecache
import os
import traceback

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep


class TaskFailure(Exception):
    """A fault of the task as it was submitted, not of its code: it is told without a traceback."""


def describe(error):
    """The exception in one line, and the traceback from the user's code on."""
    if isinstance(error, TaskFailure):
        return str(error)
    only = traceback.format_exception_only(type(error), error)
    summary = next(line for line in only if not line.startswith(" ")).splitlines()[0]
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(_OWN):
        frames = frames.tb_next
    if frames is None and not isinstance(error, SyntaxError):
        return summary
    lines = traceback.format_exception(type(error), error, frames)
    return f"{summary}\n{''.join(lines).rstrip()}"


def show_source(filename, source):
    """Lets tracebacks show the lines of code that is in no file."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
