import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { messageOf, RainError } from "../../errors.ts";
import { interruption } from "../../platform/abort.ts";
import { type Credentials, credentialHeaders, serverUrl, trustOptions } from "../../security/credentials.ts";
import { explainTlsError, mayNeedTls, tlsExpected } from "../../security/tls-errors.ts";
import { decode, encode } from "../codec/codec.ts";
import { CONNECT_TIMEOUT_MS, MAX_FRAME_BYTES, MAX_HELLO_BYTES } from "../limits.ts";
import { parse } from "../messages/parse.ts";
import { errorJson } from "../messages/values.ts";
import { helloFrame, parseWelcome, type Resume, type Welcome } from "./handshake.ts";
import { bytesOf, closeSocket, type SocketPair } from "./sockets.ts";

export interface DialOptions {
  address: string;
  path: "/ws/client" | "/ws/worker";
  credentials?: Credentials | undefined;
  hello: unknown;
  resume?: Resume | undefined;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Opens a WebSocket, sends the hello, and calls `take` with the socket as soon as the welcome arrives, before
 * any further frame.
 * @throws SERVER_UNREACHABLE, INTERRUPTED on abort, and the error of a server that rejects the connection
 */
export function dial<T>(options: DialOptions, take: (pair: SocketPair, welcome: Welcome) => T): Promise<T> {
  const { address, path, credentials = {}, timeoutMs, signal } = options;
  const hello = encode(
    helloFrame(path === "/ws/worker" ? "worker" : "client", options.hello, options.resume),
  );
  if (hello.length > MAX_HELLO_BYTES) {
    throw new RainError("LIMIT_EXCEEDED", `the hello is larger than ${MAX_HELLO_BYTES} bytes`);
  }
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${serverUrl(address, credentials)}${path}`, {
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      headers: credentialHeaders(credentials),
      ...trustOptions(credentials),
      generateMask: maskNothing,
      finishRequest(request) {
        request.once("socket", (tcp) => tcp.once("connect", onConnected));
        request.end();
      },
    });
    let raw: Socket;
    const giveUpAfter = (ms: number) =>
      setTimeout(() => fail(unreachable(address, `no answer within ${ms / 1000} s`)), ms);
    let timer = giveUpAfter(Math.min(CONNECT_TIMEOUT_MS, timeoutMs));
    const onConnected = () => {
      if (over) return;
      clearTimeout(timer);
      timer = giveUpAfter(timeoutMs);
    };
    const onAbort = () => signal && fail(interruption(signal));
    let over = false;
    const done = () => {
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.removeAllListeners();
    };
    const fail = (error: unknown) => {
      done();
      // Closing the socket while it connects emits another error.
      socket.on("error", () => {});
      socket.terminate();
      reject(error);
    };
    const onMessage = (data: Parameters<typeof bytesOf>[0], isBinary: boolean) => {
      try {
        const welcome = readWelcome(address, bytesOf(data, isBinary));
        done();
        socket.on("error", () => {});
        resolve(take({ socket, raw }, welcome));
      } catch (error) {
        done();
        socket.on("error", () => {});
        closeSocket(socket, 1000);
        reject(error);
      }
    };

    socket
      .on("upgrade", (response) => {
        raw = response.socket;
      })
      .on("open", () => socket.send(hello, () => {}))
      .on("message", onMessage)
      .on("unexpected-response", (request, response) => {
        readRefusal(address, request, response).then(fail, fail);
      })
      .on("error", (error) => {
        // The close event that follows has less information.
        socket.removeAllListeners("close");
        void explain(address, credentials, error).then(fail);
      })
      .on("close", () => fail(unreachable(address, "it closed the connection during the handshake")));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
  });
}

/**
 * RFC 6455 masks the frames of clients to protect proxies from scripts in web pages. Rain has no such
 * scripts, and with a mask of zeros neither side has to process every byte.
 */
function maskNothing(mask: Buffer): void {
  mask.fill(0);
}

function readWelcome(address: string, bytes: Uint8Array | undefined): Welcome {
  try {
    return parseWelcome(bytes && decode(bytes));
  } catch (error) {
    if (error instanceof RainError && error.code !== "INVALID_MESSAGE") throw error;
    throw unreachable(address, "the program there is not a Rain server", error);
  }
}

/** Reads the error from an HTTP answer that was sent instead of the upgrade. */
async function readRefusal(
  address: string,
  request: ClientRequest,
  response: IncomingMessage,
): Promise<RainError> {
  try {
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) {
      text += chunk;
      if (text.length > MAX_ANSWER_BYTES) break;
    }
    return RainError.fromJSON(parse(errorJson, JSON.parse(text).error, "answer"));
  } catch {
    return unreachable(address, `the program there is not a Rain server (HTTP ${response.statusCode})`);
  } finally {
    request.destroy();
  }
}

async function explain(address: string, { tls }: Credentials, error: Error): Promise<RainError> {
  const why = tls ? explainTlsError(address, error) : mayNeedTls(error) && (await tlsExpected(address));
  return why || unreachable(address, reasonOf(error), error);
}

function reasonOf(error: Error & { code?: string }): string {
  if (error.code === "ECONNREFUSED") return "connection refused";
  if (error.code === "ENOTFOUND") return "unknown host";
  return messageOf(error) || (error.code ?? "connection failed");
}

function unreachable(address: string, why: string, cause?: unknown): RainError {
  return new RainError("SERVER_UNREACHABLE", `no Rain server at ${address}: ${why}`, { cause });
}
