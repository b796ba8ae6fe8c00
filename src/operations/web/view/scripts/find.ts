/** The script of the search box: suggestions while one types. Without it the box leads to a page of results. */
export const FIND_JS = `'use strict';
(() => {
  const input = document.getElementById('find');
  if (input === null) return;
  const form = input.form;
  const list = document.createElement('ul');
  list.id = 'found';
  list.className = 'found';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Suggestions');
  const said = document.createElement('span');
  said.className = 'sr';
  said.setAttribute('role', 'status');
  form.append(list, said);
  for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-controls', 'found'], ['aria-expanded', 'false']]) input.setAttribute(name, value);

  let hits = [];
  let at = -1;
  let asking;
  let timer;

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function choose(next) {
    at = next;
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === at)));
    if (at < 0) input.removeAttribute('aria-activedescendant');
    else {
      input.setAttribute('aria-activedescendant', 'found-' + at);
      list.children[at].scrollIntoView({ block: 'nearest' });
    }
  }

  function item({ name, kind, note, href }, i) {
    const li = document.createElement('li');
    li.id = 'found-' + i;
    li.setAttribute('role', 'option');
    li.setAttribute('aria-selected', 'false');
    const parts = [['bdi', '', name], ['span', '', kind], ['span', 'of', note]];
    for (const [tag, className, text] of parts) {
      if (text === '') continue;
      const part = document.createElement(tag);
      part.className = className;
      part.textContent = text;
      li.append(part);
    }
    // The list must not take the focus from the box.
    li.addEventListener('mousedown', (event) => event.preventDefault());
    li.addEventListener('click', () => go(href));
    return li;
  }

  // Only to pages of our own, whatever the answer says.
  function go(href) {
    if (/^\\/(?![\\/\\\\])/.test(href)) location.assign(location.origin + href);
  }

  async function ask() {
    asking?.abort();
    const wanted = input.value.trim();
    if (wanted === '') return close();
    const mine = (asking = new AbortController());
    try {
      const answer = await fetch(location.origin + form.getAttribute('action') + '/suggestions?q=' + encodeURIComponent(wanted), { cache: 'no-store', redirect: 'error', signal: mine.signal });
      if (!answer.ok) return close();
      hits = await answer.json();
    } catch {
      if (!mine.signal.aborted) close();
      return;
    }
    if (document.activeElement !== input || mine.signal.aborted) return;
    list.replaceChildren(...hits.map(item));
    list.hidden = hits.length === 0;
    input.setAttribute('aria-expanded', String(hits.length > 0));
    choose(-1);
    said.textContent = hits.length === 0 ? 'No suggestions' : hits.length === 1 ? '1 suggestion' : hits.length + ' suggestions';
  }

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener('keydown', (event) => {
    const { key } = event;
    if (key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    } else if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (list.hidden) return void ask();
      const step = key === 'ArrowDown' ? 1 : -1;
      choose(((at + step + 1 + hits.length + 1) % (hits.length + 1)) - 1);
    } else if (key === 'Enter' && at >= 0) {
      event.preventDefault();
      go(hits[at].href);
    }
  });
  input.addEventListener('blur', close);
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]') !== null) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
})();
`;
