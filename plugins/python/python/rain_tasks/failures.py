"""Describes exceptions for users."""

import linecache
import os
import traceback

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep


class TaskFailure(Exception):
    """A fault of the submitted task, not of its code. It is reported without a traceback."""


def describe(error):
    """Returns the exception in one line, followed by the traceback, which starts at the user's code."""
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
    """Makes tracebacks show lines of code that is not in a file."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
