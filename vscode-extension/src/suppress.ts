// Suppressing with a reason: the server knows where its comment stands, people know why.
import * as vscode from "vscode";
import type { WorkspaceEdit } from "vscode-languageclient/node";

// What the server writes in the place of a reason.
const PLACEHOLDER = "accepted: say why";
const TITLE = /^Suppress (\S+)( in \S+)? with a reason$/;

export function suppressedRule(title: string): string | undefined {
  return TITLE.exec(title)?.[1];
}

/** A fix of the server that would write a placeholder becomes one that asks for the reason. */
export function withReason(document: vscode.TextDocument, action: vscode.CodeAction): vscode.CodeAction {
  const rule = suppressedRule(action.title);
  if (rule === undefined || !action.edit) return action;
  const out = new vscode.CodeAction(`${action.title}...`, action.kind);
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

function withoutUntil(reason: string): { text: string; until: string | undefined } {
  const until = /\buntil=(\S+)/.exec(reason)?.[1];
  return { text: reason.replace(/,?\s*\buntil=\S+/, "").trim(), until };
}

/** A comment takes the reason as it is; an entry of assay.yaml has it in quotes, and the date in a line of its own. */
function filledText(text: string, reason: string): string {
  const entry = new RegExp(`^( *)reason: "${PLACEHOLDER}"$`, "m");
  if (!entry.test(text)) return text.replace(PLACEHOLDER, () => reason.trim());
  const { text: why, until } = withoutUntil(reason);
  return text.replace(entry, (_, indent: string) => `${indent}reason: ${JSON.stringify(why)}${until === undefined ? "" : `\n${indent}until: ${until}`}`);
}

/** The edit with the reason in the place of the placeholder, other changes (a file that is made) included; undefined where it has none. */
export function filledIn(edit: WorkspaceEdit, reason: string): WorkspaceEdit | undefined {
  let filled = false as boolean;
  const fill = <T extends { newText: string }>(one: T): T => {
    filled ||= one.newText.includes(PLACEHOLDER);
    return { ...one, newText: filledText(one.newText, reason) };
  };
  const out: WorkspaceEdit = { ...edit };
  if (edit.changes) out.changes = Object.fromEntries(Object.entries(edit.changes).map(([uri, edits]) => [uri, edits.map(fill)]));
  if (edit.documentChanges) out.documentChanges = edit.documentChanges.map((one) => ("edits" in one ? { ...one, edits: one.edits.map(fill) } : one));
  return filled ? out : undefined;
}
