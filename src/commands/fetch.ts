import { Args, Flags } from "@oclif/core";
import { serverFlag, sessionArg, sessionRef } from "./args.ts";
import { RainCommand } from "./base.ts";

export default class Fetch extends RainCommand {
  static override summary = "Bring a kept object: its bytes to stdout, or into a file.";
  static override description = "A directory comes as a tar on stdout, or is unpacked at the path of -o.";
  static override args = {
    session: sessionArg,
    ref: Args.string({ required: true, description: "Such as report, chunks[0], chunks.last, or #17." }),
  };
  static override flags = {
    server: serverFlag,
    output: Flags.string({ char: "o", summary: "Write here instead.", helpValue: "PATH" }),
    as: Flags.option({
      summary: "Decode by content type: to JSON, or to text in UTF-8.",
      options: ["json", "text"] as const,
    })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Fetch);
    const { decode, describeObject, printBytes, writeText } = await import("./ui/object-output.ts");

    const client = await this.connect(flags.server);
    const session = await client.session(sessionRef(args.session));
    const object = await session.objectByRef(args.ref);
    const fetching = object.fetch({ signal: this.signal });
    const path = flags.output;
    const text = flags.as === undefined ? undefined : await decode(fetching, flags.as);
    if (path !== undefined) await (text === undefined ? fetching.writeTo(path) : writeText(path, text));

    if (flags.json) {
      const facts = await describeObject(session, args.ref, object);
      const content =
        text === undefined ? { base64: Buffer.from(await fetching.bytes()).toString("base64") } : { text };
      this.answer(true, path === undefined ? { ...facts, ...content } : { ...facts, path }, String);
    } else if (path === undefined) {
      if (text === undefined) await printBytes(fetching);
      else process.stdout.write(text);
    }
  }
}
