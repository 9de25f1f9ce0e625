/** Describes the problem with a path that must stay inside its directory; `undefined` if there is none. */
export function relativePathProblem(path: string): string | undefined {
  const shown = JSON.stringify(path);
  if (path.startsWith("/")) return `${shown} is an absolute path; a relative one is needed`;
  if (path.includes("\0")) return `${shown} contains a null character`;
  if (path.split("/").includes("..")) return `${shown} contains ".."; a path must stay inside its directory`;
  return undefined;
}

/** Turns `./a//b/` into `a/b`. The empty path is the directory itself. */
export function normalizePath(path: string): string {
  // Most paths need no change.
  if (!path.includes("/") && path !== ".") return path;
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** The first path that occurs twice among normalized paths. */
export function firstDuplicate(paths: readonly string[]): string | undefined {
  if (paths.length < 2) return undefined;
  const seen = new Set<string>();
  return paths.find((path) => seen.size === seen.add(path).size);
}
