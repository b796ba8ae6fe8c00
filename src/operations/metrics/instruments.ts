/** prom-client's counters, gauges and histograms, made from their definitions. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Definition, PREFIX } from './definitions.ts';

type InstrumentOf<D> =
  D extends Definition<'counter', infer L>
    ? Counter<L>
    : D extends Definition<'gauge', infer L>
      ? Gauge<L>
      : D extends Definition<'histogram', infer L>
        ? Histogram<L>
        : never;

/** One instrument for each definition, by its key. */
export type Instruments<D> = { readonly [K in keyof D]: InstrumentOf<D[K]> };

/** Makes those of these definitions, on `registry` and no other. */
export function makeInstruments<D extends Readonly<Record<string, Definition>>>(
  registry: Registry,
  definitions: D,
): Instruments<D> {
  const made = Object.entries(definitions).map(([key, definition]) => [key, make(definition, registry)]);
  return Object.fromEntries(made) as Instruments<D>;
}

function make({ kind, name, help, labels, buckets }: Definition, registry: Registry) {
  const common = { name: `${PREFIX}${name}`, help, labelNames: Object.keys(labels), registers: [registry] };
  if (kind === 'counter') return new Counter(common);
  if (kind === 'gauge') return new Gauge(common);
  return new Histogram({ ...common, ...(buckets === undefined ? {} : { buckets: [...buckets] }) });
}
