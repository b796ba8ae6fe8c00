/** Realistic and deliberately awkward names, so that loading them is a test in itself. */
import type { Random } from './random.ts';

const FIRST = (
  'Ada Grace Alan Linus Margaret Zoë José Søren Łukasz Aoife Priya Wei Yuki Fatima Kwame Olga Mateo Chloé ' +
  'Noah Emma Liam Ava Ravi Ingrid Björn Nadia Tomás Hana Omar Lucía Jürgen Siobhán Diego Mei Anaïs'
).split(' ');
const LAST = (
  "O'Brien,D'Angelo,van der Berg,Müller,Nguyễn,García-López,Smith,Johnson,Okafor,Tanaka,Kowalski,Şahin," +
  'Petrov,Haddad,Lindqvist,Silva,Kim,Patel,Rossi,Dvořák'
).split(',');
const TEAM = 'Finance,Marketing,Sales,Data Platform,Support,Growth,Supply Chain,People'.split(',');
const REGION = ['EMEA', 'APAC', 'Americas', 'DACH', 'Nordics', 'Global', 'LATAM'];
const TOPIC = (
  'Revenue,Churn,Pipeline,Headcount,Inventory,Campaign,Margin,Retention,Support Tickets,Cash Flow,Usage,' +
  'Onboarding,Forecast,Cohorts,Shipping,Warehouse Costs,Net Promoter Score,Billing'
).split(',');
const FORM = 'Overview,Dashboard,Deep Dive,Weekly,Monthly Review,KPIs,Report,Board Pack'.split(',');

/** Titles that break careless quoting, COPY escaping, CSV and width assumptions. */
export const AWKWARD = [
  'Q3 "Revenue" — Überblick',
  '売上ダッシュボード',
  '🚀 Launch metrics 👩‍💻',
  'C:\\exports\\new\\table',
  'Tabs\tinside\tthe title',
  'Two\nlines',
  "Customer's Δ (churn), 50%",
  'نظرة عامة على الإيرادات',
  '\\N',
  '\\.',
  'NULL',
  '  padded  ',
  '{"looks":"like json"}',
  "Robert'); DROP TABLE workbooks;--",
  'CR\r\nLF',
  'naïve café ﬁne',
  '<b>Bold</b> & "quoted"',
] as const;

const ELEMENT = ['by Region', 'over Time', 'Detail', 'Summary', 'per Customer', 'Funnel', 'YoY', 'Top 10'];

export function personName(random: Random): { first: string; last: string } {
  return { first: random.pick(FIRST), last: random.pick(LAST) };
}

/** An address that is plain ASCII and unique by its number. */
export function emailOf(first: string, last: string, number: number): string {
  const plain = `${first}.${last}`.normalize('NFD').replace(/[^A-Za-z.]/g, '');
  return `${plain.toLowerCase()}.${number}@example.com`;
}

export function teamName(random: Random, number: number): string {
  return `${random.pick(TEAM)} ${random.pick(REGION)}${number % 5 === 0 ? ' ✨' : ''} ${number}`;
}

export function workspaceName(random: Random, number: number): string {
  return number % 6 === 3 ? `${random.pick(TEAM)} / "${number}"` : `${random.pick(TEAM)} ${number}`;
}

export function folderName(random: Random): string {
  return random.next() < 0.1 ? random.pick(AWKWARD) : `${random.pick(TOPIC)} ${random.pick(REGION)}`;
}

export function workbookTitle(random: Random): string {
  if (random.next() < 0.08) return random.pick(AWKWARD);
  return `${random.pick(REGION)} ${random.pick(TOPIC)} ${random.pick(FORM)}`;
}

export function description(random: Random): string {
  return random.next() < 0.2
    ? `Maintained by ${random.pick(TEAM)}.\nAsk in #${random.pick(REGION).toLowerCase()} — "no edits" ✏️`
    : `${random.pick(TOPIC)} for ${random.pick(REGION)}`;
}

export function elementName(random: Random): string {
  return random.next() < 0.05 ? random.pick(AWKWARD) : `${random.pick(TOPIC)} ${random.pick(ELEMENT)}`;
}

export function pageName(random: Random, number: number): string {
  return number === 0 ? 'Page 1' : `${random.pick(TOPIC)} ${number + 1}`;
}

export function columnNames(random: Random): string[] {
  return Array.from(
    { length: 1 + random.below(5) },
    (_, i) => `${random.pick(TOPIC)}${i === 0 ? '' : ` ${i}`}`,
  );
}

/** Unique among the controls of a workbook by its number. */
export function controlName(random: Random, number: number): string {
  return `${random.pick(TOPIC)}${number === 1 ? ' "Filter" – Δ' : ''} ${number + 1}`;
}

export function tableName(random: Random, number: number): string {
  return random.next() < 0.08
    ? `${random.pick(AWKWARD)} ${number}`
    : `${random.pick(TOPIC).toUpperCase().replaceAll(' ', '_')}_${number}`;
}

export function bookmarkName(random: Random, revision: number): string {
  const name = random.next() < 0.1 ? random.pick(AWKWARD) : `${random.pick(REGION)} ${random.pick(FORM)}`;
  return revision === 0 ? name : `${name} v${revision}`;
}

export function connectionName(random: Random, number: number): string {
  return `${random.pick(TEAM)} Warehouse ${number}${number % 4 === 0 ? ' 🏭' : ''}`;
}

export function modelName(random: Random): string {
  return random.next() < 0.1 ? random.pick(AWKWARD) : `${random.pick(TOPIC)} Model ${random.pick(REGION)}`;
}

export function datasetName(random: Random): string {
  return random.next() < 0.1 ? random.pick(AWKWARD) : `${random.pick(TOPIC)} Dataset`;
}

export function templateName(random: Random, number: number): string {
  return `${random.pick(TOPIC)} Template ${number}`;
}

export function attributeName(random: Random, number: number): string {
  return number % 3 === 2 ? `Région "${number}"` : `${random.pick(TOPIC)} ${number}`;
}

export function attributeValue(random: Random): string {
  return random.next() < 0.2 ? random.pick(AWKWARD) : random.pick(REGION);
}
