// dist/extension.js: all sources and packages in one file. --watch builds again after each change.
import esbuild from "esbuild";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export const options = {
  absWorkingDir: root,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  target: "node16", // of the oldest editor in engines
  format: "cjs",
  external: ["vscode"],
  minify: true,
  keepNames: true,
  legalComments: "none", // THIRD-PARTY.txt has the licences
  metafile: true,
  logLevel: "warning",
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--watch")) await (await esbuild.context({ ...options, minify: false, sourcemap: "inline" })).watch();
  else await esbuild.build(options);
}
