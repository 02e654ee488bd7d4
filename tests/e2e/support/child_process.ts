// A started binary: its lines of output, and an end that always comes.
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { withDeadline } from "./deadline.ts";

const startLimitMs = 10_000;
const stopLimitMs = 10_000;
const maxKeptLines = 2_000;

/** The built binary `name`: from the environment variable, or from the release build. */
export function binaryPath(name: string, variable: string): string {
  const path = process.env[variable] ?? resolve(import.meta.dirname, "../../../build/release", name);
  if (!existsSync(path)) {
    throw new Error(`${path} does not exist: build it, or set ${variable}`);
  }
  return path;
}

export class RunningBinary {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #ended: Promise<void>;
  #onLine: (() => void) | undefined;

  /** `environment` is all that the binary sees of the environment, besides PATH. */
  constructor(path: string, args: string[], environment: Record<string, string> = {}) {
    this.#name = path;
    // The kernel ends the binary with the test runner, however that ends (util-linux, setpriv(1)).
    this.#child = spawn("setpriv", ["--pdeathsig", "KILL", path, ...args], {
      env: { PATH: process.env["PATH"] ?? "", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = new Promise((done) => {
      const end = (): void => {
        this.#onLine?.();
        done();
      };
      this.#child.once("exit", end);
      this.#child.once("error", end);
    });
    this.#collect(this.#child.stdout);
    this.#collect(this.#child.stderr);
  }

  get output(): string {
    return this.#lines.join("\n");
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || !this.#child.pid;
  }

  /** The exit status, or null while it runs and after an end by a signal. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** Waits until a line matches, and returns its first group (or the line). Ends the binary on failure. */
  async line(pattern: RegExp): Promise<string> {
    try {
      return await withDeadline(this.#search(pattern), startLimitMs, `line ${pattern.source}`);
    } catch (cause) {
      await this.stop();
      throw new Error(`${this.#name} did not come up; its output:\n${this.output}`, { cause });
    }
  }

  /** Asks for an orderly end, and takes what it does not get in time. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill("SIGTERM");
    try {
      await withDeadline(this.#ended, stopLimitMs, "orderly end");
    } catch {
      await this.kill();
    }
  }

  /** Ends the binary in an instant, as a crash or a power cut would. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  async #search(pattern: RegExp): Promise<string> {
    for (let next = 0; ; ) {
      for (; next < this.#lines.length; ++next) {
        const match = pattern.exec(this.#lines[next] ?? "");
        if (match) return match[1] ?? match[0];
      }
      if (this.hasEnded) throw new Error("it has ended");
      await new Promise<void>((wake) => (this.#onLine = wake));
    }
  }

  #collect(stream: Readable): void {
    createInterface({ input: stream }).on("line", (line) => {
      if (this.#lines.length < maxKeptLines) this.#lines.push(line);
      this.#onLine?.();
    });
  }
}
