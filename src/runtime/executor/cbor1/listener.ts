import { createServer, type Server, type Socket } from "node:net";
import { messageOf, RainError } from "../../errors.ts";
import { Connection } from "./connection.ts";
import { type FromExecutor, PROTOCOL } from "./messages.ts";

/** The socket on which one executor registers. */
export class Listener {
  /**
   * The connection of the executor. Rejects with EXECUTOR_FAILED if something else connects. It may
   * stay pending forever.
   */
  readonly registered: Promise<Connection>;
  readonly #server: Server;
  readonly #unregistered = new Set<Connection>();

  private constructor(server: Server, executorType: string) {
    this.#server = server;
    this.registered = new Promise((resolve, reject) => {
      server.on("connection", (socket) => this.#greet(socket, executorType, resolve, reject));
    });
    // The caller may have stopped waiting before.
    this.registered.catch(() => {});
  }

  /** @param path of the socket, short enough for `sun_path` @param executorType as which it must register @throws EXECUTOR_FAILED */
  static async open(path: string, executorType: string): Promise<Listener> {
    const server = createServer();
    const listener = new Listener(server, executorType);
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

  /** Stops listening. The connection of a registered executor stays open. */
  close(): void {
    for (const connection of this.#unregistered) connection.destroy();
    this.#server.close();
  }

  #greet(
    socket: Socket,
    executorType: string,
    resolve: (connection: Connection) => void,
    reject: (error: RainError) => void,
  ): void {
    const refuse = (what: string) => {
      connection.destroy();
      reject(new RainError("EXECUTOR_FAILED", what));
    };
    const connection = new Connection(socket, {
      message: (message) => {
        const wrong = registrationProblem(message, executorType);
        if (wrong !== undefined) return refuse(wrong);
        this.#unregistered.delete(connection);
        resolve(connection);
      },
      ended: (error) => {
        this.#unregistered.delete(connection);
        // An executor that closes its connection may connect again; the caller has a time limit.
        if (error) refuse(`it did not register, but sent something else: ${error.message}`);
      },
    });
    this.#unregistered.add(connection);
  }
}

/**
 * Describes the problem with the first message of an executor, if there is one. Its id does not matter: the socket is its own, and
 * executors of Rain 0.4 in C++ send the number of digits of their id.
 */
function registrationProblem([kind, body]: FromExecutor, expected: string): string | undefined {
  if (kind !== "register") return `its first message is "${kind}"; "register" is expected`;
  const { protocol, executor_type } = body;
  if (protocol !== PROTOCOL) return `it speaks ${JSON.stringify(protocol)}; "${PROTOCOL}" is expected`;
  if (executor_type !== expected) {
    return `it registered as ${JSON.stringify(executor_type)}; "${expected}" is expected`;
  }
  return undefined;
}
