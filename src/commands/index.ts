/* The commands of `rain`: they parse flags, call the client or `launch`, and print results. */

import Cancel from "./cancel.ts";
import Close from "./close.ts";
import Fetch from "./fetch.ts";
import Init from "./init.ts";
import Logs from "./logs.ts";
import PluginsCreate from "./plugins/create.ts";
import PluginsInstall from "./plugins/install.ts";
import PluginsLink from "./plugins/link.ts";
import PluginsList from "./plugins/list.ts";
import PluginsUninstall from "./plugins/uninstall.ts";
import PluginsUpdate from "./plugins/update.ts";
import Server from "./server.ts";
import Start from "./start.ts";
import Status from "./status.ts";
import Stop from "./stop.ts";
import Submit from "./submit.ts";
import Tasks from "./tasks.ts";
import Validate from "./validate.ts";
import Version from "./version.ts";
import Wait from "./wait.ts";
import Why from "./why.ts";
import Worker from "./worker.ts";

/** The commands by name, for oclif. Each imports what it needs when it runs, so loading them all is fast. */
export const COMMANDS = {
  cancel: Cancel,
  close: Close,
  fetch: Fetch,
  init: Init,
  logs: Logs,
  "plugins:create": PluginsCreate,
  "plugins:install": PluginsInstall,
  "plugins:link": PluginsLink,
  "plugins:list": PluginsList,
  "plugins:uninstall": PluginsUninstall,
  "plugins:update": PluginsUpdate,
  server: Server,
  start: Start,
  status: Status,
  stop: Stop,
  submit: Submit,
  tasks: Tasks,
  validate: Validate,
  version: Version,
  wait: Wait,
  why: Why,
  worker: Worker,
};
