// Prints the section of CHANGELOG.md that belongs to a version, for its release. Fails where there is none.
import { readFileSync } from 'node:fs';

const version = process.argv[2] ?? '';
const sections = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')
  .split(/^## /m)
  .slice(1);
// "1.2.3", "[1.2.3]" and either with a date behind it.
const section = sections.find((text) => text.split('\n', 1)[0]?.replace(/^\[|\].*| .*/g, '') === version);
if (section === undefined) {
  console.error(`CHANGELOG.md has no section "${version}".`);
  process.exit(1);
}
console.log(section.slice(section.indexOf('\n')).trim());
