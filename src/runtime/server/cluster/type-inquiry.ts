import type { Registry, WorkerHandle } from "./registry.ts";

/** Milliseconds that a worker may take for a look at the plugins of its machine. */
const TIME_LIMIT_MS = 1000;

/**
 * Makes the workers look at the plugins of their machines, so that the types they offer are those of now. Does not wait for workers
 * that are offline or take longer than a second.
 */
export async function inquireTypes(cluster: Registry): Promise<void> {
  const online = [...cluster.workers.values()].filter(({ link }) => link.state === "open");
  await Promise.all(online.map(inquire));
}

function inquire({ link, inquiries }: WorkerHandle): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, TIME_LIMIT_MS);
    inquiries.push(() => {
      clearTimeout(timer);
      resolve();
    });
    link.send(["inquireTypes", {}]);
  });
}
