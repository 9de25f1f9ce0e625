"""The executor of the plugin: serves `python/call`."""

from rain_tasks.executor import Executor
from rain_tasks.scripts import Scripts

scripts = Scripts()
Executor("python", {"call": scripts.call}, scripts.drop).serve()
