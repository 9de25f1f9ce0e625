import { randomBytes } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Network, WorkerPlace } from "./network.ts";
import { RainProcess } from "./processes.ts";

export interface ChaosWorker {
  process: RainProcess;
  place: WorkerPlace;
  cpus: number;
}

export interface ClusterOptions {
  /** The directory of this cluster. */
  directory: string;
  /** The command line that runs Rain. */
  rain: readonly string[];
  network: Network;
  env: NodeJS.ProcessEnv;
}

/** Seconds after which a server that was killed has been started again. */
const RESTART_SECONDS = 10;

/** A server and workers, each in its own process, as a user would start them. Tests can kill or freeze all of them. */
export class ChaosCluster {
  readonly workers: ChaosWorker[] = [];
  readonly tokenFile: string;
  readonly token = randomBytes(24).toString("hex");
  address = "";
  readonly #options: ClusterOptions;
  #server: RainProcess | undefined;
  /** Workers that have not joined yet. */
  readonly #starting = new Set<RainProcess>();
  #started = 0;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.tokenFile = join(options.directory, "token");
  }

  get server(): RainProcess {
    if (!this.#server) throw new Error("the server has not been started");
    return this.#server;
  }

  /** The process ids of the server and the workers, including workers that have not joined yet. */
  get pids(): Set<number> {
    return new Set(this.#all().map(({ pid }) => pid));
  }

  /** Starts the server. A restart uses the same journal and port. */
  async startServer(): Promise<void> {
    const { directory, network } = this.#options;
    await writeFile(this.tokenFile, `${this.token}\n`, { mode: 0o600 });
    const host = network.serverHost;
    if (this.address === "") this.address = `${host}:${await freePort(host)}`;
    const state = join(directory, "server");
    this.#server = this.#spawn("server", [], ["server", "--listen", this.address, "--workdir", state]);
    await this.#server.ready();
  }

  /** Starts a worker and waits until it has joined. Tries again if the worker finds no server, because it restarts or is busy. */
  async startWorker(cpus: number, place = this.#options.network.place(), tries = 3): Promise<ChaosWorker> {
    const workDir = join(this.#options.directory, "work");
    const args = ["worker", this.address, "--listen", place.host, "--cpus", `${cpus}`, "--workdir", workDir];
    const process = this.#spawn("worker", place.prefix, args);
    this.#starting.add(process);
    try {
      await process.ready();
    } catch (error) {
      if (tries === 1) throw error;
      await this.#serverIsReady();
      return await this.startWorker(cpus, place, tries - 1);
    } finally {
      this.#starting.delete(process);
    }
    const worker = { process, place, cpus };
    this.workers.push(worker);
    return worker;
  }

  /** Stops all processes. Returns the errors. */
  async stop(): Promise<string[]> {
    for (const { place } of this.workers) place.mend?.();
    const ends = await Promise.allSettled(this.#all().map((process) => process.stop()));
    return ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
  }

  /** The files that remain after workers have stopped gracefully. */
  async leftFiles(): Promise<string[]> {
    return await readdir(join(this.#options.directory, "work")).catch(() => []);
  }

  /** Waits while a server that was killed is to be started again. */
  async #serverIsReady(): Promise<void> {
    for (let waited = 0; !this.server.runs && waited < RESTART_SECONDS; waited += 0.02) await sleep(20);
    await this.server.ready();
  }

  #all(): RainProcess[] {
    const workers = this.workers.map(({ process }) => process);
    return [...workers, ...this.#starting, ...(this.#server ? [this.#server] : [])];
  }

  #spawn(kind: string, prefix: readonly string[], args: string[]): RainProcess {
    const { directory, rain, env } = this.#options;
    const name = `${kind}-${++this.#started}`;
    const more = ["--token-file", this.tokenFile, "--logdir", join(directory, `${name}.logs`)];
    return new RainProcess(name, [...prefix, ...rain], [...args, ...more], { directory, env });
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
