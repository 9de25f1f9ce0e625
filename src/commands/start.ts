import { Flags } from "@oclif/core";
import type { ClusterRecord } from "../runtime/launch/cluster-record.ts";
import { isLoopback } from "../runtime/platform/hosts.ts";
import { RainCommand } from "./support/base.ts";
import { authorityFlag, certificateFlags, tokenFlags } from "./support/flags.ts";

/** Printed for a server that the network reaches without TLS. */
const PLAIN =
  "Anyone who can read the network traffic can read the token. Use --tls-cert and --tls-key to encrypt it.";

export default class Start extends RainCommand {
  static override summary = "Start a server and workers on this machine, in the background.";
  static override description = "Returns when they are ready. `rain stop` stops them.";
  static override examples = [
    { description: "One worker with all cpus", command: "<%= config.bin %> start" },
    { description: "Three workers", command: '<%= config.bin %> start --local-workers "[4,4,2]"' },
  ];
  static override flags = {
    simple: Flags.boolean({
      summary: "One worker with all cpus of this machine (the default).",
      exclusive: ["local-workers"],
    }),
    "local-workers": Flags.string({
      summary: "Number of cpus of each worker, such as [4,4,2].",
      aliases: ["local-governors"],
      helpValue: "LIST",
    }),
    "reserve-cpu": Flags.boolean({
      char: "S",
      summary: "Reserve one cpu of the first worker for the server.",
    }),
    listen: Flags.string({
      summary: "Address on which the server listens; port 0 picks a free one.",
      helpValue: "[HOST:]PORT",
      default: "7210",
    }),
    ...tokenFlags,
    ...certificateFlags,
    "tls-ca": authorityFlag,
    logdir: Flags.string({ summary: "Directory for the log files.", helpValue: "DIR" }),
    workdir: Flags.string({ summary: "Directory for objects and running programs.", helpValue: "DIR" }),
    "worker-config": Flags.string({
      summary: "File with the cpus, memory, resources, labels and executors of each worker.",
      helpValue: "FILE",
    }),
    runprefix: Flags.string({
      summary: "Command to put before every command that Rain starts.",
      helpValue: "CMD",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Start);
    const { resolve } = await import("node:path");
    const { parseListen } = await import("../runtime/launch/config/address.ts");
    const { rainProgram } = await import("../runtime/launch/processes/background.ts");
    const { parseCpus, parseLocalWorkers, reserveCpu } = await import("../runtime/launch/config/cpus.ts");
    const { readWorkerConfig } = await import("../runtime/launch/config/worker-config.ts");
    const { startLocal } = await import("../runtime/launch/start/index.ts");
    const { readTls } = await import("../runtime/launch/access/tls.ts");
    const { NO_TOKEN_WARNING } = await import("../runtime/launch/access/token.ts");
    const { visible } = await import("./ui/terminal/visible.ts");
    const { createSteps } = await import("./ui/terminal/steps.ts");

    const tokenFile = flags["token-file"];
    const listed = flags["local-workers"];
    const file = flags["worker-config"];
    const config = file === undefined ? {} : await readWorkerConfig(file);
    const wanted = listed === undefined ? [config.cpus ?? parseCpus("detect")] : parseLocalWorkers(listed);
    const workers = flags["reserve-cpu"] ? reserveCpu(wanted) : wanted;
    const steps = createSteps(["Server", ...workers.map((cpus) => workerTitle(cpus))]);
    let revived: string | undefined;
    const ids: number[] = [];
    try {
      const cluster = await startLocal(
        {
          program: rainProgram(this.config.root),
          listen: parseListen(flags.listen),
          token: { required: flags.token, file: tokenFile === undefined ? undefined : resolve(tokenFile) },
          tls: await readTls(flags),
          workers,
          logDirectory: flags.logdir,
          workDirectory: flags.workdir,
          workerConfig: file === undefined ? undefined : { file, ...config },
          runPrefix: flags.runprefix?.split(/\s+/).filter(Boolean) ?? [],
          logLevel: flags["log-level"],
          signal: this.signal,
        },
        (event) => {
          if (event.kind === "revived") {
            revived = event.address;
            steps.done(0, `Server at ${event.address}, replacing one that had died`);
            for (const index of workers.keys()) steps.done(index + 1, "A worker is reconnecting");
          } else if (event.kind === "server") steps.done(0, `Server at ${event.address}`);
          else {
            ids[event.index] = event.id;
            steps.done(event.index + 1, workerTitle(workers[event.index] ?? 0, event.id));
          }
        },
      );
      await steps.end();
      if (cluster.tokenFile === undefined) console.error(`warning: ${NO_TOKEN_WARNING}`);
      this.answer(
        flags.json,
        { ...summary(cluster, revived === undefined ? workers : [], ids), revived: revived !== undefined },
        () => (revived === undefined ? report(visible(cluster)) : reportRevived(revived)),
      );
    } finally {
      await steps.end();
    }
  }
}

function workerTitle(cpus: number, id?: number): string {
  return `Worker${id === undefined ? "" : ` ${id}`} with ${cpus} ${cpus === 1 ? "cpu" : "cpus"}`;
}

function summary(cluster: ClusterRecord, cpus: readonly number[], ids: readonly number[]) {
  const { address, tokenFile, server, workers, directory, logDirectory, workDirectory } = cluster;
  return {
    address,
    tokenFile,
    pid: server?.pid,
    workers: workers.map(({ pid }, index) => ({ id: ids[index], pid, cpus: cpus[index] })),
    directory,
    logDirectory,
    workDirectory,
  };
}

function reportRevived(address: string): string {
  return `The server at ${address} had died. A new server continues its sessions; the workers reconnect by themselves.`;
}

function report({ address, listenHost, tokenFile, tls, logDirectory }: ClusterRecord): string {
  return [
    `Rain is ready at ${address}. Its logs are in ${logDirectory}`,
    ...(isLoopback(listenHost)
      ? []
      : [`Commands on this machine find the token; on others they need the one in ${tokenFile}`]),
    ...(isLoopback(listenHost) || tls ? [] : [PLAIN]),
    "Next: `rain submit FILE`, `rain status`, and finally `rain stop`.",
  ].join("\n");
}
