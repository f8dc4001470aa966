import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Allow, callerOf } from '../http/access.js';
import { parseBody, parseWith } from '../http/parse.js';
import { Failures } from './failures.js';
import { Retries } from './retries.js';
import { DiscardBody, ListFailuresQuery, RetryBody, RetryOneBody } from './schemas.js';

@Controller('api/sync')
export class FailuresController {
  constructor(
    @Inject(Failures) private readonly failures: Failures,
    @Inject(Retries) private readonly retries: Retries,
  ) {}

  @Get('failures')
  @Allow('viewer')
  list(@Req() request: FastifyRequest, @Query() query: unknown) {
    return this.failures.list(callerOf(request).tenantId, parseWith(ListFailuresQuery, query));
  }

  @Get('failures/:id')
  @Allow('viewer')
  get(@Req() request: FastifyRequest, @Param('id') id: string) {
    return this.failures.get(callerOf(request).tenantId, id);
  }

  @Post('retry')
  @HttpCode(202)
  @Allow('operator')
  retryMany(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { tenantId, keyId } = callerOf(request);
    return this.retries.many(tenantId, parseBody(RetryBody, body), keyId);
  }

  @Post('failures/:id/retry')
  @HttpCode(202)
  @Allow('operator')
  retryOne(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const { recreate } = parseBody(RetryOneBody, body);
    return this.retries.one(callerOf(request).tenantId, id, recreate);
  }

  @Post('failures/:id/discard')
  @HttpCode(202)
  @Allow('operator')
  async discard(@Req() request: FastifyRequest, @Param('id') id: string, @Body() body: unknown) {
    const { reason } = parseBody(DiscardBody, body);
    await this.failures.discard(callerOf(request).tenantId, id, reason);
    return { id };
  }
}
