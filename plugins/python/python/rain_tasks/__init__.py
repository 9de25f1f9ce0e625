"""Task types of Rain in Python.

A worker runs a script as an executor. The script registers functions and serves them:

    import rain_tasks

    @rain_tasks.task
    def double(number, *, times=1):
        return number * 2 ** times

    rain_tasks.run("mine")

With `mine: { command: python3, args: [./mine.py] }` in the worker's configuration, the task type is `mine/double`.
"""

from .context import Context, Output
from .executor import run, task
from .inputs import Input

__all__ = ["Context", "Input", "Output", "run", "task"]
