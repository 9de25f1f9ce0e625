import { Decoder } from "cbor-x/decode";
import { Encoder } from "cbor-x/encode";
import type { ContentType, Plugin } from "./contract.ts";
import { decodeText, encodeText } from "./text-encodings.ts";

const text: ContentType<string> = {
  name: "text",
  load: decodeText,
  dump: encodeText,
};

const json: ContentType = {
  name: "json",
  load: (bytes) => JSON.parse(decodeText(bytes, "text")) as unknown,
  dump(value) {
    const encoded = JSON.stringify(value) as string | undefined;
    if (encoded === undefined) throw new Error(`a value of type ${typeof value} cannot be written as JSON`);
    return encodeText(encoded, "text");
  },
};

// Plain CBOR, without the extensions of cbor-x, so that any other decoder reads it; large integers load as JSON's do.
const options = { useRecords: false, tagUint8Array: false, variableMapSize: true, int64AsNumber: true };
const encoder = new Encoder(options);
const decoder = new Decoder(options);

const cbor: ContentType = {
  name: "cbor",
  load: (bytes) => decoder.decode(bytes) as unknown,
  dump: (value) => encoder.encode(value),
};

/** The content types that need no plugin to be loaded and dumped. */
export const builtInContentTypes: NonNullable<Plugin["contentTypes"]> = [text, json, cbor];
