import { Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { authorityFlag, certificateFlags, tokenFlags } from "./support/flags.ts";

export default class Server extends RainCommand {
  static override summary = "Run a server in the foreground.";
  static override description = "Ctrl-C stops it and its workers.";
  static override flags = {
    listen: Flags.string({
      summary: "Address on which it listens; port 0 picks a free one.",
      helpValue: "[HOST:]PORT",
      default: "7210",
    }),
    ...tokenFlags,
    ...certificateFlags,
    "tls-ca": authorityFlag,
    "ready-file": Flags.string({ summary: "File to write when the server is ready.", helpValue: "FILE" }),
    logdir: Flags.string({
      summary: "Write the log to this directory instead of the terminal.",
      helpValue: "DIR",
    }),
    workdir: Flags.string({ summary: "Directory for the journal and uploaded data.", helpValue: "DIR" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Server);
    const { formatAddress, parseListen } = await import("../runtime/launch/config/address.ts");
    const { join } = await import("node:path");
    const { clusterStamp, makeDirectory } = await import("../runtime/launch/cluster-record.ts");
    const { localHost } = await import("../runtime/launch/access/reachable.ts");
    const { readTls } = await import("../runtime/launch/access/tls.ts");
    const { readTokenFile, serverTokenFile } = await import("../runtime/launch/access/token.ts");
    const { writeReadyFile } = await import("../runtime/launch/processes/ready-file.ts");
    const { rainHome } = await import("../runtime/platform/files/rain-home.ts");
    const { startServer } = await import("../runtime/server/index.ts");
    const { processLog } = await import("./logging/process-log.ts");

    const { host, port } = parseListen(flags.listen);
    const stateDir = flags.workdir ?? join(rainHome(), "clusters", clusterStamp(), "server");
    await makeDirectory(stateDir);
    const log = await processLog("server", { level: this.logLevel, directory: flags.logdir });
    const tls = await readTls(flags);
    const { "token-file": file, token: force } = flags;
    const tokenFile = await serverTokenFile({ host, force, file, directory: stateDir });
    const token = tokenFile && (await readTokenFile(tokenFile));
    const server = await startServer({ host, port, token, ...tls, stateDir, log });
    log.debug({ stateDir, tls: tls !== undefined, token: token !== undefined }, "the server is ready");
    if (tokenFile) log.info({ tokenFile }, `clients and workers need the token in ${tokenFile}`);
    this.signal.addEventListener("abort", () => server.stop());
    if (this.signal.aborted) await server.stop();
    if (flags["ready-file"]) {
      const local = {
        host: localHost(host, tls?.identity.cert),
        port: Number(server.address.split(":").at(-1)),
      };
      const readiness = { pid: process.pid, address: formatAddress(local) };
      await writeReadyFile(flags["ready-file"], readiness).catch(async (error) => {
        await server.stop({ force: true, keepSessions: true });
        throw error;
      });
    }
    if (flags.json) this.answer(true, { address: server.address, pid: process.pid, tokenFile }, String);
    await server.closed;
  }
}
