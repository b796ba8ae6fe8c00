/** Tables, and the cards that their rows become where there is no width for a table. */
export const TABLES_CSS = `
/* Shadows at its edges say that there is more to scroll to. */
.scroll { container-type: inline-size; position: relative; overflow-x: auto; margin: 0 -1.15rem; padding: 0 1.15rem; background: linear-gradient(90deg, var(--card) 40%, transparent) 0 0 / 2.5rem 100%, linear-gradient(270deg, var(--card) 40%, transparent) 100% 0 / 2.5rem 100%, linear-gradient(90deg, var(--shade), transparent) 0 0 / .8rem 100%, linear-gradient(270deg, var(--shade), transparent) 100% 0 / .8rem 100%; background-repeat: no-repeat; background-attachment: local, local, scroll, scroll; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: .45rem 1.1rem .45rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; unicode-bidi: isolate; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-weight: 500; font-size: .8rem; padding-top: .1rem; vertical-align: bottom; }
thead a { color: inherit; text-decoration: none; }
thead a:hover { color: var(--ink); text-decoration: underline; }
thead [aria-sort] { color: var(--ink); font-weight: 600; }
tbody th { font-weight: 550; }
tbody a { text-decoration: none; }
tbody a:hover, tbody a:focus-visible { text-decoration: underline; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover { background: var(--hover); }
.num { text-align: right; }
td { font-variant-numeric: tabular-nums; }
td wbr, th:not(.wide) wbr { display: none; }
.wide { white-space: normal; overflow-wrap: anywhere; }
.wide { min-width: 11rem; }
tbody th.wide { min-width: 17.5rem; }
@container (min-width: 76rem) { tbody th.wide { min-width: 22rem; } }
td .note, th .note { white-space: normal; overflow-wrap: anywhere; font-weight: 400; }
.num .note { white-space: nowrap; }
.dropped { display: none; margin: 0 0 .5rem; color: var(--soft); font-size: .82rem; }
.list-head { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2rem 1rem; margin: 0 0 .55rem; font-size: .87rem; }
.list-head p { margin: 0; }
.list-head > a { margin-left: auto; }
.group { border-bottom: 1px solid var(--line); }
.group summary { padding: .5rem 0; color: inherit; font-size: .9rem; }
.group summary strong { color: var(--link); font-weight: 550; }
.group .scroll { margin-bottom: .6rem; }
.group + .scroll { margin-top: .9rem; }

@container (max-width: 84rem) {
  .many .extra { display: none; }
  .dropped.of-many { display: block; }
}
@container (max-width: 56rem) {
  .extra { display: none; }
  .dropped { display: block; }
}
/* One card for each row: its name, then all that is said of it. */
@container (max-width: 38rem) {
  .dropped, .dropped.of-many { display: none; }
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.2rem, 1fr)); grid-auto-flow: dense; gap: .35rem .8rem; padding: .7rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody th.wide, tbody td, tbody .extra, .many tbody .extra, tbody .num { display: block; padding: 0; border: 0; min-width: 0; width: auto; text-align: left; white-space: normal; overflow-wrap: anywhere; }
  tbody th { grid-column: 1 / -1; font-size: 1rem; order: -1; }
  tbody .wide { grid-column: 1 / -1; }
  td[data-t]::before { content: attr(data-t); display: block; color: var(--soft); font-size: .76rem; }
  td:empty { display: none; }
  td wbr, th wbr { display: inline; }
  .part { flex-wrap: wrap; gap: 0 .5em; }
  .part progress { width: 4.5rem; }
}
`;
