import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { execaNode } from "execa";
import type { Sample } from "../sample.ts";

const CHUNK = 256 << 10;

/** A plain TCP stream from another Node process: the best that two processes can do without sharing files. */
export async function tcpStream(size: number, runs: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let i = 0; i < runs; i++) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const sender = execaNode(fileURLToPath(new URL("./tcp-sender.js", import.meta.url)), [
      String(port),
      String(size),
    ]);
    const [socket] = (await once(server, "connection")) as [Socket];
    const start = performance.now();
    let received = 0;
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(socket, "end");
    samples.push({ seconds: (performance.now() - start) / 1000, amount: received });
    socket.destroy();
    server.close();
    await sender;
  }
  return samples;
}

/** Sends so many bytes to a port; the main program of the other process. */
export async function send(port: number, size: number): Promise<void> {
  const socket = new Socket();
  socket.connect(port, "127.0.0.1");
  await once(socket, "connect");
  const chunk = Buffer.alloc(CHUNK);
  for (let left = size; left > 0; left -= chunk.length) {
    if (!socket.write(chunk.subarray(0, Math.min(left, CHUNK)))) await once(socket, "drain");
  }
  socket.end();
}
