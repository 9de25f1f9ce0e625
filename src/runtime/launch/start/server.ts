import { rm } from "node:fs/promises";
import { join } from "node:path";
import { RainError } from "../../errors.ts";
import { serverTokenFile } from "../access/token.ts";
import { type ClusterRecord, updateCluster } from "../cluster-record.ts";
import { formatAddress, parseAddress } from "../config/address.ts";
import { untilReady } from "../processes/background.ts";
import { identityOf, launchProcess } from "./launch-process.ts";
import type { OnStartEvent, StartOptions } from "./options.ts";

/** Starts the server of a new cluster and records its address. @throws START_FAILED, IO, USAGE */
export async function startServer(
  record: ClusterRecord,
  options: StartOptions,
  on: OnStartEvent,
): Promise<void> {
  const { listen, tls, token = { required: true, file: undefined } } = options;
  const { directory } = record;
  record.tokenFile = await serverTokenFile({ host: listen.host, ...token, directory });
  record.tls = tls && { caFile: tls.files.ca };
  const address = await launchServer(record, options, formatAddress(listen));
  record.address = address;
  await updateCluster(record);
  on({ kind: "server", address });
}

/** Starts a server in the place of one that has died; its workers look for it. @throws START_FAILED, USAGE */
export async function replaceServer(record: ClusterRecord, options: StartOptions): Promise<void> {
  checkSameTls(record, options);
  await rm(join(record.workDirectory, "server.ready"), { force: true });
  const { port } = parseAddress(record.address ?? "");
  await launchServer(record, options, formatAddress({ host: record.listenHost, port }));
}

/** Returns the address of the server when it is ready. */
async function launchServer(record: ClusterRecord, options: StartOptions, listen: string): Promise<string> {
  const server = await launchProcess(record, options, {
    name: "server",
    title: "the server",
    args: ["server", "--listen", listen, "--workdir", record.stateDirectory, ...tokenFlag(record)],
  });
  record.server = identityOf(server);
  await updateCluster(record);
  return (await untilReady(server, options.signal)).address;
}

/** Servers require a token unless they are told not to; a server in the place of another requires the same. */
function tokenFlag({ tokenFile }: ClusterRecord): string[] {
  return tokenFile === undefined ? ["--no-token"] : [];
}

function checkSameTls({ tls, address }: ClusterRecord, options: StartOptions): void {
  if ((tls === undefined) === (options.tls === undefined)) return;
  const had = tls ? "with" : "without";
  throw new RainError("USAGE", `the server at ${address}, which has died, was started ${had} TLS`, {
    hint: tls ? "Give --tls-cert and --tls-key again." : "Leave out --tls-cert and --tls-key.",
  });
}
