/** The one stylesheet. */
export const PAGE_CSS = `
:root {
  color-scheme: light dark;
  --bg: #f6f6f3; --card: #ffffff; --ink: #1c2126; --soft: #59626c; --line: #dedfda; --hover: #f3f4f1;
  --link: #0d5f73; --focus: #0d5f73; --code: #eeeeea;
  --good: #1b6a41; --good-bg: #e3f2e9; --warn: #7d4e00; --warn-bg: #fbefd6; --bad: #a3262a; --bad-bg: #fbe6e5;
  --busy: #1f56a8; --busy-bg: #e4edfa; --quiet: #545d67; --quiet-bg: #ececea;
  --fill-good: #58a97c; --fill-warn: #dda43a; --fill-bad: #d0595a; --fill-busy: #5b8ed6; --fill-quiet: #a9b0b6;
  --chart: #0d7a94; --chart-area: #0d7a9422; --track: #ecedea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #13171b; --card: #1b2026; --ink: #e5e8ea; --soft: #a0aab3; --line: #303840; --hover: #222930;
    --link: #6cc5da; --focus: #6cc5da; --code: #262d34;
    --good: #83d3a3; --good-bg: #17352a; --warn: #efc36a; --warn-bg: #3a2d12; --bad: #ffa39f; --bad-bg: #451d1f;
    --busy: #9cc3ff; --busy-bg: #1b3253; --quiet: #b0b9c1; --quiet-bg: #2a3138;
    --fill-good: #4f9c72; --fill-warn: #c08f33; --fill-bad: #cf5f60; --fill-busy: #5b8ed6; --fill-quiet: #6b757e;
    --chart: #4db6cf; --chart-area: #4db6cf2b; --track: #262d34;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
a { color: var(--link); text-underline-offset: 2px; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, .mono, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .88em; }
code { background: var(--code); border-radius: 4px; padding: .08em .35em; overflow-wrap: anywhere; }
.small { font-size: .68em; overflow-wrap: anywhere; }
.muted, .rel, .note, .of { color: var(--soft); }
.rel { font-size: .87em; white-space: nowrap; }
.note { display: block; font-size: .85em; line-height: 1.4; }
.bad { color: var(--bad); }
.error { overflow-wrap: anywhere; white-space: pre-line; }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; top: 0; background: var(--card); padding: .6em 1em; z-index: 2; }
.skip:focus { left: .5rem; top: .5rem; }

.top { background: var(--card); border-bottom: 1px solid var(--line); }
.bar { max-width: 1240px; margin: 0 auto; padding: 0 1.25rem; display: flex; flex-wrap: wrap; align-items: stretch; column-gap: 2rem; }
.brand { display: inline-flex; align-items: center; gap: .45rem; padding: .8rem 0; color: var(--ink); font-weight: 650; text-decoration: none; letter-spacing: -.01em; }
.mark { fill: none; stroke: var(--link); stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; }
nav ul { list-style: none; display: flex; margin: 0; padding: 0; }
.top nav { min-width: 0; display: flex; }
.top nav ul { flex-wrap: wrap; column-gap: .1rem; }
.top nav a { display: block; padding: .85rem .7rem .75rem; color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent; }
.top nav a:hover { color: var(--ink); }
.top nav a[aria-current] { color: var(--ink); font-weight: 600; border-bottom-color: var(--link); }

main { max-width: 1240px; margin: 0 auto; padding: 1.4rem 1.25rem 2.5rem; }
.title { margin-bottom: 1.1rem; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
.lead { margin: .3rem 0 0; color: var(--soft); max-width: 80ch; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; font-weight: 650; }
h3 { font-size: .95rem; margin: .9rem 0 .35rem; font-weight: 650; }
footer { max-width: 1240px; margin: 0 auto; padding: 0 1.25rem 2rem; color: var(--soft); font-size: .83rem; overflow-wrap: anywhere; }

.card, .headline { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.15rem; margin: 0 0 1.1rem; }
.card-head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: .2rem 1rem; margin-bottom: .55rem; }
.aside { font-size: .9rem; }
.headline { border-left: 5px solid var(--line); }
.headline.tone-good { border-left-color: var(--fill-good); }
.headline.tone-warn { border-left-color: var(--fill-warn); }
.headline.tone-bad { border-left-color: var(--fill-bad); }
.headline-text { font-size: 1.4rem; line-height: 1.3; font-weight: 620; margin: 0 0 .7rem; letter-spacing: -.015em; }
.headline-text:last-child { margin: 0; }
.headline.tone-good .headline-text { color: var(--good); }
.headline.tone-warn .headline-text { color: var(--warn); }
.headline.tone-bad .headline-text { color: var(--bad); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .8rem 1.5rem; margin: 0; }
.facts dt { color: var(--soft); font-size: .83rem; }
.facts dd { margin: 0; font-size: 1.22rem; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums; letter-spacing: -.01em; overflow-wrap: anywhere; }
.facts .note { font-weight: 400; font-size: .82rem; letter-spacing: 0; }
.facts .of { font-weight: 400; font-size: .85em; }
.facts .status { font-size: .95rem; }

.notice { border: 1px solid var(--line); border-left-width: 5px; border-radius: 8px; background: var(--card); padding: .7rem 1rem; margin: 0 0 1.1rem; overflow-wrap: anywhere; }
.notice-bad { border-left-color: var(--fill-bad); background: var(--bad-bg); }
.notice-warn { border-left-color: var(--fill-warn); background: var(--warn-bg); }
.notice-good { border-left-color: var(--fill-good); background: var(--good-bg); }
.notice-info { border-left-color: var(--fill-busy); background: var(--busy-bg); }
.notice .error { color: inherit; }
.empty { margin: .2rem 0; color: var(--soft); }
.empty strong { color: var(--ink); font-weight: 600; }

.scroll { position: relative; overflow-x: auto; margin: 0 -1.15rem; padding: 0 1.15rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: .42rem .85rem .42rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .8rem; padding-top: .1rem; }
tbody th { font-weight: 550; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover { background: var(--hover); }
.num { text-align: right; font-variant-numeric: tabular-nums; }
td { font-variant-numeric: tabular-nums; }
.wide { white-space: normal; min-width: 15rem; width: 40%; }
td .note, th .note { white-space: normal; min-width: 8rem; font-weight: 400; }

.status { display: inline-flex; align-items: baseline; gap: .4em; white-space: nowrap; border-radius: 99px; padding: 0 .62em 0 .55em; font-size: .85rem; font-weight: 550; line-height: 1.6; background: var(--quiet-bg); color: var(--quiet); }
.status::before { content: "○"; font-size: .72em; line-height: 1; }
.status.tone-good { background: var(--good-bg); color: var(--good); }
.status.tone-good::before { content: "●"; }
.status.tone-warn { background: var(--warn-bg); color: var(--warn); }
.status.tone-warn::before { content: "▲"; }
.status.tone-bad { background: var(--bad-bg); color: var(--bad); }
.status.tone-bad::before { content: "■"; }
.status.tone-busy { background: var(--busy-bg); color: var(--busy); }
.status.tone-busy::before { content: "▶"; }
.op { font-weight: 600; font-size: .85rem; }
.op-insert { color: var(--good); } .op-update { color: var(--busy); } .op-delete { color: var(--bad); }

form { margin: 0; }
button, select, input { font: inherit; color: inherit; }
button { border: 1px solid var(--line); background: var(--card); border-radius: 7px; padding: .3rem .85rem; cursor: pointer; font-weight: 550; line-height: 1.4; }
button:hover { border-color: var(--soft); }
button.primary { border-color: var(--link); color: var(--link); }
button.primary:hover { background: var(--link); color: var(--card); }
button.danger { border-color: var(--bad); color: var(--bad); }
button.danger:hover { background: var(--bad); color: var(--card); }
td form { margin: -.12rem 0; }
.filter { display: flex; flex-wrap: wrap; gap: .6rem .9rem; align-items: end; margin: 0 0 1rem; }
.filter label span { display: block; font-size: .8rem; color: var(--soft); }
.filter label { min-width: 0; }
select, input { background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .3rem .55rem; max-width: 100%; height: 2.25rem; }
.filter select { width: 13rem; }
.filter input { width: 9rem; }
.filter select[name="operation"], .filter select[name="command"], .filter select[name="status"] { width: 8rem; }
.filter input[type="datetime-local"] { width: 13.8rem; }
.filter button { height: 2.25rem; }
.filter > a { padding: .3rem 0; }
.pager { display: flex; justify-content: space-between; gap: 1rem; padding-top: .8rem; }
.pager a[rel="next"] { margin-left: auto; }

.job + .job { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: .4rem; }
.job-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .4rem 1rem; align-items: center; }
.job h3 { margin: 0; font-size: 1rem; }
.job p { margin: .2rem 0; }
.job-sum label { display: grid; gap: .25rem; }
.job .scroll { margin-top: .5rem; }
.part { display: inline-flex; align-items: center; gap: .6em; }
progress { -webkit-appearance: none; appearance: none; border: 0; width: 100%; height: .6rem; border-radius: 99px; overflow: hidden; background: var(--track); color: var(--fill-busy); }
.part progress { width: 7rem; }
progress::-webkit-progress-bar { background: var(--track); }
progress::-webkit-progress-value { background: var(--fill-busy); border-radius: 99px; }
progress::-moz-progress-bar { background: var(--fill-busy); }
.is-cut-off [data-live] { opacity: .55; }
.is-cut-off #live-said { position: static; width: auto; height: auto; margin: 0 0 1rem; clip-path: none; color: var(--bad); font-weight: 600; white-space: normal; }

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
.timeline .wide { width: 62%; }
.spark { display: block; }
.line { fill: none; stroke: var(--chart); stroke-width: 1.6; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.dot { fill: var(--chart); }
.area { fill: var(--chart-area); }
.bar-chart, .plot .bar { fill: var(--chart); }
.grid { stroke: var(--line); stroke-width: 1; fill: none; vector-effect: non-scaling-stroke; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 2rem; }
.charts h3 { margin-top: .2rem; }
.chart { margin: 0 0 .8rem; display: grid; grid-template-columns: auto 1fr; gap: .25rem .6rem; font-size: .78rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.chart-y { display: flex; flex-direction: column; justify-content: space-between; text-align: right; margin: -.5em 0; line-height: 1; padding: .1em 0; }
.chart-x { grid-column: 2; display: flex; justify-content: space-between; }
.plot { width: 100%; height: 10rem; display: block; overflow: visible; }

details summary { cursor: pointer; color: var(--link); }
details[open] summary { margin-bottom: .4rem; }
.diff { margin: 0; }
.diff div { display: grid; grid-template-columns: minmax(5rem, 8.5rem) 1fr; gap: 0 .8rem; }
.changes time .rel { display: block; }
.changes .wide { width: 55%; }
.changes .row-name { font-weight: 550; }
.diff dt { color: var(--soft); overflow-wrap: anywhere; }
.diff dd { margin: 0; overflow-wrap: anywhere; }
del { text-decoration: none; color: var(--bad); }
ins { text-decoration: none; color: var(--good); }
.row-name { display: block; white-space: normal; overflow-wrap: anywhere; min-width: 9rem; }
.key { font-weight: 400; white-space: normal; overflow-wrap: anywhere; font-size: .8rem; }
.lines { margin: 0; padding-left: 1.1rem; }
.lines li { margin: .25rem 0; }
.plain { list-style: none; margin: 0; padding: 0; }
.names { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; }
.yaml { margin: 0; padding: .9rem 1rem; background: var(--code); border-radius: 8px; overflow-x: auto; line-height: 1.5; }
.yaml code { background: none; padding: 0; overflow-wrap: normal; font-size: 1em; }

@media (max-width: 640px) {
  body { font-size: 14.5px; }
  .bar { padding: 0 .9rem; }
  .brand { padding: .55rem 0 .15rem; }
  .top nav ul { margin: 0 -.5rem; }
  .top nav a { padding: .4rem .5rem .35rem; }
  tbody th, .timeline tbody th { white-space: normal; overflow-wrap: break-word; min-width: 6.5rem; }
  main { padding: 1rem .9rem 2rem; }
  .card, .headline { padding: .85rem .9rem; }
  .scroll { margin: 0 -.9rem; padding: 0 .9rem; }
  .facts { grid-template-columns: 1fr 1fr; gap: .7rem 1rem; }
  .facts dd { font-size: 1.1rem; }
  .extra { display: none; }
  td time .rel { display: block; }
  .wide { min-width: 12rem; }
  .filter label { flex: 1 1 9rem; }
  .filter select, .filter input { width: 100%; }
  .strip { gap: 1px; }
  .timeline .wide { min-width: 8rem; }
}
@media (prefers-reduced-motion: no-preference) { .fill, progress { transition: opacity .15s; } }
@media (forced-colors: active) { .status { border: 1px solid; } .fill, .bar, .plot .bar { fill: CanvasText; } .track { fill: Canvas; } }
nav.sub ul { flex-wrap: wrap; gap: .25rem; margin: 0 0 1rem; }
nav.sub a { display: block; padding: .25rem .7rem; border-radius: 999px; color: var(--soft); text-decoration: none; border: 1px solid transparent; }
nav.sub a:hover { color: var(--ink); }
nav.sub a[aria-current] { color: var(--ink); border-color: var(--line); background: var(--card); font-weight: 600; }
nav.jumps ul { flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0 0 1rem; font-size: .9em; }
.sql summary { cursor: pointer; font-weight: 600; }
.sql pre { margin: .7rem 0 0; padding: .7rem .8rem; background: var(--code); border-radius: 6px; overflow-x: auto; }
.sql pre code { background: none; padding: 0; overflow-wrap: normal; }
/* What does not fit is scrolled to from the document, which is at the right. */
.lineage { direction: rtl; }
.lineage svg { display: block; max-width: none; direction: ltr; }
.lineage .edges path { fill: none; stroke: var(--fill-quiet); stroke-width: 1.4; }
.lineage rect { fill: var(--quiet-bg); stroke: var(--line); }
.lineage .type-workbook rect, .lineage .type-report rect, .lineage .type-element rect { fill: var(--busy-bg); }
.lineage .type-dataset rect, .lineage .type-data-model rect { fill: var(--good-bg); }
.lineage .type-connection rect { fill: var(--warn-bg); }
.lineage rect.ring { fill: none; stroke: var(--link); stroke-width: 2; }
.lineage text { fill: var(--ink); font-size: 12px; }
@media print { .top nav, .filter, button { display: none; } body { background: #fff; } }
`;
