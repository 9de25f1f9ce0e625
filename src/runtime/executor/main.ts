import { connect, type Socket } from "node:net";
import { RainError } from "../errors.ts";
import { lookupWithModules } from "../plugin/loading/content-type-modules.ts";
import { loadPlugin } from "../plugin/loading/load-plugin.ts";
import { createRegistry } from "../plugin/registry.ts";
import { decode, encode } from "../protocol/codec/codec.ts";
import { CallRunner } from "./calls/call-runner.ts";
import { PrintedFile } from "./calls/printed.ts";
import { ProgressMark } from "./calls/progress-mark.ts";
import { PROGRESS_FILE, STDERR_FILE, STDOUT_FILE } from "./files.ts";
import { FrameReader, frameOf } from "./frames.ts";
import type { ExecutorToWorker, Init, WorkerToExecutor } from "./messages.ts";

// A process that runs the task types of one plugin. Its argument is the path of the socket of its worker. Its working
// directory is its own. It ends when the connection closes.

const [, , socketPath = ""] = process.argv;
const socket: Socket = connect(socketPath);
const reader = new FrameReader();
let runner: CallRunner | undefined;

socket.on("data", (chunk) => {
  for (const item of reader.push(chunk)) handle(decode(item) as WorkerToExecutor);
});
socket.on("close", () => process.exit());
socket.on("error", () => process.exit(1));
// A task may end the process. The results of earlier tasks are sent, as far as the system accepts them immediately.
process.on("exit", () => runner?.flush());
// Node would open its inspector, which runs any code.
process.on("SIGUSR1", () => {});
process.on("uncaughtException", (error, origin) => {
  if (origin === "unhandledRejection") onUncaught(error, "unhandled rejection");
  else onUncaught(error, "uncaught exception");
});
process.on("unhandledRejection", (reason) => onUncaught(reason, "unhandled rejection"));

function handle([kind, body]: WorkerToExecutor): void {
  switch (kind) {
    case "init":
      void start(body);
      break;
    case "calls":
      runner?.run(body.kinds, body.calls);
      break;
    case "abort":
      runner?.abort(body.calls);
      break;
    case "end":
      if (runner) runner.leave();
      else exit();
  }
}

async function start({ module, contentTypes }: Init): Promise<void> {
  try {
    const registry = createRegistry([await loadPlugin(module)]);
    runner = new CallRunner({
      registry,
      lookup: lookupWithModules(registry.contentType, contentTypes),
      dir: process.cwd(),
      stdout: new PrintedFile(STDOUT_FILE),
      stderr: new PrintedFile(STDERR_FILE),
      mark: new ProgressMark(PROGRESS_FILE),
      onResults: (results) => send(["results", { results }]),
      onReturned: (calls) => send(["returned", { calls }]),
      onLeft: exit,
    });
    send(["ready", {}]);
  } catch (error) {
    send(["refused", RainError.from(error).toJSON()]);
    exit();
  }
}

function onUncaught(error: unknown, what: string): void {
  if (runner) {
    runner.uncaught(error, what);
    return;
  }
  console.error(`${what} while the plugin was loaded:`, error);
  process.exit(1);
}

function send(message: ExecutorToWorker): void {
  socket.write(frameOf(encode(message)));
}

/** Exits once everything sent has arrived. Timers and sockets of the plugin must not keep the process alive. */
function exit(): void {
  socket.end(() => process.exit());
}
