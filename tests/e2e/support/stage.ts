// What a test file has started; all of it is stopped at the file's end, in reverse order.
import { afterAll } from "vitest";

export interface Stoppable {
  stop(): Promise<void>;
}

/** Returns a function that notes what was started: `await onStage(Gateway.start(...))`. */
export function stage(): <T extends Stoppable>(starting: Promise<T>) => Promise<T> {
  const started: Stoppable[] = [];
  afterAll(async () => {
    const faults: unknown[] = [];
    for (const part of started.reverse()) {
      await part.stop().catch((fault: unknown) => faults.push(fault));
    }
    if (faults.length > 0) throw new AggregateError(faults, "not all was stopped");
  });
  return async (starting) => {
    const part = await starting;
    started.push(part);
    return part;
  };
}
