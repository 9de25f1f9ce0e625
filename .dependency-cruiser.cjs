// Which folder may import which. `npm run imports` fails on every other import; type-only imports count too.

/**
 * The rooms of the house, and what each may use besides itself, `errors`, `units` and libraries. `FOLDER/FILE` opens one file or
 * folder of a room only. A room with an entry is known to the others by these files alone.
 */
const ROOMS = {
  // Lists, rings, heaps and queues that know nothing of tasks.
  collections: { uses: [], alone: true },
  // States, numbers and shapes that the core and the protocol share.
  model: { uses: [], alone: true },
  // The graph and the scheduler as plain data.
  core: { uses: ["model", "collections"], alone: true, entry: ["index"] },
  // The tasks of one worker: which of them may start within its resources. Pure: simulated workers use it, too.
  "task-queue": { uses: ["model"], alone: true },
  // What depends on the system: processes, memory, folders, hosts.
  platform: { uses: [] },
  // Who is trusted, and how that is proved.
  security: { uses: ["platform"] },
  // Messages between processes, and the links that carry them.
  protocol: { uses: ["model", "platform", "security"], json: true },
  // The bytes of objects on their way between processes.
  transport: { uses: ["platform", "security", "protocol"] },
  // What plugins are written against. It stands alone: other packages import it.
  "plugin/contract": { uses: [], alone: true },
  "content-types": { uses: ["plugin/contract", "plugin/suggest"] },
  plugin: { uses: ["platform", "protocol", "transport", "content-types"] },
  "executor/cbor1": { uses: ["protocol", "executor/frames"], entry: ["index"] },
  executor: { uses: ["platform", "protocol", "transport", "content-types", "plugin"] },
  client: {
    // The registry and the installed plugins are loaded for tasks of plugins only.
    uses: [
      "platform",
      "security",
      "protocol",
      "transport",
      "content-types",
      "plugin/contract",
      "plugin/(installed/index|registry|loading|suggest)",
    ],
    entry: ["index", "graph/values", "graph/constants", "graph/run", "check/run-file"],
  },
  server: {
    uses: [
      "model",
      "collections",
      "task-queue",
      "platform",
      "security",
      "protocol",
      "transport",
      "core",
      "plugin/(first-party|suggest)",
    ],
    entry: ["index"],
  },
  worker: {
    uses: [
      "model",
      "collections",
      "task-queue",
      "platform",
      "security",
      "protocol",
      "transport",
      "content-types",
      "plugin",
      "executor",
    ],
    entry: ["index"],
  },
  "session-file": {
    uses: ["platform", "collections", "content-types", "plugin", "client"],
    entry: ["index"],
  },
  // A session file from its reading to the saved results.
  "run-file": { uses: ["platform", "protocol/messages", "plugin", "client", "session-file"] },
  launch: { uses: ["platform", "security", "client", "plugin/(contract|suggest|loading/executor-command)"] },
};

/** The files outside the rooms, and what of the rooms each may use. */
const OUTSIDE = [
  // Built-ins use what every plugin can use, and what keeps their programs from outliving the worker or taking its memory.
  [
    "src/tasks/",
    [
      "plugin/contract",
      "platform/(processes/(leftovers|memory-limit|reaper|run-marks)|files/(changes/linked-files|file-facts|link-target|output-tail|remove-tree|replace-directory|replace-file)|errno|unref)",
    ],
  ],
  [
    "src/commands/",
    [
      "client",
      "server",
      "worker",
      "session-file",
      "run-file",
      "launch",
      "plugin",
      "content-types",
      "platform",
      "security",
      "protocol/messages",
    ],
    ["src/tasks/(index|remote)\\.ts$"],
  ],
  ["src/index\\.ts$", ["client", "plugin/contract"], ["src/run-file\\.ts$"]],
  ["src/run-file\\.ts$", ["client", "run-file", "session-file"], ["src/tasks/index\\.ts$"]],
  ["src/plugin\\.ts$", ["plugin/contract"]],
  ["src/testing\\.ts$", ["executor/test-kit"]],
  ["plugins/", [], ["src/(index|plugin|testing)\\.ts$"]],
];

const runtime = (path) => `^src/runtime/${path}`;
const within = (room) => runtime(`${room}(/|\\.ts$)`);
const COMMON = runtime("(errors|units|visible-text)\\.ts$");

/** Files under `from` may import, of our own, only each other and `to`. Libraries and node: are free. */
const only = (name, from, to) => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: "^(src|plugins|test|scripts|package\\.json)", pathNot: [from, ...to] },
});

const directions = Object.entries(ROOMS).map(([room, { uses, alone, json }]) =>
  only(room, runtime(`${room}/`), [
    ...(alone ? [] : [COMMON]),
    ...(json ? ["^package\\.json$"] : []),
    ...uses.map(within),
  ]),
);

const entrances = Object.entries(ROOMS)
  .filter(([, { entry }]) => entry)
  .map(([room, { entry }]) => ({
    name: `no-deep-import-of-${room}`,
    comment: `Import ${entry.join(" or ")} of src/runtime/${room}, not what is behind it.`,
    severity: "error",
    // The generator of the reference reads the schema itself, and tests reach the parts that they test.
    from: { pathNot: [runtime(`${room}/`), "^scripts/generate/", "^test/"] },
    to: { path: runtime(`${room}/`), pathNot: entry.map((file) => runtime(`${room}/${file}\\.ts$`)) },
  }));

module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Modules that need each other cannot be understood or loaded one by one.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "core-is-pure",
      comment: "No node:*, no library: the core runs in a simulator too.",
      severity: "error",
      from: { path: runtime("(core|model|collections|task-queue)/") },
      to: { pathNot: runtime("(core|model|collections|task-queue)/") },
    },
    only("common", COMMON, []),
    ...directions,
    ...OUTSIDE.map(([from, uses, files = []]) =>
      only(from.replace(/\W+/g, "-"), `^${from}`, [
        COMMON,
        ...uses.map(within),
        ...files.map((f) => `^${f}`),
      ]),
    ),
    ...entrances,
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
