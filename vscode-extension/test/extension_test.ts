// The extension as a whole, with the stubs: what starts, what is shown, what commands do.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type * as vscode from "vscode";

import { activate, deactivate } from "../src/extension";
import { FindingNode, FindingsTree, GroupNode } from "../src/tree";
import { findingsOf } from "../src/findings";
import { diagnostic, range } from "./helpers";
import { behaviour, LanguageClient, made, State } from "./stub/client";
import * as stub from "./stub/vscode";

let directory = "";
let state = stub.state;
let subscriptions: { dispose(): unknown }[] = [];
let memory = new Map<string, unknown>();

/** A program that answers as assay would; `body` is shell. */
function program(name: string, body: string): string {
  const file = path.join(directory, name);
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}

const RULES = '{"version":1,"rules":[{"id":"AWS0101","name":"s3-public-acl","severity":"high","title":"Open","aliases":["CKV_AWS_20"]}]}';
const GOOD = `case "$1" in
version) echo "assay 9.9.9" ;;
explain) if [ "$2" = AWS0101 ]; then printf 'AWS0101 s3-public-acl  (high)\\n\\nOpen\\n\\nWhat it does\\n%s\\n' "$*"; else echo "no rule is called $2" >&2; exit 2; fi ;;
rules) echo '${RULES}' ;;
init) echo "fail-on: high" > assay.yaml ;;
esac`;

async function started(settings: Record<string, unknown> = {}): Promise<LanguageClient> {
  state.settings = { "assay.path": program("assay", GOOD), ...settings };
  await activate({
    extensionPath: path.join(directory, "extension"),
    subscriptions,
    workspaceState: {
      get: (key: string, other: unknown) => memory.get(key) ?? other,
      update: (key: string, value: unknown) => {
        memory.set(key, value);
        return Promise.resolve();
      },
    },
  } as unknown as vscode.ExtensionContext);
  return made[made.length - 1] as LanguageClient;
}

async function command(name: string, argument?: unknown): Promise<void> {
  await state.commands.get(name)?.(argument);
}

async function shown(...diagnostics: stub.Diagnostic[]): Promise<void> {
  state.diagnostics = [[stub.Uri.file("/w/main.tf"), diagnostics]];
  state.diagnosticsChanged.fire(undefined);
  await new Promise((done) => setTimeout(done, 150));
}

const bar = () => state.statusBar[0] as (typeof state.statusBar)[0];
const badge = () => state.views[0]?.badge;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "assay-extension-"));
  state = stub.reset();
  state.folders = [{ uri: stub.Uri.file("/w"), name: "w", index: 0 }];
  made.length = 0;
  behaviour.failure = undefined;
  subscriptions = [];
  memory = new Map();
});

afterEach(async () => {
  await deactivate();
  for (const one of subscriptions) one.dispose();
  fs.rmSync(directory, { recursive: true, force: true });
});

