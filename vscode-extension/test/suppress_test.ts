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

  const at = { start: { line: 2, character: 0 }, end: { line: 2, character: 0 } };
  const changes = (newText: string) => ({ changes: { "file:///w/main.tf": [{ range: at, newText }] } });

  it("stand in the place of the server's placeholder", () => {
    const filled = filledIn(changes("  # assay:ignore AWS0101 accepted: say why\n"), " costs $& and $1, until=2030-01-31 ");
    assert.deepEqual(filled, changes("  # assay:ignore AWS0101 costs $& and $1, until=2030-01-31\n"));
    assert.equal(filledIn(changes("# something else"), "x"), undefined);
    assert.equal(filledIn({}, "x"), undefined);
  });

  it("stand in assay.yaml in quotes, with the date beside them, and the file is made where it has to be", () => {
    const create = { kind: "create" as const, uri: "file:///w/assay.yaml", options: { ignoreIfExists: true } };
    const entry = (reason: string) => ({
      documentChanges: [create, { textDocument: { uri: "file:///w/assay.yaml", version: null }, edits: [{ range: at, newText: `suppressions:\n  - rule: A\n    ${reason}\n` }] }],
    });
    const given = entry('reason: "accepted: say why"');
    assert.deepEqual(filledIn(given, 'the "site": it is meant'), entry('reason: "the \\"site\\": it is meant"'));
    assert.deepEqual(filledIn(given, "for now, until=2030-01-31"), entry('reason: "for now"\n    until: 2030-01-31'));
    assert.deepEqual(filledIn(given, "until=2030-01-31 for now"), entry('reason: "for now"\n    until: 2030-01-31'));
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

  it("says where else the reason goes", () => {
    const action = new stub.CodeAction("Suppress AWS0101 in assay.yaml with a reason");
    action.edit = edit("x");
    const changed = withReason(document, action as unknown as vscode.CodeAction);
    assert.deepEqual([changed.title, changed.command?.arguments], ["Suppress AWS0101 in assay.yaml with a reason...", [{ uri: FILE, rule: "AWS0101", range: undefined }]]);
  });

  it("stays as it is where it is another one", () => {
    const fix = new stub.CodeAction("AWS0101: Set acl", stub.CodeActionKind.QuickFix);
    fix.edit = edit("x");
    assert.equal(withReason(document, fix as unknown as vscode.CodeAction), fix);
    const bare = new stub.CodeAction("Suppress AWS0101 with a reason");
    assert.equal(withReason(document, bare as unknown as vscode.CodeAction), bare);
  });
});
