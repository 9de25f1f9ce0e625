import { messageOf, RainError } from "../../errors.ts";
import { retry } from "../../platform/retry.ts";
import type { Credentials } from "../../security/credentials.ts";
import { dial } from "./dial.ts";
import type { Link } from "./link.ts";
import { SocketLink } from "./socket-link.ts";

export interface ConnectOptions<In, Hello, Welcome> {
  /** `HOST:PORT` */
  address: string;
  path: "/ws/client" | "/ws/worker";
  credentials?: Credentials | undefined;
  /** Describes this side. */
  hello: Hello;
  /** Validates a message. @throws INVALID_MESSAGE */
  parse: (value: unknown) => In;
  parseWelcome: (value: unknown) => Welcome;
  resumable: boolean;
  /** Milliseconds that a resumable link may stay suspended. Default: 15 seconds. */
  graceMs?: number | undefined;
  /** Milliseconds for the whole handshake. Default: 10 seconds. */
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

const RETRY = { firstDelayMs: 20, maxDelayMs: 1000 };

/**
 * Connects to a server and performs the handshake. A resumable link reconnects to its server whenever it is
 * suspended.
 * @throws SERVER_UNREACHABLE, VERSION_MISMATCH, REFUSED; later, the link closes with SERVER_LOST if the
 * server is lost
 */
export async function connectLink<Out, In, Hello, Welcome>(
  options: ConnectOptions<In, Hello, Welcome>,
): Promise<{ link: Link<Out, In>; welcome: Welcome; version: string }> {
  const { address, path, credentials, hello, timeoutMs = 10_000, signal } = options;
  const stopResuming = new AbortController();
  let id = "";

  const link = new SocketLink<Out, In>({
    parse: options.parse,
    graceMs: options.resumable ? (options.graceMs ?? 15_000) : undefined,
    lost: (why) => new RainError("SERVER_LOST", `the server at ${address} was lost: ${why}`),
    suspended: () => void resume(),
    closed: () => stopResuming.abort(),
  });

  const again = () => {
    const resume = { link: id, received: link.received };
    const request = {
      address,
      path,
      credentials,
      hello: null,
      resume,
      timeoutMs,
      signal: stopResuming.signal,
    };
    return dial(request, (pair, welcome) => link.attach(pair, welcome.received));
  };

  async function resume(): Promise<void> {
    const isTransient = (error: unknown) =>
      link.state === "suspended" && RainError.from(error).code === "SERVER_UNREACHABLE";
    try {
      await retry(again, { ...RETRY, signal: stopResuming.signal, isTransient });
    } catch (error) {
      if (link.state !== "suspended") return;
      const why = `the server at ${address} does not resume the link: ${messageOf(error)}`;
      link.fail(new RainError("SERVER_LOST", why, { cause: error }));
    }
  }

  return dial({ address, path, credentials, hello, timeoutMs, signal }, (pair, welcome) => {
    const body = options.parseWelcome(welcome.body);
    id = welcome.link;
    link.attach(pair, 0);
    return { link, welcome: body, version: welcome.version };
  });
}
