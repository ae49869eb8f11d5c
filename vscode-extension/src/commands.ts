// What people can ask for: the commands of the palette, of the menu in the status bar and of the tree.
import * as vscode from "vscode";
import { CodeActionRequest, type LanguageClient, SymbolKind, type WorkspaceEdit, type WorkspaceSymbol } from "vscode-languageclient/node";

import type { Explainer } from "./explain";
import { type Finding, findingsOf, ruleOf } from "./findings";
import { run } from "./run";
import type { Server } from "./server";
import { currentSettings, firstFolder, scanOptions } from "./settings";
import { filledIn, reasonProblem, suppressedRule } from "./suppress";
import { FindingNode, GroupNode } from "./tree";

/** Where a suppression is asked for: at a place, for one rule; from the editor neither is known. */
export interface SuppressTarget {
  readonly uri: vscode.Uri;
  readonly rule?: string;
  readonly range?: vscode.Range;
}

type ResourceItem = vscode.QuickPickItem & { location: vscode.Location };

export function ruleOfArgument(argument: unknown): string | undefined {
  if (typeof argument === "string" && argument !== "") return argument;
  if (argument instanceof FindingNode) return argument.finding.rule;
  if (argument instanceof GroupNode && argument.by === "rule") return argument.group.key;
  return undefined;
}

function isOurs(diagnostic: vscode.Diagnostic): boolean {
  return diagnostic.source === "assay" && (diagnostic as { data?: { fingerprint?: unknown } }).data?.fingerprint !== undefined;
}

export class Commands {
  constructor(private readonly server: Server, private readonly explainer: Explainer) {}

  async explainRule(argument: unknown): Promise<void> {
    await this.explainer.explain(ruleOfArgument(argument));
  }

  async copyRule(argument: unknown): Promise<void> {
    const rule = ruleOfArgument(argument);
    if (rule !== undefined) await vscode.env.clipboard.writeText(rule);
  }

  async suppress(argument: unknown): Promise<void> {
    const client = this.client();
    const target = await this.suppressTarget(argument);
    if (!target) return;
    const document = await vscode.workspace.openTextDocument(target.uri);
    const reason = await vscode.window.showInputBox({
      title: `Suppress ${target.rule}`,
      prompt: "Why is this meant? It stands in a comment above the place, or in assay.yaml. until=YYYY-MM-DD makes it expire.",
      placeHolder: "the public web site, until=2030-12-31",
      validateInput: reasonProblem,
      ignoreFocusOut: true,
    });
    if (reason === undefined || reasonProblem(reason) !== undefined) return;
    const edit = await this.suppressionEdit(client, document, target.range, target.rule);
    const filled = edit && filledIn(edit, reason);
    if (!filled) {
      void vscode.window.showWarningMessage(`${target.rule} cannot be suppressed there. An entry of suppressions in assay.yaml does it for a path or a resource.`);
      return;
    }
    await vscode.workspace.applyEdit(await client.protocol2CodeConverter.asWorkspaceEdit(filled));
  }

