import { classifyFailure, classifyResponse } from '../domain/answers/classify.js';
import type { CallContext, EntityName, RemoteResult, WireEntity } from '../domain/model.js';
import { listAt } from '../domain/wire-json.js';
import { buildQuery, PAGE_SIZE } from './query.js';
import type { Caller, HttpRequestLike, Query, QuickBooksApiOptions, Version, WriteOptions } from './types.js';

const MINOR_VERSION = '75';
/** A page of 1000 large invoices. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const SMALLEST_PAGE = 10;
/** Lists that outgrow a page. */
const LONG: ReadonlySet<EntityName> = new Set(['Invoice', 'Payment', 'Customer', 'Vendor', 'Employee', 'Item']);
/** A list from which rows go away faster than it can be read is read again later. */
const MAX_RESTARTS = 5;

/**
 * The wire calls that only look, over an injected `send`; holds no token and repeats nothing by itself. Every method
 * resolves with a classified result and never rejects for anything the remote or the network did; only defects of ours
 * throw.
 */
class QuickBooksReader {
  constructor(protected readonly options: QuickBooksApiOptions) {}

  readById(caller: Caller, entity: EntityName, id: string): Promise<RemoteResult> {
    return this.#read(
      caller,
      `${entity.toLowerCase()}/${encodeURIComponent(id)}`,
      {},
      { effect: 'read', expect: entity },
    );
  }

  /** One page. */
  async query(caller: Caller, query: Query): Promise<RemoteResult<readonly WireEntity[]>> {
    const context: CallContext = { effect: 'read', expect: 'QueryResponse' };
    const result = await this.#read(caller, 'query', { query: buildQuery(query) }, context);
    if (result.kind !== 'ok') return result;
    const rows = listAt(result.entity, query.entity).filter(isWireEntity);
    return { kind: 'ok', entity: rows, traceId: result.traceId };
  }

  /** All pages of 1000, each row once. The first page that fails ends it with its result. */
  async queryAll(caller: Caller, query: Query): Promise<RemoteResult<readonly WireEntity[]>> {
    let rows: WireEntity[] = [];
    let size = query.maxResults ?? PAGE_SIZE;
    for (let restarts = 0; ; ) {
      // Each page begins with the last row of the one before: when it does not, rows went away and the places shifted.
      const seen = rows.at(-1);
      const startPosition = (query.startPosition ?? 1) + Math.max(0, rows.length - 1);
      const page = await this.query(caller, { ...inOrder(query), startPosition, maxResults: size });
      if (page.kind !== 'ok') {
        if (!isTooLarge(page) || size <= SMALLEST_PAGE) return page;
        size = Math.max(SMALLEST_PAGE, Math.floor(size / 4));
        continue;
      }
      const [first, ...next] = page.entity;
      if (seen && first?.Id !== seen.Id) {
        if ((restarts += 1) > MAX_RESTARTS) return shifting(page.traceId);
        rows = [];
        continue;
      }
      rows.push(...(seen ? next : page.entity));
      if (page.entity.length < size) return { ...page, entity: rows };
    }
  }

  companyInfo(caller: Caller): Promise<RemoteResult> {
    const path = `companyinfo/${encodeURIComponent(caller.realmId)}`;
    return this.#read(caller, path, {}, { effect: 'read', expect: 'CompanyInfo' });
  }

  preferences(caller: Caller): Promise<RemoteResult> {
    return this.#read(caller, 'preferences', {}, { effect: 'read', expect: 'Preferences' });
  }

  #read(caller: Caller, path: string, query: Record<string, string>, context: CallContext): Promise<RemoteResult> {
    const { deadlineMs } = this.options;
    return this.call(context, {
      method: 'GET',
      url: this.url(caller, path, query),
      headers: headersOf(caller),
      deadlineMs,
      maxBodyBytes: MAX_BODY_BYTES,
    });
  }

  protected async call(context: CallContext, request: HttpRequestLike): Promise<RemoteResult> {
    let answer: Awaited<ReturnType<QuickBooksApiOptions['send']>>;
    try {
      answer = await this.options.send(request);
    } catch (error) {
      return classifyFailure(error, context);
    }
    return classifyResponse(answer, context);
  }

  protected url({ realmId }: Caller, path: string, query: Record<string, string>): string {
    const base = this.options.baseUrl.replace(/\/+$/u, '');
    const pairs = Object.entries({ ...query, minorversion: MINOR_VERSION });
    const search = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
    return `${base}/v3/company/${encodeURIComponent(realmId)}/${path}?${search}`;
  }
}

