import { userInfo } from "node:os";
import * as v from "valibot";
import { clip, type ErrorDetails } from "../errors.ts";

const owner = v.object({ user: v.optional(v.string()), uid: v.optional(v.number()) });

/** The user of a process. The name is absent without an entry in the table of users, `uid` on Windows. */
export type Owner = v.InferOutput<typeof owner>;

/** The user of this process. */
export function ownUser(): Owner {
  const uid = process.getuid?.();
  const user = ownName();
  return { ...(user !== undefined && { user }), ...(uid !== undefined && { uid }) };
}

/** `user ada (uid 1000)` */
export function describeOwner({ user, uid }: Owner): string {
  if (user === undefined) return uid === undefined ? "another user" : `uid ${uid}`;
  return uid === undefined ? `user ${clip(user)}` : `user ${clip(user)} (uid ${uid})`;
}

/** The user that a server names in the details of its refusal. */
export function ownerIn(details: ErrorDetails | undefined): Owner | undefined {
  const { success, output } = v.safeParse(v.object({ owner }), details);
  return success ? output.owner : undefined;
}

function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
