/** The part of an OpenAPI document that the page shows. */
interface Document {
  info: { title: string; version: string; description?: string | undefined };
  /** By path and method. */
  paths?: object | undefined;
}

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

interface Schema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  format?: string;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/** An OpenAPI document as one HTML page that loads nothing and runs nothing. */
export function docsPage({ info, paths = {} }: Document): string {
  const described = paths as Record<string, Record<string, Operation>>;
  const operations = Object.entries(described).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const links = operations.map(
    ({ path, method }) => `<li><a href="#${anchor(method, path)}">${head(method, path)}</a>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(info.title)} ${escape(info.version)}</title>
<style>${STYLE}</style>
<h1>${escape(info.title)} ${escape(info.version)}</h1>
<p>${escape(info.description ?? '')} For programs: <a href="/openapi.json">/openapi.json</a>.</p>
<ul>${links.join('\n')}</ul>
${operations.map(({ path, method, operation }) => section(method, path, operation)).join('\n')}
</html>
`;
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color-scheme:light dark}
code{font-size:.95em}h2{margin-top:2em;border-top:1px solid #8886;padding-top:.7em}ul{padding-left:1.2em}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25em .8em .25em 0;border-bottom:1px solid #8883}`;

function section(
  method: string,
  path: string,
  { summary = '', parameters, requestBody, responses }: Operation,
): string {
  const asked = (parameters ?? []).map(({ name, in: where, required = false, description, schema = {} }) =>
    row(name, required, { ...schema, ...(description === undefined ? {} : { description }) }, where),
  );
  const sent = Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => fields(schema));
  const answers = Object.entries(responses ?? {}).map(([status, { content = {} }]) => {
    const [[type, { schema }] = ['', {}]] = Object.entries(content) as [string, { schema?: Schema }][];
    const rows = status.startsWith('2') ? fields(schema) : [];
    return `<p><strong>${escape(status)}</strong> <code>${escape(type)}</code> ${escape(schema?.description ?? '')}</p>${table(rows)}`;
  });
  return `<h2 id="${anchor(method, path)}">${head(method, path)}</h2>
<p>${escape(summary)}</p>
${table([...asked, ...sent])}
<details><summary>Answers</summary>${answers.join('\n')}</details>`;
}

const fields = (schema: Schema = {}): string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, of]) => {
    const inner = of.properties ? of : of.items?.properties ? of.items : undefined;
    const below = Object.entries(inner?.properties ?? {}).map(([key, value]) => row(`${name}.${key}`, false, value));
    return [row(name, schema.required?.includes(name) ?? false, of), ...below];
  });

const row = (name: string, required: boolean, schema: Schema, where = 'body'): string =>
  `<tr><td><code>${escape(name)}</code>${required && where !== 'path' ? ' *' : ''}<td>${where === 'body' ? '' : escape(where)}<td>${escape(kind(schema))}<td>${escape(schema.description ?? '')}`;

const table = (rows: string[]): string => (rows.length === 0 ? '' : `<table>${rows.join('\n')}</table>`);

/** The values that a field may have, in a few words. */
function kind(schema: Schema): string {
  const { type, format, minimum, maximum, default: fallback, anyOf } = schema;
  if (anyOf !== undefined) return anyOf.map(kind).join(' or ');
  const base = schema.enum?.map(String).join(' | ') ?? format ?? [type ?? ''].flat().join(' or ');
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const range = bounded ? ` ${minimum ?? ''}…${maximum}` : '';
  return `${base}${range}${fallback === undefined ? '' : `, default ${JSON.stringify(fallback)}`}`;
}

const head = (method: string, path: string): string => `<code>${method.toUpperCase()} ${escape(path)}</code>`;
const anchor = (method: string, path: string): string => `${method}${path.replaceAll(/[^a-z]+/gi, '-')}`;
const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
