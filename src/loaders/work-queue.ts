/** Runs work one piece after the other. After a piece that failed nothing more is run, and everybody learns why. */
export class WorkQueue {
  #tail: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #pending = 0;

  /** @throws the error that ended the queue, of this piece or of one before. */
  add(work: () => Promise<void>): Promise<void> {
    this.#pending++;
    this.#tail = this.#tail.then(async () => {
      try {
        if (this.#failure === undefined) await work();
      } catch (error) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
      }
      this.#pending--;
    });
    return this.#tail.then(() => this.check());
  }

  /** Pieces that wait or are under way. */
  get pending(): number {
    return this.#pending;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Resolves once all added work is done; it reports no failures. */
  get idle(): Promise<void> {
    return this.#tail;
  }

  /** @throws the error that ended the queue. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
