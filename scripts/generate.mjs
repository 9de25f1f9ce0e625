// Generates the JSON Schema and the reference of session files from their definitions.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const scratch = mkdtempSync(join(root, ".generate-"));
try {
  // Bundle the generator first, because Node 20 does not run TypeScript.
  const outfile = join(scratch, "files.mjs");
  await build({
    entryPoints: [join(root, "scripts/generate/files.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  const { generatedFiles } = await import(pathToFileURL(outfile).href);
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(join(root, path), text);
} finally {
  rmSync(scratch, { recursive: true });
}
