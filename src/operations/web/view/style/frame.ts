/** The frame of every page: head, navigation, cards, facts and notices. */
export const FRAME_CSS = `
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.bar { max-width: 1560px; margin: 0 auto; padding: 0 1.25rem; display: flex; flex-wrap: wrap; align-items: stretch; column-gap: 2rem; }
.brand { display: inline-flex; align-items: center; gap: .45rem; padding: .8rem 0; color: var(--ink); font-weight: 650; text-decoration: none; letter-spacing: -.01em; }
.brand a { display: inline-flex; align-items: center; gap: .45rem; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
.brand a:hover { text-decoration: underline; }
.brand > span { color: var(--soft); font-weight: 400; }
.mark { fill: none; stroke: var(--link); stroke-width: 2.6; stroke-linecap: round; stroke-linejoin: round; }
nav ul, nav ol { list-style: none; display: flex; margin: 0; padding: 0; }
.top nav { min-width: 0; display: flex; }
.top nav ul { flex-wrap: wrap; column-gap: .1rem; }
.top nav a { display: block; padding: .85rem .7rem .75rem; color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent; }
.top nav a:hover { color: var(--ink); }
.find { position: relative; display: flex; align-items: center; margin: 0 0 0 auto; padding: .45rem 0; flex: 0 1 17rem; }
.find input { width: 100%; padding-right: 2rem; background: var(--bg); }
.find kbd { position: absolute; right: .6rem; pointer-events: none; }
.find:focus-within kbd { display: none; }
.found { position: absolute; z-index: 3; top: 100%; right: 0; width: max(100%, min(30rem, 92vw)); max-height: 70vh; overflow-y: auto; margin: 0; padding: .3rem; list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 24px var(--shade); }
.found li { display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem; padding: .35rem .6rem; border-radius: 6px; cursor: pointer; overflow-wrap: anywhere; }
.found li span { color: var(--soft); font-size: .82rem; }
.found li .of { grid-column: 1 / -1; }
.found li[aria-selected="true"], .found li:hover { background: var(--busy-bg); }
.hits li { padding: .2rem 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
.crumbs { font-size: .85rem; margin: -.5rem 0 .5rem; }
.crumbs ol { flex-wrap: wrap; color: var(--soft); }
.crumbs li { overflow-wrap: anywhere; unicode-bidi: isolate; }
.crumbs li + li::before { content: "/"; margin: 0 .5rem; color: var(--soft); }
.crumbs a { text-decoration: none; }
.crumbs a:hover { text-decoration: underline; }
.top nav a[aria-current] { color: var(--ink); font-weight: 600; border-bottom-color: var(--link); }

main { max-width: 1560px; margin: 0 auto; padding: 1.4rem 1.25rem 2.5rem; }
.title { margin-bottom: 1.1rem; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
.lead { margin: .3rem 0 0; color: var(--soft); max-width: 90ch; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; font-weight: 650; }
h3 { font-size: .95rem; margin: .9rem 0 .35rem; font-weight: 650; }
footer { max-width: 1560px; margin: 0 auto; padding: 0 1.25rem 2rem; color: var(--soft); font-size: .83rem; overflow-wrap: anywhere; }

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
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.6rem, 1fr)); gap: .8rem 1.5rem; margin: 0; }
@media (min-width: 641px) { .facts.by-four { grid-template-columns: repeat(4, 1fr); } }
@media (min-width: 641px) and (max-width: 1000px) { .facts.by-three { grid-template-columns: repeat(3, 1fr); } }
.card > p, .card > .empty { margin: .1rem 0 .7rem; }
.facts dt { color: var(--soft); font-size: .83rem; }
.facts a { text-decoration: none; }
.facts a:hover { text-decoration: underline; }
.facts dd { margin: 0; font-size: 1.22rem; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums; letter-spacing: -.01em; overflow-wrap: anywhere; }
.facts .long dd { font-size: .95rem; font-weight: 500; }
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
.sub { border-top: 1px solid var(--line); }
.top .sub { display: block; }
.top .sub > ul { max-width: 1560px; margin: 0 auto; padding: .15rem 1.25rem; flex-wrap: wrap; column-gap: 1.3rem; font-size: .92rem; }
.sub > ul > li { display: flex; align-items: baseline; }
.sub > ul > li > span { color: var(--soft); font-size: .78rem; margin-right: .1rem; }
.sub > ul > li > span::after { content: ":"; }
.top .sub a { padding: .4rem .5rem .35rem; }
.top .sub .about { display: none; }
nav.jumps ul { flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0 0 1rem; font-size: .9em; }
`;
