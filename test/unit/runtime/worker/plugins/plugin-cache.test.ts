import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createTarPacker } from "modern-tar";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { PACKAGE_ROOT } from "../../../../../src/runtime/platform/files/package-root.ts";
import { hashPlugin, packPlugin } from "../../../../../src/runtime/plugin/installed/index.ts";
import { writeIndex } from "../../../../../src/runtime/plugin/installed/plugin-index.ts";
import type { PluginRef } from "../../../../../src/runtime/protocol/messages/index.ts";
import { InstalledPlugins } from "../../../../../src/runtime/worker/plugins/installed-plugins.ts";
import { PluginCache } from "../../../../../src/runtime/worker/plugins/plugin-cache.ts";
import { folderWith, placePlugin, writeFiles } from "../../plugin/installed/support.ts";

const log = pino({ level: "silent" });

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function cacheWith(directory: string, server: string, installed?: InstalledPlugins): PluginCache {
  const pluginCache = new PluginCache({ installed, server, directory });
  onTestFinished(() => pluginCache.close());
  return pluginCache;
}

const refTo = (hash: string): PluginRef => ({
  name: "words",
  package: "rain-words",
  version: "1.0.0",
  hash,
  folder: "node_modules/rain-words",
  entry: "index.js",
});

/** The tar of a plugin, and its hash. */
async function packed(): Promise<{ tar: Buffer; ref: PluginRef }> {
  const tree = await folderWith({ "node_modules/rain-words/index.js": "export default 1;\n" });
  return { tar: await buffer(packPlugin(tree)), ref: refTo(await hashPlugin(tree)) };
}

describe("a plugin that is not installed", () => {
  test("comes from the server once, and finds Rain there", async () => {
    const { tar, ref } = await packed();
    const asked: (string | undefined)[] = [];
    const server = await serve((request, response) => {
      asked.push(request.url);
      response.end(tar);
    });
    const directory = await folderWith();
    const pluginCache = cacheWith(directory, server);
    const [found, again] = await Promise.all([pluginCache.package(ref), pluginCache.package(ref)]);
    expect(await pluginCache.package(ref)).toEqual(found);
    expect(again).toEqual(found);
    expect(asked).toEqual([`/api/v1/plugins/${ref.hash}`]);
    expect(await readFile(found.module, "utf8")).toBe("export default 1;\n");
    expect(await readlink(join(directory, ref.hash, "node_modules/rain-tasks"))).toBe(PACKAGE_ROOT);
    expect(await readdir(directory)).toEqual([ref.hash]);
  });

  test("is asked for again after it could not be had", async () => {
    const { tar, ref } = await packed();
    let answers = 0;
    const server = await serve((_, response) => {
      if (answers++ === 0) response.writeHead(404).end();
      else response.end(tar);
    });
    const pluginCache = cacheWith(await folderWith(), server);
    await expect(pluginCache.package(ref)).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("cannot get the plugin rain-words 1.0.0 from the server"),
    });
    expect((await pluginCache.package(ref)).version).toBe("1.0.0");
  });

  test("is refused when its content is another", async () => {
    const { tar } = await packed();
    const directory = await folderWith();
    const pluginCache = cacheWith(directory, await serve((_, response) => response.end(tar)));
    await expect(pluginCache.package(refTo("0".repeat(64)))).rejects.toThrow(
      /the received content has the SHA-256 [0-9a-f]{64}, not 0/,
    );
    expect(await readdir(directory)).toEqual([]);
  });

  test("writes nothing outside of its folder", async () => {
    const { readable, controller } = createTarPacker();
    await controller.add({ name: "../escaped.js", size: 0 }).close();
    controller.finalize();
    const tar = Buffer.from(await new Response(readable as ReadableStream<Uint8Array>).arrayBuffer());
    const hash = createHash("sha256").update(tar).digest("hex");
    const parent = await folderWith();
    const directory = join(parent, "plugins");
    await mkdir(directory);
    const pluginCache = cacheWith(directory, await serve((_, response) => response.end(tar)));
    await expect(pluginCache.package(refTo(hash))).rejects.toThrow(
      '"../escaped.js", which is outside of its directory',
    );
    expect(await readdir(parent)).toEqual(["plugins"]);
    expect(await readdir(directory)).toEqual([]);
  });
});

describe("the plugins installed on a worker's machine", () => {
  test("are offered with the package that they come from", async () => {
    const home = await folderWith();
    const words = await placePlugin(home, "words");
    await writeIndex(home, [words]);
    const installed = new InstalledPlugins(home, log);
    expect(installed.offer.taskTypes).toEqual([]);
    expect(await installed.look()).toBe(true);
    expect(await installed.look()).toBe(false);
    expect(installed.offer).toMatchObject({
      taskTypes: [{ name: "words/count", plugin: { version: "1.0.0", hash: words.hash } }],
      contentTypes: ["user/words"],
    });
    const pluginCache = cacheWith(await folderWith(), "127.0.0.1:1", installed);
    expect((await pluginCache.package(refTo(words.hash))).folder).toBe(
      join(home, "plugins/words/node_modules/rain-words"),
    );
  });

  test("are looked at again when they change", async () => {
    const home = await folderWith();
    const installed = new InstalledPlugins(home, log);
    await installed.look();
    await writeIndex(home, [await placePlugin(home, "words", "2.0.0")]);
    expect(await installed.look()).toBe(true);
    expect(installed.offer.taskTypes).toMatchObject([{ plugin: { version: "2.0.0" } }]);
    await writeIndex(home, []);
    expect(await installed.look()).toBe(true);
    expect(installed.offer).toEqual({ taskTypes: [], contentTypes: [] });
  });

  test("that are linked are what their files are now", async () => {
    const home = await folderWith();
    const folder = await folderWith({ "index.js": "1" });
    const source = { kind: "link" as const, spec: folder };
    await placePlugin(home, "words");
    await writeIndex(home, [{ ...(await placePlugin(home, "words")), source, folder: "" }]);
    const installed = new InstalledPlugins(home, log);
    await installed.look();
    expect((await installed.find(await hashPlugin(folder)))?.module).toBe(join(folder, "index.js"));
    await writeFiles(folder, { "index.js": "other" });
    expect((await installed.find(await hashPlugin(folder)))?.module).toBe(join(folder, "index.js"));
    expect(await installed.look()).toBe(false);
  });

  test("stay as they were while their index cannot be read", async () => {
    const home = await folderWith();
    await writeIndex(home, [await placePlugin(home, "words")]);
    const installed = new InstalledPlugins(home, log);
    await installed.look();
    await writeFiles(home, { "plugins/index.json": "{" });
    expect(await installed.look()).toBe(false);
    expect(installed.offer.taskTypes).toHaveLength(1);
  });
});
