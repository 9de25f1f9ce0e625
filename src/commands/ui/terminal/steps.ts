import { stderrStyle } from "./style.ts";

/** Concurrent parts of a command, shown on stderr while they run. */
export interface Steps {
  /** Changes the text of a running part. */
  update(index: number, title: string): void;
  done(index: number, title?: string): void;
  /** Ends the display. Marks unfinished parts as failed. */
  end(): Promise<void>;
}

/** Shows spinners on a terminal, and elsewhere a line per finished part. */
export function createSteps(titles: readonly string[]): Steps {
  return canAnimate() ? animatedSteps(titles) : plainSteps(titles);
}

export function canAnimate(): boolean {
  const { CI, TERM } = process.env;
  const wide = (process.stdout.columns ?? 0) >= 40;
  return wide && Boolean(process.stdout.isTTY && process.stderr.isTTY) && !CI && TERM !== "dumb";
}

function plainSteps(titles: readonly string[]): Steps {
  const current = [...titles];
  return {
    update(index, title) {
      current[index] = title;
    },
    done(index, title = current[index]) {
      console.error(`${stderrStyle.green("✔")} ${title}`);
    },
    async end() {},
  };
}

function animatedSteps(titles: readonly string[]): Steps {
  const parts = titles.map((title) => new Part(title));
  const shown = animate(parts);
  return {
    update: (index, title) => parts[index]?.retitle(title),
    done(index, title) {
      if (title !== undefined) parts[index]?.retitle(title);
      parts[index]?.finish();
    },
    async end() {
      for (const part of parts) part.cancel();
      await shown;
    },
  };
}

async function animate(parts: readonly Part[]): Promise<void> {
  const { Listr, ListrLogger, ProcessOutput } = await import("listr2");
  const tasks = parts.map((part) => ({
    title: part.title,
    task: (_context: unknown, shown: { title?: string }) => part.show(shown),
  }));
  const listr = new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    // The command itself handles Ctrl-C, since it must clean up.
    registerSignalListeners: false,
    rendererOptions: {
      showErrorMessage: false,
      collapseErrors: false,
      // Standard output is for the result.
      logger: new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) }),
    },
  });
  await listr.run();
}

/** A part. Its title may change and it may end before it is on the screen. */
class Part {
  title: string;
  #line: { title?: string } | undefined;
  #settle: { resolve: () => void; reject: (reason: Error) => void } | undefined;
  readonly #ended: Promise<void>;

  constructor(title: string) {
    this.title = title;
    this.#ended = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#ended.catch(() => {});
  }

  retitle(title: string): void {
    this.title = title;
    if (this.#line) this.#line.title = title;
  }

  finish(): void {
    this.#settle?.resolve();
  }

  cancel(): void {
    this.#settle?.reject(new Error("cancelled"));
  }

  /** Settles when the part ends. */
  show(line: { title?: string }): Promise<void> {
    this.#line = line;
    line.title = this.title;
    return this.#ended;
  }
}
