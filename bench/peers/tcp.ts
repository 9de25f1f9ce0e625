import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { execaNode } from "execa";
import type { Sample } from "../sample.ts";

const CHUNK = 256 << 10;

/** A plain TCP stream from another Node process, from memory to memory: the fastest transfer that does not share files. */
export async function tcpStream(size: number, runs: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let i = 0; i < runs; i++) {
    samples.push(
      await measure([String(size)], async (socket) => {
        let received = 0;
        socket.on("data", (chunk: Buffer) => {
          received += chunk.length;
        });
        await once(socket, "end");
        return received;
      }),
    );
  }
  return samples;
}

/** Like `tcpStream`, but from a file in the page cache to a new file, with Node's streams and large buffers. */
export async function tcpFile(size: number, runs: number): Promise<Sample[]> {
  const directory = await mkdtemp(join(tmpdir(), "rain-bench-"));
  const [source, target] = [join(directory, "source"), join(directory, "target")];
  const samples: Sample[] = [];
  try {
    await pipeline(zeros(size), createWriteStream(source));
    for (let i = 0; i < runs; i++) {
      samples.push(
        await measure([source], async (socket) => {
          const file = createWriteStream(target, { highWaterMark: 1 << 20 });
          await pipeline(socket, file);
          return file.bytesWritten;
        }),
      );
      await rm(target);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  return samples;
}

/** Starts a sender with these arguments and receives its data. Measures from its connection on. */
async function measure(args: string[], receive: (socket: Socket) => Promise<number>): Promise<Sample> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const sender = execaNode(fileURLToPath(new URL("./tcp-sender.js", import.meta.url)), [
    String(port),
    ...args,
  ]);
  const [socket] = (await once(server, "connection")) as [Socket];
  const start = performance.now();
  const received = await receive(socket);
  const seconds = (performance.now() - start) / 1000;
  socket.destroy();
  server.close();
  await sender;
  return { seconds, amount: received };
}

/** The main function of the sender: sends a number of bytes, or a file, to a port. */
export async function send(port: number, what: number | string): Promise<void> {
  const socket = new Socket();
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  if (typeof what === "string") {
    await pipeline(createReadStream(what, { highWaterMark: 1 << 20 }), socket);
    return;
  }
  for (const chunk of zeros(what)) if (!socket.write(chunk)) await once(socket, "drain");
  socket.end();
}

function* zeros(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(CHUNK);
  for (let left = size; left > 0; left -= CHUNK) yield chunk.subarray(0, Math.min(left, CHUNK));
}
