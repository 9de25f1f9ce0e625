import { Args, Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Fetch extends RainCommand {
  static override summary = "Bring a kept object: its bytes to stdout, or into a file.";
  static override description = `A directory comes as a tar on stdout, or is unpacked at the path of -o.
A terminal shows text as it is, and a preview of anything else.`;
  static override args = {
    session: sessionArg,
    ref: Args.string({ required: true, description: "Such as report, chunks[0], chunks.last, or #17." }),
  };
  static override flags = {
    ...serverFlags,
    output: Flags.string({ char: "o", summary: "Write here instead.", helpValue: "PATH" }),
    as: Flags.string({
      summary: "Decode by content type, and write as another: json, text (UTF-8), csv, ndjson, cbor …",
      helpValue: "TYPE",
      exclusive: ["preview"],
    }),
    preview: Flags.boolean({
      summary: "Show a few lines of what it holds instead of its bytes.",
      exclusive: ["output"],
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Fetch);
    const { checkWanted, contentJson, describeObject, fetchAs, writeBytes } = await import(
      "./ui/objects/object-output.ts"
    );
    const { previewObject, printContent, printObject } = await import("./ui/objects/object-view.ts");
    const { installedContentTypes } = await import("../runtime/plugin/installed/index.ts");
    const { rainHome } = await import("../runtime/platform/rain-home.ts");

    const lookup = installedContentTypes(rainHome());
    if (flags.as !== undefined) await checkWanted(flags.as, lookup);
    const client = await this.connect(flags);
    const session = await client.session(sessionRef(args.session));
    const object = await session.objectByRef(args.ref);
    const fetching = object.fetch({ signal: this.signal });
    const path = flags.output;
    const content = flags.as === undefined ? undefined : await fetchAs(fetching, flags.as, args.ref, lookup);
    const preview = flags.preview ? await previewObject(fetching, args.ref, lookup) : undefined;
    if (path !== undefined) await (content ? writeBytes(path, content.bytes) : fetching.writeTo(path));

    if (flags.json) {
      const held = async () => contentJson(content ?? { bytes: await fetching.bytes(), contentType: "" });
      const what = path !== undefined ? { path } : flags.preview ? { preview } : await held();
      this.answer(true, { ...(await describeObject(session, args.ref, object)), ...what }, String);
    } else if (path === undefined) {
      if (preview !== undefined) process.stdout.write(preview);
      else if (content) await printContent(content, lookup);
      else await printObject(fetching, args.ref, lookup);
    }
  }
}
