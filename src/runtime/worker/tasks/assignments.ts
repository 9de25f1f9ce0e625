import { RainError } from "../../errors.ts";
import { LOCAL } from "../../model/slots.ts";
import type { Assign, TaskKind } from "../../protocol/messages/index.ts";
import { AssignedTask, type PreparedKind } from "./assigned-task.ts";

/** Words of an assigned task before those of its inputs. */
const TASK_WORDS = 5;
/** Words of each input. */
const INPUT_WORDS = 3;

/** An input that must be fetched, and the slot of the worker that has it. */
export interface FetchRequest {
  object: number;
  source: number;
  /** Bytes; saturates at 2³² − 1. */
  size: number;
}

/** Prepares a kind that the server has sent, with the code that runs its tasks here. */
export type KindPreparation = (kind: TaskKind) => PreparedKind;

/** Reads the assignments of the server. The server sends kinds once per session; they are remembered here. */
export class Assignments {
  readonly #prepare: KindPreparation;
  readonly #kinds = new Map<number, Map<number, PreparedKind>>();
  readonly #opened = new Map<number, number>();

  constructor(prepare: KindPreparation) {
    this.#prepare = prepare;
  }

  /** Returns the tasks of a batch, in order, and the inputs to fetch. @throws INVALID_MESSAGE */
  read(message: Assign): { tasks: AssignedTask[]; fetches: FetchRequest[] } {
    const { session, words, configs } = message;
    const kinds = this.#kindsOf(session);
    this.#opened.set(session, message.opened);
    for (const [number, kind] of message.kinds) kinds.set(number, this.#prepare(kind));
    const names = new Map(message.names);
    const users = new Map(message.users);
    const inputUsers = message.inputUsers.length > 0 ? new Map(message.inputUsers) : undefined;
    const wanted = message.wanted.length > 0 ? new Set(message.wanted) : undefined;
    const tasks: AssignedTask[] = [];
    const fetches: FetchRequest[] = [];
    let at = 0;
    const next = () => words[at++] ?? 0;
    while (at < words.length) {
      const isCut = at + TASK_WORDS > words.length;
      const id = next();
      const kind = kinds.get(next());
      const config = next();
      const firstOutput = next();
      const inputCount = next();
      if (isCut || !kind || config > configs.length || at + INPUT_WORDS * inputCount > words.length) {
        throw new RainError(
          "INVALID_MESSAGE",
          `the server sent an invalid assignment of task ${id} of session ${session}`,
        );
      }
      const inputs: number[] = [];
      for (let i = 0; i < inputCount; i++) {
        const object = next();
        const source = next();
        const size = next();
        inputs.push(object);
        if (source !== LOCAL) fetches.push({ object, source, size });
      }
      const name = names.get(id) ?? "";
      tasks.push(
        new AssignedTask({
          session,
          id,
          kind,
          config: configs[config - 1],
          name,
          user: users.get(id),
          inputUsers,
          firstOutput,
          inputs,
          wanted,
        }),
      );
    }
    return { tasks, fetches };
  }

  /** Sessions with assignments that have not ended, each with the time when it was opened. */
  get sessions(): ReadonlyMap<number, number> {
    return this.#opened;
  }

  endSession(session: number): void {
    this.#kinds.delete(session);
    this.#opened.delete(session);
  }

  #kindsOf(session: number): Map<number, PreparedKind> {
    let kinds = this.#kinds.get(session);
    if (!kinds) {
      kinds = new Map();
      this.#kinds.set(session, kinds);
    }
    return kinds;
  }
}
