import { ApiProblem } from './problem.js';

/** Which addresses exist with which methods: tells 405 from 404, and lets a test compare routes with the OpenAPI page. */
export class RouteTable {
  readonly #routes: { readonly pattern: RegExp; readonly method: string; readonly url: string }[] = [];

  add(methods: string | readonly string[], url: string): void {
    const segments = url
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll('.', '\\.')));
    const pattern = new RegExp(`^${segments.join('/')}/?$`);
    for (const method of [methods].flat()) this.#routes.push({ pattern, method, url });
  }

  list(): { readonly method: string; readonly url: string }[] {
    return this.#routes.map(({ method, url }) => ({ method, url }));
  }

  /** The refusal for an address without a handler. */
  missing(method: string, path: string): ApiProblem {
    const own = this.methodsOf(path);
    const alike = () => this.#routes.filter(({ pattern }) => pattern.test(path)).map((route) => route.method);
    const allowed = own.length > 0 ? own : [...new Set(alike())];
    if (allowed.length === 0 || allowed.includes(method))
      return new ApiProblem('not_found', 'This address does not exist.');
    return methodNotAllowed(method, allowed);
  }

  /** For an address that only looks like one with a parameter: `POST /api/sync/status`. */
  methodsOf(path: string): string[] {
    return this.#routes.filter(({ url }) => url === path).map(({ method }) => method);
  }
}

export function methodNotAllowed(method: string, allowed: readonly string[]): ApiProblem {
  return new ApiProblem('method_not_allowed', `${method} is not possible here; use ${allowed.join(', ')}.`, {
    headers: { allow: allowed.join(', ') },
  });
}
