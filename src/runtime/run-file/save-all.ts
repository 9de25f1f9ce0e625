import { mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Fetching, type Session, saveNew } from "../client/index.ts";
import { messageOf, RainError } from "../errors.ts";
import { replaceDirectory } from "../platform/files/replace-directory.ts";
import { writeError } from "../platform/files/write-error.ts";
import type { SessionPlan } from "../session-file/index.ts";
import type { Saves } from "./outcome.ts";

type SavedObject = SessionPlan["save"][number];

/**
 * Saves the objects that a session file names, and enters them into `saves`. In a session that continued after
 * failures, some of them may not have been made.
 * @throws IO, SERVER_LOST, the reason of `signal`
 */
export async function saveAll(
  session: Session,
  { plan, directory, signal }: { plan: SessionPlan; directory: string; signal: AbortSignal },
  { saved, notSaved }: Saves,
): Promise<void> {
  const write = async ({ path, ref, object }: SavedObject, save: (fetching: Fetching) => Promise<void>) => {
    const target = join(directory, path);
    try {
      await save(object.fetch({ signal }));
      saved[target] = ref;
    } catch (error) {
      if (plan.onFailure !== "continue" || !isFailureOfTask(error)) throw error;
      notSaved[target] = { ref, reason: error.message };
    }
  };
  const makeParent = (target: string, ref: string) =>
    mkdir(dirname(target), { recursive: true }).catch((error) => {
      throw new RainError("IO", `cannot save ${ref} as ${target}: ${messageOf(error)}`, {
        hint: `It is kept. \`rain fetch ${session.id} ${ref} -o PATH\` fetches it.`,
      });
    });

  const contents = new Map(plan.savedDirectories.map((path) => [path, [] as SavedObject[]]));
  for (const one of plan.save) {
    const content = contents.get(dirname(one.path));
    if (content) {
      content.push(one);
      continue;
    }
    const target = join(directory, one.path);
    await makeParent(target, one.ref);
    await write(one, (fetching) => fetching.writeTo(target));
  }
  for (const [path, content] of contents) {
    const target = join(directory, path);
    await makeParent(target, content[0]?.ref ?? "an empty directory");
    try {
      await replaceDirectory(target, async (made) => {
        await mkdir(made);
        for (const one of content) {
          const to = join(made, basename(one.path));
          await write(one, async (fetching) => saveNew(await fetching.open(), to));
        }
      });
    } catch (error) {
      throw signal.aborted ? error : writeError(target, error);
    }
  }
}

const isFailureOfTask = (error: unknown): error is RainError =>
  error instanceof RainError && error.details.task !== undefined;
