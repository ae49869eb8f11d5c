// The item in the status bar: how the server is, and how much there is to do. A click opens the menu.
import * as vscode from "vscode";

import { counts, type Finding, type Level } from "./findings";

export type ServerState = "starting" | "running" | "stopped" | "failed";

const NAMES: Record<Level, string> = { critical: "critical", high: "high", medium: "medium", low: "low", info: "info" };

export function statusText(state: ServerState, findings: readonly Finding[]): string {
  switch (state) {
    case "starting":
      return "$(sync~spin) Assay";
    case "stopped":
      return "$(circle-slash) Assay";
    case "failed":
      return "$(error) Assay";
    case "running": {
      const found = counts(findings.filter((one) => !one.isProblem));
      const worst = (found.get("critical") ?? 0) + (found.get("high") ?? 0);
      const others = [...found.values()].reduce((sum, count) => sum + count, 0) - worst;
      const parts = [];
      if (worst > 0) parts.push(`$(error) ${worst}`);
      if (others > 0) parts.push(`$(warning) ${others}`);
      return parts.length > 0 ? `$(law) Assay ${parts.join(" ")}` : "$(law) Assay";
    }
  }
}

/** Plain sentences; the first says how the server is. */
export function statusLines(state: ServerState, findings: readonly Finding[], detail: string): string[] {
  const out: string[] = [];
  if (state === "starting") out.push("Assay is starting.");
  if (state === "stopped") out.push("Assay is not running.");
  if (state === "failed") out.push("Assay could not be started.");
  if (state === "running") {
    const rules = findings.filter((one) => !one.isProblem);
    const found = [...counts(rules)].map(([level, count]) => `${count} ${NAMES[level]}`).join(", ");
    out.push(found ? `Assay: ${found}.` : "Assay has nothing to report.");
    const problems = findings.length - rules.length;
    if (problems > 0) out.push(problems === 1 ? "One place could not be read." : `${problems} places could not be read.`);
  }
  if (detail) out.push(detail);
  return out;
}

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("assay.status", vscode.StatusBarAlignment.Left, 0);
  private state: ServerState = "stopped";
  private detail = "";
  private findings: readonly Finding[] = [];

  constructor() {
    this.item.name = "Assay";
    this.item.command = "assay.menu";
    this.show();
    this.item.show();
  }

  setState(state: ServerState, detail = ""): void {
    this.state = state;
    this.detail = detail;
    this.show();
  }

  setFindings(findings: readonly Finding[]): void {
    this.findings = findings;
    this.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(): void {
    this.item.text = statusText(this.state, this.findings);
    const lines = statusLines(this.state, this.findings, this.detail);
    this.item.tooltip = lines.join("\n");
    this.item.accessibilityInformation = { label: lines.join(" ") };
    this.item.backgroundColor = this.state === "failed" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
  }
}
