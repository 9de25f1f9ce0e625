import { execFileSync } from "node:child_process";

/** The network between the processes of a cluster. */
export interface Network {
  /** The address on which the server listens. */
  readonly serverHost: string;
  /** Makes a place for a worker: an address, and the prefix of commands that run there. */
  place(): WorkerPlace;
  remove(): void;
}

export interface WorkerPlace {
  host: string;
  prefix: string[];
  /** Disconnects the place until `mend`. Absent if the network does not support this. */
  cut?: () => void;
  mend?: () => void;
}

/** A network that uses the loopback interface. */
export function loopback(): Network {
  const place = { host: "127.0.0.1", prefix: [] };
  return { serverHost: "127.0.0.1", place: () => place, remove: () => {} };
}

let networks = 0;

/** A bridge and a network namespace for each worker, whose link can be taken down. Needs root and `ip`. */
export function namespaces(): Network {
  // Names of interfaces must be short. Use new ones each time, because the kernel removes interfaces with a delay.
  const id = `r${process.pid % 100_000}n${++networks}`;
  const subnet = `10.${200 + (process.pid % 50)}.${(process.pid >> 6) % 250}`;
  const made: string[] = [];
  // Set a MAC address. Otherwise it changes when ports are added, and neighbors do not notice.
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
