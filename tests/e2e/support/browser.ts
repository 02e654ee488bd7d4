// A real Chromium without a window: Debian's, or the one that CHROMIUM names.
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";

const reports = resolve(import.meta.dirname, "../../../build/reports");

export class HeadlessBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<HeadlessBrowser> {
    const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
    // Root may not use the sandbox of Chromium; the pages are our own.
    return new HeadlessBrowser(await chromium.launch({ executablePath, args: ["--no-sandbox"] }));
  }

  /** A page, and what went wrong on it: scripts that failed, and what its policy forbade. */
  async open(url: string): Promise<{ page: Page; faults: string[] }> {
    const page = await this.#browser.newPage({ viewport: { width: 1280, height: 1000 } });
    const faults: string[] = [];
    page.on("pageerror", (fault) => faults.push(String(fault)));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    await page.goto(url);
    return { page, faults };
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

/** Into build/reports, to be looked at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(reports, { recursive: true });
  await page.screenshot({ path: resolve(reports, `${name}.png`) });
}
