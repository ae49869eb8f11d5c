// "Explain Rule": the page that `assay explain` prints, in a panel beside the editor.
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import { pageOf } from "./page";
import { run } from "./run";
import type { Server } from "./server";
import { currentSettings, firstFolder } from "./settings";

interface RuleRow {
  id: string;
  name: string;
  severity: string;
  title: string;
  aliases: string[];
}

function policyOptions(): string[] {
  return currentSettings().policies.flatMap((policy) => ["--policy", policy]);
}

export class Explainer implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private rules: { key: string; rows: RuleRow[] } | undefined;

  constructor(private readonly server: Server) {}

  /** The page of `rule`; asks for one where none is given. */
  async explain(rule: string | undefined): Promise<void> {
    const wanted = rule ?? (await this.choose());
    if (wanted === undefined) return;
    const { file } = this.server.binary();
    const told = await run(file, ["explain", wanted, ...policyOptions()], firstFolder());
    if (told.code !== 0) {
      void vscode.window.showWarningMessage(told.stderr.trim() || `There is no page of ${wanted}.`);
      return;
    }
    this.show(told.stdout);
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private show(text: string): void {
    const page = pageOf(text, randomBytes(16).toString("hex"));
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel(
        "assay.rule",
        page.title,
        { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
        { enableScripts: false, enableFindWidget: true, localResourceRoots: [] },
      );
      this.panel.onDidDispose(() => {
        this.panel = undefined;
      });
    } else {
      this.panel.reveal(undefined, true);
    }
    this.panel.title = page.title;
    this.panel.webview.html = page.html;
  }

  private async choose(): Promise<string | undefined> {
    const items = this.all().then((rows) =>
      rows.map((row) => ({ label: `${row.id} ${row.name}`, description: row.severity, detail: [row.title, ...row.aliases].join(" · "), id: row.id })),
    );
    const chosen = await vscode.window.showQuickPick(items, {
      title: "Explain a rule of Assay",
      placeHolder: "Id, name, words of the title, or another tool's id",
      matchOnDetail: true,
    });
    return chosen?.id;
  }

  private async all(): Promise<RuleRow[]> {
    const { file } = this.server.binary();
    const key = JSON.stringify([file, policyOptions()]);
    if (this.rules?.key !== key) {
      const told = await run(file, ["rules", "--format", "json", ...policyOptions()], firstFolder());
      if (told.code !== 0) throw new Error(told.stderr.trim() || "the list of rules could not be read");
      this.rules = { key, rows: (JSON.parse(told.stdout) as { rules: RuleRow[] }).rules };
    }
    return this.rules.rows;
  }
}
