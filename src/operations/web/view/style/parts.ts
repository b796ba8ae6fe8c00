/** Marks, forms, lists and texts. */
export const PARTS_CSS = `
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
.asks { display: flex; flex-wrap: wrap; gap: .6rem; align-items: flex-start; }
.ask > summary { display: inline-block; list-style: none; border: 1px solid var(--link); color: var(--link); border-radius: 7px; padding: .3rem .85rem; cursor: pointer; font-weight: 550; line-height: 1.4; }
.ask > summary::-webkit-details-marker { display: none; }
.ask > summary::after { content: " …"; }
.ask[open] { flex: 1 1 100%; border: 1px solid var(--line); border-radius: 8px; padding: .8rem .9rem; }
.ask[open] > summary { border-color: transparent; padding-left: 0; color: var(--ink); cursor: pointer; }
.ask p { margin: .3rem 0 .7rem; max-width: 75ch; overflow-wrap: anywhere; }
.ask .fields { display: flex; flex-wrap: wrap; gap: .6rem .9rem; margin-bottom: .8rem; }
.ask .fields span { display: block; font-size: .8rem; color: var(--soft); }
.scroll + .asks, .scroll + p.muted { margin-top: .8rem; }
td form { margin: -.12rem 0; }
.filter { display: flex; flex-wrap: wrap; gap: .6rem .9rem; align-items: end; margin: 0 0 1rem; }
.filter label span { display: block; font-size: .8rem; color: var(--soft); }
.filter label { min-width: 0; max-width: 100%; }
select, input { background: var(--card); border: 1px solid var(--line); border-radius: 7px; padding: .3rem .55rem; max-width: 100%; height: 2.25rem; }
.filter select { min-width: 9rem; max-width: 100%; }
.filter input { width: 12rem; }
.filter input[type="search"] { width: 17rem; }
.filter select[name="operation"], .filter select[name="command"], .filter select[name="status"] { width: 8rem; }
.filter input[type="datetime-local"] { width: 13.8rem; }
.filter button { height: 2.25rem; }
.filter .do { display: flex; gap: .9rem; align-items: center; }
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
.sql summary { cursor: pointer; font-weight: 600; }
.sql pre { margin: .7rem 0 0; padding: .7rem .8rem; background: var(--code); border-radius: 6px; overflow-x: auto; }
.sql pre code { background: none; padding: 0; overflow-wrap: normal; }
.causes { list-style: none; margin: 0; padding: 0; }
.cause { border-left: 3px solid var(--fill-warn); padding: .1rem 0 .1rem .8rem; overflow-wrap: anywhere; }
.cause.tone-bad { border-left-color: var(--fill-bad); }
.cause + .cause { margin-top: 1rem; }
.cause h3 { margin: 0; font-size: 1rem; }
.cause p { margin: .15rem 0 .3rem; }
`;
