// Suppressing with a reason: the server knows where its comment stands, people know why.
import * as vscode from "vscode";

// What the server writes in the place of a reason.
const PLACEHOLDER = "accepted: say why";
const TITLE = /^Suppress (\S+) with a reason$/;

export function suppressedRule(action: vscode.CodeAction): string | undefined {
  return TITLE.exec(action.title)?.[1];
}

/** A fix of the server that would write a placeholder becomes one that asks for the reason. */
export function withReason(document: vscode.TextDocument, action: vscode.CodeAction): vscode.CodeAction {
  const rule = suppressedRule(action);
  if (rule === undefined || !action.edit) return action;
  const out = new vscode.CodeAction(`Suppress ${rule} with a reason...`, action.kind);
  if (action.diagnostics) out.diagnostics = action.diagnostics;
  const range = action.diagnostics?.[0]?.range;
  out.command = { command: "assay.suppress", title: out.title, arguments: [{ uri: document.uri, rule, range }] };
  return out;
}

/** What is wrong with a reason; undefined where nothing is. */
export function reasonProblem(text: string): string | undefined {
  const reason = text.trim();
  if (reason === "") return "A reason is what tells others that this is meant.";
  if (/[\r\n]/.test(reason)) return "A comment has one line.";
  const until = /\buntil=(\S*)/.exec(reason);
  if (until && !/^\d{4}-\d{2}-\d{2}$/.test(until[1] ?? "")) return "A date is written until=YYYY-MM-DD.";
  if (reason.replace(/\buntil=\S*/, "").trim() === "") return "Say why, not only until when.";
  return undefined;
}

/** The edit with the reason in the place of the placeholder; undefined where it has none. */
export function filledIn(edit: vscode.WorkspaceEdit, reason: string): vscode.WorkspaceEdit | undefined {
  const out = new vscode.WorkspaceEdit();
  let filled = false;
  for (const [uri, edits] of edit.entries()) {
    for (const one of edits) {
      filled ||= one.newText.includes(PLACEHOLDER);
      out.replace(uri, one.range, one.newText.replace(PLACEHOLDER, () => reason.trim()));
    }
  }
  return filled ? out : undefined;
}
