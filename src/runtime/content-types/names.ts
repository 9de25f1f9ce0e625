import { didYouMean } from "../plugin/suggest.ts";
import { isTextEncoding } from "./built-in/text.ts";

/** Content types without a suffix. The empty one means unknown. */
const PLAIN = [
  "text",
  "json",
  "cbor",
  "csv",
  "ndjson",
  "arrow",
  "pickle",
  "cloudpickle",
  "protobuf",
  "dir",
] as const;

/** Prefixes of content types that users complete: with a message type, a media type, or any name. */
const OPEN = ["protobuf/", "mime/", "user/"];

/** Other common names: file extensions and media types. */
const ALSO_KNOWN: Readonly<Record<string, (typeof PLAIN)[number]>> = {
  txt: "text",
  string: "text",
  "text/plain": "text",
  "application/json": "json",
  "application/cbor": "cbor",
  "text/csv": "csv",
  jsonl: "ndjson",
  jsonlines: "ndjson",
  "application/x-ndjson": "ndjson",
  feather: "arrow",
  ipc: "arrow",
  "application/vnd.apache.arrow.file": "arrow",
  "application/vnd.apache.arrow.stream": "arrow",
  pkl: "pickle",
  proto: "protobuf",
  directory: "dir",
  folder: "dir",
};

/** Candidates for a mistyped encoding. */
const ENCODINGS = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "latin1",
  "ascii",
  "windows-1252",
  "iso-8859-2",
  "shift_jis",
];

/**
 * Whether data of the content type `actual` is accepted where `declared` is required. Every type is a subtype
 * of the empty type. The part before a `/` is a supertype: `user/map` is one of `user/map/v2`. `text` is a
 * supertype of `text-<ENCODING>`.
 */
export function isSubtype(actual: string, declared: string): boolean {
  if (declared === "" || actual === declared) return true;
  if (!actual.startsWith(declared)) return false;
  const next = actual.charAt(declared.length);
  return next === "/" || (next === "-" && declared === "text");
}

/**
 * Whether an object declared as one type may have another type at run time. Since a run may refine a type,
 * two types exclude each other only if neither is a subtype of the other.
 */
export function mayBecome(declared: string, wanted: string): boolean {
  return isSubtype(declared, wanted) || isSubtype(wanted, declared);
}

/** Describes the problem with the name of a content type. `undefined` if it is valid. */
export function checkContentType(name: string): string | undefined {
  if (name === "" || PLAIN.some((plain) => plain === name)) return undefined;
  if (name.startsWith("text-")) return checkEncoding(name);
  const open = OPEN.find((prefix) => `${name}/`.startsWith(prefix));
  if (open !== undefined) {
    if (/^[^\s/]+(\/[^\s/]+)*$/.test(name.slice(open.length))) return undefined;
    return `content type ${JSON.stringify(name)} needs a name without spaces after "${open}"`;
  }
  return `unknown content type ${JSON.stringify(name)}${hint(name)}`;
}

function checkEncoding(name: string): string | undefined {
  const encoding = name.slice("text-".length);
  if (encoding === "")
    return 'content type "text-" needs an encoding, such as "text-latin1"; "text" is UTF-8';
  if (isTextEncoding(encoding)) return undefined;
  const near = didYouMean(
    name,
    ENCODINGS.map((known) => `text-${known}`),
  );
  return `unknown text encoding ${JSON.stringify(encoding)} in the content type ${JSON.stringify(name)}${near}`;
}

function hint(name: string): string {
  const known = Object.hasOwn(ALSO_KNOWN, name.toLowerCase()) ? ALSO_KNOWN[name.toLowerCase()] : undefined;
  if (known) return `; did you mean "${known}"?`;
  if (/^[a-z]+\/[\w.+-]+$/.test(name)) return `; did you mean "mime/${name}"?`;
  return didYouMean(name, PLAIN) || `; for your own type write "user/<TYPE>"`;
}
