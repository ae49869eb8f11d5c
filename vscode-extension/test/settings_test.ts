import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import { beforeEach, describe, it } from "node:test";

import { currentSettings, scanOptions, serverSettings } from "../src/settings";
import { reset, state, Uri } from "./stub/vscode";

const NOTHING = { severity: "", config: "", kubernetesVersion: "", maybe: false, rules: [], skipRules: [], policies: [], inlayHints: true };

describe("settings", () => {
  beforeEach(() => {
    reset();
  });

  it("default to what assay.yaml says", () => {
    assert.deepEqual(serverSettings({}), NOTHING);
    assert.deepEqual(currentSettings(), NOTHING);
    assert.deepEqual(scanOptions(NOTHING), []);
  });

  it("of a wrong type are as if they were not there", () => {
    assert.deepEqual(
      serverSettings({ severity: 3, config: null, maybe: "yes", rules: "AWS*", skipRules: [1, "A", ""], policies: {}, inlayHints: "no", kubernetesVersion: 1.31 }),
      { ...NOTHING, skipRules: ["A"] },
    );
  });

  it("find places at home and in the workspace", () => {
    state.folders = [{ uri: Uri.parse("vscode-vfs://x"), name: "v", index: 0 }, { uri: Uri.file("/w"), name: "w", index: 1 }];
    const settings = serverSettings({ config: "~/a.yaml", policies: ["${workspaceFolder}/p", "q"] });
    assert.deepEqual([settings.config, settings.policies], [`${os.homedir()}/a.yaml`, ["/w/p", "q"]]);
  });

  it("are options of a scan", () => {
    const settings = { ...NOTHING, severity: "high", config: "c", kubernetesVersion: "1.31", maybe: true, rules: ["A"], skipRules: ["B", "C"], policies: ["p"] };
    assert.deepEqual(scanOptions(settings), [
      "--severity", "high", "--config", "c", "--kubernetes-version", "1.31", "--maybe", "--rule", "A", "--skip-rule", "B", "--skip-rule", "C", "--policy", "p",
    ]);
  });
});

interface Manifest {
  engines: { vscode: string };
  main: string;
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] }; virtualWorkspaces: { supported: boolean } };
  contributes: {
    configuration: { properties: Record<string, { default: unknown }> };
    commands: { command: string; title: string }[];
    menus: Record<string, { command: string }[]>;
    walkthroughs: { steps: { description: string; media: { image?: string; markdown?: string } }[] }[];
    viewsWelcome: { contents: string }[];
    languages: { configuration: string }[];
  };
}

describe("the manifest", () => {
  const root = process.env["EXTENSION_ROOT"] ?? ".";
  const manifest = JSON.parse(fs.readFileSync(`${root}/package.json`, "utf8")) as Manifest;

  it("has the defaults that the sources assume", () => {
    const properties = manifest.contributes.configuration.properties;
    const section = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name.replace("assay.", ""), one.default]));
    assert.deepEqual(serverSettings(section), NOTHING);
    assert.equal(section["enable"], true);
  });

  it("keeps what a repository could run or load from counting before it is trusted", () => {
    const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
    assert.equal(untrustedWorkspaces.supported, "limited");
    assert.deepEqual(untrustedWorkspaces.restrictedConfigurations, ["assay.path", "assay.config", "assay.policies"]);
    assert.equal(virtualWorkspaces.supported, false);
  });

  it("names commands and files that are there", () => {
    const known = new Set(manifest.contributes.commands.map((one) => one.command));
    for (const entry of Object.values(manifest.contributes.menus).flat()) assert.ok(known.has(entry.command), entry.command);
    const texts = [...manifest.contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.description)), ...manifest.contributes.viewsWelcome.map((one) => one.contents)];
    for (const [, command] of texts.join("\n").matchAll(/command:(assay\.[A-Za-z]+)\)/g)) assert.ok(known.has(command ?? ""), command);
    const files = manifest.contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.media.image ?? step.media.markdown ?? ""));
    for (const file of [...files, ...manifest.contributes.languages.map((one) => one.configuration), "media/icon.png", "media/view.svg"]) {
      assert.ok(fs.existsSync(`${root}/${file}`), file);
    }
  });

  it("asks for no newer editor than it is checked against", () => {
    const types = JSON.parse(fs.readFileSync(`${root}/node_modules/@types/vscode/package.json`, "utf8")) as { version: string };
    assert.ok(manifest.engines.vscode.startsWith(`^${types.version.split(".").slice(0, 2).join(".")}.`), types.version);
  });
});
