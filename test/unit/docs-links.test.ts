/** Every link of a Markdown file to a file or a heading of the repository leads there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const withoutCode = (text: string): string => text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');

const PAGES = globSync(['*.md', '{bench,deploy,docs,integrations,simulator,src,test}/**/*.md'], {
  cwd: ROOT,
}).sort();

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain
      .trim()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set(anchors);
}

/** Links of a page that lead nowhere. */
function brokenIn(page: string, text: string): string[] {
  const prose = withoutCode(text).replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
    if (!existsSync(join(ROOT, target))) return [link];
    if (anchor === undefined || anchor === '') return [];
    const there = target === page ? text : read(target);
    return target.endsWith('.md') && !anchorsOf(there).has(anchor) ? [link] : [];
  });
}

it.each(PAGES)('%s', (page) => {
  expect(brokenIn(page, read(page))).toEqual([]);
});

it('a broken one would be found', () => {
  const text = '# Two words\n\n[a](#two-words) [b](#no-words) [c](nowhere.md) [d](README.md#no-such-heading)';
  expect(brokenIn('CONTRIBUTING.md', text)).toEqual(['#no-words', 'nowhere.md', 'README.md#no-such-heading']);
  expect(PAGES.length).toBeGreaterThan(25);
});
