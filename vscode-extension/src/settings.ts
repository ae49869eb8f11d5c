// The settings of the section `assay`: what the server is told, and what a scan in the terminal is given.
import * as os from "node:os";
import * as vscode from "vscode";

import { expanded } from "./binary";

export interface ServerSettings {
  severity: string;
  config: string;
  kubernetesVersion: string;
  maybe: boolean;
  rules: string[];
  skipRules: string[];
  policies: string[];
  inlayHints: boolean;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string" && one.trim() !== "") : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

export function firstFolder(): string | undefined {
  return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === "file")?.uri.fsPath;
}

/** What the server takes, of a value of the section. Paths lose `~` and `${workspaceFolder}`. */
export function serverSettings(section: Readonly<Record<string, unknown>>): ServerSettings {
  const place = (value: string): string => expanded(value, os.homedir(), firstFolder());
  return {
    severity: text(section["severity"]),
    config: place(text(section["config"])),
    kubernetesVersion: text(section["kubernetesVersion"]),
    maybe: section["maybe"] === true,
    rules: texts(section["rules"]),
    skipRules: texts(section["skipRules"]),
    policies: texts(section["policies"]).map(place),
    inlayHints: section["inlayHints"] !== false,
  };
}

export function currentSettings(): ServerSettings {
  const section = vscode.workspace.getConfiguration("assay");
  const names = ["severity", "config", "kubernetesVersion", "maybe", "rules", "skipRules", "policies", "inlayHints"];
  return serverSettings(Object.fromEntries(names.map((name) => [name, section.get(name)])));
}

/** The same choices as options of `assay scan`. */
export function scanOptions(settings: ServerSettings): string[] {
  const out: string[] = [];
  if (settings.severity) out.push("--severity", settings.severity);
  if (settings.config) out.push("--config", settings.config);
  if (settings.kubernetesVersion) out.push("--kubernetes-version", settings.kubernetesVersion);
  if (settings.maybe) out.push("--maybe");
  for (const rule of settings.rules) out.push("--rule", rule);
  for (const rule of settings.skipRules) out.push("--skip-rule", rule);
  for (const policy of settings.policies) out.push("--policy", policy);
  return out;
}
