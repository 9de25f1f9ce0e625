import type { DataObject } from "../../client/graph/values.ts";
import type { Problems } from "../checking/problems.ts";
import { isEach, type RefResolver } from "../refs/ref-resolver.ts";

/** An object that is fetched to the submitting machine at the end. */
export interface SavedObject {
  /** Relative to the output directory, normalized, and inside it. */
  path: string;
  /** As written in the file, or the ref of one of the instances that it selects. */
  ref: string;
  object: DataObject;
}

/** What to save, all of which is kept as well, and the directories in it that hold outputs of several instances and nothing else. */
export interface Saved {
  save: SavedObject[];
  savedDirectories: string[];
}

/**
 * Resolves the objects to save and marks them as kept. Reports paths that leave the directory or conflict
 * with each other.
 */
export function resolveSaved(
  save: Readonly<Record<string, string>>,
  resolver: RefResolver,
  problems: Problems,
): Saved {
  const saved: SavedObject[] = [];
  const savedDirectories: string[] = [];
  const taken: TakenPaths = { paths: new Map(), parents: new Map() };
  for (const [path, ref] of Object.entries(save)) {
    const found = resolver.resolveForPath(ref, ["save", path]);
    const normal = normalize(path);
    const fault = faultOf(path, normal) ?? take(path, normal, taken);
    if (fault !== undefined) {
      problems.error({ path: ["save", path], part: "key" }, `${JSON.stringify(path)} ${fault}`);
    }
    if (!found) continue;
    if (!isEach(found)) {
      saved.push({ path: normal, ref, object: found.keep() });
      continue;
    }
    savedDirectories.push(normal);
    for (const { name, ref, object } of found)
      saved.push({ path: `${normal}/${name}`, ref, object: object.keep() });
  }
  return { save: saved, savedDirectories };
}

/** The paths taken so far: normalized path or parent directory, to the path as written. */
interface TakenPaths {
  paths: Map<string, string>;
  parents: Map<string, string>;
}

/** Turns `./a//b` into `a/b`. A path that leaves the directory keeps its `..`. */
function normalize(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

function faultOf(path: string, normal: string): string | undefined {
  if (path.startsWith("/"))
    return "is an absolute path; saved objects go to the current directory, or the one of --output";
  if (normal.split("/").includes("..")) return 'contains ".."; saved objects stay inside their directory';
  if (normal === "" || path.includes("\0")) return "cannot be the path of a file";
  return undefined;
}

/** Takes a path. Returns the conflict if another object is saved at, above or below it. */
function take(path: string, normal: string, { paths, parents }: TakenPaths): string | undefined {
  const same = paths.get(normal);
  if (same !== undefined) return `is the same path as ${JSON.stringify(same)}`;
  const parts = normal.split("/");
  const outer = parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join("/"));
  const around = outer.map((parent) => paths.get(parent)).find((other) => other !== undefined);
  const other = around ?? parents.get(normal);
  if (other !== undefined)
    return `and ${JSON.stringify(other)} cannot both be saved: one is inside the other`;
  paths.set(normal, path);
  for (const parent of outer) parents.set(parent, path);
  return undefined;
}
