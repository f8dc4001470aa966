import { type CallOptions, credentials, Metadata, type ServiceError, status as Code } from '@grpc/grpc-js';
import { InvariantError } from '@tillstream/kernel';
import {
  BadRequest,
  ErrorInfo,
  RetryInfo,
  Status,
  SyncServiceClient,
  SyncServiceService,
  type WatchSyncResponse,
} from '@tillstream/proto';
import { ADMIN_KEY } from './harness.js';

type Service = typeof SyncServiceService;
export type Method = keyof Service;
type Request<Name extends Method> = Parameters<Service[Name]['requestSerialize']>[0];
type Response<Name extends Method> = ReturnType<Service[Name]['responseDeserialize']>;

/** How a call ended that was not OK, with its google.rpc details decoded. */
export interface Refusal {
  readonly code: string;
  readonly details: string;
  readonly reason: string | undefined;
  readonly domain: string | undefined;
  readonly members: Readonly<Record<string, string>>;
  readonly fields: readonly string[];
  readonly retryAfterS: number | undefined;
}

/** A generated client with a key, over a real channel. */
export class GrpcClient {
  readonly client: SyncServiceClient;

  constructor(
    readonly address: string,
    private readonly key: string | null = ADMIN_KEY,
  ) {
    this.client = new SyncServiceClient(address, credentials.createInsecure());
  }

  metadata(): Metadata {
    const metadata = new Metadata();
    if (this.key !== null) metadata.set('authorization', `Bearer ${this.key}`);
    return metadata;
  }

  /** Left out fields are unset. Rejects with the ServiceError. */
  call<Name extends Exclude<Method, 'watchSync'>>(
    name: Name,
    request: Partial<Request<Name>> = {},
    options: CallOptions = {},
  ): Promise<Response<Name>> {
    const { path, requestSerialize, responseDeserialize } = SyncServiceService[name];
    return new Promise((resolve, reject) => {
      const whole = { ...emptyRequest(name), ...request };
      this.client.makeUnaryRequest(
        path,
        requestSerialize as (value: unknown) => Buffer,
        responseDeserialize as (bytes: Buffer) => Response<Name>,
        whole,
        this.metadata(),
        options,
        (error, value) => (error ? reject(error) : resolve(value as Response<Name>)),
      );
    });
  }

  /** The end of a call that must not be OK. */
  async refused<Name extends Exclude<Method, 'watchSync'>>(
    name: Name,
    request: Partial<Request<Name>> = {},
    options: CallOptions = {},
  ): Promise<Refusal> {
    const answer = await this.call(name, request, options).catch((error: unknown) => error);
    return refusalOf(answer);
  }

  watch(syncId: string, options: CallOptions = {}) {
    return this.client.watchSync({ syncId }, this.metadata(), options);
  }

  /** Every snapshot of a watch that ends by itself. */
  async watched(syncId: string): Promise<WatchSyncResponse[]> {
    const seen: WatchSyncResponse[] = [];
    for await (const snapshot of this.watch(syncId)) seen.push(snapshot as WatchSyncResponse);
    return seen;
  }

  close(): void {
    this.client.close();
  }
}

function emptyRequest(name: Method): object {
  return SyncServiceService[name].requestDeserialize(Buffer.alloc(0));
}

export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error) || !('code' in error)) throw new InvariantError('not_refused', 'the call was answered');
  const { code, details, metadata } = error as ServiceError;
  const [bytes] = metadata.get('grpc-status-details-bin');
  const all = bytes === undefined ? [] : Status.decode(Buffer.from(bytes)).details;
  const find = (name: string) => all.find(({ typeUrl }) => typeUrl === `type.googleapis.com/google.rpc.${name}`)?.value;
  const [info, bad, retry] = [find('ErrorInfo'), find('BadRequest'), find('RetryInfo')];
  const decoded = info && ErrorInfo.decode(info);
  return {
    code: Code[code],
    details,
    reason: decoded?.reason,
    domain: decoded?.domain,
    members: decoded?.metadata ?? {},
    fields: bad ? BadRequest.decode(bad).fieldViolations.map(({ field }) => field) : [],
    retryAfterS: retry && RetryInfo.decode(retry).retryDelay?.seconds,
  };
}
