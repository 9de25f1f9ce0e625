import { execFileSync } from "node:child_process";

/** Where the processes of a cluster reach each other. */
export interface Network {
  /** Where the server listens. */
  readonly serverHost: string;
  /** A place for a worker: its own address, and what a command there begins with. */
  place(): WorkerPlace;
  remove(): void;
}

export interface WorkerPlace {
  host: string;
  prefix: string[];
  /** Nothing reaches the place or leaves it, until it is mended; absent where that cannot be done. */
  cut?: () => void;
  mend?: () => void;
}

/** All on the loopback of this machine. */
export function loopback(): Network {
  const place = { host: "127.0.0.1", prefix: [] };
  return { serverHost: "127.0.0.1", place: () => place, remove: () => {} };
}

let networks = 0;

/** A bridge, and a network namespace for each worker, whose link can be taken down. Takes root and `ip`. */
export function namespaces(): Network {
  // Names of interfaces are short, and one that is removed goes a moment later.
  const id = `r${process.pid % 100_000}n${++networks}`;
  const subnet = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
  const made: string[] = [];
  // With an address of its own: else it changes with the ports, and nobody is told.
  ip("link", "add", id, "address", "02:00:00:00:00:01", "type", "bridge");
  ip("addr", "add", `${subnet}.1/24`, "dev", id);
  ip("link", "set", id, "up");
  return {
    serverHost: `${subnet}.1`,
    place() {
      const number = made.length + 2;
      const name = `${id}n${number}`;
      const [outer, inner] = [`${id}o${number}`, `${id}i${number}`];
      made.push(name);
      ip("netns", "add", name);
      ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", name);
      ip("link", "set", outer, "master", id, "up");
      const within = (...words: string[]) => ip("-n", name, ...words);
      within("link", "set", "lo", "up");
      within("addr", "add", `${subnet}.${number}/24`, "dev", inner);
      within("link", "set", inner, "up");
      return {
        host: `${subnet}.${number}`,
        prefix: ["ip", "netns", "exec", name],
        cut: () => ip("link", "set", outer, "down"),
        mend: () => ip("link", "set", outer, "up"),
      };
    },
    remove() {
      for (const name of made) ip("netns", "del", name);
      ip("link", "del", id);
    },
  };
}

export function hasNamespaces(): boolean {
  const name = `rain-try-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "del", name);
    return true;
  } catch {
    return false;
  }
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}
