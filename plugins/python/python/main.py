"""The executor of the plugin. Serves the task type `python/call`."""

from rain_tasks.executor import Executor
from rain_tasks.scripts import Scripts

scripts = Scripts()
Executor("python", {"call": scripts.call}, scripts.drop).serve()
