/** Tables, and the cards that their rows become where there is no width for a table. */
export const TABLES_CSS = `
/* Shadows at its edges say that there is more to scroll to. */
.scroll { container-type: inline-size; position: relative; overflow-x: auto; margin: 0 -1.15rem; padding: 0 1.15rem; background: linear-gradient(90deg, var(--card) 40%, transparent) 0 0 / 2.5rem 100%, linear-gradient(270deg, var(--card) 40%, transparent) 100% 0 / 2.5rem 100%, linear-gradient(90deg, var(--shade), transparent) 0 0 / .8rem 100%, linear-gradient(270deg, var(--shade), transparent) 100% 0 / .8rem 100%; background-repeat: no-repeat; background-attachment: local, local, scroll, scroll; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: .45rem 0 .45rem 1.1rem; border-bottom: 1px solid var(--line); white-space: nowrap; unicode-bidi: isolate; }
tr > :first-child { padding-left: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .8rem; padding-top: .1rem; vertical-align: bottom; }
thead a { color: inherit; text-decoration: none; }
thead a:hover { color: var(--ink); text-decoration: underline; }
thead [aria-sort] { color: var(--ink); font-weight: 600; }
tbody th { font-weight: 550; }
tbody a { text-decoration: none; }
tbody a:hover, tbody a:focus-visible { text-decoration: underline; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover { background: var(--hover); }
.num { text-align: right; width: 1%; }
/* An error is read across the whole width, below the row that it is of. */
.below > td { padding: 0 0 .55rem; white-space: normal; overflow-wrap: anywhere; }
.has-below > * { border-bottom: 0; }
.below .error, .below .note { max-width: 110ch; }
@container (min-width: 38.01rem) {
  /* A text that follows a number does not run into it. */
  .num + :not(.num) { padding-left: 1.9rem; }
  .below > td::before { content: attr(data-t) ": "; color: var(--soft); font-size: .82rem; }
}
td { font-variant-numeric: tabular-nums; }
@container (min-width: 38.01rem) { td wbr, th:not(.wide) wbr { display: none; } }
.wide { white-space: normal; overflow-wrap: anywhere; }
.wide { min-width: 11rem; }
@container (min-width: 56.01rem) { tbody th.wide { min-width: 17.5rem; } }
@container (min-width: 76rem) { tbody th.wide { min-width: 22rem; } }
td .plain { white-space: normal; min-width: 8rem; }
td .note, th .note { white-space: normal; overflow-wrap: anywhere; font-weight: 400; }
.num .note { white-space: nowrap; }
.dropped { display: none; margin: 0 0 .5rem; color: var(--soft); font-size: .82rem; }
.list-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2rem 1rem; margin: 0 0 .55rem; font-size: .87rem; }
.list-head p { margin: 0; }
.list-head > a { margin-left: auto; }
.group { border-bottom: 1px solid var(--line); }
.group:last-child { border-bottom: 0; }
.group summary { padding: .5rem 0; color: inherit; font-size: .9rem; }
.group summary strong { color: var(--link); font-weight: 550; }
.group .scroll { margin-bottom: .6rem; }
.group + .scroll { margin-top: .9rem; }

@container (max-width: 84rem) {
  .many .extra { display: none; }
  .dropped.of-many { display: block; }
}
@container (max-width: 56rem) {
  .extra, .less { display: none; }
  .dropped { display: block; }
  .dropped.of-many { display: none; }
  td time .rel { display: block; }
}
@container (min-width: 38.01rem) and (max-width: 56rem) {
  table { font-size: .86rem; }
  th, td { padding-left: .75rem; }
  .num + :not(.num) { padding-left: 1.3rem; }
}
/* One card for each row: its name with its state at the right, then all that is said of it, in two or three columns. */
@container (max-width: 38rem) {
  .dropped, .dropped.of-many { display: none; }
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { position: relative; display: grid; grid-template-columns: repeat(auto-fill, minmax(9.4rem, 1fr)); grid-auto-flow: dense; align-items: baseline; gap: .1rem .7rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
  tbody tr.has-below { border-bottom: 0; padding-bottom: 0; }
  tbody tr.below { padding-top: .1rem; }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody th.wide, tbody td, tbody .extra, tbody .less, .many tbody .extra, tbody .num { display: block; padding: 0; border: 0; min-width: 0; width: auto; text-align: left; white-space: normal; overflow-wrap: anywhere; }
  tbody th { grid-column: 1 / -1; font-size: 1rem; order: -1; margin-bottom: .1rem; }
  tbody .wide, .below > td, tbody td:has(.rel), tbody td:has(code), tbody td:has(details) { grid-column: 1 / -1; }
  table { font-size: .84rem; }
  td[data-t]::before { content: attr(data-t); color: var(--soft); font-size: .76rem; margin-right: .5em; white-space: nowrap; }
  td:has(> .span)::before { content: none; }
  td form { display: inline-block; margin: .1rem 0; }
  td:empty { display: none; }
  td > .muted { white-space: nowrap; }
  td .note { display: inline; }
  td .note::before { content: " "; }
  td .span { margin: .1rem 0 .2rem; }
  /* The state needs no title, and stands beside the name. */
  .stated tbody th { padding-right: 8rem; }
  tbody td.state { position: absolute; top: .65rem; right: 0; }
  tbody td.state::before { content: none; }
  td time .rel { display: inline; }
  td .spark { display: inline-block; vertical-align: middle; height: 1.1rem; width: auto; }
  .part { flex-wrap: wrap; gap: 0 .5em; }
  .part progress { width: 4.5rem; }
}
`;