describe("start", () => {
  it("runs the server of the setting and says so", async () => {
    const client = await started();
    assert.deepEqual([client.server.command, client.server.args], [path.join(directory, "assay"), ["lsp"]]);
    assert.equal(state.context.get("assay.running"), true);
    assert.match(bar().tooltip, /nothing to report\.\nassay 9\.9\.9/);
    assert.equal(bar().command, "assay.menu");
    assert.match(state.channels.get("Assay")?.join("\n") ?? "", /assay 9\.9\.9: .* \(setting\)/);
  });

  it("hands the settings on, as they are and as they change", async () => {
    const client = await started({ "assay.severity": "high", "assay.skipRules": ["KUB*"] });
    const options = client.options as unknown as {
      initializationOptions: Record<string, unknown>;
      middleware: {
        workspace: {
          configuration(params: unknown, token: unknown, next: () => unknown): Promise<unknown[]>;
          didChangeConfiguration(sections: string[], next: () => Promise<void>): Promise<void>;
        };
      };
    };
    assert.equal(options.initializationOptions["severity"], "high");
    assert.deepEqual(options.initializationOptions["skipRules"], ["KUB*"]);
    const items = [{ section: "assay" }, { section: "editor" }];
    const answer = await options.middleware.workspace.configuration({ items }, undefined, () => [{ maybe: true, path: "/secret" }, { tabSize: 2 }]);
    assert.equal((answer[0] as Record<string, unknown>)["maybe"], true);
    assert.equal((answer[0] as Record<string, unknown>)["path"], undefined);
    assert.deepEqual(answer[1], { tabSize: 2 });
    let told = 0;
    const tell = () =>
      options.middleware.workspace.didChangeConfiguration(["assay"], () => {
        ++told;
        return Promise.resolve();
      });
    await tell();
    assert.equal(told, 1);
    await Promise.all([tell(), command("assay.restart")]); // to one that ends
    assert.equal(told, 1);
  });

  it("of a program that is not there is an error with a way out", async () => {
    await started({ "assay.path": "/nowhere/assay" });
    assert.equal(made.length, 0);
    assert.match(state.messages[0]?.text ?? "", /\/nowhere\/assay/);
    assert.equal(bar().backgroundColor?.id, "statusBarItem.errorBackground");
    assert.equal(state.context.get("assay.running"), false);
  });

  it("of another program is refused before it speaks the protocol", async () => {
    await started({ "assay.path": program("other", "echo something else") });
    assert.equal(made.length, 0);
    assert.match(state.messages[0]?.text ?? "", /is not an assay that runs here.*something else/);
    await command("assay.restart");
    assert.equal(made.length, 0);
  });

  it("that fails can be tried again", async () => {
    behaviour.failure = new Error("no pipe");
    await started();
    assert.match(state.messages[0]?.text ?? "", /did not start: no pipe/);
    behaviour.failure = undefined;
    await command("assay.restart");
    assert.equal(made.length, 2);
    assert.equal(state.context.get("assay.running"), true);
  });

  it("does not happen when it is switched off, and does when it is switched on", async () => {
    await started({ "assay.enable": false });
    assert.equal(made.length, 0);
    assert.match(bar().text, /circle-slash/);
    state.settings["assay.enable"] = true;
    state.configurationChanged.fire({ affectsConfiguration: (name) => name === "assay.enable" });
    await command("assay.restart");
    assert.equal(state.context.get("assay.running"), true);
    assert.ok(made.filter((one) => one.disposed === 0).length === 1);
  });

  it("is done anew for another program and for trust, not for other settings", async () => {
    await started();
    state.configurationChanged.fire({ affectsConfiguration: (name) => name === "assay.severity" });
    assert.equal(made[0]?.disposed, 0);
    state.configurationChanged.fire({ affectsConfiguration: (name) => name === "assay.path" });
    state.trusted.fire(undefined);
    await command("assay.restart"); // behind both
    assert.equal(made.length, 4);
    assert.deepEqual(made.map((one) => one.disposed), [1, 1, 1, 0]);
  });

  it("is given up when the server ends again and again", async () => {
    const client = await started();
    const options = client.options as unknown as { errorHandler: { closed(): { action: number; message?: string } } };
    assert.deepEqual([1, 2, 3].map(() => options.errorHandler.closed().action), [2, 2, 2]);
    assert.equal(options.errorHandler.closed().action, 1);
    client.go(State.Stopped);
    assert.match(bar().text, /error/);
  });

  it("ends with the window", async () => {
    const client = await started();
    await deactivate();
    assert.equal(client.disposed, 1);
  });
});

