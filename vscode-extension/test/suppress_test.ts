import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as vscode from "vscode";

import { filledIn, reasonProblem, withReason } from "../src/suppress";
import { diagnostic, range } from "./helpers";
import * as stub from "./stub/vscode";

const FILE = stub.Uri.file("/w/main.tf");

function edit(text: string): stub.WorkspaceEdit {
  const out = new stub.WorkspaceEdit();
  out.replace(FILE, range(2, 0, 0), text);
  return out;
}

describe("reasons", () => {
  it("say why, in a line", () => {
    for (const good of ["the web site", "the web site until=2030-01-31", "until=2030-01-31 the site", "a (b) # c"]) assert.equal(reasonProblem(good), undefined, good);
    for (const bad of ["", "   ", "a\nb", "a\rb", "x until=2030", "x until=tomorrow", "until=2030-01-31"]) assert.notEqual(reasonProblem(bad), undefined, bad);
  });

  it("stand in the place of the server's placeholder", () => {
    const filled = filledIn(edit("  # assay:ignore AWS0101 accepted: say why\n") as unknown as vscode.WorkspaceEdit, " costs $& and $1 ");
    assert.equal(filled?.entries()[0]?.[1][0]?.newText, "  # assay:ignore AWS0101 costs $& and $1\n");
    assert.equal(filledIn(edit("# something else") as unknown as vscode.WorkspaceEdit, "x"), undefined);
    assert.equal(filledIn(new stub.WorkspaceEdit() as unknown as vscode.WorkspaceEdit, "x"), undefined);
  });
});

describe("the action of the server", () => {
  const document = { uri: FILE } as unknown as vscode.TextDocument;

  it("becomes one that asks", () => {
    const action = new stub.CodeAction("Suppress AWS0101 with a reason", stub.CodeActionKind.QuickFix);
    action.edit = edit("# assay:ignore AWS0101 accepted: say why\n");
    action.diagnostics = [diagnostic({ message: "m", rule: "AWS0101", line: 2 })];
    const changed = withReason(document, action as unknown as vscode.CodeAction);
    assert.equal(changed.edit, undefined);
    assert.equal(changed.title, "Suppress AWS0101 with a reason...");
    assert.deepEqual(changed.command?.arguments, [{ uri: FILE, rule: "AWS0101", range: range(2) }]);
    assert.equal(changed.diagnostics, action.diagnostics);
  });

  it("stays as it is where it is another one", () => {
    const fix = new stub.CodeAction("AWS0101: Set acl", stub.CodeActionKind.QuickFix);
    fix.edit = edit("x");
    assert.equal(withReason(document, fix as unknown as vscode.CodeAction), fix);
    const bare = new stub.CodeAction("Suppress AWS0101 with a reason");
    assert.equal(withReason(document, bare as unknown as vscode.CodeAction), bare);
  });
});
