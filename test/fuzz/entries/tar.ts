import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { packTar, type TarHeader } from "modern-tar";
import { unpackTree } from "../../../src/runtime/transport/tar.ts";
import { walkTree } from "../../../src/runtime/transport/tree.ts";
import type { Entry, Feeder } from "../entry.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import type { Random } from "../random.ts";
import type { Target } from "../target.ts";

const BLOCK = 512;
const CHECKSUM = { at: 148, length: 8 };

/** Archives of directories. Most have their checksums corrected, because Rain would reject the others at once. */
export const tar: Entry = {
  name: "tar",
  share: 6,
  open: async ({ scratch }: Target) => new TarFeeder(join(scratch, "tar")),
};

const TYPES = ["file", "directory", "symlink", "link", "fifo", "character-device"] as const;
const NAMES = [
  "a",
  "a/b",
  "a/b/c",
  "d",
  "d/..",
  "../x",
  "/x",
  "./a",
  "a//b",
  "x".repeat(200),
  "a/b/up",
  ".",
  "é",
];
const LINKS = ["..", ".", "a", "../a", "../..", "b/../..", "a/b/up/..", "/", "/etc", "d", "up/../../x", ""];

class TarFeeder implements Feeder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async feed(random: Random): Promise<void> {
    const bytes = await packTar(Array.from({ length: 1 + random.below(6) }, () => entryOf(random)));
    const mutated = random.oneIn(2) ? Buffer.from(bytes) : mutateBytes(random, bytes);
    if (!random.oneIn(10)) mendChecksums(mutated);
    const target = join(this.#root, "in", "target");
    await mkdir(this.#root, { recursive: true });
    const taken = await unpackTree(Readable.from([mutated]), target).then(
      () => true,
      () => false,
    );
    // Read all files, as Rain does to send the directory. This would find links that lead out of it.
    if (taken)
      for await (const { path, kind } of walkTree(target))
        if (kind === "file") await readFile(join(target, path));
    const around = [
      ...(await readdir(this.#root)),
      ...(await readdir(join(this.#root, "in")).catch(() => [])),
    ];
    await rm(this.#root, { recursive: true, force: true, maxRetries: 3 });
    if (around.some((name) => name !== "in" && name !== "target"))
      throw new Error(`files outside: ${around.join(", ")}`);
  }

  async close(): Promise<void> {}
}

function entryOf(random: Random): { header: TarHeader; body: string } {
  const type = random.oneIn(3) ? random.pick(TYPES) : "file";
  const body = type === "file" ? "x".repeat(random.pick([0, 1, 600])) : "";
  const pax = random.oneIn(5) ? { pax: { path: random.pick(NAMES), size: String(random.below(2000)) } } : {};
  const mode = random.pick([0o644, 0o755, 0, 0o4777]);
  const header = {
    name: random.pick(NAMES),
    linkname: random.pick(LINKS),
    type,
    mode,
    size: body.length,
    ...pax,
  };
  return { header, body };
}

function mendChecksums(tar: Buffer): void {
  for (let at = 0; at + BLOCK <= tar.length; at += BLOCK) {
    const block = tar.subarray(at, at + BLOCK);
    if (block.toString("latin1", 257, 262) !== "ustar") continue;
    block.fill(0x20, CHECKSUM.at, CHECKSUM.at + CHECKSUM.length);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, CHECKSUM.at, "latin1");
  }
}
