import type { Path } from "./location.ts";

/**
 * Whether the value at a path of a session file may be an expression. The keys that structure the file may
 * not.
 */
export function mayBeExpression(path: Path): boolean {
  switch (path[0]) {
    case "name":
      return true;
    case "defaults":
    case "objects":
    case "save":
      return path.length >= 2;
    case "tasks":
      return path.length >= (path[2] === "matrix" ? 4 : 3);
    default:
      return false;
  }
}
