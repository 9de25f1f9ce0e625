import { Args, Flags } from "@oclif/core";
import { RainCommand } from "./support/base.ts";
import { serverFlags } from "./support/flags.ts";
import { sessionArg, sessionRef } from "./support/session-arg.ts";

export default class Fetch extends RainCommand {
  static override summary = "Fetch a kept object to stdout or into a file.";
  static override description = `A directory is written to stdout as a tar, or unpacked at the path of -o.
A terminal shows text as it is, and a preview of other data.`;
  static override args = {
    session: sessionArg,
    ref: Args.string({
      required: true,
      description: "Reference, such as report, chunks[0], chunks.last or #17.",
    }),
  };
  static override flags = {
    ...serverFlags,
    output: Flags.string({
      char: "o",
      summary: "Write to this path instead of stdout (`-`).",
      helpValue: "PATH",
    }),
    as: Flags.string({
      summary: "Convert to another content type: json, text (UTF-8), csv, ndjson, cbor …",
      helpValue: "TYPE",
      exclusive: ["preview"],
    }),
    preview: Flags.boolean({
      summary: "Show a few lines of the content instead of the bytes.",
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
    const { visibleText } = await import("../runtime/visible-text.ts");
    const { rainHome } = await import("../runtime/platform/files/rain-home.ts");

    const lookup = installedContentTypes(rainHome());
    if (flags.as !== undefined) await checkWanted(flags.as, lookup);
    const client = await this.connect(flags);
    const session = await client.session(sessionRef(args.session));
    const object = await session.objectByRef(args.ref);
    const fetching = object.fetch({ signal: this.signal });
    const path = flags.output === "-" ? undefined : flags.output;
    const content = flags.as === undefined ? undefined : await fetchAs(fetching, flags.as, args.ref, lookup);
    const preview = flags.preview ? await previewObject(fetching, args.ref, lookup) : undefined;
    if (path !== undefined) await (content ? writeBytes(path, content.bytes) : fetching.writeTo(path));

    if (flags.json) {
      const whole = async () => contentJson(content ?? { bytes: await fetching.bytes(), contentType: "" });
      const what = path !== undefined ? { path } : flags.preview ? { preview } : await whole();
      this.answer(true, { ...(await describeObject(session, args.ref, object)), ...what }, String);
    } else if (path === undefined) {
      if (preview !== undefined) process.stdout.write(visibleText(preview));
      else if (content) await printContent(content, lookup);
      else await printObject(fetching, args.ref, lookup);
    }
  }
}
