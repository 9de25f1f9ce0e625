// Which folder may import which. `npm run imports` fails on everything else; type-only imports count too.

const runtime = (path) => `^src/runtime/${path}`;
/** What everything may use. */
const ERRORS = runtime("(errors|units|rain-home|package-root|hosts|credentials|authorities)\\.ts$");
const PROCESSES = runtime("processes\\.ts$");
const MEMORY_LIMIT = runtime("memory-limit\\.ts$");
/** No process that was started outlives this one, whoever started it. */
const REAPER = runtime("reaper\\.ts$");
const CONTENT_TYPES = runtime("content-types/");
const JSON_FILES = "^package\\.json$";

/** Files under `from` may import, of our own, only their own folder and `to`. Libraries and node: are free. */
function only(name, from, to, comment) {
  return {
    name,
    comment,
    severity: "error",
    from: { path: from },
    to: { path: "^(src|plugins|test|scripts|package\\.json)", pathNot: [from, ...to] },
  };
}

/** From outside, a folder is known by its index.ts and the `open` files. */
function entrance(folder, open = []) {
  return {
    name: `no-deep-import-of-${folder}`,
    comment: `Import src/runtime/${folder}/index.ts, not what is behind it.`,
    severity: "error",
    from: { pathNot: runtime(`${folder}/`) },
    to: {
      path: runtime(`${folder}/`),
      pathNot: ["index", ...open].map((file) => runtime(`${folder}/${file}\\.ts$`)),
    },
  };
}

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Modules that need each other at run time cannot be understood or loaded one by one.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "core-is-pure",
      comment: "No node:*, no library, nothing of ours: the core runs in a simulator too.",
      severity: "error",
      from: { path: runtime("core/") },
      to: { pathNot: runtime("core/") },
    },
    only("errors-stand-alone", ERRORS, []),
    only("protocol", runtime("protocol/"), [ERRORS, JSON_FILES]),
    only("plugin-contract", runtime("plugin/(contract|standard-schema|typing)\\.ts$"), []),
    only(
      "content-types",
      CONTENT_TYPES,
      [ERRORS, runtime("plugin/(contract|standard-schema|typing|suggest)\\.ts$")],
      "Clients, workers and session files share them, so they know nothing of these.",
    ),
    only("plugin", runtime("plugin/"), [ERRORS, CONTENT_TYPES, runtime("protocol/")]),
    only(
      "tasks",
      "^src/tasks/",
      [runtime("plugin/contract\\.ts$"), REAPER, MEMORY_LIMIT],
      "Built-ins use what every plugin can use, and what keeps their programs from outliving the worker or taking its memory.",
    ),
    only("client", runtime("client/"), [
      ERRORS,
      runtime("protocol/"),
      CONTENT_TYPES,
      runtime("plugin/(contract|standard-schema|typing)\\.ts$"),
      // Loaded only for tasks of plugins.
      runtime("plugin/(installed/index|registry)\\.ts$"),
    ]),
    only("server", runtime("server/"), [
      ERRORS,
      runtime("protocol/"),
      runtime("core/"),
      runtime("plugin/suggest\\.ts$"),
    ]),
    only("worker", runtime("worker/"), [
      ERRORS,
      REAPER,
      PROCESSES,
      runtime("protocol/"),
      CONTENT_TYPES,
      runtime("plugin/"),
      runtime("executor/"),
    ]),
    only("cbor1", runtime("executor/cbor1/"), [ERRORS, runtime("protocol/")]),
    only("session-file", runtime("session-file/"), [
      ERRORS,
      CONTENT_TYPES,
      runtime("plugin/"),
      runtime("client/"),
    ]),
    only("launch", runtime("launch/"), [
      ERRORS,
      runtime("client/"),
      runtime("plugin/(contract|executor-command|suggest)\\.ts$"),
    ]),
    only("public-api", "^src/index\\.ts$", [
      ERRORS,
      runtime("client/index\\.ts$"),
      runtime("plugin/contract\\.ts$"),
    ]),
    only("plugin-api", "^src/plugin\\.ts$", [runtime("plugin/(contract|standard-schema|typing)\\.ts$")]),
    only("testing-api", "^src/testing\\.ts$", [runtime("executor/test-kit\\.ts$")]),
    only("executor", runtime("executor/"), [ERRORS, CONTENT_TYPES, runtime("protocol/"), runtime("plugin/")]),
    only("commands", "^src/commands/", [
      ERRORS,
      runtime("(client|server|worker|session-file)/index\\.ts$"),
      // The types of what the client answers.
      runtime("protocol/client-messages\\.ts$"),
      runtime("(launch|plugin|content-types)/"),
      "^src/tasks/(index|remote)\\.ts$",
    ]),
    only("plugin-packages", "^plugins/", ["^src/(index|plugin|testing)\\.ts$"]),
    entrance("core"),
    entrance("server"),
    entrance("worker"),
    entrance("executor/cbor1"),
    entrance("client", ["values", "tasks"]),
    entrance("session-file"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["main", "types"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
