// The view of findings: groups (resources, rules or files), worst first, and under each its findings.
import * as path from "node:path";
import * as vscode from "vscode";

import { grouped, type Finding, type Group, type Grouping, type Level } from "./findings";

export class GroupNode {
  readonly kind = "group";
  constructor(readonly group: Group, readonly by: Grouping) {}
}

export class FindingNode {
  readonly kind = "finding";
  constructor(readonly finding: Finding, readonly parent: GroupNode) {}
}

export type Node = GroupNode | FindingNode;

const ICONS: Record<Level, [string, string]> = {
  critical: ["flame", "list.errorForeground"],
  high: ["error", "list.errorForeground"],
  medium: ["warning", "list.warningForeground"],
  low: ["info", "editorInfo.foreground"],
  info: ["circle-small", "editorInfo.foreground"],
};

function icon(level: Level): vscode.ThemeIcon {
  const [name, color] = ICONS[level];
  return new vscode.ThemeIcon(name, new vscode.ThemeColor(color));
}

export function openCommand(uri: vscode.Uri, range: vscode.Range): vscode.Command {
  return { command: "vscode.open", title: "Open", arguments: [uri, { selection: range, preserveFocus: false }] };
}

function fileName(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri);
}

export class FindingsTree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private findings: readonly Finding[] = [];
  private roots: GroupNode[] | undefined;
  private by: Grouping;

  constructor(by: Grouping) {
    this.by = by;
  }

  get grouping(): Grouping {
    return this.by;
  }

  setGrouping(by: Grouping): void {
    this.by = by;
    this.refresh();
  }

  setFindings(findings: readonly Finding[]): void {
    this.findings = findings;
    this.refresh();
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      this.roots ??= grouped(this.findings, this.by, fileName).map((group) => new GroupNode(group, this.by));
      return this.roots;
    }
    return node.kind === "group" ? node.group.findings.map((one) => new FindingNode(one, node)) : [];
  }

  getParent(node: Node): Node | undefined {
    return node.kind === "finding" ? node.parent : undefined;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === "group" ? this.groupItem(node) : this.findingItem(node);
  }

  dispose(): void {
    this.changed.dispose();
  }

  private refresh(): void {
    this.roots = undefined;
    this.changed.fire(undefined);
  }

  private groupItem(node: GroupNode): vscode.TreeItem {
    const item = new vscode.TreeItem(node.group.key, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `${node.by}\n${node.group.key}`;
    const first = node.group.findings[0];
    const count = node.group.findings.length;
    item.description = String(count);
    item.iconPath = icon(node.group.level);
    const isResource = node.by === "resource" && first !== undefined && first.resource !== "";
    const isRule = node.by === "rule" && first !== undefined && !first.isProblem;
    item.contextValue = isResource ? "resource" : isRule ? "rule" : "file";
    item.tooltip = `${node.group.key}: ${count === 1 ? "one finding" : `${count} findings`}, the worst is ${node.group.level}`;
    return item;
  }

  private findingItem(node: FindingNode): vscode.TreeItem {
    const one = node.finding;
    const place = `${fileName(one.uri)}:${one.range.start.line + 1}`;
    const item = new vscode.TreeItem(one.message, vscode.TreeItemCollapsibleState.None);
    const where = node.parent.by === "file" ? `${one.range.start.line + 1}` : `${path.basename(one.uri.path)}:${one.range.start.line + 1}`;
    item.description = node.parent.by === "rule" ? `${one.resource} ${where}`.trim() : `${one.rule} ${where}`;
    item.iconPath = icon(one.level);
    item.contextValue = one.isProblem ? "problem" : one.resource ? "finding-resource" : "finding";
    item.command = openCommand(one.uri, one.range);
    item.tooltip = [`${one.rule} (${one.level}${one.maybe ? ", possible" : ""})`, one.message, one.resource && `${one.resource}${one.attribute ? `: ${one.attribute}` : ""}`, place]
      .filter(Boolean)
      .join("\n");
    return item;
  }
}