describe("what is shown", () => {
  const high = diagnostic({ message: "open (aws_s3_bucket.b: acl)", rule: "AWS0101", line: 3 });
  const low = diagnostic({ message: "old (aws_s3_bucket.b)", rule: "AWS0105", severity: stub.DiagnosticSeverity.Information, line: 5 });
  const problem = diagnostic({ message: "not closed", rule: "hcl-syntax", data: null, line: 9 });

  it("is counted in the status bar and at the view", async () => {
    await started();
    await shown(high, low, problem);
    assert.equal(bar().text, "$(law) Assay $(error) 1 $(warning) 1");
    assert.match(bar().tooltip, /1 high, 1 low\.\nOne place could not be read\./);
    assert.equal(badge()?.value, 2);
    await shown();
    assert.equal(bar().text, "$(law) Assay");
    assert.equal(badge(), undefined);
  });

  it("stands in the tree by resource, with what each item is for", async () => {
    await started();
    await shown(high, low, problem);
    const tree = new FindingsTree("resource");
    tree.setFindings(findingsOf(state.diagnostics as unknown as [vscode.Uri, vscode.Diagnostic[]][]));
    const [bucket, file] = tree.getChildren() as [GroupNode, GroupNode];
    const item = tree.getTreeItem(bucket);
    assert.deepEqual([item.label, item.description, item.contextValue], ["aws_s3_bucket.b", "2", "resource"]);
    assert.deepEqual([tree.getTreeItem(file).label, tree.getTreeItem(file).contextValue], ["main.tf", "file"]);
    const [first, second] = tree.getChildren(bucket) as [FindingNode, FindingNode];
    const leaf = tree.getTreeItem(first);
    assert.deepEqual([leaf.label, leaf.description, leaf.contextValue], ["open", "AWS0101 main.tf:4", "finding-resource"]);
    assert.equal(leaf.tooltip, "AWS0101 (high)\nopen\naws_s3_bucket.b: acl\nmain.tf:4");
    assert.deepEqual(leaf.command?.arguments?.[1], { selection: range(3), preserveFocus: false });
    assert.equal(tree.getTreeItem(second).label, "old");
    assert.equal(tree.getTreeItem(tree.getChildren(file)[0] as FindingNode).contextValue, "problem");
    assert.equal(tree.getParent(first), bucket);
    assert.equal(tree.getParent(bucket), undefined);
    assert.deepEqual(tree.getChildren(first), []);
  });

  it("is grouped as somebody chose, also next time", async () => {
    await started();
    await command("assay.groupByRule");
    assert.equal(state.context.get("assay.groupBy"), "rule");
    assert.equal(memory.get("assay.groupBy"), "rule");
    const tree = new FindingsTree("rule");
    tree.setFindings(findingsOf([[stub.Uri.file("/w/main.tf"), [high]]] as unknown as [vscode.Uri, vscode.Diagnostic[]][]));
    const [rule] = tree.getChildren() as [GroupNode];
    assert.equal(tree.getTreeItem(rule).contextValue, "rule");
    assert.equal(tree.getTreeItem(tree.getChildren(rule)[0] as FindingNode).description, "aws_s3_bucket.b main.tf:4");
    state.folders = [];
    await command("assay.explainRule", rule);
    assert.equal(state.panels[0]?.title, "AWS0101 s3-public-acl");
  });
});

