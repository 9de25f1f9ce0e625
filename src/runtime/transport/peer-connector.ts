import { buildConnector } from "undici";

/**
 * Connects to a peer that may do anything, for a pool of undici 7. There, the end or the reset of a connection ends the whole process
 * (an assertion, nodejs/undici#5360) when it comes while nobody reads the body fast enough. As a plain error of the socket, which is
 * what it is for a body of known length, it fails that request alone.
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
        // Without its code, by which undici would take a reset for the end.
        if (event === "error") return emit(event, new Error((args[0] as Error).message, { cause: args[0] }));
        return emit(event, ...args);
      };
      callback(null, socket);
    });
  };
}
