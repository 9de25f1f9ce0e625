/* Shows on stderr how far a submit is. */

import type { SessionProgress } from "../../../runtime/protocol/messages/index.ts";
import { formatDuration } from "../terminal/format.ts";
import { shortened } from "../terminal/width.ts";
import { progressLines } from "./lines.ts";
import { LiveLines } from "./live-lines.ts";
import { PlainProgress } from "./plain-progress.ts";
import { doneOf, Speed } from "./speed.ts";

const REDRAW_MS = 500;
const CHECK_MS = 1000;
/** A step before the tasks run is worth a line in a log if it takes this long. */
const LONG_STEP_SECONDS = 1;
const USUAL_SIZE = { columns: 80, rows: 24 };

export interface ProgressView {
  /** A step before the tasks run, such as `Reading pipeline.yml`, and how far it is. */
  step(text: string, detail?: string): void;
  show(progress: SessionProgress): void;
  /** Prints text without disturbing the progress. */
  print(text: string): void;
  end(): void;
}

/** Draws bars on a terminal, and elsewhere prints a line now and then. */
export function createProgressView(): ProgressView {
  return canDraw() ? new Bars() : new Lines();
}

function canDraw(): boolean {
  const { CI, TERM } = process.env;
  return Boolean(process.stderr.isTTY) && !CI && TERM !== "dumb";
}

const seconds = () => performance.now() / 1000;

class Bars implements ProgressView {
  readonly #lines = new LiveLines(process.stderr);
  readonly #speed = new Speed();
  readonly #timer: NodeJS.Timeout;
  #startedAt: number | undefined;
  #progress: SessionProgress | undefined;

  constructor() {
    // The time goes on, also when nothing else does.
    this.#timer = setInterval(this.#draw, REDRAW_MS).unref();
    process.stderr.on("resize", this.#draw);
  }

  step(text: string, detail = "…"): void {
    this.#lines.draw([shortened(`${text} ${detail}`, (process.stderr.columns ?? USUAL_SIZE.columns) - 1)]);
  }

  show(progress: SessionProgress): void {
    this.#startedAt ??= seconds();
    this.#progress = progress;
    this.#speed.take(seconds(), doneOf(progress.tasks));
    this.#draw();
  }

  print(text: string): void {
    this.#lines.print(text);
  }

  end(): void {
    clearInterval(this.#timer);
    process.stderr.off("resize", this.#draw);
    // Without progress there is only a step, which the next text replaces.
    if (this.#progress === undefined) this.#lines.draw([]);
    this.#lines.leave();
  }

  readonly #draw = (): void => {
    if (this.#progress === undefined || this.#startedAt === undefined) return;
    const now = seconds();
    const moment = { elapsedSeconds: now - this.#startedAt, perSecond: this.#speed.perSecond(now) };
    const { columns = USUAL_SIZE.columns, rows = USUAL_SIZE.rows } = process.stderr;
    this.#lines.draw(progressLines(this.#progress, moment, { columns, rows }));
  };
}

class Lines implements ProgressView {
  readonly #plain = new PlainProgress();
  #timer: NodeJS.Timeout | undefined;
  #startedAt: number | undefined;
  #progress: SessionProgress | undefined;
  #step: { text: string; startedAt: number } | undefined;

  step(text: string): void {
    if (this.#step?.text === text) return;
    this.#endStep();
    this.#step = { text, startedAt: seconds() };
  }

  show(progress: SessionProgress): void {
    this.#endStep();
    this.#startedAt ??= seconds();
    this.#progress = progress;
    this.#timer ??= setInterval(this.#look, CHECK_MS).unref();
    this.#look();
  }

  print(text: string): void {
    console.error(text);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  readonly #look = (): void => {
    if (this.#progress === undefined || this.#startedAt === undefined) return;
    const line = this.#plain.lineOf(this.#progress, seconds() - this.#startedAt);
    if (line !== undefined) console.error(line);
  };

  #endStep(): void {
    if (this.#step === undefined) return;
    const took = seconds() - this.#step.startedAt;
    if (took >= LONG_STEP_SECONDS) console.error(`${this.#step.text}: done in ${formatDuration(took)}`);
    this.#step = undefined;
  }
}
