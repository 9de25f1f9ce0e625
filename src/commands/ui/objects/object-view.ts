import type { Download, FetchedInfo, Fetching } from "../../../runtime/client/index.ts";
import type { ContentTypeLookup } from "../../../runtime/content-types/lookup.ts";
import { previewOf, terminalText } from "../../../runtime/content-types/preview.ts";
import { RainError } from "../../../runtime/errors.ts";
import { formatBytes } from "../terminal/format.ts";
import type { Content } from "./object-output.ts";

/** What is read of an object before it is shown. A larger one is not decoded for its preview. */
const BEGINNING_BYTES = 16 << 20;

/** The first of the bytes, or all. */
interface Beginning {
  bytes: Uint8Array;
  isWhole: boolean;
}

/** Sends an object to stdout as it comes; to a terminal, a preview of what would garble it. @throws USAGE for a directory there */
export async function printObject(fetching: Fetching, ref: string, lookup: ContentTypeLookup): Promise<void> {
  await reading(fetching, async ({ info }, chunks) => {
    if (process.stdout.isTTY) {
      if (info.dataType === "dir") throw directory(ref, "comes as a tar, which would garble the terminal");
      const beginning = await readBeginning(chunks);
      if (!(await show(beginning, info, lookup))) return;
    }
    for await (const chunk of chunks) await write(chunk);
  });
}

/** Sends bytes to stdout; to a terminal, a preview of what would garble it. */
export async function printContent(content: Content, lookup: ContentTypeLookup): Promise<void> {
  const { bytes, contentType } = content;
  if (!process.stdout.isTTY) await write(bytes);
  else await show({ bytes, isWhole: true }, { contentType, size: bytes.length }, lookup);
}

/** A few lines that show what an object holds, each with its end. @throws USAGE for a directory */
export async function previewObject(
  fetching: Fetching,
  ref: string,
  lookup: ContentTypeLookup,
): Promise<string> {
  return await reading(fetching, async ({ info }, chunks) => {
    if (info.dataType === "dir") throw directory(ref, "has no preview");
    const { bytes, isWhole } = await readBeginning(chunks);
    return await previewOf(bytes, info.contentType, lookup, isWhole);
  });
}

/** Writes what a terminal can show, or else a preview. Answers whether the rest may follow. */
async function show(
  { bytes, isWhole }: Beginning,
  { contentType, size }: Pick<FetchedInfo, "contentType" | "size">,
  lookup: ContentTypeLookup,
): Promise<boolean> {
  const text = terminalText(bytes, contentType);
  if (text !== undefined) {
    // A terminal takes UTF-8.
    await write(contentType.startsWith("text-") ? text : bytes);
    if (isWhole && text !== "" && !text.endsWith("\n")) await write("\n");
    return true;
  }
  await write(await previewOf(bytes, contentType, lookup, isWhole));
  const facts = [contentType || "binary data", ...(size === undefined ? [] : [formatBytes(size)])].join(", ");
  const type = await lookup(contentType);
  const file = ["FILE", ...(type?.extensions ?? []).slice(0, 1)].join(".");
  const decoded = type ? " `--as json` shows all of it." : "";
  process.stderr.write(`A preview of ${facts}. \`-o ${file}\` or a pipe takes the bytes.${decoded}\n`);
  return false;
}

/** Whatever comes of it, the answer is read or broken off. */
async function reading<T>(
  fetching: Fetching,
  read: (download: Download, chunks: AsyncIterableIterator<Uint8Array>) => Promise<T>,
): Promise<T> {
  const download = await fetching.open();
  try {
    return await read(download, download.body[Symbol.asyncIterator]());
  } finally {
    download.body.destroy();
  }
}

async function readBeginning(chunks: AsyncIterator<Uint8Array>): Promise<Beginning> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < BEGINNING_BYTES) {
    const { value, done } = await chunks.next();
    if (done) return { bytes: Buffer.concat(parts), isWhole: true };
    parts.push(value);
    length += value.length;
  }
  return { bytes: Buffer.concat(parts), isWhole: false };
}

async function write(data: Uint8Array | string): Promise<void> {
  if (!process.stdout.write(data)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}

function directory(ref: string, why: string): RainError {
  return new RainError("USAGE", `${ref} is a directory; it ${why}`, {
    hint: "Unpack it with -o PATH, or list it: send it through a pipe to `tar t`.",
  });
}
