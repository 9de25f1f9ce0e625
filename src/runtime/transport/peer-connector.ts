import { buildConnector } from "undici";
import { messageOf } from "../errors.ts";

/**
 * Connects a pool of undici 7 to untrusted peers. In undici, the end or reset of a connection crashes the
 * process with an assertion (nodejs/undici#5360) if the body is read too slowly. This connector reports it as
 * a socket error, which fails only that request. For bodies of known length, an early end is an error anyway.
 */
export function peerConnector(options: buildConnector.BuildOptions = {}): buildConnector.connector {
  const connect = buildConnector(options);
  return (target, callback) => {
    connect(target, (...[error, socket]: Parameters<buildConnector.Callback>) => {
      if (error) {
        callback(error, null);
        return;
      }
      const emit = socket.emit.bind(socket);
      socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
        if (event === "end") {
          socket.destroy(new Error("the other side closed the connection"));
          return true;
        }
        // Removes the error code, since undici would treat a reset as the end.
        if (event === "error") return emit(event, new Error(messageOf(args[0]), { cause: args[0] }));
        return emit(event, ...args);
      };
      callback(null, socket);
    });
  };
}
