// What the extension uses of the editor, as plain objects that tests look into. `state` is what was done and what is answered.

type Listener<T> = (value: T) => unknown;

export class Disposable {
  constructor(private readonly work: () => unknown) {}
  dispose(): void {
    this.work();
  }
}

export class EventEmitter<T> {
  private listeners: Listener<T>[] = [];
  readonly event = (listener: Listener<T>): Disposable => {
    this.listeners.push(listener);
    return new Disposable(() => {
      this.listeners = this.listeners.filter((one) => one !== listener);
    });
  };
  fire(value: T): void {
    for (const one of this.listeners) one(value);
  }
  dispose(): void {
    this.listeners = [];
  }
}

export class Position {
  constructor(readonly line: number, readonly character: number) {}
  compareTo(other: Position): number {
    return this.line - other.line || this.character - other.character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(line: number, character: number, endLine: number, endCharacter: number) {
    this.start = new Position(line, character);
    this.end = new Position(endLine, endCharacter);
  }
  isEqual(other: Range): boolean {
    return this.start.compareTo(other.start) === 0 && this.end.compareTo(other.end) === 0;
  }
  intersection(other: Range): Range | undefined {
    const begin = this.start.compareTo(other.start) > 0 ? this.start : other.start;
    const end = this.end.compareTo(other.end) < 0 ? this.end : other.end;
    return begin.compareTo(end) > 0 ? undefined : new Range(begin.line, begin.character, end.line, end.character);
  }
}

export class Uri {
  private constructor(readonly scheme: string, readonly path: string) {}
  static file(path: string): Uri {
    return new Uri("file", path);
  }
  static parse(text: string): Uri {
    const cut = text.indexOf(":");
    return new Uri(text.slice(0, cut), text.slice(cut + 1).replace(/^\/\//, ""));
  }
  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri(base.scheme, [base.path, ...parts].join("/"));
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

export class Location {
  constructor(readonly uri: Uri, readonly range: Range) {}
}

export enum DiagnosticSeverity {
  Error,
  Warning,
  Information,
  Hint,
}

export class Diagnostic {
  source: string | undefined;
  code: unknown;
  relatedInformation: { location: Location; message: string }[] | undefined;
  data: unknown;
  constructor(readonly range: Range, readonly message: string, readonly severity: DiagnosticSeverity = DiagnosticSeverity.Error) {}
}

export class CodeActionKind {
  static readonly QuickFix = new CodeActionKind("quickfix");
  static readonly Source = new CodeActionKind("source");
  constructor(readonly value: string) {}
  intersects(other: CodeActionKind): boolean {
    return this.value.startsWith(other.value) || other.value.startsWith(this.value);
  }
}

export class CodeAction {
  edit: WorkspaceEdit | undefined;
  command: { command: string; title: string; arguments?: unknown[] } | undefined;
  diagnostics: Diagnostic[] | undefined;
  constructor(readonly title: string, readonly kind?: CodeActionKind) {}
}

export class WorkspaceEdit {
  private readonly edits = new Map<string, [Uri, { range: Range; newText: string }[]]>();
  replace(uri: Uri, range: Range, newText: string): void {
    const known = this.edits.get(uri.toString());
    if (known) known[1].push({ range, newText });
    else this.edits.set(uri.toString(), [uri, [{ range, newText }]]);
  }
  entries(): [Uri, { range: Range; newText: string }[]][] {
    return [...this.edits.values()];
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}
export class ThemeIcon {
  constructor(readonly id: string, readonly color?: ThemeColor) {}
}
export class TreeItem {
  id?: string;
  description?: string;
  tooltip?: string;
  contextValue?: string;
  command?: unknown;
  iconPath?: unknown;
  constructor(readonly label: string, readonly collapsibleState: TreeItemCollapsibleState) {}
}
export enum TreeItemCollapsibleState {
  None,
  Collapsed,
  Expanded,
}
export enum StatusBarAlignment {
  Left = 1,
  Right = 2,
}
export enum ViewColumn {
  Beside = -2,
}
export enum TaskRevealKind {
  Always = 1,
}
export enum TaskPanelKind {
  Dedicated = 2,
}
export const TaskGroup = { Test: { id: "test" } };
export class ProcessExecution {
  constructor(readonly process: string, readonly args: string[], readonly options: unknown) {}
}
export class Task {
  presentationOptions: unknown;
  group: unknown;
  detail: unknown;
  constructor(readonly definition: unknown, readonly scope: unknown, readonly name: string, readonly source: string, readonly execution: ProcessExecution) {}
}

interface WorkspaceFolder {
  uri: Uri;
  name: string;
  index: number;
}

function fresh() {
  return {
    settings: {} as Record<string, unknown>,
    folders: [] as WorkspaceFolder[],
    diagnostics: [] as [Uri, Diagnostic[]][],
    commands: new Map<string, (...args: unknown[]) => unknown>(),
    context: new Map<string, unknown>(),
    executed: [] as unknown[][],
    messages: [] as { kind: string; text: string }[],
    // Answers, the first to the first question.
    choices: [] as unknown[],
    inputs: [] as (string | undefined)[],
    offered: [] as { label: string; description?: string }[][],
    statusBar: [] as { text: string; tooltip: string; command: string; backgroundColor: ThemeColor | undefined }[],
    channels: new Map<string, string[]>(),
    panels: [] as { title: string; webview: { html: string }; options: unknown; reveal(): void; onDidDispose(): void; dispose(): void }[],
    applied: [] as WorkspaceEdit[],
    shown: [] as { uri: Uri; options: unknown }[],
    tasks: [] as Task[],
    files: new Set<string>(),
    clipboard: "",
    views: [] as { badge: { value: number } | undefined }[],
    diagnosticsChanged: new EventEmitter<unknown>(),
    configurationChanged: new EventEmitter<{ affectsConfiguration(name: string): boolean }>(),
    trusted: new EventEmitter<unknown>(),
    activeTextEditor: undefined as undefined | { document: { uri: Uri }; selection: Range },
  };
}

export let state = fresh();
export function reset(): typeof state {
  state = fresh();
  return state;
}

function say(kind: string) {
  return (text: string): Promise<unknown> => {
    state.messages.push({ kind, text });
    return Promise.resolve(state.choices.shift());
  };
}

export const window = {
  createOutputChannel(name: string) {
    const lines: string[] = [];
    state.channels.set(name, lines);
    return { name, appendLine: (line: string) => lines.push(line), show: () => state.executed.push(["show", name]), dispose() {} };
  },
  createStatusBarItem() {
    const item = { text: "", tooltip: "", command: "", name: "", backgroundColor: undefined, show() {}, dispose() {} };
    state.statusBar.push(item);
    return item;
  },
  createTreeView() {
    const view = { badge: undefined, dispose() {} };
    state.views.push(view);
    return view;
  },
  createWebviewPanel(_kind: string, title: string, _where: unknown, options: unknown) {
    const panel = { title, options, webview: { html: "" }, reveal() {}, onDidDispose() {}, dispose() {} };
    state.panels.push(panel);
    return panel;
  },
  showErrorMessage: say("error"),
  showWarningMessage: say("warning"),
  showInformationMessage: say("information"),
  async showQuickPick(items: unknown): Promise<unknown> {
    const list = (await items) as { label: string; description?: string }[];
    state.offered.push(list);
    const wanted = state.choices.shift();
    return list.find((one) => one.label === wanted);
  },
  createQuickPick() {
    const [changed, accepted, hidden] = [new EventEmitter<string>(), new EventEmitter<undefined>(), new EventEmitter<undefined>()];
    const pick = {
      value: "", busy: false, items: [] as { label: string; description?: string }[], selectedItems: [] as unknown[],
      onDidChangeValue: changed.event, onDidAccept: accepted.event, onDidHide: hidden.event,
      hide() {
        hidden.fire(undefined);
      },
      dispose() {},
      show() {
        // As somebody who types what he looks for, and takes it when it is there.
        const wanted = state.choices.shift();
        setTimeout(() => {
          pick.value = typeof wanted === "string" ? wanted : "";
          changed.fire(pick.value);
          setTimeout(() => {
            state.offered.push(pick.items);
            pick.selectedItems = pick.items.filter((one) => one.label === wanted);
            if (pick.selectedItems.length > 0) accepted.fire(undefined);
            else pick.hide();
          }, 10);
        }, 10);
      },
    };
    return pick;
  },
  showInputBox: () => Promise.resolve(state.inputs.shift()),
  showTextDocument(uri: Uri, options?: unknown) {
    state.shown.push({ uri, options });
    return Promise.resolve();
  },
  get activeTextEditor() {
    return state.activeTextEditor;
  },
};

export const workspace = {
  getConfiguration: (section: string) => ({ get: (name: string, other?: unknown) => state.settings[`${section}.${name}`] ?? other }),
  get workspaceFolders() {
    return state.folders.length > 0 ? state.folders : undefined;
  },
  asRelativePath(uri: Uri) {
    const folder = state.folders.find((one) => uri.path.startsWith(`${one.uri.path}/`));
    return folder ? uri.path.slice(folder.uri.path.length + 1) : uri.path;
  },
  onDidChangeConfiguration: (listener: Listener<{ affectsConfiguration(name: string): boolean }>) => state.configurationChanged.event(listener),
  onDidGrantWorkspaceTrust: (listener: Listener<unknown>) => state.trusted.event(listener),
  openTextDocument: (uri: Uri) => Promise.resolve({ uri, version: 1 }),
  applyEdit(edit: WorkspaceEdit) {
    state.applied.push(edit);
    return Promise.resolve(true);
  },
  saveAll: () => Promise.resolve(true),
  fs: { stat: (uri: Uri) => (state.files.has(uri.path) ? Promise.resolve({}) : Promise.reject(new Error("not there"))) },
};

export const languages = {
  getDiagnostics: (uri?: Uri) => (uri ? (state.diagnostics.find(([one]) => one.toString() === uri.toString())?.[1] ?? []) : state.diagnostics),
  onDidChangeDiagnostics: (listener: Listener<unknown>) => state.diagnosticsChanged.event(listener),
};

export const commands = {
  registerCommand(name: string, work: (...args: unknown[]) => unknown) {
    state.commands.set(name, work);
    return new Disposable(() => state.commands.delete(name));
  },
  executeCommand(name: string, ...args: unknown[]) {
    if (name === "setContext") state.context.set(String(args[0]), args[1]);
    else state.executed.push([name, ...args]);
    return Promise.resolve(state.commands.get(name)?.(...args));
  },
};

export const tasks = {
  registerTaskProvider: () => new Disposable(() => undefined),
  executeTask(task: Task) {
    state.tasks.push(task);
    return Promise.resolve();
  },
};

export const env = {
  clipboard: {
    writeText(text: string) {
      state.clipboard = text;
      return Promise.resolve();
    },
  },
};
