import type { Metadata } from '@grpc/grpc-js';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type * as Proto from '@tillstream/proto';
import { Documents } from '../documents/documents.js';
import { Failures } from '../failures/failures.js';
import { Retries } from '../failures/retries.js';
import { contextOf } from './call-context.js';
import { CallErrorFilter } from './error-filter.js';
import { documentMessage, failureMessage } from './messages/answers.js';
import { toDocumentId, toFailuresQuery, toRetryBody } from './messages/requests.js';
import { readable } from './service-definition.js';

const SERVICE = 'SyncService';

/** Failures and documents: the use cases of FailuresController and DocumentsController. */
@Controller()
@UseFilters(CallErrorFilter)
export class RecordsGrpcController {
  constructor(
    @Inject(Failures) private readonly failures: Failures,
    @Inject(Retries) private readonly retries: Retries,
    @Inject(Documents) private readonly documents: Documents,
  ) {}

  @GrpcMethod(SERVICE, 'listFailures')
  async listFailures(message: Proto.ListFailuresRequest, metadata: Metadata): Promise<Proto.ListFailuresResponse> {
    const { caller } = contextOf(metadata);
    const { items, nextCursor } = await this.failures.list(caller.tenantId, toFailuresQuery(readable(message)));
    return { failures: items.map(failureMessage), nextPageToken: nextCursor ?? '' };
  }

  @GrpcMethod(SERVICE, 'retryFailure')
  retryFailure(message: Proto.RetryFailureRequest, metadata: Metadata): Promise<Proto.RetryFailureResponse> {
    const { caller, signal } = contextOf(metadata);
    const { failureId, recreate } = readable(message);
    return this.retries.one(caller.tenantId, failureId, recreate, signal);
  }

  @GrpcMethod(SERVICE, 'retryFailures')
  async retryFailures(message: Proto.RetryFailuresRequest, metadata: Metadata): Promise<Proto.RetryFailuresResponse> {
    const { caller, signal } = contextOf(metadata);
    const body = toRetryBody(readable(message));
    const { syncId, accepted } = await this.retries.many(caller.tenantId, body, caller.keyId, signal);
    return { syncId: syncId ?? undefined, accepted };
  }

  @GrpcMethod(SERVICE, 'getDocument')
  async getDocument(message: Proto.GetDocumentRequest, metadata: Metadata): Promise<Proto.GetDocumentResponse> {
    const { caller } = contextOf(metadata);
    const { entity, sourceId } = toDocumentId(readable(message));
    return { document: documentMessage(await this.documents.get(caller.tenantId, entity, sourceId)) };
  }
}
