// Short runs of the program besides the server: pages of rules, the list of rules, the version.
import { execFile } from "node:child_process";

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LIMIT_MS = 20_000;
const MOST_BYTES = 64 << 20;

/** Rejects where the program cannot be run at all, or takes too long. */
export function run(file: string, args: readonly string[], directory?: string): Promise<Output> {
  return new Promise((done, fail) => {
    const options = { timeout: LIMIT_MS, maxBuffer: MOST_BYTES, windowsHide: true, ...(directory === undefined ? {} : { cwd: directory }) };
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") fail(new Error(error.killed ? `${file} ${args.join(" ")} took too long` : error.message));
      else done({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}
