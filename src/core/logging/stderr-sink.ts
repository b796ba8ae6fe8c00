/** The one way to a terminal shared by the log and the progress block, so that lines appear above the block. */

/** A block at the bottom of the terminal that has to make way for lines. */
export interface Block {
  /** Text that removes the block from the screen. */
  clear(): string;
  /** Text that paints it again. */
  paint(): string;
}

/** Writes whole lines to a stream, above the live block where there is one. */
export class StderrSink {
  readonly #stream: NodeJS.WritableStream;
  #block: Block | undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    // A reader of our log that went away (EPIPE) must not end the run.
    stream.on('error', () => undefined);
  }

  /** @param text lines with their line ends. Written in one piece, so nothing flickers or interleaves. */
  write(text: string): void {
    const block = this.#block;
    this.#stream.write(block === undefined ? text : block.clear() + text + block.paint());
  }

  /** Resolves once everything written so far has left this process (or can't): await it before `process.exit`. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.write('', () => resolve());
    });
  }

  /** Makes lines appear above `block` until the returned function is called. */
  attach(block: Block): () => void {
    this.#block = block;
    return () => {
      if (this.#block === block) this.#block = undefined;
    };
  }
}

const sinks = new WeakMap<NodeJS.WritableStream, StderrSink>();

/** The sink of a stream, always the same one: log and progress meet here without knowing of each other. */
export function sinkOf(stream: NodeJS.WritableStream): StderrSink {
  const sink = sinks.get(stream) ?? new StderrSink(stream);
  sinks.set(stream, sink);
  return sink;
}
