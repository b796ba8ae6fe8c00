/** prom-client's counters, gauges and histograms, made from their definitions. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Definition, METRICS, PREFIX } from './definitions.ts';

type InstrumentOf<D> =
  D extends Definition<'counter', infer L>
    ? Counter<L>
    : D extends Definition<'gauge', infer L>
      ? Gauge<L>
      : D extends Definition<'histogram', infer L>
        ? Histogram<L>
        : never;

/** One instrument for each definition, by its key. */
export type Instruments = { readonly [K in keyof typeof METRICS]: InstrumentOf<(typeof METRICS)[K]> };

/** Makes all of them, on `registry` and no other. */
export function makeInstruments(registry: Registry): Instruments {
  const made = Object.entries<Definition>(METRICS).map(([key, definition]) => [
    key,
    make(definition, registry),
  ]);
  return Object.fromEntries(made) as Instruments;
}

function make({ kind, name, help, labels, buckets }: Definition, registry: Registry) {
  const common = { name: `${PREFIX}${name}`, help, labelNames: Object.keys(labels), registers: [registry] };
  if (kind === 'counter') return new Counter(common);
  if (kind === 'gauge') return new Gauge(common);
  return new Histogram({ ...common, ...(buckets === undefined ? {} : { buckets: [...buckets] }) });
}
