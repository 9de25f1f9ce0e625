import type { Effect, GraphColumns } from "../../core/index.ts";
import { LOCAL, SERVER_SLOT } from "../../model/slots.ts";
import type { Assign } from "../../protocol/messages/index.ts";
import type { Constants } from "../objects/constants.ts";
import type { SessionRecord } from "../sessions/session-record.ts";
import { outputRange } from "../sessions/task-objects.ts";

const MAX_SIZE = 0xffffffff;
const WORDS_PER_TASK = 5;
const WORDS_PER_INPUT = 3;
/** Maximum bytes of small constants in a message. The worker fetches the others. */
const MAX_INLINE_BYTES = 32 << 20;

/**
 * Builds the message that assigns tasks to a worker.
 * @param sentKinds the kinds that the worker already knows
 */
export function buildAssign(
  effect: Extract<Effect, { kind: "assign" }>,
  graph: GraphColumns,
  record: SessionRecord,
  constants: Constants,
  sentKinds: Set<number>,
): Assign {
  const { tasks, sources } = effect;
  const message: Assign = {
    session: effect.session,
    words: new Uint32Array(tasks.length * WORDS_PER_TASK + sources.length * WORDS_PER_INPUT),
    kinds: [],
    configs: [],
    opened: record.createdAt,
    constants: [],
    wanted: new Uint32Array(),
    names: [],
    users: [],
    inputUsers: [],
  };
  const wanted: number[] = [];
  const words = message.words;
  const inputUsers = record.objectUsers.size > 0 ? new Map<number, unknown>() : undefined;
  const sentConstants = new Set<number>();
  let inlined = 0;
  let at = 0;
  let edge = 0;
  for (const task of tasks) {
    const kind = record.kindNumber(task);
    if (!sentKinds.has(kind)) {
      sentKinds.add(kind);
      message.kinds.push([kind, record.kindOf(task)]);
    }
    const config = record.configOf(task);
    if (config) message.configs.push(config);
    const title = record.titleOf(task);
    if (title !== undefined) message.names.push([task, title]);
    if (record.users.size > 0 && record.users.has(task)) message.users.push([task, record.users.get(task)]);

    const start = graph.inputStart[task]!;
    const inputCount = graph.inputStart[task + 1]! - start;
    const { first, end } = outputRange(record, graph, task);
    words[at++] = task;
    words[at++] = kind;
    words[at++] = config ? message.configs.length : 0;
    words[at++] = first;
    words[at++] = inputCount;
    for (let object = first; object < end; object++) if (graph.kept[object] === 1) wanted.push(object);
    for (let i = 0; i < inputCount; i++) {
      const object = graph.inputs[start + i]!;
      if (inputUsers && record.objectUsers.has(object))
        inputUsers.set(object, record.objectUsers.get(object));
      let source = sources[edge++]!;
      if (source === SERVER_SLOT) {
        const constant = constants.inline(effect.session, object);
        const isSent = sentConstants.has(object);
        if (constant && (isSent || inlined + constant.data.length <= MAX_INLINE_BYTES)) {
          source = LOCAL;
          if (!isSent) {
            message.constants.push({ object, ...constant });
            inlined += constant.data.length;
            sentConstants.add(object);
          }
        }
      }
      words[at++] = object;
      words[at++] = source;
      words[at++] = Math.min(graph.size[object]!, MAX_SIZE);
    }
  }
  if (wanted.length > 0 && constants.hasRoom) message.wanted = Uint32Array.from(wanted);
  if (inputUsers) message.inputUsers = [...inputUsers];
  return message;
}