describe("commands", () => {
  it("are those of the manifest", async () => {
    await started();
    const manifest = JSON.parse(fs.readFileSync(path.join(process.env["EXTENSION_ROOT"] ?? ".", "package.json"), "utf8")) as {
      contributes: { commands: { command: string }[] };
    };
    assert.deepEqual([...state.commands.keys()].sort(), manifest.contributes.commands.map((one) => one.command).sort());
  });

  it("explain a rule that is named or chosen, with the policies of the settings", async () => {
    await started({ "assay.policies": ["p q"] });
    state.folders = [];
    await command("assay.explainRule", "AWS0101");
    assert.match(state.panels[0]?.webview.html ?? "", /explain AWS0101 --policy p q/);
    assert.deepEqual((state.panels[0]?.options as { enableScripts: boolean }).enableScripts, false);
    state.choices.push("AWS0101 s3-public-acl");
    await command("assay.explainRule");
    assert.equal(state.panels.length, 1); // the same one again
    assert.equal(state.offered[0]?.[0]?.label, "AWS0101 s3-public-acl");
    await command("assay.explainRule"); // nothing is chosen
    await command("assay.explainRule", "NOPE1");
    assert.deepEqual(state.messages, [{ kind: "warning", text: "no rule is called NOPE1" }]);
  });

  it("that fail say why", async () => {
    await started({ "assay.path": "/nowhere/assay" });
    state.messages.length = 0;
    await command("assay.explainRule", "AWS0101");
    assert.match(state.messages[0]?.text ?? "", /Assay: assay\.path names \/nowhere\/assay/);
    await command("assay.suppress", { uri: stub.Uri.file("/w/a.tf"), rule: "AWS0101", range: range(1) });
    assert.match(state.messages[1]?.text ?? "", /not running/);
  });

  it("suppress at the cursor, with the reason where the server would have it", async () => {
    const client = await started();
    await shown(diagnostic({ message: "m (a.b)", rule: "AWS0101", line: 3 }), diagnostic({ message: "n (a.b)", rule: "AWS0102", line: 8 }));
    const edit = (reason: string) => ({ changes: { "file:///w/main.tf": [{ range: range(3, 0, 0), newText: `# assay:ignore AWS0101 ${reason}\n` }] } });
    const action = { title: "Suppress AWS0101 with a reason", edit: edit("accepted: say why") };
    client.answers.set("textDocument/codeAction", [{ title: "x" }, { title: "AWS0101: Set", edit: {} }, action]);
    state.activeTextEditor = { document: { uri: stub.Uri.file("/w/main.tf") }, selection: new stub.Range(3, 0, 3, 0) };
    state.inputs.push("it is the site");
    await command("assay.suppress");
    assert.deepEqual(state.applied[0], edit("it is the site"));
    state.inputs.push(undefined);
    await command("assay.suppress");
    assert.equal(state.applied.length, 1);
    client.answers.set("textDocument/codeAction", []);
    state.inputs.push("json has no comments");
    await command("assay.suppress");
    assert.match(state.messages[0]?.text ?? "", /cannot be suppressed there/);
    state.activeTextEditor.selection = new stub.Range(5, 0, 5, 0);
    await command("assay.suppress");
    assert.match(state.messages[1]?.text ?? "", /no finding of Assay at the cursor/);
  });

  it("go to resources: all that the server lists, and those of findings", async () => {
    const client = await started();
    const header = new stub.Location(stub.Uri.file("/w/main.tf"), range(1));
    await shown(diagnostic({ message: "m (aws_s3_bucket.b: acl)", rule: "AWS0101", line: 3, header }));
    state.choices.push("aws_s3_bucket.b");
    await command("assay.goToResource");
    assert.deepEqual([state.shown[0]?.uri, state.shown[0]?.options], [header.uri, { selection: header.range }]);
    client.initializeResult.capabilities["workspaceSymbolProvider"] = true;
    client.answers.set("workspace/symbol", [
      { name: "aws_vpc.v", kind: 5, location: { uri: stub.Uri.file("/w/net.tf"), range: range(7) } },
      { name: "var.x", kind: 13, location: { uri: stub.Uri.file("/w/net.tf"), range: range(0) } },
    ]);
    state.choices.push("aws_vpc.v");
    await command("assay.goToResource");
    assert.deepEqual(client.asked.map((one) => one.params), [{ query: "" }, { query: "aws_vpc.v" }]);
    assert.deepEqual(state.offered[1]?.map((one) => one.label), ["aws_s3_bucket.b", "aws_vpc.v"]);
    assert.deepEqual(state.shown[1]?.options, { selection: range(7) });
    const tree = new FindingsTree("resource");
    tree.setFindings(findingsOf(state.diagnostics as unknown as [vscode.Uri, vscode.Diagnostic[]][]));
    const [group] = tree.getChildren() as [GroupNode];
    await command("assay.goToResource", group);
    await command("assay.goToResource", tree.getChildren(group)[0]);
    assert.deepEqual(state.shown.slice(2).map((one) => one.options), [{ selection: header.range }, { selection: header.range }]);
    await command("assay.copyRule", tree.getChildren(group)[0]);
    assert.equal(state.clipboard, "AWS0101");
  });

  it("scan every folder with the choices of the editor", async () => {
    await started({ "assay.severity": "high" });
    state.folders.push({ uri: stub.Uri.file("/x"), name: "x", index: 1 }, { uri: stub.Uri.parse("vscode-vfs://y"), name: "y", index: 2 });
    await command("assay.scanWorkspace");
    assert.deepEqual(state.tasks.map((task) => [task.execution.process, task.execution.args, task.execution.options]), [
      [path.join(directory, "assay"), ["scan", ".", "--severity", "high"], { cwd: "/w" }],
      [path.join(directory, "assay"), ["scan", ".", "--severity", "high"], { cwd: "/x" }],
    ]);
    state.folders = [];
    await command("assay.scanWorkspace");
    assert.equal(state.messages[0]?.kind, "information");
  });

  it("open the configuration, or make it", async () => {
    await started();
    state.folders = [{ uri: stub.Uri.file(directory), name: "d", index: 0 }];
    await command("assay.openConfiguration"); // and nobody says yes
    assert.equal(fs.existsSync(path.join(directory, "assay.yaml")), false);
    state.choices.push("Create assay.yaml");
    await command("assay.openConfiguration");
    assert.equal(fs.readFileSync(path.join(directory, "assay.yaml"), "utf8"), "fail-on: high\n");
    assert.equal(state.shown[0]?.uri.path, `${directory}/assay.yaml`);
    state.files.add(`${directory}/.assay.yaml`);
    await command("assay.openConfiguration");
    assert.equal(state.shown[1]?.uri.path, `${directory}/.assay.yaml`);
  });

  it("are in the menu", async () => {
    await started();
    state.choices.push("$(output) Show Output");
    await command("assay.menu");
    assert.deepEqual(state.executed, [["assay.showOutput"], ["show", "Assay"]]);
    state.choices.push("$(settings) Settings");
    await command("assay.menu");
    assert.deepEqual(state.executed[2], ["workbench.action.openSettings", "@ext:assay-iac.assay"]);
    await command("assay.menu");
    assert.equal(state.executed.length, 3);
    for (const entry of state.offered[0] ?? []) assert.match(entry.label, /^\$\([a-z-]+\) /);
  });
});

