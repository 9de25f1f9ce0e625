/** What is wrong with a path that must stay inside its directory, or `undefined`. */
export function relativePathProblem(path: string): string | undefined {
  const shown = JSON.stringify(path);
  if (path.startsWith("/")) return `${shown} is an absolute path; a relative one is needed`;
  if (path.includes("\0")) return `${shown} holds a null character`;
  if (path.split("/").includes("..")) return `${shown} contains ".."; a path must stay inside its directory`;
  return undefined;
}

/** `a/b` of `./a//b/`; the empty path stands for the directory itself. */
export function normalizePath(path: string): string {
  // The usual path is normal already.
  if (!path.includes("/") && path !== ".") return path;
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** The first of the normalized paths that stands there twice. */
export function firstDuplicate(paths: readonly string[]): string | undefined {
  if (paths.length < 2) return undefined;
  const seen = new Set<string>();
  return paths.find((path) => seen.size === seen.add(path).size);
}
