/** Charts and pictures. */
export const PICTURES_CSS = `
.strip-note { font-size: .8rem; margin: 0 0 .8rem; }
.strip { list-style: none; display: flex; gap: 2px; align-items: flex-end; margin: 0 0 .3rem; padding: 0; height: 46px; }
.strip li { flex: 1 1 0; max-width: 18px; min-width: 2px; height: 100%; }
.strip a { display: block; height: 100%; }
.strip svg { display: block; width: 100%; height: 100%; }
.strip a:hover rect { opacity: .7; }
.fill { fill: var(--fill-quiet); } .fill-good { fill: var(--fill-good); } .fill-warn { fill: var(--fill-warn); }
.fill-bad { fill: var(--fill-bad); } .fill-busy { fill: var(--fill-busy); }
.track { fill: var(--track); }
.span { display: block; width: 100%; min-width: 9rem; height: .75rem; margin-top: .35rem; border-radius: 3px; }
.timeline th, .timeline td { padding-top: .2rem; padding-bottom: .2rem; }
@container (min-width: 38.01rem) { .timeline .wide { width: 60%; } .timeline tbody th { width: 15rem; } }
.spark { display: block; }
.line { fill: none; stroke: var(--chart); stroke-width: 1.6; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.dot { fill: var(--chart); }
.area { fill: var(--chart-area); }
.bar-chart, .plot .bar { fill: var(--chart); }
.grid { stroke: var(--line); stroke-width: 1; fill: none; vector-effect: non-scaling-stroke; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(max(20rem, 28%), 100%), 1fr)); gap: 0 2rem; }
.charts h3 { margin: .2rem 0 0; }
h3 + .chart { margin-top: .8rem; }
.charts p { margin: 0 0 .8rem; font-size: .9rem; }
.chart { margin: 0 0 .8rem; display: grid; grid-template-columns: auto 1fr; gap: .25rem .6rem; font-size: .78rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.chart-y { display: flex; flex-direction: column; justify-content: space-between; text-align: right; margin: -.5em 0; line-height: 1; padding: .1em 0; }
.chart-x { grid-column: 2; display: flex; justify-content: space-between; }
.heat .legend { grid-column: 2; margin: .2rem 0 0; }
.heat .chart-y { margin: 0; padding: .1em 0; justify-content: space-around; }
.digest { columns: 24rem; column-gap: 1.1rem; }
.digest > .card { break-inside: avoid; }
.digest .lines { list-style: none; padding: 0; }
.digest li { overflow-wrap: anywhere; }
.told { font-weight: 400; }
.told a { font-weight: 550; }
.ids[open] code { display: block; max-width: 17rem; white-space: normal; overflow-wrap: anywhere; }
.plot { width: 100%; height: 10rem; display: block; overflow: visible; }

details summary { cursor: pointer; color: var(--link); }
details[open] summary { margin-bottom: .4rem; }
.diff { margin: 0; }
.diff div { display: grid; grid-template-columns: minmax(5rem, 8.5rem) 1fr; gap: 0 .8rem; }
@container (min-width: 38.01rem) {
  .changes time .rel { display: block; }
  .changes td.wide { width: 40%; }
  .changes td:nth-child(3) { white-space: normal; min-width: 7rem; }
  .changes td:nth-child(3) wbr { display: inline; }
}
.changes .row-name { font-weight: 550; }
.diff dt { color: var(--soft); overflow-wrap: anywhere; }
.diff dd { margin: 0; overflow-wrap: anywhere; }
@container (min-width: 38.01rem) and (max-width: 56rem) {
  .diff div { display: block; }
  .diff dd { margin-left: .8rem; }
  .changes td:first-child time { display: block; width: 6rem; white-space: normal; }
}
del { text-decoration: none; color: var(--bad); }
ins { text-decoration: none; color: var(--good); }
.row-name { display: block; }
.key { font-weight: 400; white-space: normal; overflow-wrap: anywhere; font-size: .8rem; }
.lines { margin: 0; padding-left: 1.1rem; }
.lines li { margin: .25rem 0; }
.plain { list-style: none; margin: 0; padding: 0; }
.hits .note { display: inline; }
.names { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }
.yaml { margin: 0; padding: .9rem 1rem; background: var(--code); border-radius: 8px; overflow-x: auto; line-height: 1.5; }
.yaml code { background: none; padding: 0; overflow-wrap: normal; font-size: 1em; }
/* What does not fit is scrolled to from the document, where that is at the right. */
.lineage.to-right { direction: rtl; }
.lineage svg { display: block; max-width: none; min-width: 100%; height: auto; direction: ltr; }
.lineage .edges path { fill: none; stroke: var(--fill-quiet); stroke-width: 1.4; }
.lineage rect { fill: var(--quiet-bg); stroke: var(--line); }
.lineage .type-workbook rect, .lineage .type-report rect, .lineage .type-element rect { fill: var(--busy-bg); }
.lineage .type-dataset rect, .lineage .type-data-model rect { fill: var(--good-bg); }
.lineage .type-connection rect { fill: var(--warn-bg); }
.lineage rect.ring { fill: none; stroke: var(--link); stroke-width: 2; }
.lineage text { fill: var(--ink); font-size: 12px; font-weight: 550; }
.lineage .kind { fill: var(--soft); font-size: 10.5px; font-weight: 400; }
.lineage a:hover rect, .lineage a:focus-visible rect { stroke: var(--link); stroke-width: 1.5; }
`;
