import type { ServerUnaryCall } from '@grpc/grpc-js';
import { type ArgumentsHost, Catch, Inject, type RpcExceptionFilter } from '@nestjs/common';
import type { Logger } from '@tillstream/observability';
import { type Observable, throwError } from 'rxjs';
import { statusOf } from './errors.js';

export const GRPC_LOGGER = Symbol('GrpcLogger');

/** Turns whatever a handler threw into the status that ends its call. */
@Catch()
export class CallErrorFilter implements RpcExceptionFilter {
  constructor(@Inject(GRPC_LOGGER) private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> {
    const call = host.getArgByIndex<Pick<ServerUnaryCall<unknown, unknown>, 'getPath'>>(2);
    const status = statusOf(thrown, call.getPath(), this.logger);
    return throwError(() => status);
  }
}
