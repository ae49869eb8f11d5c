// Where the program is: the setting, else the one that came with the extension, else the one on PATH.
//
// Always an absolute path. A relative name would let the working directory, which is somebody's repository, decide what is run.
import * as path from "node:path";

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly workspace: string | undefined; // the first folder
  readonly extension: string; // the folder of the extension
  readonly path: string; // PATH
  isExecutable(file: string): boolean;
}

export type Origin = "setting" | "bundled" | "PATH";

export interface Binary {
  readonly file: string;
  readonly origin: Origin;
}

/** What is wrong with where the program should be, for people. */
export class BinaryError extends Error {}

function fileName(platform: NodeJS.Platform): string {
  return platform === "win32" ? "assay.exe" : "assay";
}

/** `~` and `${workspaceFolder}` replaced. */
export function expanded(value: string, home: string, workspace: string | undefined): string {
  let out = value.trim();
  if (out === "~" || out.startsWith("~/") || out.startsWith("~\\")) out = home + out.slice(1);
  if (workspace !== undefined) out = out.split("${workspaceFolder}").join(workspace);
  return out;
}

export function findBinary(setting: string, around: Surroundings): Binary {
  const paths = around.platform === "win32" ? path.win32 : path.posix;
  const given = expanded(setting, around.home, around.workspace);
  if (given !== "") {
    if (!paths.isAbsolute(given) && around.workspace === undefined) {
      throw new BinaryError(`assay.path is relative (${given}), and there is no folder that it could be relative to`);
    }
    const file = paths.isAbsolute(given) ? paths.normalize(given) : paths.resolve(around.workspace ?? "", given);
    // Somebody asked for this one: another one in its place would be a surprise.
    if (!around.isExecutable(file)) throw new BinaryError(`assay.path names ${file}, which is not a program that can be run`);
    return { file, origin: "setting" };
  }
  const bundled = paths.join(around.extension, "bin", fileName(around.platform));
  if (around.isExecutable(bundled)) return { file: bundled, origin: "bundled" };
  for (const directory of around.path.split(paths.delimiter)) {
    if (!paths.isAbsolute(directory)) continue;
    const file = paths.join(directory, fileName(around.platform));
    if (around.isExecutable(file)) return { file, origin: "PATH" };
  }
  throw new BinaryError("the program assay came neither with the extension nor is it on PATH");
}
