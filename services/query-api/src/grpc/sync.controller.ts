import type { Metadata, ServerWritableStream } from '@grpc/grpc-js';
import { Controller, Inject, UseFilters } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type * as Proto from '@tillstream/proto';
import type { Observable } from 'rxjs';
import { ApiProblem } from '../http/problem.js';
import { RunStarter } from '../runs/run-starter.js';
import { Runs } from '../runs/runs.js';
import { contextOf } from './call-context.js';
import { CallErrorFilter } from './error-filter.js';
import { startedMessage, syncMessage } from './messages/answers.js';
import { STATUSES } from './messages/enums.js';
import { toNewRun, toRunsQuery } from './messages/requests.js';
import { readable } from './service-definition.js';
import { RunFeed } from './watch/run-feed.js';
import { writeNewest } from './watch/write-newest.js';

const SERVICE = 'SyncService';

/** Runs: the use cases of RunsController. */
@Controller()
@UseFilters(CallErrorFilter)
export class SyncGrpcController {
  constructor(
    @Inject(RunStarter) private readonly starter: RunStarter,
    @Inject(Runs) private readonly runs: Runs,
    @Inject(RunFeed) private readonly feed: RunFeed,
  ) {}

  @GrpcMethod(SERVICE, 'triggerSync')
  async triggerSync(message: Proto.TriggerSyncRequest, metadata: Metadata): Promise<Proto.TriggerSyncResponse> {
    const { caller, signal } = contextOf(metadata);
    const run = toNewRun(readable(message), { type: 'api', id: caller.keyId });
    return startedMessage(await this.starter.start(caller.tenantId, run, signal));
  }

  @GrpcMethod(SERVICE, 'getSync')
  async getSync(message: Proto.GetSyncRequest, metadata: Metadata): Promise<Proto.GetSyncResponse> {
    const { caller } = contextOf(metadata);
    return { sync: syncMessage(await this.runs.get(caller.tenantId, readable(message).syncId)) };
  }

  @GrpcMethod(SERVICE, 'listSyncs')
  async listSyncs(message: Proto.ListSyncsRequest, metadata: Metadata): Promise<Proto.ListSyncsResponse> {
    const { caller } = contextOf(metadata);
    const { items, nextCursor } = await this.runs.list(caller.tenantId, toRunsQuery(readable(message)));
    return { syncs: items.map(syncMessage), nextPageToken: nextCursor ?? '' };
  }

  @GrpcMethod(SERVICE, 'watchSync')
  watchSync(
    message: Proto.WatchSyncRequest,
    metadata: Metadata,
    call: ServerWritableStream<Proto.WatchSyncRequest, Proto.WatchSyncResponse>,
  ): Observable<never> {
    const { caller } = contextOf(metadata);
    const { syncId } = readable(message);
    return writeNewest({ write: (run, taken) => call.write({ sync: syncMessage(run) }, taken) }, (watcher) =>
      this.feed.watch(caller.tenantId, syncId, watcher),
    );
  }

  @GrpcMethod(SERVICE, 'cancelSync')
  async cancelSync(message: Proto.CancelSyncRequest, metadata: Metadata): Promise<Proto.CancelSyncResponse> {
    const { caller, signal } = contextOf(metadata);
    signal.throwIfAborted();
    const { syncId, status } = await this.runs.cancel(caller.tenantId, readable(message).syncId);
    return { syncId, status: STATUSES[status] };
  }

  /** Schedules are not part of the product yet: whoever may use them is told so. */
  @GrpcMethod(SERVICE, 'listSchedules')
  listSchedules(): never {
    throw noSchedules();
  }

  @GrpcMethod(SERVICE, 'createSchedule')
  createSchedule(): never {
    throw noSchedules();
  }

  @GrpcMethod(SERVICE, 'updateSchedule')
  updateSchedule(): never {
    throw noSchedules();
  }

  @GrpcMethod(SERVICE, 'deleteSchedule')
  deleteSchedule(): never {
    throw noSchedules();
  }
}

function noSchedules(): ApiProblem {
  return new ApiProblem(
    'schedules_unavailable',
    'This version has no schedules; let your own scheduler call TriggerSync with an idempotency key.',
  );
}
