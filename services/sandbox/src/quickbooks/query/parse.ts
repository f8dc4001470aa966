import { faults } from '../fault.js';

export type Literal = string;
export type Operator = '=' | '<' | '>' | '<=' | '>=' | 'IN' | 'LIKE';

export interface Condition {
  readonly property: string;
  readonly operator: Operator;
  readonly values: readonly Literal[];
}

export interface Query {
  /** 'COUNT', '*' or the properties asked for. */
  readonly select: 'COUNT' | '*' | readonly string[];
  readonly entity: string;
  readonly where: readonly Condition[];
  readonly orderBy: readonly { readonly property: string; readonly descending: boolean }[];
  readonly startPosition: number;
  readonly maxResults: number;
}

interface Token {
  readonly kind: 'word' | 'text' | 'symbol';
  readonly text: string;
}

/** Words and symbols; text in single quotes, where only `\'` and `\\` are escapes. */
function tokens(source: string): readonly Token[] {
  const found: Token[] = [];
  let position = 0;
  while (position < source.length) {
    const rest = source.slice(position);
    const space = /^\s+/u.exec(rest);
    if (space) {
      position += space[0].length;
      continue;
    }
    if (rest.startsWith("'")) {
      const quoted = /^'((?:[^'\\]|\\['\\])*)'/u.exec(rest);
      if (!quoted) throw faults.queryParse('Encountered an unterminated or badly escaped string');
      found.push({ kind: 'text', text: (quoted[1] ?? '').replace(/\\(['\\])/gu, '$1') });
      position += quoted[0].length;
      continue;
    }
    const symbol = /^(?:<=|>=|[=<>(),*])/u.exec(rest);
    const word = symbol ? null : /^[\w.:+-]+/u.exec(rest);
    const match = symbol ?? word;
    if (!match) throw faults.queryParse(`Encountered "${rest.slice(0, 1)}"`);
    found.push({ kind: symbol ? 'symbol' : 'word', text: match[0] });
    position += match[0].length;
  }
  return found;
}

/** Parses one query of QuickBooks' language: one entity, AND only. Throws 4000 for everything else. */
export function parseQuery(source: string): Query {
  const parser = new Parser(tokens(source));
  return parser.query();
}

class Parser {
  #next = 0;

  constructor(private readonly all: readonly Token[]) {}

  query(): Query {
    this.#keyword('SELECT');
    const select = this.#selection();
    this.#keyword('FROM');
    const entity = this.#word();
    const where: Condition[] = [];
    if (this.#takes('WHERE')) {
      do where.push(this.#condition());
      while (this.#takes('AND'));
    }
    const orderBy = this.#takes('ORDERBY') || this.#takesOrderBy() ? this.#orderings() : [];
    let startPosition = 1;
    let maxResults = 100;
    for (;;) {
      if (this.#takes('STARTPOSITION')) startPosition = this.#number();
      else if (this.#takes('MAXRESULTS')) maxResults = this.#number();
      else break;
    }
    const rest = this.all[this.#next];
    if (rest) throw faults.queryParse(`Encountered "${rest.text}"`);
    if (startPosition < 1) throw faults.queryInvalid('STARTPOSITION must be 1 or greater');
    if (maxResults > 1000) throw faults.queryInvalid('MAXRESULTS must not exceed 1000');
    return { select, entity, where, orderBy, startPosition, maxResults };
  }

  #selection(): Query['select'] {
    if (this.#takesSymbol('*')) return '*';
    const first = this.#word();
    if (first.toUpperCase() === 'COUNT' && this.#takesSymbol('(')) {
      this.#symbol('*');
      this.#symbol(')');
      return 'COUNT';
    }
    const fields = [first];
    while (this.#takesSymbol(',')) fields.push(this.#word());
    return fields;
  }

  #condition(): Condition {
    const property = this.#word();
    if (this.#takes('IN')) {
      this.#symbol('(');
      const values = [this.#literal()];
      while (this.#takesSymbol(',')) values.push(this.#literal());
      this.#symbol(')');
      return { property, operator: 'IN', values };
    }
    if (this.#takes('LIKE')) return { property, operator: 'LIKE', values: [this.#literal()] };
    const token = this.all[this.#next];
    const operator = (['=', '<', '>', '<=', '>='] as const).find(
      (known) => token?.kind === 'symbol' && token.text === known,
    );
    if (!operator) throw faults.queryParse(`Encountered "${token?.text ?? '<EOF>'}"`);
    this.#next += 1;
    return { property, operator, values: [this.#literal()] };
  }

  #orderings(): Query['orderBy'] {
    const found: { property: string; descending: boolean }[] = [];
    do {
      const property = this.#word();
      const descending = this.#takes('DESC');
      if (!descending) this.#takes('ASC');
      found.push({ property, descending });
    } while (this.#takesSymbol(','));
    return found;
  }

  #takesOrderBy(): boolean {
    if (!this.#takes('ORDER')) return false;
    this.#keyword('BY');
    return true;
  }

  #literal(): Literal {
    const token = this.all[this.#next];
    if (!token || token.kind === 'symbol') throw faults.queryParse(`Encountered "${token?.text ?? '<EOF>'}"`);
    if (token.kind === 'word' && !/^(?:true|false|-?\d+(?:\.\d+)?)$/iu.test(token.text)) {
      throw faults.queryParse(`Encountered "${token.text}", expected a quoted value`);
    }
    this.#next += 1;
    return token.text;
  }

  #number(): number {
    const value = Number(this.#word());
    if (!Number.isInteger(value) || value < 0) throw faults.queryParse('Expected a number');
    return value;
  }

  #word(): string {
    const token = this.all[this.#next];
    if (token?.kind !== 'word') throw faults.queryParse(`Encountered "${token?.text ?? '<EOF>'}"`);
    this.#next += 1;
    return token.text;
  }

  #keyword(word: string): void {
    if (!this.#takes(word))
      throw faults.queryParse(`Encountered "${this.all[this.#next]?.text ?? '<EOF>'}", expected ${word}`);
  }

  #takes(word: string): boolean {
    const token = this.all[this.#next];
    if (token?.kind !== 'word' || token.text.toUpperCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #takesSymbol(symbol: string): boolean {
    const token = this.all[this.#next];
    if (token?.kind !== 'symbol' || token.text !== symbol) return false;
    this.#next += 1;
    return true;
  }

  #symbol(symbol: string): void {
    if (!this.#takesSymbol(symbol)) throw faults.queryParse(`Encountered "${this.all[this.#next]?.text ?? '<EOF>'}"`);
  }
}
