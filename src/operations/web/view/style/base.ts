/** Colours, type, and what all elements share. */
export const BASE_CSS = `
:root {
  color-scheme: light dark;
  --bg: #f6f6f3; --card: #ffffff; --ink: #1c2126; --soft: #59626c; --line: #dedfda; --hover: #f3f4f1;
  --link: #0d5f73; --focus: #0d5f73; --code: #eeeeea;
  --good: #1b6a41; --good-bg: #e3f2e9; --warn: #7d4e00; --warn-bg: #fbefd6; --bad: #a3262a; --bad-bg: #fbe6e5;
  --busy: #1f56a8; --busy-bg: #e4edfa; --quiet: #545d67; --quiet-bg: #ececea;
  --fill-good: #58a97c; --fill-warn: #dda43a; --fill-bad: #d0595a; --fill-busy: #5b8ed6; --fill-quiet: #a9b0b6;
  --chart: #0d7a94; --chart-area: #0d7a9422; --track: #ecedea; --shade: #1c212633;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #13171b; --card: #1b2026; --ink: #e5e8ea; --soft: #a0aab3; --line: #303840; --hover: #222930;
    --link: #6cc5da; --focus: #6cc5da; --code: #262d34;
    --good: #83d3a3; --good-bg: #17352a; --warn: #efc36a; --warn-bg: #3a2d12; --bad: #ffa39f; --bad-bg: #451d1f;
    --busy: #9cc3ff; --busy-bg: #1b3253; --quiet: #b0b9c1; --quiet-bg: #2a3138;
    --fill-good: #4f9c72; --fill-warn: #c08f33; --fill-bad: #cf5f60; --fill-busy: #5b8ed6; --fill-quiet: #6b757e;
    --chart: #4db6cf; --chart-area: #4db6cf2b; --track: #262d34; --shade: #000000a0;
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
kbd { font: inherit; font-size: .75rem; line-height: 1.2; color: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .05rem .35rem; }
.small { font-size: .78em; overflow-wrap: anywhere; }
.muted, .rel, .note, .of { color: var(--soft); }
.rel { font-size: .87em; white-space: nowrap; }
.note { display: block; font-size: .85em; line-height: 1.4; }
.note, .lead, .muted, .empty, dd { text-wrap-style: pretty; }
h1, h2, h3 { text-wrap-style: balance; }
time { white-space: nowrap; }
.tag { display: inline-block; margin-left: .15em; padding: 0 .5em; border: 1px solid var(--line); border-radius: 99px; color: var(--soft); font-size: .78rem; font-weight: 500; line-height: 1.5; white-space: nowrap; }
.bad { color: var(--bad); }
.error { overflow-wrap: anywhere; white-space: pre-line; }
.sr { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; top: 0; background: var(--card); padding: .6em 1em; z-index: 2; }
.skip:focus { left: .5rem; top: .5rem; }
`;
