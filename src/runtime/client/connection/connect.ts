import { messageOf, RainError } from "../../errors.ts";
import type { ContentType } from "../../plugin/contract/index.ts";
import { connectLink } from "../../protocol/link/connect.ts";
import { parseClientWelcome, parseServerToClient } from "../../protocol/messages/client-link.ts";
import type {
  ClientHello,
  ClientToServer,
  ClientWelcome,
  ServerToClient,
} from "../../protocol/messages/index.ts";
import { VERSION } from "../../protocol/version.ts";
import { readAuthorities } from "../../security/authorities.ts";
import type { Credentials, Trust } from "../../security/credentials.ts";
import { findLocalServer, safeAddress, tokenOf, trustOf } from "../../security/local-servers.ts";
import { misuse } from "../check/misuse.ts";
import { checkArgument } from "../check/options.ts";
import { clientOptions, text } from "../check/schemas.ts";
import { Client } from "../client.ts";
import { clientContentTypes } from "../content-types.ts";
import { type Duration, millisecondsOf } from "../graph/settings.ts";
import { type ClientLog, Connection } from "./connection.ts";

const DEFAULT_PORT = 7210;
const DEFAULT_PATIENCE_MS = 60_000;

export interface ClientOptions {
  /** How the log names this client. Default: `rain VERSION`. */
  agent?: string | undefined;
  /** Token for a server that requires one. Default: `$RAIN_TOKEN`, else that of this user's own server. */
  token?: string | undefined;
  /**
   * If present, the client uses TLS and trusts `ca` (PEM), or without `ca` the authorities of the runtime.
   * Default: as this user's own server at the address was started, else the certificates in the file
   * `$RAIN_TLS_CA`. Without that file, the client uses TLS only for `https://`.
   */
  tls?: Trust | undefined;
  /**
   * How long to try to reconnect to a server that died: milliseconds, or a text such as `"5m"`. Waits and
   * sessions continue meanwhile. Default: one minute. With 0, everything fails with SERVER_LOST at once.
   */
  patienceMs?: Duration | undefined;
  /** Called when the server is lost and when it is back. */
  onChange?: ((state: "lost" | "found") => void) | undefined;
  /** Logs each attempt to connect and each call, with its milliseconds. */
  log?: ClientLog | undefined;
  /**
   * How long to try to connect: milliseconds, or a text such as `"5s"`. Default: 10 seconds, of which 1.5 are
   * to reach the machine.
   */
  timeoutMs?: Duration | undefined;
  /** Aborts the attempt to connect. */
  signal?: AbortSignal | undefined;
  /**
   * Content types for `load`, besides the built-in ones and those of installed plugins. Example:
   * `arrow.contentTypes`.
   */
  contentTypes?: readonly ContentType[] | undefined;
}

/**
 * Connects to a server. @param address `HOST:PORT`, `HOST` or `https://HOST:PORT`; default: `$RAIN_SERVER`, else `127.0.0.1:7210`
 * @throws SERVER_UNREACHABLE, VERSION_MISMATCH, REFUSED, UNAUTHORIZED, USAGE for a malformed address, IO for `$RAIN_TLS_CA` or the token file
 */
export async function connect(
  address: string = process.env.RAIN_SERVER || "127.0.0.1",
  options: ClientOptions = {},
): Promise<Client> {
  checkArgument("connect", "address", text, address);
  checkArgument("connect", "options", clientOptions, options);
  const { full, credentials } = await findAccess(address, options);
  const { agent = `rain ${VERSION}`, onChange, log } = options;
  const timeoutMs = options.timeoutMs === undefined ? undefined : millisecondsOf(options.timeoutMs);
  const patienceMs = millisecondsOf(options.patienceMs ?? DEFAULT_PATIENCE_MS);
  const dial = async (signal: AbortSignal | undefined) => {
    const begin = performance.now();
    const facts = () => ({ ms: Math.round(performance.now() - begin) });
    const dialed = connectLink<ClientToServer, ServerToClient, ClientHello, ClientWelcome>({
      address: full,
      path: "/ws/client",
      credentials,
      hello: { agent },
      parse: parseServerToClient,
      parseWelcome: parseClientWelcome,
      resumable: false,
      timeoutMs,
      signal,
    });
    dialed.then(
      ({ version }) => log?.debug(facts(), `connected to Rain ${version} at ${full}`),
      (error) => log?.debug(facts(), `cannot connect to ${full}: ${messageOf(error)}`),
    );
    return dialed;
  };
  const { link, version, welcome } = await dial(options.signal);
  const connection = new Connection(link, {
    async dial(signal) {
      const next = await dial(signal).catch((error) => {
        // It accepted this token before.
        throw RainError.from(error).code === "UNAUTHORIZED" ? anotherServer(full, error) : error;
      });
      if (next.welcome.cluster === welcome.cluster) return next.link;
      next.link.close();
      throw anotherServer(full);
    },
    patienceMs,
    onChange,
    log,
  });
  return new Client({
    address: full,
    credentials,
    version,
    connection,
    contentTypes: clientContentTypes(options.contentTypes),
    log,
  });
}

/** The address and the credentials for it, which this user's own server there has recorded. */
async function findAccess(
  text: string,
  { token, tls }: ClientOptions,
): Promise<{ full: string; credentials: Credentials }> {
  const { full, scheme } = parseServer(text);
  const own = await findLocalServer(full);
  const defaultTls = () => (own ? trustOf(own) : defaultTrust(scheme));
  return {
    full: own ? safeAddress(own, full) : full,
    credentials: {
      token: token ?? (process.env.RAIN_TOKEN || (own && (await tokenOf(own)))),
      tls: scheme === "http" ? undefined : (tls ?? (await defaultTls())),
    },
  };
}

function anotherServer(address: string, cause?: unknown): RainError {
  return new RainError("SERVER_LOST", `a different server now listens at ${address}`, { cause });
}

async function defaultTrust(scheme: string | undefined): Promise<Trust | undefined> {
  const file = process.env.RAIN_TLS_CA;
  if (file) return { ca: await readAuthorities(file) };
  return scheme === "https" ? {} : undefined;
}

/** Parses `HOST:PORT`, `HOST` or `[IPv6]`, with or without a scheme. @throws USAGE */
function parseServer(address: string): { full: string; scheme: string | undefined } {
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[^\s/:?#@]+)(?::(\d{1,5}))?\/?$/.exec(address.trim());
  const port = Number(match?.[3] ?? DEFAULT_PORT);
  if (!match || port > 65_535) {
    throw misuse(`${JSON.stringify(address)} is not an address`, {
      hint: "Write it as HOST:PORT.",
    });
  }
  return { full: `${match[2]}:${port}`, scheme: match[1] };
}
