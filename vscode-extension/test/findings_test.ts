import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type * as vscode from "vscode";

import { counts, findingOf, findingsOf, grouped, partsOf, sameFindings } from "../src/findings";
import { diagnostic, range, uri } from "./helpers";
import * as stub from "./stub/vscode";

const { DiagnosticSeverity } = stub;

function finding(given: Parameters<typeof diagnostic>[0], path = "/w/main.tf") {
  return findingOf(uri(path), diagnostic(given) as unknown as vscode.Diagnostic);
}

describe("messages", () => {
  const cases: [string, string, string, string, boolean][] = [
    ["S3 bucket ACL lets everyone read (aws_s3_bucket.b: acl)", "S3 bucket ACL lets everyone read", "aws_s3_bucket.b", "acl", false],
    ["no rule (module.m[0].aws_s3_bucket.b)", "no rule", "module.m[0].aws_s3_bucket.b", "", false],
    ["it may (once) run (Deployment.shop.web: spec.containers[0])", "it may (once) run", "Deployment.shop.web", "spec.containers[0]", false],
    ["x (AWS::S3::Bucket.Site: AccessControl)", "x", "AWS::S3::Bucket.Site", "AccessControl", false],
    ['k (aws_s3_bucket.b["a: (b)"]: acl)', "k", 'aws_s3_bucket.b["a: (b)"]', "acl", false],
    ['k (aws_s3_bucket.b["a b"])', "k", 'aws_s3_bucket.b["a b"]', "", false],
    ["open (depends on var.a) (aws_x.y: z); possible when var.a = (1)", "open (depends on var.a); possible when var.a = (1)", "aws_x.y", "z", true],
    ["open (aws_x.y); possible", "open; possible", "aws_x.y", "", true],
    ["a secret in a file", "a secret in a file", "", "", false],
    ["a token (of some service)", "a token (of some service)", "", "", false],
    ["a smile :)", "a smile :)", "", "", false],
    ["(aws_x.y)", "(aws_x.y)", "", "", false],
    ["", "", "", "", false],
  ];
  for (const [text, message, resource, attribute, maybe] of cases) {
    it(text || "nothing", () => {
      assert.deepEqual(partsOf(text), { message, resource, attribute, maybe });
    });
  }
});

describe("findings", () => {
  it("take what the server says of itself before the message", () => {
    const told = { resource: { address: "aws_db.real" }, attribute: "size", verdict: "maybe", severity: "critical" };
    const one = finding({ message: "m (aws_x.y: z)", rule: "AWS0101", severity: DiagnosticSeverity.Error, data: told });
    assert.deepEqual([one.resource, one.attribute, one.maybe, one.level, one.rule, one.isProblem], ["aws_db.real", "size", true, "critical", "AWS0101", false]);
  });

  it("are as bad as the protocol says where nothing else is said", () => {
    const levels = [DiagnosticSeverity.Error, DiagnosticSeverity.Warning, DiagnosticSeverity.Information, DiagnosticSeverity.Hint].map(
      (severity) => finding({ message: "m", rule: "R", severity }).level,
    );
    assert.deepEqual(levels, ["high", "medium", "low", "info"]);
    assert.equal(finding({ message: "m", rule: "R", data: { severity: "unheard of" } }).level, "high");
  });

  it("without a fingerprint are problems, whose brackets name no resource", () => {
    const one = finding({ message: "expected a value (here)", rule: "hcl-syntax", data: null });
    assert.deepEqual([one.isProblem, one.resource, one.message], [true, "", "expected a value (here)"]);
  });

  it("know where the resource begins", () => {
    const header = new stub.Location(stub.Uri.file("/w/other.tf"), range(7));
    assert.equal(finding({ message: "m (aws_s3_bucket.b: acl)", rule: "R", header }).header, header);
    assert.equal(finding({ message: "m (aws_s3_bucket.c: acl)", rule: "R", header }).header, undefined);
    const resource = { address: "x", uri: "file:///w/told.tf", range: { start: { line: 4, character: 1 }, end: { line: 4, character: 9 } } };
    assert.deepEqual(finding({ message: "m", rule: "R", header, data: { resource } }).header, new stub.Location(stub.Uri.file("/w/told.tf"), range(4, 1, 9)));
  });

  it("are those of this server only", () => {
    const other = diagnostic({ message: "m", rule: "R" });
    other.source = "yaml";
    const mine = diagnostic({ message: "m", rule: "R" });
    const all = [[uri("/a"), [other, mine]], [uri("/b"), [other]]] as unknown as [vscode.Uri, vscode.Diagnostic[]][];
    assert.equal(findingsOf(all).length, 1);
  });

  it("have codes of every shape", () => {
    for (const [code, rule] of [["AWS0101", "AWS0101"], [7, "7"], [undefined, ""], [{ value: 8, target: undefined }, "8"]] as const) {
      const one = diagnostic({ message: "m", rule: "" });
      one.code = code;
      assert.equal(findingOf(uri("/a"), one as unknown as vscode.Diagnostic).rule, rule);
    }
  });
});

describe("groups", () => {
  const low = finding({ message: "a (r.two)", rule: "B1", severity: DiagnosticSeverity.Information, line: 1 });
  const high = finding({ message: "b (r.two)", rule: "A1", severity: DiagnosticSeverity.Error, line: 9 });
  const medium = finding({ message: "c (r.one)", rule: "B1", severity: DiagnosticSeverity.Warning, line: 5 }, "/w/b.tf");
  const earlier = finding({ message: "d (r.one)", rule: "C1", severity: DiagnosticSeverity.Warning, line: 2 }, "/w/b.tf");
  const nowhere = finding({ message: "text", rule: "SEC0001", severity: DiagnosticSeverity.Warning }, "/w/.env");
  const all = [low, medium, nowhere, high, earlier];
  const name = (one: vscode.Uri) => one.path.slice(3);

  it("stand by resource, the worst first; what has no resource under its file", () => {
    const groups = grouped(all, "resource", name);
    assert.deepEqual(groups.map((one) => [one.key, one.level, one.findings.length]), [["r.two", "high", 2], [".env", "medium", 1], ["r.one", "medium", 2]]);
    assert.deepEqual(groups[0]?.findings, [high, low]);
    assert.deepEqual(groups[2]?.findings, [earlier, medium]);
  });

  it("stand by rule and by file", () => {
    assert.deepEqual(grouped(all, "rule", name).map((one) => one.key), ["A1", "B1", "C1", "SEC0001"]);
    assert.deepEqual(grouped(all, "file", name).map((one) => one.key), ["main.tf", ".env", "b.tf"]);
    assert.deepEqual(grouped([], "rule", name), []);
  });

  it("are the same where nothing that is shown is another", () => {
    const again = finding({ message: "a (r.two)", rule: "B1", severity: DiagnosticSeverity.Information, line: 1 });
    assert.ok(sameFindings([low, high], [again, high]));
    assert.ok(sameFindings([], []));
    for (const other of [[high, low], [low], [low, high, medium], [finding({ message: "a (r.two)", rule: "B1", severity: DiagnosticSeverity.Information, line: 2 }), high]]) {
      assert.ok(!sameFindings([low, high], other));
    }
  });

  it("are counted by how bad they are, the worst first", () => {
    assert.deepEqual([...counts(all)], [["high", 1], ["medium", 3], ["low", 1]]);
  });
});
