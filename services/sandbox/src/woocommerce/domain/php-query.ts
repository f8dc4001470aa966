/**
 * Query strings as PHP reads them: `a[]=1` and `a[0]=1` make lists, a repeated plain name keeps the last value, and
 * every element has an index, which is also the name WooCommerce signs.
 */
export class PhpQuery {
  readonly #values = new Map<string, string>();
  readonly #lists = new Map<string, Map<string, string>>();

  constructor(search: string) {
    for (const part of search.replace(/^\?/, '').split('&')) {
      if (part === '') continue;
      const cut = part.indexOf('=');
      const name = decode(cut < 0 ? part : part.slice(0, cut));
      this.#set(name, decode(cut < 0 ? '' : part.slice(cut + 1)));
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  has(name: string): boolean {
    return this.#values.has(name) || this.#lists.has(name);
  }

  /** A list given as `name[]=a&name[]=b` or as `name=a,b`. */
  list(name: string): string[] | undefined {
    const list = this.#lists.get(name);
    if (list !== undefined) return [...list.values()];
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    return value.split(/[\s,]+/).filter((each) => each !== '');
  }

  /** Every name and value, list elements as `name[index]`. */
  flat(): [string, string][] {
    const lists = [...this.#lists].flatMap(([name, list]) =>
      [...list].map(([index, value]): [string, string] => [`${name}[${index}]`, value]),
    );
    return [...this.#values, ...lists];
  }

  #set(name: string, value: string): void {
    const match = /^([^[]+)\[([^\]]*)\]$/.exec(name);
    const [, base, index = ''] = match ?? [];
    if (base === undefined) {
      this.#values.set(name, value);
      return;
    }
    const list = this.#lists.get(base) ?? new Map<string, string>();
    list.set(index === '' ? String(list.size) : index, value);
    this.#lists.set(base, list);
  }
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
