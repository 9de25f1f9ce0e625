import { describe, expect, it } from "vitest";
import { serverLimits } from "../../../../../src/runtime/server/api/limits.ts";

describe("the limits of a server", () => {
  it.each([64, 1024, 20_000, 1_000_000])("leave some of %d descriptors for files", (descriptors) => {
    const { clients, workers, sockets } = serverLimits(descriptors);
    expect(sockets).toBeGreaterThan(clients + workers);
    expect(sockets).toBeLessThanOrEqual((descriptors * 7) / 8);
  });

  it("are capped if the system has no limit", () => {
    expect(serverLimits(1_000_000)).toMatchObject({ clients: 10_000, workers: 10_000 });
  });

  it("are derived for this process", () => {
    expect(serverLimits().clients).toBeGreaterThan(0);
  });
});
