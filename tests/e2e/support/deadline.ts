// Waiting that ends: every wait of a test has a named limit.
import { setTimeout as delay } from "node:timers/promises";

/** Rejects with "no <what> within <limit> ms" when the promise is not settled in time. */
export async function withDeadline<T>(
  promise: Promise<T>,
  limitMs: number,
  what: string,
): Promise<T> {
  const cancel = new AbortController();
  const late = delay(limitMs, undefined, { signal: cancel.signal }).then((): never => {
    throw new Error(`no ${what} within ${limitMs} ms`);
  });
  // The timer's rejection by `cancel` is of no interest once the race is over.
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel.abort();
  }
}

/** Asks again until the answer is not undefined. A probe that throws counts as undefined. */
export async function eventually<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  what: string,
  limitMs = 2_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  let lastFault: unknown;
  while (performance.now() < end) {
    try {
      const answer = await withDeadline(Promise.resolve(probe()), end - performance.now(), what);
      if (answer !== undefined) return answer;
    } catch (fault) {
      lastFault = fault;
    }
    await delay(20);
  }
  throw new Error(`no ${what} within ${limitMs} ms`, { cause: lastFault });
}