describe("links at the ids of rules", () => {
  it("open pages here, whichever way diagnostics come", async () => {
    const client = await started();
    const middleware = (client.options as unknown as {
      middleware: {
        handleDiagnostics(uri: unknown, list: stub.Diagnostic[], next: () => void): void;
        provideDiagnostics(document: unknown, previous: unknown, token: unknown, next: () => unknown): Promise<unknown>;
        provideWorkspaceDiagnostics(previous: unknown, token: unknown, reporter: (chunk: unknown) => void, next: (...args: unknown[]) => unknown): unknown;
      };
    }).middleware;
    const [pushed, pulled, far] = [1, 2, 3].map(() => diagnostic({ message: "m", rule: "AWS0101" })) as [stub.Diagnostic, stub.Diagnostic, stub.Diagnostic];
    const plain = diagnostic({ message: "m", rule: "" });
    plain.code = "hcl-syntax";
    middleware.handleDiagnostics(undefined, [pushed, plain], () => undefined);
    await middleware.provideDiagnostics(undefined, undefined, undefined, () => ({ kind: "full", items: [pulled] }));
    const chunks: unknown[] = [];
    middleware.provideWorkspaceDiagnostics([], undefined, (chunk) => chunks.push(chunk), (_previous, _token, reporter) => {
      (reporter as (chunk: unknown) => void)({ items: [{ kind: "full", items: [far] }, { kind: "unchanged" }] });
      (reporter as (chunk: unknown) => void)(null);
    });
    assert.equal(chunks.length, 2);
    for (const one of [pushed, pulled, far]) {
      const code = one.code as { value: string; target: stub.Uri };
      assert.deepEqual([code.value, decodeURIComponent(code.target.path)], ["AWS0101", 'assay.explainRule?["AWS0101"]']);
    }
    assert.equal(plain.code, "hcl-syntax");
  });
});

describe("quick fixes", () => {
  it("come with an explanation behind them, once for each rule", async () => {
    const client = await started();
    const provide = (client.options as unknown as {
      middleware: { provideCodeActions: (document: unknown, range: unknown, context: unknown, token: unknown, next: () => unknown) => Promise<stub.CodeAction[]> };
    }).middleware.provideCodeActions;
    const fix = new stub.CodeAction("AWS0101: Set acl", stub.CodeActionKind.QuickFix);
    const [one, again] = [diagnostic({ message: "m (a.b)", rule: "AWS0101" }), diagnostic({ message: "n (a.b)", rule: "AWS0101" })];
    const [problem, foreign] = [diagnostic({ message: "x", rule: "hcl-syntax", data: null }), diagnostic({ message: "y", rule: "Z1" })];
    foreign.source = "yaml";
    const diagnostics = [one, again, problem, foreign];
    const document = { uri: stub.Uri.file("/w/main.tf") };
    const titles = async (only?: stub.CodeActionKind) => (await provide(document, range(0), { diagnostics, only }, undefined, () => [fix])).map((action) => action.title);
    assert.deepEqual(await titles(), ["AWS0101: Set acl", "Explain AWS0101"]);
    assert.deepEqual(await titles(stub.CodeActionKind.QuickFix), ["AWS0101: Set acl", "Explain AWS0101"]);
    assert.deepEqual(await titles(new stub.CodeActionKind("source.fixAll")), ["AWS0101: Set acl"]);
    const none = await provide(document, range(0), { diagnostics }, undefined, () => undefined);
    assert.deepEqual(none.map((action) => [action.title, action.command?.arguments]), [["Explain AWS0101", ["AWS0101"]]]);
  });
});
