/**
 * The vendor's specification, which is not part of this repository: name the file in SIGMA_OPENAPI or put it beside
 * the repository as `../shared/sigma-openapi.json`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asObject, type Json, resolve } from './schema-walker.ts';

export const FILE =
  process.env['SIGMA_OPENAPI'] ??
  fileURLToPath(new URL('../../../shared/sigma-openapi.json', import.meta.url));
export const isThere = existsSync(FILE);

export function readSpecification(): Json {
  return asObject(JSON.parse(readFileSync(FILE, 'utf8')));
}

/** The specification of an endpoint: `GET /v2/teams`. */
export function operationOf(spec: Json, endpoint: string): Json {
  const [method = '', path = ''] = endpoint.split(' ');
  return asObject(asObject(asObject(spec['paths'])[path])[method.toLowerCase()]);
}

/** Schema of a response; the specification describes errors under `default`. */
export function schemaOf(spec: Json, endpoint: string, status: number): unknown {
  const responses = asObject(operationOf(spec, endpoint)['responses']);
  let response = asObject(responses[status] ?? responses['default']);
  if (typeof response['$ref'] === 'string') response = asObject(resolve(spec, response['$ref']));
  return asObject(asObject(response['content'])['application/json'])['schema'];
}
