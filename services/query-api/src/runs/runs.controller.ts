import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { Entity } from '@tillstream/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, callerOf } from '../http/access.js';
import { parseBody, parseWith } from '../http/parse.js';
import { ApiProblem, invalid } from '../http/problem.js';
import { methodNotAllowed, RouteTable } from '../http/route-table.js';
import { newRun } from './new-run.js';
import { type NewRun, RunStarter } from './run-starter.js';
import { Plans } from './plans.js';
import { Runs } from './runs.js';
import { IdempotencyHeader, ListPlanQuery, ListRunsQuery, StartRunBody } from './schemas.js';

/** How services/cli calls itself; only what a run says about who asked for it depends on this. */
const CLI_AGENT = /^tillstream-cli\//;

@Controller('api/sync')
export class RunsController {
  constructor(
    @Inject(RunStarter) private readonly starter: RunStarter,
    @Inject(Runs) private readonly runs: Runs,
    @Inject(Plans) private readonly plans: Plans,
    @Inject(RouteTable) private readonly routes: RouteTable,
  ) {}

  @Get('status')
  @Allow('viewer')
  list(@Req() request: FastifyRequest, @Query() query: unknown) {
    return this.runs.list(callerOf(request).tenantId, parseWith(ListRunsQuery, query));
  }

  @Get('status/:syncId')
  @Allow('viewer')
  get(@Req() request: FastifyRequest, @Param('syncId') syncId: string) {
    return this.runs.get(callerOf(request).tenantId, syncId);
  }

  @Get('status/:syncId/plan')
  @Allow('viewer')
  plan(@Req() request: FastifyRequest, @Param('syncId') syncId: string, @Query() query: unknown) {
    return this.plans.list(callerOf(request).tenantId, syncId, parseWith(ListPlanQuery, query));
  }

  @Post('status/:syncId/cancel')
  @HttpCode(202)
  @Allow('operator')
  cancel(@Req() request: FastifyRequest, @Param('syncId') syncId: string) {
    return this.runs.cancel(callerOf(request).tenantId, syncId);
  }

  @Post(':entity')
  @HttpCode(202)
  @Allow('operator')
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('entity') entity: string,
    @Headers('idempotency-key') header: string | undefined,
    @Body() body: unknown,
  ) {
    const { tenantId, keyId } = callerOf(request);
    const type = CLI_AGENT.test(request.headers['user-agent'] ?? '') ? 'cli' : 'api';
    const run = toNewRun(this.#entity(entity), header, body, { type, id: keyId });
    const started = await this.starter.start(tenantId, run);
    if (started.replayed) void reply.header('idempotent-replayed', 'true');
    return started.run;
  }

  #entity(text: string): Entity {
    const entity = Entity.safeParse(text);
    if (entity.success) return entity.data;
    const others = this.routes.methodsOf(`/api/sync/${text}`);
    if (others.length > 0) throw methodNotAllowed('POST', others);
    throw new ApiProblem(
      'unknown_entity',
      `There is no entity "${text.slice(0, 60)}"; use ${Entity.options.join(', ')}.`,
    );
  }
}

function toNewRun(entity: Entity, header: string | undefined, body: unknown, trigger: NewRun['trigger']): NewRun {
  const parsed = parseBody(StartRunBody, body);
  const headerKey = parseHeader(header);
  const { idempotencyKey = headerKey } = parsed;
  if (headerKey !== undefined && idempotencyKey !== headerKey) {
    throw invalid('idempotencyKey', 'differs from the header Idempotency-Key');
  }
  return newRun(entity, idempotencyKey === undefined ? parsed : { ...parsed, idempotencyKey }, trigger);
}

function parseHeader(header: string | undefined): string | undefined {
  const parsed = IdempotencyHeader.safeParse(header);
  if (!parsed.success) throw invalid('Idempotency-Key', 'must have 1 to 200 characters');
  return parsed.data;
}
