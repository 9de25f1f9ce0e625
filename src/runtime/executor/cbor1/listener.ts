import { createServer, type Server, type Socket } from "node:net";
import { messageOf, RainError } from "../../errors.ts";
import { Connection } from "./connection.ts";
import { type FromExecutor, PROTOCOL } from "./messages.ts";

/** Who is expected to register. */
export interface Expected {
  executorId: number;
  executorType: string;
}

/** The socket on which one executor registers. */
export class Listener {
  /** The executor that was expected. Rejects with EXECUTOR_FAILED when what comes is anything else; it may take for ever. */
  readonly registered: Promise<Connection>;
  readonly #server: Server;
  readonly #guests = new Set<Connection>();

  private constructor(server: Server, expected: Expected) {
    this.#server = server;
    this.registered = new Promise((resolve, reject) => {
      server.on("connection", (socket) => this.#greet(socket, expected, resolve, reject));
    });
    // Whoever started the executor may have given up before.
    this.registered.catch(() => {});
  }

  /** @param path where the socket is made, short enough for `sun_path` @throws EXECUTOR_FAILED */
  static async open(path: string, expected: Expected): Promise<Listener> {
    const server = createServer();
    const listener = new Listener(server, expected);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(path, resolve);
      });
    } catch (error) {
      throw new RainError("EXECUTOR_FAILED", `cannot listen on ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    return listener;
  }

  /** Takes no further executor; the connection of one that has registered goes on. */
  close(): void {
    for (const guest of this.#guests) guest.destroy();
    this.#server.close();
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
        // One that just hangs up has ended, or may come again: whoever waits for it knows how long.
        if (error) refuse(`it did not register, but sent something else: ${error.message}`);
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
