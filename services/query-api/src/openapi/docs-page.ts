/** The description for people: one page without scripts from elsewhere. */
export function docsPage(document: object): string {
  const { paths } = document as { paths: Record<string, Record<string, DescribedOperation>> };
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(method, path, operation)),
  );
  return [HEAD, ...rows, '</main></body></html>'].join('\n');
}

interface DescribedOperation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { readonly schema: object }> }
  >;
}

const HEAD = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tillstream API</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b1f24;background:#f6f7f9}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
details{background:#fff;border:1px solid #dde1e6;border-radius:6px;margin:.5rem 0;padding:.5rem 1rem}
summary{cursor:pointer}code,pre{font:13px/1.45 ui-monospace,monospace}
pre{overflow:auto;background:#f6f7f9;padding:.75rem;border-radius:4px}
b.m{display:inline-block;min-width:4rem;color:#0b5cad}
</style></head><body><main>
<h1>Tillstream API</h1>
<p>Send an API key as <code>Authorization: Bearer &lt;key&gt;</code>. Errors are <code>application/problem+json</code> with a
stable <code>code</code>. The machine-readable form is <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>`;

function renderOperation(method: string, path: string, operation: DescribedOperation): string {
  const parts = [
    `<details><summary><b class="m">${method.toUpperCase()}</b> <code>${escape(path)}</code> ${escape(operation.summary)}</summary>`,
    operation.description ? `<p>${escape(operation.description)}</p>` : '<p>Needs no key.</p>',
    ...operation.parameters.map(
      (parameter) =>
        `<p><code>${escape(parameter.name)}</code> (${parameter.in}${parameter.required ? ', required' : ''})</p>${block(parameter.schema)}`,
    ),
  ];
  const body = operation.requestBody?.content['application/json'];
  if (body) parts.push(`<h4>Body</h4>${block(body.schema)}`);
  for (const [status, response] of Object.entries(operation.responses)) {
    const answer = response.content?.['application/json'];
    parts.push(`<h4>${status}</h4><p>${escape(response.description)}</p>${answer ? block(answer.schema) : ''}`);
  }
  return [...parts, '</details>'].join('\n');
}

function block(schema: object): string {
  return `<pre>${escape(JSON.stringify(schema, null, 2))}</pre>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
