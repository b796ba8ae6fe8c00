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
  .sub > ul > li.here { order: 2; flex-basis: 100%; }
  .sub > ul > li.here > ul { display: flex; }
  .sub > ul > li.here > span { display: inline; }
  .top .sub .here > .about { display: none; }
}
@media (max-width: 640px) {
  body { font-size: 14.5px; }
  .bar { padding: 0 .9rem; }
  .brand { padding: .55rem 0 .15rem; }
  .bar nav ul { margin: 0 -.5rem; }
  .find { padding: .4rem 0 .2rem; }
  .find kbd { display: none; }
  .top .sub > ul { padding: 0 .9rem; column-gap: 0; }
  .top nav a { padding: .4rem .5rem .35rem; }
  main { padding: 1rem .9rem 2rem; }
  .card, .headline { padding: .85rem .9rem; }
  .scroll { margin: 0 -.9rem; padding: 0 .9rem; }
  .facts { grid-template-columns: 1fr 1fr; gap: .7rem 1rem; }
  .facts dd { font-size: 1.1rem; }
  td time .rel { display: block; }
  .filter label { flex: 1 1 100%; }
  .filter .sort-by { flex: 1 1 9rem; }
  .filter select, .filter input { width: 100%; }
  .strip { gap: 1px; }
}
@media (prefers-reduced-motion: no-preference) { .fill, progress { transition: opacity .15s; } }
@media (forced-colors: active) { .status { border: 1px solid; } .fill, .bar, .plot .bar { fill: CanvasText; } .track { fill: Canvas; } }
@media print { .top nav, .find, .filter, button { display: none; } body { background: #fff; } }
`;
