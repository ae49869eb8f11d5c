import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { BinaryError, expanded, findBinary, type Surroundings } from "../src/binary";

function around(files: string[], more: Partial<Surroundings> = {}): Surroundings {
  return { platform: "linux", home: "/home/me", workspace: "/work", extension: "/ext", path: "/usr/bin:/opt/bin", isExecutable: (file) => files.includes(file), ...more };
}

describe("where the program is", () => {
  it("is the setting before the bundled one before PATH", () => {
    const all = ["/mine/assay", "/ext/bin/assay", "/opt/bin/assay"];
    assert.deepEqual(findBinary("/mine/assay", around(all)), { file: "/mine/assay", origin: "setting" });
    assert.deepEqual(findBinary("", around(all)), { file: "/ext/bin/assay", origin: "bundled" });
    assert.deepEqual(findBinary("  ", around(["/opt/bin/assay"])), { file: "/opt/bin/assay", origin: "PATH" });
    assert.deepEqual(findBinary("", around(["/usr/bin/assay", "/opt/bin/assay"])), { file: "/usr/bin/assay", origin: "PATH" });
  });

  it("is not another one than the one that was asked for", () => {
    assert.throws(() => findBinary("/gone/assay", around(["/ext/bin/assay"])), (problem) => problem instanceof BinaryError && problem.message.includes("/gone/assay"));
    assert.throws(() => findBinary("", around([])), BinaryError);
  });

  it("is never relative to the directory that the editor was started in", () => {
    assert.deepEqual(findBinary("tools/assay", around(["/work/tools/assay"])), { file: "/work/tools/assay", origin: "setting" });
    assert.throws(() => findBinary("tools/assay", around(["tools/assay"], { workspace: undefined })), /relative/);
    // An empty or relative entry of PATH means the working directory: somebody's repository.
    assert.throws(() => findBinary("", around(["assay", "./assay", "bin/assay"], { path: ":.:bin:" })), BinaryError);
  });

  it("has the name and the separators of the platform", () => {
    const windows = { platform: "win32" as const, extension: "C:\\ext", path: "C:\\a;D:\\b", home: "C:\\me" };
    assert.equal(findBinary("", around(["C:\\ext\\bin\\assay.exe"], windows)).file, "C:\\ext\\bin\\assay.exe");
    assert.equal(findBinary("", around(["D:\\b\\assay.exe"], windows)).file, "D:\\b\\assay.exe");
    assert.equal(findBinary("~\\assay.exe", around(["C:\\me\\assay.exe"], windows)).file, "C:\\me\\assay.exe");
  });

  it("may be written with ~ and ${workspaceFolder}", () => {
    assert.equal(expanded("~/bin/assay", "/home/me", undefined), "/home/me/bin/assay");
    assert.equal(expanded("~", "/home/me", undefined), "/home/me");
    assert.equal(expanded("~other/assay", "/home/me", undefined), "~other/assay");
    assert.equal(expanded("${workspaceFolder}/a/${workspaceFolder}", "/h", "/w"), "/w/a//w");
    assert.equal(expanded("${workspaceFolder}/a", "/h", undefined), "${workspaceFolder}/a");
  });
});
