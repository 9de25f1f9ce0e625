import { createHash } from "node:crypto";
import { join } from "node:path";
import { blob, type ObjectLike, remote, type Task, tasks } from "../../../src/index.ts";
import { below, pick, type Random } from "../random.ts";

/** A graph and its expected results. */
export interface Plan {
  /** The tasks of each submit, in order. */
  parts: Task[][];
  /** The kept tasks, each with one output, and the expected bytes. */
  results: { task: Task; name: string; bytes: Buffer }[];
  tasks: number;
}

interface Value {
  object: ObjectLike;
  bytes: Buffer;
}

const MEBIBYTE = 1 << 20;
/** Inputs of more bytes are reduced to a digest. */
const MOST_BYTES = 8 * MEBIBYTE;
/** Enough for all failures of one task, because programs and executors are killed, too. */
const RETRIES = 50;

/** A remote function. Its source is a constant of the submit. It has no imports, because test runners rewrite imports. */
const makeChecksum = () =>
  remote(
    async (parts: (Uint8Array | string)[], seconds: number) => {
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      let hash = 0x811c9dc5;
      for (const part of parts) {
        const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
        for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
      }
      return String(hash >>> 0);
    },
    { contentType: "text", retries: RETRIES },
  );

/**
 * A remote function that changes a file of its input, the first time that it runs: makes it longer, or writes other bytes
 * and sets back its times. Its text has no imports either.
 * @param marker a path on this machine that tells whether it has run
 */
const makeSpoil = () =>
  remote(
    new Function(
      "path",
      "marker",
      "isForged",
      `return Promise.all([import("node:fs"), import("node:child_process")]).then(([fs, { execFileSync }]) => {
         if (fs.existsSync(marker)) return;
         const file = path + "/file";
         if (!isForged) {
           fs.writeFileSync(marker, "");
           return fs.appendFileSync(file, "EVIL");
         }
         execFileSync("touch", ["-r", file, marker]);
         fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size, "EVIL"));
         execFileSync("touch", ["-r", marker, file]);
       })`,
    ) as (path: string, marker: string, isForged: boolean) => Promise<void>,
    { retries: RETRIES },
  );

/** The expected result of the remote function. */
function checksumOf(bytes: Uint8Array): Buffer {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return Buffer.from(String(hash >>> 0));
}

/**
 * Makes layers and chains of programs, built-in tasks and functions of 10 to 50 ms, on small and large objects. Some tasks need
 * others without using their outputs, and some change their inputs.
 * @param scratch a directory for files of the tasks
 */
export function randomPlan(random: Random, scratch: string): Plan {
  const plan: Plan = { parts: [], results: [], tasks: 0 };
  const width = 5 + below(random, 40);
  const depth = 2 + below(random, 8);
  for (let part = 1 + below(random, 2); part > 0; part--) {
    const submitted: Task[] = [];
    const values: Value[] = [];
    const checksum = makeChecksum();
    const spoil = makeSpoil();
    for (let n = 2 + below(random, 4); n > 0; n--) values.push(randomConstant(random));
    for (let layer = 0; layer < depth; layer++) {
      const before = values.slice(-2 * width);
      for (let n = 1 + below(random, width); n > 0; n--) {
        const inputs = Array.from({ length: 1 + below(random, 3) }, () => pick(random, before)!);
        const name = `t${plan.tasks++}`;
        const needs = submitted.length > 0 && random() < 0.1 ? [pick(random, submitted)!] : [];
        const { task, bytes } = randomTask(random, inputs, { name, needs }, checksum);
        if (random() < 0.2 || layer === depth - 1) plan.results.push({ task: task.keep(), name, bytes });
        submitted.push(task);
        values.push({ object: task, bytes });
        if (random() < 0.03) {
          const spoiled = spoiledDirectory(random, { object: task, bytes }, join(scratch, name), spoil);
          submitted.push(...spoiled.tasks);
          plan.tasks += spoiled.tasks.length;
          for (const read of spoiled.readers)
            plan.results.push({ task: read.keep(), name: `of ${name}`, bytes });
        }
      }
    }
    plan.parts.push(submitted);
  }
  return plan;
}

function randomConstant(random: Random): Value {
  const isLarge = random() < 0.25;
  const seed = Buffer.from(`${random()} `);
  const bytes = Buffer.alloc(isLarge ? MEBIBYTE + below(random, MEBIBYTE) : 1 + below(random, 200), seed);
  return { object: blob(bytes), bytes };
}

/** A directory that a task changes while others read it, or before they do. */
function spoiledDirectory(
  random: Random,
  { object }: Value,
  marker: string,
  spoil: ReturnType<typeof makeSpoil>,
): { tasks: Task[]; readers: Task[] } {
  const directory = tasks.makeDirectory({ file: object }, { retries: RETRIES });
  const spoiler = spoil(directory, marker, random() < 0.5);
  const readers = Array.from({ length: 3 }, () => {
    const needs = random() < 0.5 ? [spoiler] : [];
    return tasks.sliceDirectory(directory, "file", { retries: RETRIES, needs });
  });
  return { tasks: [directory, spoiler, ...readers], readers };
}

function randomTask(
  random: Random,
  inputs: Value[],
  { name, needs }: { name: string; needs: Task[] },
  checksum: ReturnType<typeof makeChecksum>,
): { task: Task; bytes: Buffer } {
  const objects = inputs.map(({ object }) => object);
  const all = Buffer.concat(inputs.map(({ bytes }) => bytes));
  const seconds = 0.01 + 0.04 * random();
  const options = { name, retries: RETRIES, needs };
  const files = Object.fromEntries(objects.map((object, i) => [`in${i}`, object]));
  const names = Object.keys(files).join(" ");
  const program = (script: string) =>
    tasks.run(["sh", "-c", `sleep ${seconds.toFixed(3)}; ${script}`], { ...options, files, stdout: true });
  const dice = random();
  if (all.length > MOST_BYTES || dice < 0.2) {
    return {
      task: program(`cat ${names} | md5sum`),
      bytes: Buffer.from(`${createHash("md5").update(all).digest("hex")}  -\n`),
    };
  }
  if (dice < 0.4) {
    return {
      task: checksum(objects, seconds),
      bytes: checksumOf(all),
    };
  }
  if (dice < 0.6) return { task: tasks.concat(objects, options), bytes: all };
  if (dice < 0.7) return { task: tasks.sleep(objects[0]!, seconds, options), bytes: inputs[0]!.bytes };
  return {
    task: program(`cat ${names}; echo ${name}`),
    bytes: Buffer.concat([all, Buffer.from(`${name}\n`)]),
  };
}
