// npm test: the unit tests, with stubs in the place of the editor and of the client library; their own check is tsc.
import esbuild from "esbuild";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";

import { root } from "./build.mjs";

const out = path.join(root, "out");
fs.rmSync(out, { recursive: true, force: true });
const entryPoints = fs.readdirSync(path.join(root, "test")).filter((name) => name.endsWith("_test.ts")).map((name) => path.join("test", name));
await esbuild.build({
  absWorkingDir: root,
  entryPoints,
  outdir: out,
  bundle: true,
  platform: "node",
  target: "node18",
  format: "cjs",
  sourcemap: "inline",
  alias: { vscode: "./test/stub/vscode.ts", "vscode-languageclient/node": "./test/stub/client.ts" },
  define: { "process.env.EXTENSION_ROOT": JSON.stringify(root) },
  logLevel: "warning",
});
const files = fs.readdirSync(out).filter((name) => name.endsWith("_test.js")).map((name) => path.join(out, name));
const done = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...process.argv.slice(2), ...files], { stdio: "inherit", cwd: root });
process.exit(done.status ?? 1);
