import type { Download, FetchedInfo, Fetching } from "../../../runtime/client/index.ts";
import type { ContentTypeLookup } from "../../../runtime/content-types/lookup.ts";
import { previewOf, terminalText } from "../../../runtime/content-types/preview.ts";
import { RainError } from "../../../runtime/errors.ts";
import { visibleText } from "../../../runtime/visible-text.ts";
import { formatBytes } from "../terminal/format.ts";
import type { Content } from "./object-output.ts";

/** Bytes to read before an object is shown. A larger object is not decoded for its preview. */
const BEGINNING_BYTES = 16 << 20;

/** The first bytes of an object, or all of them. */
interface Beginning {
  bytes: Uint8Array;
  isWhole: boolean;
}

/**
 * Streams an object to stdout. On a terminal, shows a preview of binary data.
 * @throws USAGE for a directory on a terminal
 */
export async function printObject(fetching: Fetching, ref: string, lookup: ContentTypeLookup): Promise<void> {
  await reading(fetching, async ({ info }, chunks) => {
    if (process.stdout.isTTY) {
      if (info.dataType === "dir") throw directory(ref, "is sent as a tar, which a terminal cannot show");
      const beginning = await readBeginning(chunks);
      if (!(await show(beginning, info, lookup))) return;
    }
    await writeRest(chunks);
  });
}

/** Writes bytes to stdout. On a terminal, shows a preview of binary data. */
export async function printContent(content: Content, lookup: ContentTypeLookup): Promise<void> {
  const { bytes, contentType } = content;
  if (!process.stdout.isTTY) await write(bytes);
  else await show({ bytes, isWhole: true }, { contentType, size: bytes.length }, lookup);
}

/** A preview of an object in a few lines. @throws USAGE for a directory */
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

/** Writes text that a terminal can show, or else a preview. Returns whether the caller may write the rest. */
async function show(
  { bytes, isWhole }: Beginning,
  { contentType, size }: Pick<FetchedInfo, "contentType" | "size">,
  lookup: ContentTypeLookup,
): Promise<boolean> {
  const text = terminalText(bytes, contentType);
  if (text !== undefined) {
    await write(visibleText(text));
    if (isWhole && text !== "" && !text.endsWith("\n")) await write("\n");
    return true;
  }
  await write(visibleText(await previewOf(bytes, contentType, lookup, isWhole)));
  const facts = [contentType || "binary data", ...(size === undefined ? [] : [formatBytes(size)])].join(", ");
  const type = await lookup(contentType);
  const file = ["FILE", ...(type?.extensions ?? []).slice(0, 1)].join(".");
  const decoded = type ? " `--as json` shows all of it." : "";
  process.stderr.write(
    `This is a preview of ${facts}. Use \`-o ${file}\` or a pipe for the bytes.${decoded}\n`,
  );
  return false;
}

/** Closes the download afterwards, even if it was not read to its end. */
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

/** Writes the rest of an object. A terminal gets text that it can show. */
async function writeRest(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks)
    await write(process.stdout.isTTY ? visibleText(decoder.decode(chunk, { stream: true })) : chunk);
}

async function write(data: Uint8Array | string): Promise<void> {
  if (!process.stdout.write(data)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}

function directory(ref: string, why: string): RainError {
  return new RainError("USAGE", `${ref} is a directory; it ${why}`, {
    hint: "Unpack it with -o PATH, or list it: send it through a pipe to `tar t`.",
  });
}
