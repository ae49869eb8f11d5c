// Diagnostics of the server as findings: which resource, which rule, how bad; grouped and counted. Asks nobody.
import * as vscode from "vscode";

export type Level = "critical" | "high" | "medium" | "low" | "info";
export type Grouping = "resource" | "rule" | "file";

const LEVELS: readonly Level[] = ["critical", "high", "medium", "low", "info"];

export interface Finding {
  readonly uri: vscode.Uri;
  readonly range: vscode.Range;
  readonly rule: string; // or the code of a problem, such as hcl-syntax
  readonly isProblem: boolean; // what could not be read, or a mistake in assay.yaml: no rule is behind it
  readonly level: Level;
  readonly message: string; // without the resource
  readonly resource: string; // address; "" where there is none
  readonly attribute: string;
  readonly maybe: boolean;
  readonly header: vscode.Location | undefined; // of the resource, where it stands elsewhere
}

export interface Group {
  readonly key: string;
  readonly level: Level; // the worst
  readonly findings: readonly Finding[];
}

export function worse(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** The text in the last pair of brackets of `text` that closes at its end, and what stands before it. */
function lastBrackets(text: string): { before: string; inside: string } | undefined {
  if (!text.endsWith(")")) return undefined;
  let depth = 0;
  for (let i = text.length - 1; i >= 0; --i) {
    if (text[i] === ")") ++depth;
    else if (text[i] === "(" && --depth === 0) {
      return i > 0 && text[i - 1] === " " ? { before: text.slice(0, i - 1), inside: text.slice(i + 1, -1) } : undefined;
    }
  }
  return undefined;
}

/** Where ": " is in "ADDRESS: ATTRIBUTE", outside of keys of instances; the length where there is none. */
function attributeCut(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; ++i) {
    if (text[i] === "[") ++depth;
    else if (text[i] === "]") --depth;
    else if (depth === 0 && text.startsWith(": ", i)) return i;
  }
  return text.length;
}

export interface MessageParts {
  message: string;
  resource: string;
  attribute: string;
  maybe: boolean;
}

/** A message reads "TEXT (ADDRESS: ATTRIBUTE); possible CASE"; all but the text may be missing. */
export function partsOf(text: string): MessageParts {
  let head = text;
  let tail = "";
  const possible = text.search(/(?<=\)); possible(?= |$)/);
  if (possible >= 0) {
    head = text.slice(0, possible);
    tail = text.slice(possible);
  }
  const found = lastBrackets(head);
  if (!found) return { message: text, resource: "", attribute: "", maybe: tail !== "" };
  const cut = attributeCut(found.inside);
  const resource = found.inside.slice(0, cut);
  // An address has no spaces but in keys of instances; a remark in brackets has some.
  if (/\s/.test(resource.replace(/\[[^\]]*\]/g, ""))) return { message: text, resource: "", attribute: "", maybe: tail !== "" };
  return { message: found.before + tail, resource, attribute: found.inside.slice(cut + 2), maybe: tail !== "" };
}

interface Data {
  fingerprint?: unknown;
  resource?: unknown;
  attribute?: unknown;
  verdict?: unknown;
  severity?: unknown;
}

function dataOf(diagnostic: vscode.Diagnostic): Data | undefined {
  const data = (diagnostic as { data?: unknown }).data;
  return typeof data === "object" && data !== null ? data : undefined;
}

interface ProtocolPosition {
  line: number;
  character: number;
}

/** Where the server says that the resource begins. */
function headerOf(told: unknown): vscode.Location | undefined {
  const { uri, range } = (told ?? {}) as { uri?: unknown; range?: { start: ProtocolPosition; end: ProtocolPosition } };
  if (typeof uri !== "string" || !range) return undefined;
  const { start, end } = range;
  return new vscode.Location(vscode.Uri.parse(uri), new vscode.Range(start.line, start.character, end.line, end.character));
}

export function ruleOf(diagnostic: vscode.Diagnostic): string {
  const code = diagnostic.code;
  return typeof code === "object" ? String(code.value) : code === undefined ? "" : String(code);
}

export function findingOf(uri: vscode.Uri, diagnostic: vscode.Diagnostic): Finding {
  const data = dataOf(diagnostic);
  const isProblem = data?.fingerprint === undefined;
  const parts = isProblem ? { message: diagnostic.message, resource: "", attribute: "", maybe: false } : partsOf(diagnostic.message);
  const told = data?.resource as { address?: unknown } | undefined;
  const resource = typeof told?.address === "string" ? told.address : parts.resource;
  const byProtocol: Level = (["high", "medium", "low", "info"] as const)[diagnostic.severity];
  const header = headerOf(data?.resource) ?? diagnostic.relatedInformation?.find((one) => one.message === `in ${resource}`)?.location;
  return {
    uri,
    range: diagnostic.range,
    rule: ruleOf(diagnostic),
    isProblem,
    level: LEVELS.find((level) => level === data?.severity) ?? byProtocol,
    message: parts.message,
    resource,
    attribute: typeof data?.attribute === "string" ? data.attribute : parts.attribute,
    maybe: data?.verdict === "maybe" || parts.maybe,
    header,
  };
}

/** Of all diagnostics those that are of the server. */
export function findingsOf(all: readonly (readonly [vscode.Uri, readonly vscode.Diagnostic[]])[]): Finding[] {
  const out: Finding[] = [];
  for (const [uri, diagnostics] of all) {
    for (const one of diagnostics) {
      if (one.source === "assay") out.push(findingOf(uri, one));
    }
  }
  return out;
}

/** Would the same be shown? While somebody types, most updates change nothing. */
export function sameFindings(a: readonly Finding[], b: readonly Finding[]): boolean {
  return a.length === b.length && a.every((one, i) => {
    const other = b[i];
    return (
      other !== undefined && one.rule === other.rule && one.message === other.message && one.resource === other.resource && one.level === other.level &&
      one.range.isEqual(other.range) && one.uri.toString() === other.uri.toString()
    );
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePlace(a: Finding, b: Finding): number {
  return compareText(a.uri.toString(), b.uri.toString()) || a.range.start.compareTo(b.range.start) || compareText(a.rule, b.rule);
}

/** Worst groups first, then by key; in a group the worst findings first, then by place. */
export function grouped(findings: readonly Finding[], by: Grouping, fileName: (uri: vscode.Uri) => string): Group[] {
  const groups = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = by === "rule" ? one.rule : by === "file" ? fileName(one.uri) : one.resource || fileName(one.uri);
    const list = groups.get(key);
    if (list) list.push(one);
    else groups.set(key, [one]);
  }
  const out: Group[] = [];
  for (const [key, list] of groups) {
    list.sort((a, b) => worse(a.level, b.level) || comparePlace(a, b));
    out.push({ key, level: list[0]?.level ?? "info", findings: list });
  }
  return out.sort((a, b) => worse(a.level, b.level) || compareText(a.key, b.key));
}

export function counts(findings: readonly Finding[]): Map<Level, number> {
  const out = new Map<Level, number>();
  for (const level of LEVELS) {
    const count = findings.filter((one) => one.level === level).length;
    if (count > 0) out.set(level, count);
  }
  return out;
}
