/** Narrow windows, paper, and contrasts that the reader set. */
export const WIDTHS_CSS = `
@media (min-width: 641px) { .filter .id { width: 22rem; max-width: 100%; } }
@media (max-width: 900px) {
  /* Who it is and what one looks for stand on one line, the places below it. */
  .bar nav { order: 3; flex-basis: 100%; }
  .bar nav ul { margin: 0 -.7rem; }
  .find { flex: 1 1 10rem; max-width: 20rem; }
  /* Of the section, the places of one group; the others are but links. */
  .sub > ul > li > span { display: none; }
  .top .sub .about { display: block; }
  .sub > ul > li > ul { display: none; }
  .sub > ul > li.here { display: contents; }
  .sub > ul > li.here > ul { order: 2; flex-basis: 100%; display: flex; border-top: 1px solid var(--line); }
  .top .sub .here > .about { color: var(--ink); font-weight: 600; }
}
@media (max-width: 640px) {
  body { font-size: 14.5px; }
  .bar { padding: 0 .9rem; }
  .brand { padding: .55rem 0 .15rem; }
  .bar nav ul { margin: 0 -.5rem; }
  .find { padding: .4rem 0 .2rem; }
  .find kbd { display: none; }
  .top .sub > ul { padding: 0 .4rem; column-gap: 0; }
  .top nav a { padding: .35rem .5rem .3rem; font-size: .93rem; }
  .top .sub a { padding: .3rem .5rem .25rem; font-size: .88rem; }
  main { padding: 1rem .9rem 2rem; }
  .card, .headline { padding: .85rem .9rem; }
  .scroll { margin: 0 -.9rem; padding: 0 .9rem; }
  .facts { grid-template-columns: 1fr 1fr; gap: .7rem 1rem; }
  .facts dd { font-size: 1.1rem; }
  .filter { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem .7rem; }
  .filter label:has(input), .filter .long { grid-column: 1 / -1; }
  .filter .do { align-self: end; }
  .filter label input[name], .filter label select[name] { width: 100%; min-width: 0; }
  .strip { gap: 1px; }
}
@media (prefers-reduced-motion: no-preference) { .fill, progress { transition: opacity .15s; } }
@media (forced-colors: active) { .status { border: 1px solid; } .fill, .bar, .plot .bar { fill: CanvasText; } .track { fill: Canvas; } }
@media print { .top nav, .find, .filter, button { display: none; } body { background: #fff; } }
`;
