// A client library that starts nothing: it keeps what it was given and answers what a test says.
import { EventEmitter } from "./vscode";

export enum State {
  Stopped = 1,
  Running = 2,
  Starting = 3,
}
export enum RevealOutputChannelOn {
  Never = 4,
}
export enum ErrorAction {
  Continue = 1,
}
export enum CloseAction {
  DoNotRestart = 1,
  Restart = 2,
}
export enum SymbolKind {
  File = 1,
  Module = 2,
  Class = 5,
  Object = 19,
}
export const CodeActionRequest = { type: "textDocument/codeAction" };

export const made: LanguageClient[] = [];
export const behaviour = { failure: undefined as Error | undefined };

export class LanguageClient {
  state = State.Stopped;
  initializeResult = { capabilities: {} as Record<string, unknown>, serverInfo: { name: "assay", version: "9.9.9" } };
  answers = new Map<string, unknown>();
  asked: { method: string; params: unknown }[] = [];
  disposed = 0;
  private readonly changed = new EventEmitter<{ oldState: State; newState: State }>();
  readonly onDidChangeState = this.changed.event;
  // Ranges and identifiers go through as they are.
  readonly code2ProtocolConverter = { asTextDocumentIdentifier: (one: unknown) => one, asRange: (one: unknown) => one };
  readonly protocol2CodeConverter = { asWorkspaceEdit: (one: unknown) => Promise.resolve(one), asLocation: (one: unknown) => one };

  constructor(
    readonly id: string, readonly name: string, readonly server: { command: string; args: string[] }, readonly options: Record<string, never>,
  ) {
    made.push(this);
  }
  go(next: State): void {
    const oldState = this.state;
    this.state = next;
    this.changed.fire({ oldState, newState: next });
  }
  start(): Promise<void> {
    if (behaviour.failure) return Promise.reject(behaviour.failure);
    this.go(State.Running);
    return Promise.resolve();
  }
  dispose(): Promise<void> {
    ++this.disposed;
    this.go(State.Stopped);
    return Promise.resolve();
  }
  sendRequest(method: string, params: unknown): Promise<unknown> {
    this.asked.push({ method, params });
    return Promise.resolve(this.answers.get(method));
  }
}
