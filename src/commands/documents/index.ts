/* The documents that commands print with `--json`, by the name of their schema in `schema/documents/`. */

import { errorJson } from "../../runtime/protocol/messages/values.ts";
import * as clusters from "./cluster.ts";
import { document } from "./document.ts";
import * as plugins from "./plugins.ts";
import * as sessions from "./sessions.ts";

export const DOCUMENTS = {
  error: document("An error: every command that has nothing else to print.", { error: errorJson }),

  cancel: sessions.summary,
  close: sessions.closed,
  fetch: sessions.fetched,
  init: sessions.sessionFile,
  logs: sessions.log,
  "logs-follow": sessions.logLine,
  "status-session": sessions.status,
  submit: sessions.outcome,
  "submit-dry-run": sessions.plan,
  "submit-help-params": sessions.params,
  validate: sessions.validated,
  "validate-graph": sessions.graph,
  wait: sessions.outcome,
  why: sessions.story,

  server: clusters.server,
  start: clusters.started,
  status: clusters.cluster,
  stop: clusters.stopped,
  tasks: clusters.taskTypes,
  "tasks-type": clusters.taskType,
  version: clusters.versions,
  worker: clusters.worker,

  "plugins-create": plugins.created,
  "plugins-install": plugins.installed,
  "plugins-link": plugins.installed,
  "plugins-list": plugins.plugins,
  "plugins-uninstall": plugins.uninstalled,
  "plugins-update": plugins.updates,
};