/** The same with the calls that change something. */
class QuickBooksApi extends QuickBooksReader {
  /** `bodyText` goes out byte for byte (D12). */
  create(
    caller: Caller,
    entity: EntityName,
    bodyText: string,
    requestId: string,
    options?: WriteOptions,
  ): Promise<RemoteResult> {
    const context: CallContext = { effect: 'write', expect: entity, creates: true };
    return this.#write(caller, entity, { requestid: requestId }, bodyText, context, options);
  }

  /** The body carries Id and SyncToken. */
  update(
    caller: Caller,
    entity: EntityName,
    bodyText: string,
    requestId: string,
    options?: WriteOptions,
  ): Promise<RemoteResult> {
    return this.#write(
      caller,
      entity,
      { requestid: requestId },
      bodyText,
      { effect: 'write', expect: entity },
      options,
    );
  }

  /** Invoice: `operation=void`; Payment: the form node-quickbooks and Intuit's samples use, `operation=update&include=void`. */
  void(
    caller: Caller,
    entity: 'Invoice' | 'Payment',
    target: Version,
    requestId: string,
    options?: WriteOptions,
  ): Promise<RemoteResult> {
    const isInvoice = entity === 'Invoice';
    const body = { Id: target.id, SyncToken: target.syncToken, ...(isInvoice ? {} : { sparse: true }) };
    const operation: Record<string, string> = isInvoice
      ? { operation: 'void' }
      : { operation: 'update', include: 'void' };
    const query = { ...operation, requestid: requestId };
    return this.#write(caller, entity, query, JSON.stringify(body), { effect: 'write', expect: entity }, options);
  }

  delete(
    caller: Caller,
    entity: EntityName,
    target: Version,
    requestId: string,
    options?: WriteOptions,
  ): Promise<RemoteResult> {
    const body = JSON.stringify({ Id: target.id, SyncToken: target.syncToken });
    const query = { operation: 'delete', requestid: requestId };
    return this.#write(caller, entity, query, body, { effect: 'write', expect: entity }, options);
  }

  #write(
    caller: Caller,
    entity: EntityName,
    query: Record<string, string>,
    body: string,
    context: CallContext,
    options: WriteOptions = {},
  ): Promise<RemoteResult> {
    const { onSent, deadlineMs = this.options.deadlineMs } = options;
    return this.call(context, {
      method: 'POST',
      url: this.url(caller, entity.toLowerCase(), query),
      headers: { ...headersOf(caller), 'content-type': 'application/json' },
      body,
      deadlineMs,
      maxBodyBytes: MAX_BODY_BYTES,
      ...(onSent === undefined ? {} : { onSent }),
    });
  }
}

export type QuickBooksReads = Pick<QuickBooksReader, keyof QuickBooksReader>;
export type QuickBooksRemote = Pick<QuickBooksApi, keyof QuickBooksApi>;

export function createQuickBooksApi(options: QuickBooksApiOptions): QuickBooksRemote {
  return new QuickBooksApi(options);
}

/** No method of it changes anything at QuickBooks. */
export function createQuickBooksReads(options: QuickBooksApiOptions): QuickBooksReads {
  return new QuickBooksReader(options);
}

function headersOf({ accessToken }: Caller): Record<string, string> {
  return { authorization: `Bearer ${accessToken}`, accept: 'application/json' };
}

function isWireEntity(row: unknown): row is WireEntity {
  return typeof row === 'object' && row !== null && 'Id' in row && typeof row.Id === 'string';
}

function shifting(traceId: string | null): RemoteResult<readonly WireEntity[]> {
  const remote = { httpStatus: 200, ...(traceId === null ? {} : { traceId }) };
  const message = 'A list of QuickBooks changed while it was read.';
  return { kind: 'retry_later', code: 'quickbooks_busy', message, remote };
}

/** By a time that never changes, so that what is added while we read comes at the end. */
function inOrder(query: Query): Query {
  return LONG.has(query.entity) ? { orderBy: 'MetaData.CreateTime', ...query } : query;
}

/** 10100: the result is too big for one answer (facts section 3). */
function isTooLarge(result: RemoteResult<readonly WireEntity[]>): boolean {
  return result.kind === 'rejected' && result.remote.faultCode === '10100';
}
