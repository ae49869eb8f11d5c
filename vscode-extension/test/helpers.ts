// Short ways to make what the server would have sent.
import type * as vscode from "vscode";

import * as stub from "./stub/vscode";

export function uri(path: string): vscode.Uri {
  return stub.Uri.file(path) as unknown as vscode.Uri;
}

export function range(line: number, from = 0, to = from + 1): stub.Range {
  return new stub.Range(line, from, line, to);
}

export interface Given {
  message: string;
  rule: string;
  severity?: stub.DiagnosticSeverity;
  line?: number;
  data?: Record<string, unknown> | null; // null: a problem, which no rule is behind
  header?: stub.Location;
}

export function diagnostic(given: Given): stub.Diagnostic {
  const out = new stub.Diagnostic(range(given.line ?? 0), given.message, given.severity);
  out.source = "assay";
  out.code = { value: given.rule, target: stub.Uri.parse("https://example.com/") };
  if (given.data !== null) out.data = { fingerprint: "f", ...given.data };
  if (given.header) out.relatedInformation = [{ location: given.header, message: "in aws_s3_bucket.b" }];
  return out;
}
