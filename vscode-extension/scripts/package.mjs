// npm run package: the .vsix of one platform, with the program in it. Nothing is fetched.
//   npm run package -- [--target PLATFORM] [--binary FILE | --no-binary] [--out FILE]
//
//   --target     linux-x64 (default: this machine), linux-arm64, linux-armhf, alpine-x64, alpine-arm64, darwin-x64,
//                darwin-arm64, win32-x64, win32-arm64; a statically linked Linux binary serves alpine too
//   --binary     the program; without it $ASSAY_BINARY, the static one of ./dev package, or the one of ./dev build
//   --no-binary  a package for every platform, which takes the program of the setting assay.path or of PATH
//   --out        default: assay-VERSION-PLATFORM.vsix here
// Equal sources give equal bytes where SOURCE_DATE_EPOCH is set.
import esbuild from "esbuild";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { options, root } from "./build.mjs";

const repository = path.dirname(root);
const given = parseArgs({
  options: { target: { type: "string" }, binary: { type: "string" }, "no-binary": { type: "boolean", default: false }, out: { type: "string" } },
}).values;

function stop(message) {
  console.error(`package: ${message}`);
  process.exit(1);
}

const ELF_MACHINES = { 0x3e: "x64", 0xb7: "arm64", 0x28: "armhf" };
const PE_MACHINES = { 0x8664: "x64", 0xaa64: "arm64" };
const MACH_MACHINES = { 0x01000007: "x64", 0x0100000c: "arm64" };

/** Which platforms a program runs on, by its first bytes. */
export function platformsOf(bytes) {
  if (bytes.length < 64) return [];
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    const machine = ELF_MACHINES[bytes.readUInt16LE(18)];
    if (!machine) return [];
    // One that asks for an interpreter needs the libc that it was linked with.
    const wide = bytes[4] === 2;
    const at = wide ? Number(bytes.readBigUInt64LE(32)) : bytes.readUInt32LE(28);
    const size = bytes.readUInt16LE(wide ? 54 : 42);
    const count = bytes.readUInt16LE(wide ? 56 : 44);
    let interpreted = false;
    for (let i = 0; i < count && at + i * size + 4 <= bytes.length; ++i) interpreted ||= bytes.readUInt32LE(at + i * size) === 3;
    return interpreted ? [`linux-${machine}`] : [`linux-${machine}`, `alpine-${machine}`];
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return [`darwin-${MACH_MACHINES[bytes.readUInt32LE(4)]}`];
  if (bytes.readUInt16BE(0) === 0x4d5a) {
    const header = bytes.readUInt32LE(60);
    return header + 6 <= bytes.length ? [`win32-${PE_MACHINES[bytes.readUInt16LE(header + 4)]}`] : [];
  }
  return [];
}

function findProgram() {
  const places = given.binary ? [given.binary] : [process.env.ASSAY_BINARY, path.join(repository, "build/package/assay"), path.join(repository, "build/release/assay")];
  const found = places.find((one) => one && fs.existsSync(one));
  if (!found) stop("there is no program to carry: ./dev build makes one, --binary names one, --no-binary goes without");
  return found;
}

function packageOf(input) {
  const parts = input.split("/");
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return undefined;
  return parts.slice(0, at + (parts[at + 1].startsWith("@") ? 3 : 2)).join("/");
}

/** The licences of what the bundle is made of. */
function notices(metafile) {
  const folders = [...new Set(Object.keys(metafile.inputs).map(packageOf).filter(Boolean))].sort();
  const out = ["The extension holds the works below; their licences follow each name.\n"];
  for (const folder of folders) {
    const about = JSON.parse(fs.readFileSync(path.join(root, folder, "package.json"), "utf8"));
    const license = fs.readdirSync(path.join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
    if (!license) stop(`${folder} has no licence file`);
    const line = "=".repeat(78);
    out.push(`\n${line}\n${about.name} ${about.version} (${about.license})\n${line}\n${fs.readFileSync(path.join(root, folder, license), "utf8").trim()}\n`);
  }
  return out.join("");
}

/** The licences of what the program is linked with, as far as this machine knows them. */
function programNotices() {
  const code = "import sys; sys.path.insert(0, sys.argv[1]); import bill; sys.stdout.write(bill.notices())";
  const told = spawnSync("python3", ["-B", "-c", code, path.join(repository, "packaging")], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (told.status === 0) return `\n\n${told.stdout}`;
  console.error("package: the licences of what the program is linked with are not known here; packaging/bill.py needs Debian's packages");
  return "";
}

const about = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
let target = given.target ?? `${process.platform}-${process.arch === "arm" ? "armhf" : process.arch}`;
fs.rmSync(path.join(root, "bin"), { recursive: true, force: true });
if (given["no-binary"]) {
  target = undefined;
} else {
  const program = findProgram();
  const bytes = fs.readFileSync(program);
  const platforms = platformsOf(bytes);
  if (!platforms.includes(target)) stop(`${program} runs on ${platforms.join(", ") || "no platform that is known"}, not on ${target}`);
  const name = target.startsWith("win32") ? "assay.exe" : "assay";
  fs.mkdirSync(path.join(root, "bin"));
  fs.writeFileSync(path.join(root, "bin", name), bytes, { mode: 0o755 });
  // Debug symbols are three quarters of an ordinary build.
  const strip = target.startsWith("linux") || target.startsWith("alpine") ? spawnSync("strip", ["--strip-all", path.join(root, "bin", name)]) : undefined;
  if (strip && strip.status !== 0) console.error("package: the program keeps its symbols, strip could not do it");
  if (platforms.includes(`${process.platform}-${process.arch}`)) {
    const told = spawnSync(path.join(root, "bin", name), ["version"], { encoding: "utf8" });
    if (told.stdout?.split("\n")[0] !== `assay ${about.version}`) stop(`${program} says "${told.stdout?.split("\n")[0]}", the extension is ${about.version}`);
  }
}

const check = spawnSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "--noEmit"], { cwd: root, stdio: "inherit" });
if (check.status !== 0) stop("the sources do not check");
fs.rmSync(path.join(root, "dist"), { recursive: true, force: true });
const built = await esbuild.build(options);
fs.writeFileSync(path.join(root, "THIRD-PARTY.txt"), notices(built.metafile) + (target ? programNotices() : ""));
fs.copyFileSync(path.join(repository, "LICENSE"), path.join(root, "LICENSE"));
fs.mkdirSync(path.join(root, "schemas"), { recursive: true });
fs.copyFileSync(path.join(repository, "docs/assay.schema.json"), path.join(root, "schemas/assay.schema.json"));

const out = path.resolve(given.out ?? path.join(root, `assay-${about.version}${target ? `-${target}` : ""}.vsix`));
const done = spawnSync(
  process.execPath,
  [path.join(root, "node_modules/@vscode/vsce/vsce"), "package", "--no-dependencies", "--baseContentUrl", `${about.homepage}/blob/main/vscode-extension`,
    "--baseImagesUrl", `${about.homepage}/raw/main/vscode-extension`, "--out", out, ...(target ? ["--target", target] : [])],
  { cwd: root, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" },
);
if (done.status !== 0) stop(`vsce: ${done.stdout}`);
console.log(`${out} (${(fs.statSync(out).size / 1e6).toFixed(1)} MB)`);
