/** Reading query parameters as strictly as a validated API would. */
import { Refusal } from './answer.ts';

/** A boolean parameter; absent means false. */
export function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text !== null && text !== 'true' && text !== 'false')
    throw new Refusal(400, `${name} must be true or false`);
  return text === 'true';
}

/** All values of a parameter that may repeat; each must be one of `known`. */
export function choices<T extends string>(query: URLSearchParams, name: string, known: readonly T[]): T[] {
  return query.getAll(name).map((text) => {
    const value = known.find((one) => one === text);
    if (value === undefined) throw new Refusal(400, `${name} must be one of ${known.join(', ')}`);
    return value;
  });
}

/** Refuses parameters that the specification has and the simulator has not: ignoring them would be a lie. */
export function refuseUnknown(query: URLSearchParams, ...names: readonly string[]): void {
  for (const name of names)
    if (query.has(name)) throw new Refusal(400, `the simulator does not know the parameter ${name}`);
}
