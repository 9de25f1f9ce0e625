/* What several commands share: flags, arguments, input and the connection. */

import { Command, Flags, type Interfaces } from "@oclif/core";
import type { Logger } from "pino";
import type { Client } from "../../runtime/client/index.ts";
import { RainError } from "../../runtime/errors.ts";
import type { FoundServer, ServerFlags } from "../../runtime/launch/find-server.ts";
import { LongTimer } from "../../runtime/platform/long-timer.ts";
import type { Outcome } from "../../runtime/run-file/index.ts";
import { serverUrl } from "../../runtime/security/credentials.ts";
import { chooseLogLevel, type LogLevel, logLevelFlag } from "../logging/log-level.ts";
import { documentText } from "../ui/document.ts";
import { visible } from "../ui/terminal/visible.ts";
import { withSuggestion } from "./flag-suggestion.ts";

/** Time that a waiting command tries to reconnect to a lost server. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Base of all commands: `--json`, `--log-level`, the connection, interruption, and printing of results.
 * Commands throw errors, and `main` prints them.
 */
export abstract class RainCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ summary: "Print one JSON document.", helpGroup: "GLOBAL" }),
    "log-level": logLevelFlag,
  };

  readonly #interruption = new AbortController();
  #client: Client | undefined;
  #timer: LongTimer | undefined;

  /** Level from `--log-level`, or else from `$RAIN_LOG`. Set when the command line is parsed. */
  protected logLevel: LogLevel = "info";

  /**
   * Aborts with INTERRUPTED on Ctrl-C or SIGTERM, and with TIMEOUT after the `limit`. A second Ctrl-C ends
   * the process immediately.
   */
  protected get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Limits the time of the command, such as `5m`; `undefined` means no limit. @throws USAGE */
  protected async limit(duration: string | undefined): Promise<void> {
    if (duration === undefined) return;
    const { parseDuration } = await import("../../runtime/units.ts");
    const timedOut = () => this.#interruption.abort(new RainError("TIMEOUT", `not done after ${duration}`));
    this.#timer = new LongTimer(timedOut, parseDuration(duration) * 1000);
  }

  /**
   * Connects to the server until the command ends. A `patient` command tries to reconnect to a lost server.
   * @throws SERVER_UNREACHABLE within 2 s, UNAUTHORIZED
   */
  protected async connect(server: ServerFlags, { patient = false } = {}): Promise<Client> {
    const [{ connect }, { address, credentials }, log] = await Promise.all([
      import("../../runtime/client/index.ts"),
      this.findServer(server),
      this.clientLog(),
    ]);
    const agent = `rain ${this.config.version} ${this.id}`;
    let isLost = false;
    const giveUp = () => {
      if (isLost && this.signal.aborted) void this.#client?.close();
    };
    const onChange = (state: "lost" | "found") => {
      isLost = state === "lost";
      giveUp();
      const news = isLost ? "is lost; reconnecting, Ctrl-C gives up" : "is back";
      if (!this.signal.aborted) console.error(`the server at ${address} ${news}`);
    };
    this.signal.addEventListener("abort", giveUp, { once: true });
    const patienceMs = patient ? PATIENCE_MS : 0;
    const { signal } = this;
    this.#client = await connect(serverUrl(address, credentials), {
      ...credentials,
      agent,
      signal,
      patienceMs,
      onChange,
      log,
    });
    return this.#client;
  }

  /** Finds the server from the flags, the environment or the last `rain start`. @throws USAGE, IO */
  protected async findServer(flags: ServerFlags): Promise<FoundServer> {
    const { findServer } = await import("../../runtime/launch/find-server.ts");
    const found = await findServer(flags);
    const { address, foundBy, credentials } = found;
    const facts = { token: credentials.token !== undefined, tls: credentials.tls !== undefined };
    (await this.clientLog())?.debug(facts, `the server is ${address}, by ${foundBy}`);
    return found;
  }

  /** Also sets the log level. */
  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv).catch((error: unknown) => {
      const flags = { ...this.ctor.baseFlags, ...this.ctor.flags, ...options?.flags };
      const shown = Object.entries(flags).filter(([, { hidden }]) => !hidden);
      const names = shown.flatMap(([name, flag]) =>
        "allowNo" in flag && flag.allowNo ? [name, `no-${name}`] : [name],
      );
      throw withSuggestion(error, [...names, "help"]);
    });
    this.logLevel = chooseLogLevel(parsed.flags["log-level"]);
    return parsed;
  }

  /**
   * The log of a command that talks to a server, on stderr. `undefined` unless the level is `debug` or
   * `trace`.
   */
  protected async clientLog(): Promise<Logger | undefined> {
    if (this.logLevel !== "debug" && this.logLevel !== "trace") return undefined;
    const { commandLog } = await import("../logging/process-log.ts");
    return commandLog(this.logLevel);
  }

  /** Prints the result as JSON with `--json`, or as text made from a copy that a terminal can show. */
  protected answer<T extends object>(json: boolean, value: T, text: (shown: T) => string): void {
    console.log(json ? documentText(value) : text(visible(value)));
  }

  /** Prints the outcome of a session, and with `--json` the error that ended it, or else throws that. */
  protected async answerOutcome(
    json: boolean,
    outcome: Outcome,
    error: RainError | undefined,
  ): Promise<void> {
    const { renderOutcome } = await import("../ui/sessions/outcome-view.ts");
    process.exitCode = error?.exitCode ?? 0;
    this.answer(json, outcome, renderOutcome);
    if (error !== undefined && !json) throw error;
  }

  protected override async init(): Promise<void> {
    await super.init();
    process.on("SIGINT", this.#interrupt);
    process.on("SIGTERM", this.#interrupt);
  }

  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  protected override async finally(): Promise<void> {
    this.#timer?.clear();
    await this.#client?.close();
    process.off("SIGINT", this.#interrupt);
    process.off("SIGTERM", this.#interrupt);
  }

  readonly #interrupt = (): void => {
    if (this.signal.aborted) process.exit(130);
    this.#interruption.abort(new RainError("INTERRUPTED", "interrupted"));
  };
}
