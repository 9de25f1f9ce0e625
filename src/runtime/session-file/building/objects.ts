import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import { blob, constant } from "../../client/graph/constants.ts";
import type { DataObject } from "../../client/graph/values.ts";
import { messageOf } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import type { Registry } from "../../plugin/registry.ts";
import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { checkContentTypeName, type Named } from "../refs/names.ts";
import type { ObjectEntry } from "../schema/objects.ts";

/** Builds the constants of a session file. */
export class ObjectBuilder {
  readonly #registry: Registry;
  readonly #problems: Problems;
  #baseDir = "";

  constructor(registry: Registry, problems: Problems) {
    this.#registry = registry;
    this.#problems = problems;
  }

  /** Returns `undefined` if something is wrong, after reporting it. */
  build({ key, entry, file }: Named<ObjectEntry>): DataObject | undefined {
    this.#problems.file = file;
    this.#baseDir = file.source.baseDir;
    if (entry === undefined) return undefined;
    if (typeof entry === "string") return blob(entry, { key });
    const path = ["objects", key];
    const { contentType } = entry;
    checkContentTypeName(contentType, [...path, "contentType"], this.#registry, this.#problems);
    if ("text" in entry) return this.#dumped([...path, "text"], "text", entry.text, { key, contentType });
    if ("value" in entry) {
      return this.#dumped([...path, "value"], entry.encode ?? "json", entry.value, { key, contentType });
    }
    if ("base64" in entry) return this.#decoded([...path, "base64"], entry.base64, { key, contentType });
    if ("file" in entry) {
      const absolute = this.#existing([...path, "file"], entry.file, "file");
      return absolute === undefined
        ? undefined
        : constant({ kind: "file", path: absolute }, { key, contentType });
    }
    if ("dir" in entry) {
      const absolute = this.#existing([...path, "dir"], entry.dir, "dir");
      return absolute === undefined
        ? undefined
        : constant({ kind: "dir", path: absolute }, { key, contentType });
    }
    return undefined;
  }

  #dumped(
    path: Path,
    encode: string,
    value: unknown,
    options: { key: string; contentType?: string | undefined },
  ) {
    const contentType = options.contentType ?? encode;
    try {
      if (encode === "text" && typeof value !== "string") throw new Error(`"encode: text" takes text only`);
      if (encode === "json") checkFinite(value);
      // A content type such as `text-latin1` names the encoding.
      const dumpedAs = encode === "text" && contentType.startsWith("text") ? contentType : encode;
      const bytes = this.#registry.contentType(encode)?.dump(value, dumpedAs);
      if (!(bytes instanceof Uint8Array))
        throw new Error(`no synchronous encoder for ${encode} is available`);
      return constant({ kind: "bytes", bytes }, { ...options, contentType });
    } catch (error) {
      this.#problems.error({ path, part: "value" }, `cannot encode this: ${messageOf(error)}`);
      return undefined;
    }
  }

  #decoded(
    path: Path,
    base64: string,
    options: { key: string; contentType?: string | undefined },
  ): DataObject | undefined {
    const digits = base64.replaceAll(/\s/g, "");
    if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(digits)) {
      return constant({ kind: "bytes", bytes: new Uint8Array(Buffer.from(digits, "base64")) }, options);
    }
    this.#problems.error(
      { path, part: "value" },
      "this is not base64, which uses A–Z a–z 0–9 + / and = at the end",
    );
    return undefined;
  }

  #existing(path: Path, named: string, kind: "file" | "dir"): string | undefined {
    const absolute = resolve(this.#baseDir, named);
    const fault = faultOf(absolute, kind);
    if (fault === undefined) return absolute;
    this.#problems.error({ path, part: "value" }, `${JSON.stringify(named)} ${fault}`);
    return undefined;
  }
}

function faultOf(path: string, kind: "file" | "dir"): string | undefined {
  try {
    const stats = statSync(path);
    if (kind === "file" && stats.isDirectory()) return 'is a directory; write "dir" instead of "file"';
    if (kind === "file" && !stats.isFile()) return "is not a regular file";
    if (kind === "dir" && !stats.isDirectory()) return 'is a file; write "file" instead of "dir"';
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ENOTDIR")
      return "does not exist; paths are relative to the directory of the session file";
    return code === "EACCES" ? "cannot be read: permission denied" : `cannot be read: ${messageOf(error)}`;
  }
}

/** Rejects numbers that JSON would silently turn into null. @throws Error */
function checkFinite(value: unknown): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`JSON has no ${value}`);
  if (typeof value !== "object" || value === null) return;
  for (const part of Object.values(value)) checkFinite(part);
}
