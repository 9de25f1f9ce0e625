import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { Connection } from "./connection.ts";
import { type FromExecutor, PROTOCOL } from "./messages.ts";

/** `sun_path` holds 108 bytes on Linux and 104 elsewhere, the last of them a null. */
const MAX_SOCKET_PATH = 103;
/** What `mkdtemp` and the name of the socket add to a directory. */
const SOCKET_SUFFIX = "/rain-XXXXXX/s".length;

/** Who is expected to register. */
export interface Expected {
  executorId: number;
  executorType: string;
}

/** The socket on which one executor registers. Nobody but this user can reach it. */
export class Listener {
  readonly path: string;
  /** The executor that was expected. Rejects with EXECUTOR_FAILED when what comes first is anything else. */
  readonly registered: Promise<Connection>;
  readonly #folder: string;
  readonly #server: Server;
  readonly #guests = new Set<Connection>();

  private constructor(folder: string, path: string, server: Server, expected: Expected) {
    this.#folder = folder;
    this.path = path;
    this.#server = server;
    this.registered = new Promise((resolve, reject) => {
      server.on("connection", (socket) => this.#greet(socket, expected, resolve, reject));
    });
    // Whoever started the executor may have given up before.
    this.registered.catch(() => {});
  }

  /** @param dir where the socket is made if its path can be short enough there @throws EXECUTOR_FAILED */
  static async open(dir: string, expected: Expected): Promise<Listener> {
    const fits = Buffer.byteLength(dir) + SOCKET_SUFFIX <= MAX_SOCKET_PATH;
    // A folder of its own, which others may not enter.
    const folder = await mkdtemp(join(fits ? dir : "/tmp", "rain-"));
    const path = join(folder, "s");
    const server = createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(path, resolve);
      });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw new RainError("EXECUTOR_FAILED", `cannot listen on ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    server.on("error", () => {});
    return new Listener(folder, path, server, expected);
  }

  /** Takes no further executor; the connection of one that has registered goes on. */
  async close(): Promise<void> {
    for (const guest of this.#guests) guest.destroy();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #greet(
    socket: Socket,
    expected: Expected,
    resolve: (connection: Connection) => void,
    reject: (error: RainError) => void,
  ): void {
    const refuse = (what: string) => {
      connection.destroy();
      reject(new RainError("EXECUTOR_FAILED", what));
    };
    const connection = new Connection(socket, {
      message: (message) => {
        const wrong = registrationProblem(message, expected);
        if (wrong !== undefined) return refuse(wrong);
        this.#guests.delete(connection);
        resolve(connection);
      },
      ended: (error) => {
        this.#guests.delete(connection);
        refuse(
          error
            ? `it did not register, but sent something else: ${error.message}`
            : "it hung up before it registered",
        );
      },
    });
    this.#guests.add(connection);
  }
}

/** What is wrong with the first message of an executor. */
function registrationProblem([kind, body]: FromExecutor, expected: Expected): string | undefined {
  if (kind !== "register") return `its first message is "${kind}"; "register" is expected`;
  const { protocol, executor_id, executor_type } = body;
  if (protocol !== PROTOCOL) return `it speaks ${JSON.stringify(protocol)}; "${PROTOCOL}" is expected`;
  if (executor_id !== expected.executorId) {
    return `it registered with the id ${executor_id}; RAIN_EXECUTOR_ID was ${expected.executorId}`;
  }
  if (executor_type !== expected.executorType) {
    return `it registered as ${JSON.stringify(executor_type)}; "${expected.executorType}" is expected`;
  }
  return undefined;
}
