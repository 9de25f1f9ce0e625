import { didYouMean } from "./suggest.ts";

/** Content types that are a name and nothing more, besides the empty one, which says nothing. */
const PLAIN = ["text", "json", "cbor", "arrow", "pickle", "cloudpickle", "protobuf", "dir"];
/** Content types that are a name and something of the user's: the encoding, the message type, the media type, any name. */
const OPEN = ["text-", "protobuf/", "mime/", "user/"];

/**
 * Whether data of the content type `actual` may stand where `declared` is asked for: everything is a subtype of the
 * empty type, and a longer type is a subtype of its prefix, as `text-latin1` of `text` and `user/map/v2` of `user/map`.
 */
export function isSubtype(actual: string, declared: string): boolean {
  if (declared === "" || actual === declared) return true;
  // The prefix ends where a part of the name ends: `user/cart` is no `user/car`.
  return actual.startsWith(declared) && !/[\p{L}\p{N}_]/u.test(actual.charAt(declared.length));
}

/**
 * Whether an object declared as one type can turn out to be what another place asks for: as run time may refine a type,
 * only two types of which neither is a subtype of the other exclude each other.
 */
export function mayBecome(declared: string, wanted: string): boolean {
  return isSubtype(declared, wanted) || isSubtype(wanted, declared);
}

/** What is wrong with a content type's name, or `undefined` when it is a legal one. */
export function checkContentType(name: string): string | undefined {
  if (name === "" || PLAIN.includes(name)) return undefined;
  const open = OPEN.find((prefix) => name.startsWith(prefix));
  if (open !== undefined) {
    if (/^[^\s/]+(\/[^\s/]+)*$/.test(name.slice(open.length))) return undefined;
    return `content type ${JSON.stringify(name)} needs a name without spaces after "${open}"`;
  }
  const near =
    didYouMean(name, PLAIN) || mediaTypeHint(name) || `; for a type of your own write "user/<TYPE>"`;
  return `unknown content type ${JSON.stringify(name)}${near}`;
}

function mediaTypeHint(name: string): string {
  return /^[a-z]+\/[\w.+-]+$/.test(name) ? `; did you mean "mime/${name}"?` : "";
}
