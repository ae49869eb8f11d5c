// The extension: makes the parts and ties them together. Everything that is known of files comes from the language server.
import * as vscode from "vscode";

import { BinaryError } from "./binary";
import { Commands } from "./commands";
import { Explainer } from "./explain";
import { type Finding, findingsOf, type Grouping, sameFindings } from "./findings";
import { Server } from "./server";
import { Status } from "./status";
import { FindingsTree, type Node } from "./tree";

const SETTLE_MS = 100; // diagnostics of a workspace come in pieces
const GROUPING_KEY = "assay.groupBy";

let running: Server | undefined;

function setContext(name: string, value: unknown): void {
  void vscode.commands.executeCommand("setContext", name, value);
}

function message(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

export function activate(context: vscode.ExtensionContext): Promise<void> {
  const server = new Server(context.extensionPath);
  running = server;
  const status = new Status();
  const explainer = new Explainer(server);
  const commands = new Commands(server, explainer);
  const tree = new FindingsTree(context.workspaceState.get<Grouping>(GROUPING_KEY, "resource"));
  const view: vscode.TreeView<Node> = vscode.window.createTreeView("assay.findings", { treeDataProvider: tree, showCollapseAll: true });
  context.subscriptions.push(server, status, explainer, tree, view);

  let shown: readonly Finding[] = [];
  const update = (): void => {
    const findings = findingsOf(vscode.languages.getDiagnostics());
    if (sameFindings(shown, findings)) return;
    shown = findings;
    status.setFindings(findings);
    tree.setFindings(findings);
    const worst = findings.filter((one) => one.level === "critical" || one.level === "high").length;
    view.badge = worst > 0 ? { value: worst, tooltip: worst === 1 ? "one finding of high severity" : `${worst} findings of high severity` } : undefined;
  };
  let timer: NodeJS.Timeout | undefined;
  const updateSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      update();
    }, SETTLE_MS);
  };
  context.subscriptions.push(
    vscode.languages.onDidChangeDiagnostics(updateSoon),
    new vscode.Disposable(() => {
      clearTimeout(timer);
    }),
    server.onDidChangeState(({ state, detail }) => {
      status.setState(state, detail);
      setContext("assay.running", state === "running");
      updateSoon();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("assay.path") || event.affectsConfiguration("assay.enable")) void server.restart();
    }),
    // Settings of the workspace that did not count before do now.
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    vscode.tasks.registerTaskProvider("assay", {
      provideTasks: () => folders().map((folder) => commands.scanTask(folder, undefined)),
      resolveTask: (task) => {
        const folder = typeof task.scope === "object" ? task.scope : folders()[0];
        return folder && commands.scanTask(folder, task.definition);
      },
    }),
  );

  const register = (name: string, work: (argument: unknown) => unknown): void => {
    const guarded = async (argument: unknown): Promise<void> => {
      try {
        await work(argument);
      } catch (problem) {
        server.output.appendLine(`${name}: ${message(problem)}`);
        const choice = await vscode.window.showErrorMessage(`Assay: ${message(problem)}`, ...(problem instanceof BinaryError ? ["Open Settings"] : []));
        if (choice !== undefined) await vscode.commands.executeCommand("workbench.action.openSettings", "assay.path");
      }
    };
    context.subscriptions.push(vscode.commands.registerCommand(name, guarded));
  };
  const group = (by: Grouping) => async (): Promise<void> => {
    tree.setGrouping(by);
    setContext(GROUPING_KEY, by);
    await context.workspaceState.update(GROUPING_KEY, by);
  };
  register("assay.explainRule", (argument) => commands.explainRule(argument));
  register("assay.suppress", (argument) => commands.suppress(argument));
  register("assay.goToResource", (argument) => commands.goToResource(argument));
  register("assay.scanWorkspace", () => commands.scanWorkspace());
  register("assay.openConfiguration", () => commands.openConfiguration());
  register("assay.restart", () => server.restart());
  register("assay.showOutput", () => {
    server.output.show();
  });
  register("assay.menu", () => commands.menu());
  register("assay.groupByResource", group("resource"));
  register("assay.groupByRule", group("rule"));
  register("assay.groupByFile", group("file"));
  register("assay.copyRule", (argument) => commands.copyRule(argument));
  setContext(GROUPING_KEY, tree.grouping);
  setContext("assay.running", false);
  return server.start();
}

function folders(): vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter((one) => one.uri.scheme === "file");
}

export async function deactivate(): Promise<void> {
  await running?.stop();
  running = undefined;
}
