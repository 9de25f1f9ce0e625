import { Args, Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { certificateFlags, serverFlags } from "./support/flags.ts";

export default class Worker extends RainCommand {
  static override summary = "Run a worker in the foreground.";
  static override description = "Ctrl-C stops it. Its tasks run again on other workers.";
  static override aliases = ["governor"];
  static override args = {
    server: Args.string({
      description: "Server as [https://]HOST:PORT. Default: as for all commands.",
    }),
  };
  static override flags = {
    ...serverFlags,
    ...certificateFlags,
    cpus: Flags.string({
      summary: "Number of cpus to offer: N, `detect` for all, or -N for all but N.",
      helpValue: "N|-N|detect",
    }),
    memory: Flags.string({ summary: "Memory to offer. Default: all of the machine.", helpValue: "8GiB" }),
    config: Flags.string({
      summary: "File with cpus, memory, resources, labels and executors. Flags take precedence.",
      helpValue: "FILE",
    }),
    listen: Flags.string({
      summary:
        "Address for other workers. Default: the address that it uses to reach the server, on a free port.",
      helpValue: "HOST[:PORT]",
    }),
    "ready-file": Flags.string({
      summary: "File to write when the worker is registered.",
      helpValue: "FILE",
    }),
    logdir: Flags.string({
      summary: "Write the log to this directory instead of the terminal.",
      helpValue: "DIR",
    }),
    workdir: Flags.string({ summary: "Directory for objects and running programs.", helpValue: "DIR" }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Worker);
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const { parseAddress } = await import("../runtime/launch/config/address.ts");
    const { findServer } = await import("../runtime/launch/find-server.ts");
    const { parseCpus } = await import("../runtime/launch/config/cpus.ts");
    const { writeReadyFile } = await import("../runtime/launch/processes/ready-file.ts");
    const { ownPlugin } = await import("../runtime/plugin/loading/own-plugin.ts");
    const { workerListen } = await import("../runtime/launch/access/reachable.ts");
    const { readTls } = await import("../runtime/launch/access/tls.ts");
    const { createRegistry } = await import("../runtime/plugin/registry.ts");
    const { parseSize } = await import("../runtime/units.ts");
    const { readWorkerConfig } = await import("../runtime/launch/config/worker-config.ts");
    const { rainHome } = await import("../runtime/platform/files/rain-home.ts");
    const { startWorker } = await import("../runtime/worker/index.ts");
    const { builtin } = await import("../tasks/index.ts");
    const { default: remote } = await import("../tasks/remote.ts");
    const { processLog } = await import("./logging/process-log.ts");

    const server = args.server ?? flags.server;
    const { address, foundBy, credentials } = await findServer({ ...flags, server });
    const tls = await readTls(flags);
    if (tls) credentials.tls = { ...tls.trust, ...credentials.tls };
    const requested = flags.listen === undefined ? undefined : parseAddress(flags.listen, 0);
    const listen = await workerListen(requested, parseAddress(address), tls?.identity.cert);
    const config = flags.config === undefined ? {} : await readWorkerConfig(flags.config);
    const cpus = flags.cpus === undefined ? (config.cpus ?? parseCpus("detect")) : parseCpus(flags.cpus);
    const memory = flags.memory === undefined ? config.memory : parseSize(flags.memory);
    const { resources: named, labels } = config;
    const log = await processLog("worker", { level: this.logLevel, directory: flags.logdir });
    const workDir = flags.workdir ?? tmpdir();
    const { root, version } = this.config;
    const registry = createRegistry([builtin], ownPlugin(remote, join(root, "dist", "remote.js"), version));
    const worker = await startWorker({
      server: address,
      credentials,
      identity: tls?.identity,
      listen,
      cpus,
      memory,
      named,
      labels,
      graceMs: config.graceMs,
      workDir,
      registry,
      home: rainHome(),
      executors: { script: join(root, "dist", "executor.js"), commands: config.executors },
      log,
    });
    log.debug({ server: address, foundBy, cpus, memory, workDir }, `this is worker ${worker.id}`);
    this.signal.addEventListener("abort", () => worker.stop());
    if (this.signal.aborted) await worker.stop();
    if (flags["ready-file"]) {
      const readiness = { pid: process.pid, address, worker: worker.id };
      await writeReadyFile(flags["ready-file"], readiness).catch(async (error) => {
        await worker.stop();
        throw error;
      });
    }
    if (flags.json) this.answer(true, { worker: worker.id, server: address, pid: process.pid }, String);
    const lost = await worker.closed;
    if (lost !== undefined) throw lost;
  }
}
