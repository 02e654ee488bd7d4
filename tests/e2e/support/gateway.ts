// The real gateway binary, with a folder of its own and a port that the kernel chose.
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binaryPath, RunningBinary } from "./child_process.ts";
import { type Configuration, declarativeFile } from "./configuration.ts";
import { eventually } from "./deadline.ts";

export class Gateway {
  readonly #folder: string;
  readonly #secrets: Record<string, string>;
  #binary: RunningBinary;
  #url = "";

  private constructor(folder: string, secrets: Record<string, string>) {
    this.#folder = folder;
    this.#secrets = secrets;
    this.#binary = this.#launched();
  }

  /** Starts the gateway and waits until it is ready. `secrets` are further environment variables. */
  static async start(
    configuration: Configuration,
    secrets: Record<string, string> = {},
  ): Promise<Gateway> {
    const folder = await mkdtemp(join(tmpdir(), "apiforge-e2e-"));
    let gateway: Gateway | undefined;
    try {
      await writeFile(join(folder, "apiforge.yaml"), declarativeFile(configuration));
      gateway = new Gateway(folder, secrets);
      await gateway.#isReady();
      return gateway;
    } catch (fault) {
      if (gateway) await gateway.#binary.stop();
      await rm(folder, { recursive: true, force: true });
      throw fault;
    }
  }

  /** Ends the process, with `kill` in an instant, and starts another one on the same data. The port is another one. */
  async restart(how: "stop" | "kill" = "stop"): Promise<void> {
    await this.#binary[how]();
    this.#binary = this.#launched();
    await this.#isReady();
  }

  #launched(): RunningBinary {
    return new RunningBinary(
      binaryPath("apiforge", "APIFORGE_BINARY"),
      ["serve", "--config", join(this.#folder, "apiforge.yaml")],
      {
        ENV: "development",
        API_HOST: "127.0.0.1",
        API_PORT: "0",
        WORKERS: "2",
        DEFAULT_RATE_LIMIT: "0",
        ZMQ_PUBLISHER_PORT: "0",
        ZMQ_SUBSCRIBER_PORT: "0",
        DATA_DIR: join(this.#folder, "data"),
        LOG_FILE: this.logFile,
        ...this.#secrets,
      },
    );
  }

  async #isReady(): Promise<void> {
    this.#url = await this.#binary.line(/listening on (http:\/\/127\.0\.0\.1:\d+)/);
    await eventually(
      async () => ((await fetch(`${this.#url}/health/ready`)).status === 200 ? true : undefined),
      "200 from /health/ready",
      5_000,
    );
  }

  get url(): string {
    return this.#url;
  }

  /** The address under which callers reach an Api. */
  proxy(api: string, path = ""): string {
    return `${this.url}/proxy/${api}${path}`;
  }

  /** The same for a WebSocket. */
  socket(api: string, path = ""): string {
    return this.proxy(api, path).replace("http:", "ws:");
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get hasEnded(): boolean {
    return this.#binary.hasEnded;
  }

  get logFile(): string {
    return join(this.#folder, "api_factory.log");
  }

  async log(): Promise<string> {
    return readFile(this.logFile, "utf8");
  }

  /** Replaces apiforge.yaml at once, as careful tools do: a new file is renamed over the old one. */
  async configure(configuration: Configuration | string): Promise<void> {
    const text = typeof configuration === "string" ? configuration : declarativeFile(configuration);
    const draft = join(this.#folder, "apiforge.yaml.new");
    await writeFile(draft, text);
    await rename(draft, join(this.#folder, "apiforge.yaml"));
  }

  async stop(): Promise<void> {
    await this.#binary.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
