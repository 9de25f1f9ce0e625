"""Task types of Rain in Python.

A script that a worker runs as an executor registers functions and serves them:

    import rain_tasks

    @rain_tasks.task
    def double(number, *, times=1):
        return number * 2 ** times

    rain_tasks.run("mine")

Registered in the worker's configuration as `mine: { command: python3, args: [./mine.py] }`, its task type is `mine/double`.
"""

from .context import Context, Output
from .executor import run, task
from .inputs import Input

__all__ = ["Context", "Input", "Output", "run", "task"]
