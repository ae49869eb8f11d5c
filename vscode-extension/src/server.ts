// The language server: found, started, stopped, started anew; its settings, and what of its answers is changed on the way.
import * as fs from "node:fs";
import * as os from "node:os";
import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandlerResult,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
  type ServerOptions,
  State,
} from "vscode-languageclient/node";

import { type Binary, BinaryError, findBinary } from "./binary";
import { findingOf } from "./findings";
import { run } from "./run";
import { currentSettings, firstFolder, serverSettings } from "./settings";
import type { ServerState } from "./status";
import { withReason } from "./suppress";

const LANGUAGES = [
  "terraform", "terraform-vars", "opentofu", "opentofu-vars", "hcl", "yaml", "json", "jsonc", "helm", "cloudformation", "arm-template",
  "dockercompose", "github-actions-workflow", "azure-pipelines", "kustomization",
  "markdown", // rule files
];
// Also where another extension has given the file another language.
const PATTERN = "**/*.{tf,tofu,tfvars,tfbackend,yaml,yml,json,template}";
const NO_FILE = vscode.Uri.parse("untitled:");
const MOST_CRASHES = 4;
const CRASH_WINDOW_MS = 3 * 60_000;

export interface StateChange {
  readonly state: ServerState;
  readonly detail: string;
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

async function checkProgram(file: string): Promise<void> {
  const told = await run(file, ["version"]);
  if (told.code !== 0 || !told.stdout.startsWith("assay ")) throw new Error(`it says: ${(told.stderr || told.stdout).trim().slice(0, 300)}`);
}

/** The link at the id of a rule opens its page here, not on the web. */
function linkPages(diagnostics: readonly vscode.Diagnostic[]): void {
  for (const one of diagnostics) {
    if (typeof one.code !== "object") continue;
    const target = vscode.Uri.parse(`command:assay.explainRule?${encodeURIComponent(JSON.stringify([one.code.value]))}`);
    one.code = { value: one.code.value, target };
  }
}

/** One action for each rule at the place, behind the fixes. */
function explanations(context: vscode.CodeActionContext): vscode.CodeAction[] {
  if (context.only && !context.only.intersects(vscode.CodeActionKind.QuickFix)) return [];
  const out = new Map<string, vscode.CodeAction>();
  for (const one of context.diagnostics) {
    if (one.source !== "assay") continue;
    const { rule, isProblem } = findingOf(NO_FILE, one);
    if (isProblem || out.has(rule)) continue;
    const action = new vscode.CodeAction(`Explain ${rule}`, vscode.CodeActionKind.QuickFix);
    action.diagnostics = [one];
    action.command = { command: "assay.explainRule", title: action.title, arguments: [rule] };
    out.set(rule, action);
  }
  return [...out.values()];
}

export class Server implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<StateChange>();
  readonly onDidChangeState = this.changed.event;
  readonly output = vscode.window.createOutputChannel("Assay");
  private readonly trace = vscode.window.createOutputChannel("Assay Trace");
  private client: LanguageClient | undefined;
  private crashes: number[] = [];
  // Starts and stops come one after the other, however fast they are asked for.
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly extension: string) {}

  /** The program, also while the server does not run. Throws BinaryError. */
  binary(): Binary {
    const setting = vscode.workspace.getConfiguration("assay").get<string>("path", "");
    return findBinary(setting, {
      platform: process.platform,
      home: os.homedir(),
      workspace: firstFolder(),
      extension: this.extension,
      path: process.env["PATH"] ?? "",
      isExecutable,
    });
  }

  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  start(): Promise<void> {
    return this.enqueue(() => this.doStart());
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.doStop());
  }

  restart(): Promise<void> {
    return this.enqueue(async () => {
      this.crashes = [];
      await this.doStop();
      await this.doStart();
    });
  }

  dispose(): void {
    this.changed.dispose();
    this.output.dispose();
    this.trace.dispose();
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work, work);
    return this.queue;
  }

  private tell(state: ServerState, detail = ""): void {
    this.changed.fire({ state, detail });
  }

  private async doStart(): Promise<void> {
    if (this.client) return;
    if (!vscode.workspace.getConfiguration("assay").get<boolean>("enable", true)) {
      this.tell("stopped", "The setting assay.enable is off.");
      return;
    }
    this.tell("starting");
    let found: Binary;
    try {
      found = this.binary();
    } catch (problem) {
      await this.failed(problem instanceof BinaryError ? problem.message : String(problem));
      return;
    }
    const { file, origin } = found;
    try {
      // What somebody named or what lies on PATH may be anything; something else could leave the client waiting for an answer.
      if (origin !== "bundled") await checkProgram(file);
    } catch (problem) {
      await this.failed(`${file} (${origin}) is not an assay that runs here: ${problem instanceof Error ? problem.message : String(problem)}`);
      return;
    }
    const client = new LanguageClient("assay", "Assay", this.serverOptions(file), this.clientOptions());
    client.onDidChangeState((event) => {
      if (client !== this.client) return;
      if (event.newState === State.Running) this.tell("running", `assay ${client.initializeResult?.serverInfo?.version ?? ""}: ${file}`);
      if (event.newState === State.Starting) this.tell("starting");
      if (event.newState === State.Stopped && this.crashes.length >= MOST_CRASHES) this.tell("failed", "The server ended again and again; see the output.");
    });
    this.client = client;
    try {
      await client.start();
      this.output.appendLine(`assay ${client.initializeResult?.serverInfo?.version ?? ""}: ${file} (${origin})`);
    } catch (problem) {
      this.client = undefined;
      await client.dispose().catch(() => undefined);
      await this.failed(`the server did not start: ${problem instanceof Error ? problem.message : String(problem)}`);
    }
  }

  private async doStop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) {
      // One that never answered cannot be asked to stop; its process ends with its input.
      await client.dispose().catch((problem: unknown) => {
        this.output.appendLine(`the server did not stop as it should: ${String(problem)}`);
      });
    }
    this.tell("stopped");
  }

  private failed(message: string): Promise<void> {
    this.output.appendLine(message);
    this.tell("failed", message);
    // Not waited for: it stays until somebody reads it.
    void vscode.window.showErrorMessage(`Assay: ${message}`, "Open Settings", "Show Output").then((choice) => {
      if (choice === "Open Settings") void vscode.commands.executeCommand("workbench.action.openSettings", "assay.path");
      if (choice === "Show Output") this.output.show();
    });
    return Promise.resolve();
  }

  private serverOptions(file: string): ServerOptions {
    const folder = firstFolder();
    const options = folder === undefined ? {} : { cwd: folder };
    return { command: file, args: ["lsp"], options };
  }

  private clientOptions(): LanguageClientOptions {
    const schemes = ["file", "untitled"];
    return {
      documentSelector: [
        ...schemes.flatMap((scheme) => LANGUAGES.map((language) => ({ scheme, language }))),
        { scheme: "file", pattern: PATTERN },
      ],
      outputChannel: this.output,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: currentSettings(),
      progressOnInitialization: false,
      diagnosticPullOptions: { onChange: true, onSave: false },
      errorHandler: { error: () => this.onError(), closed: () => this.onClosed() },
      middleware: this.middleware(),
    };
  }

  private middleware(): Middleware {
    return {
      workspace: {
        // Some settings start the server anew: the one that ends need not know.
        didChangeConfiguration: async (sections, next) => {
          await new Promise((done) => setImmediate(done));
          if (this.running) await next(sections);
        },
        // Paths as people write them; nothing that is the extension's own business.
        configuration: async (params, token, next) => {
          const answer = await next(params, token);
          if (!Array.isArray(answer)) return answer;
          return params.items.map((item, i) => (item.section === "assay" ? serverSettings((answer[i] ?? {}) as Record<string, unknown>) : (answer[i] as unknown)));
        },
      },
      handleDiagnostics: (uri, diagnostics, next) => {
        linkPages(diagnostics);
        next(uri, diagnostics);
      },
      provideDiagnostics: async (document, previous, token, next) => {
        const report = await next(document, previous, token);
        if (report && "items" in report) linkPages(report.items);
        return report;
      },
      provideWorkspaceDiagnostics: (previous, token, reporter, next) =>
        next(previous, token, (chunk) => {
          for (const one of chunk?.items ?? []) {
            if ("items" in one) linkPages(one.items);
          }
          reporter(chunk);
        }),
      provideCodeActions: async (document, range, context, token, next) => {
        const actions = (await next(document, range, context, token)) ?? [];
        const out = actions.map((action) => (action instanceof vscode.CodeAction ? withReason(document, action) : action));
        return [...out, ...explanations(context)];
      },
    };
  }

  private onError(): ErrorHandlerResult {
    // The pipe is broken: the end of the process follows.
    return { action: ErrorAction.Continue };
  }

  private onClosed(): CloseHandlerResult {
    const now = Date.now();
    this.crashes = [...this.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    if (this.crashes.length < MOST_CRASHES) return { action: CloseAction.Restart };
    return { action: CloseAction.DoNotRestart, message: `The server of Assay ended ${MOST_CRASHES} times in three minutes and is not started again.` };
  }
}
