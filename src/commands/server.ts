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
    const { join, resolve } = await import("node:path");
    const { clusterStamp, makeDirectory } = await import("../runtime/launch/cluster-record.ts");
    const { localHost } = await import("../runtime/launch/access/reachable.ts");
    const { readTls } = await import("../runtime/launch/access/tls.ts");
    const { NO_TOKEN_WARNING, serverTokenFile } = await import("../runtime/launch/access/token.ts");
    const { checkFree } = await import("../runtime/launch/processes/port.ts");
    const { writeReadyFile } = await import("../runtime/launch/processes/ready-file.ts");
    const { rainHome } = await import("../runtime/platform/files/rain-home.ts");
    const { recordServer } = await import("../runtime/security/local-servers.ts");
    const { readTokenFile } = await import("../runtime/security/token-file.ts");
    const { startServer } = await import("../runtime/server/index.ts");
    const { processLog } = await import("./logging/process-log.ts");

    const { host, port } = parseListen(flags.listen);
    await checkFree({ host, port });
    const stateDir = flags.workdir ?? join(rainHome(), "clusters", clusterStamp(), "server");
    await makeDirectory(stateDir);
    const log = await processLog("server", { level: this.logLevel, directory: flags.logdir });
    const tls = await readTls(flags);
    const named = flags["token-file"];
    const tokenFile = await serverTokenFile({
      host,
      required: flags.token,
      file: named === undefined ? undefined : resolve(named),
      directory: resolve(stateDir),
      // Workers of the last server on this port can join the next one, which has a journal of its own.
      shared: flags.workdir === undefined ? resolve(rainHome()) : undefined,
    });
    const token = tokenFile && (await readTokenFile(tokenFile));
    const server = await startServer({ host, port, token, ...tls, stateDir, log });
    log.debug({ stateDir, tls: tls !== undefined, token: token !== undefined }, "the server is ready");
    if (tokenFile) log.info({ tokenFile }, `other users and machines need the token in ${tokenFile}`);
    else log.warn(NO_TOKEN_WARNING);
    this.signal.addEventListener("abort", () => server.stop());
    if (this.signal.aborted) await server.stop();
    const local = {
      host: localHost(host, tls?.identity.cert),
      port: Number(server.address.split(":").at(-1)),
    };
    let forget: (() => Promise<void>) | undefined;
    try {
      forget = await recordServer({
        ...local,
        listenHost: host,
        tokenFile,
        tls: tls && { caFile: tls.files.ca },
      });
      if (flags["ready-file"]) {
        await writeReadyFile(flags["ready-file"], { pid: process.pid, address: formatAddress(local) });
      }
      if (flags.json) this.answer(true, { address: server.address, pid: process.pid, tokenFile }, String);
      await server.closed;
    } catch (error) {
      await server.stop({ force: true, keepSessions: true });
      throw error;
    } finally {
      await forget?.();
    }
  }
}