  /** The edit that the server offers, of the text as it is now. */
  private async suppressionEdit(
    client: LanguageClient, document: vscode.TextDocument, range: vscode.Range, rule: string,
  ): Promise<WorkspaceEdit | undefined> {
    const answer = await client.sendRequest(CodeActionRequest.type, {
      textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document),
      range: client.code2ProtocolConverter.asRange(range),
      context: { diagnostics: [], only: ["quickfix"] },
    });
    const found = answer?.find((one) => "edit" in one && suppressedRule(one.title) === rule);
    return found && "edit" in found ? found.edit : undefined;
  }

  private async suppressTarget(argument: unknown): Promise<{ uri: vscode.Uri; rule: string; range: vscode.Range } | undefined> {
    if (argument instanceof FindingNode) {
      const { uri, range, rule } = argument.finding;
      return { uri, range, rule };
    }
    const given = argument as SuppressTarget | undefined;
    const editor = vscode.window.activeTextEditor;
    const uri = given?.uri ?? editor?.document.uri;
    if (!uri) {
      void vscode.window.showInformationMessage("Open a file and put the cursor on a finding of Assay.");
      return undefined;
    }
    if (given?.rule !== undefined && given.range) return { uri, rule: given.rule, range: given.range };
    const place = given?.range ?? editor?.selection;
    const here = vscode.languages.getDiagnostics(uri).filter((one) => isOurs(one) && (!place || one.range.intersection(place) !== undefined));
    const wanted = given?.rule === undefined ? here : here.filter((one) => ruleOf(one) === given.rule);
    if (wanted.length === 0) {
      void vscode.window.showInformationMessage("There is no finding of Assay at the cursor.");
      return undefined;
    }
    const items = wanted.map((one) => ({ label: ruleOf(one), description: one.message, one }));
    const chosen = items.length === 1 ? items[0] : await vscode.window.showQuickPick(items, { title: "Suppress which finding?" });
    return chosen && { uri, rule: chosen.label, range: chosen.one.range };
  }

  async goToResource(argument: unknown): Promise<void> {
    if (argument instanceof FindingNode) return open(placeOf(argument.finding));
    if (argument instanceof GroupNode && argument.group.findings[0]) return open(placeOf(argument.group.findings[0]));
    const chosen = await this.chooseResource();
    if (chosen) await open(chosen.location);
  }

  private async chooseResource(): Promise<ResourceItem | undefined> {
    const pick = vscode.window.createQuickPick<ResourceItem>();
    pick.title = "Go to a resource";
    pick.placeholder = "Address";
    pick.matchOnDescription = true;
    // The server gives the best of what fits: what is typed asks anew.
    let asked = 0;
    const load = async (): Promise<void> => {
      const mine = ++asked;
      pick.busy = true;
      const items = await this.resources(pick.value).catch(() => []);
      if (mine !== asked) return;
      pick.items = items;
      pick.busy = false;
    };
    return new Promise((done) => {
      pick.onDidChangeValue(() => void load());
      pick.onDidAccept(() => {
        done(pick.selectedItems[0]);
        pick.hide();
      });
      pick.onDidHide(() => {
        ++asked;
        done(undefined);
        pick.dispose();
      });
      pick.show();
      void load();
    });
  }

  /** Resources of the workspace that fit, where the server lists them; else those with findings. */
  private async resources(query: string): Promise<ResourceItem[]> {
    const found = new Map<string, { location: vscode.Location; count: number }>();
    for (const one of findingsOf(vscode.languages.getDiagnostics())) {
      if (one.resource === "") continue;
      const known = found.get(one.resource);
      if (known) ++known.count;
      else found.set(one.resource, { location: placeOf(one), count: 1 });
    }
    const client = this.server.running;
    if (client?.initializeResult?.capabilities.workspaceSymbolProvider) {
      const symbols = await client.sendRequest<WorkspaceSymbol[] | null>("workspace/symbol", { query });
      for (const symbol of symbols ?? []) {
        const isResource = symbol.kind === SymbolKind.Class || symbol.kind === SymbolKind.Object;
        if (!isResource || !("range" in symbol.location)) continue;
        const location = client.protocol2CodeConverter.asLocation(symbol.location);
        found.set(symbol.name, { location, count: found.get(symbol.name)?.count ?? 0 });
      }
    }
    return [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([label, { location, count }]) => ({
        label,
        description: vscode.workspace.asRelativePath(location.uri),
        detail: count === 0 ? "" : count === 1 ? "one finding" : `${count} findings`,
        location,
      }));
  }

  /** `assay scan` of each folder in a terminal, with the settings of the editor: what a pipeline would say. */
  async scanWorkspace(): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter((one) => one.uri.scheme === "file");
    if (folders.length === 0) {
      void vscode.window.showInformationMessage("Open a folder to scan it.");
      return;
    }
    await vscode.workspace.saveAll(false);
    for (const folder of folders) await vscode.tasks.executeTask(this.scanTask(folder, undefined));
  }

  scanTask(folder: vscode.WorkspaceFolder, given: vscode.TaskDefinition | undefined): vscode.Task {
    const extra: unknown = given?.["arguments"];
    const args = Array.isArray(extra) ? extra.map(String) : scanOptions(currentSettings());
    const execution = new vscode.ProcessExecution(this.server.binary().file, ["scan", ".", ...args], { cwd: folder.uri.fsPath });
    const task = new vscode.Task(given ?? { type: "assay" }, folder, "scan", "assay", execution, []);
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true, panel: vscode.TaskPanelKind.Dedicated };
    task.group = vscode.TaskGroup.Test;
    task.detail = "Analyse the folder as a pipeline would";
    return task;
  }

  /** The assay.yaml of the folder; where none is, one that `assay init` writes. */
  async openConfiguration(): Promise<void> {
    const folder = firstFolder();
    if (folder === undefined) {
      void vscode.window.showInformationMessage("Open a folder to configure Assay for it.");
      return;
    }
    const root = vscode.Uri.file(folder);
    for (const name of ["assay.yaml", ".assay.yaml"]) {
      const uri = vscode.Uri.joinPath(root, name);
      const known = await vscode.workspace.fs.stat(uri).then(() => true, () => false);
      if (known) {
        await vscode.window.showTextDocument(uri);
        return;
      }
    }
    const choice = await vscode.window.showInformationMessage("There is no assay.yaml in this folder.", { modal: false }, "Create assay.yaml");
    if (choice === undefined) return;
    const told = await run(this.server.binary().file, ["init"], folder);
    if (told.code !== 0) throw new Error(told.stderr.trim() || "assay init failed");
    await vscode.window.showTextDocument(vscode.Uri.joinPath(root, "assay.yaml"));
  }

  async menu(): Promise<void> {
    const entries: [string, string, string][] = [
      ["$(list-tree) Show Findings", "assay.findings.focus", ""],
      ["$(book) Explain Rule...", "assay.explainRule", ""],
      ["$(bell-slash) Suppress Finding...", "assay.suppress", "at the cursor"],
      ["$(symbol-class) Go to Resource...", "assay.goToResource", ""],
      ["$(search) Scan Workspace", "assay.scanWorkspace", "in a terminal"],
      ["$(gear) Open or Create assay.yaml", "assay.openConfiguration", ""],
      ["$(refresh) Restart Server", "assay.restart", ""],
      ["$(output) Show Output", "assay.showOutput", ""],
      ["$(settings) Settings", "workbench.action.openSettings", ""],
    ];
    const items = entries.map(([label, command, description]) => ({ label, command, description }));
    const chosen = await vscode.window.showQuickPick(items, { title: "Assay" });
    if (!chosen) return;
    const args = chosen.command === "workbench.action.openSettings" ? ["@ext:assay-iac.assay"] : [];
    await vscode.commands.executeCommand(chosen.command, ...args);
  }

  private client(): LanguageClient {
    const client = this.server.running;
    if (!client) throw new Error("the language server is not running");
    return client;
  }
}

export function placeOf(finding: Finding): vscode.Location {
  return finding.header ?? new vscode.Location(finding.uri, finding.range);
}

async function open(place: vscode.Location): Promise<void> {
  await vscode.window.showTextDocument(place.uri, { selection: place.range });
}
