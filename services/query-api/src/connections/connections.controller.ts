import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { Platform } from '@tillstream/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, callerOf } from '../http/access.js';
import { parseBody, parseWith } from '../http/parse.js';
import { notFound } from '../http/problem.js';
import { ConnectionTests } from './connection-tests.js';
import { Connections } from './connections.js';
import { Consent } from './consent.js';
import { CallbackQuery, type ConnectionBodies, PutConnectionQuery } from './schemas.js';

/** The bodies depend on whether private addresses are allowed, so they come from the configuration. */
export const CONNECTION_BODIES = Symbol('ConnectionBodies');

@Controller('api/connections')
export class ConnectionsController {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(ConnectionTests) private readonly tests: ConnectionTests,
    @Inject(Consent) private readonly consent: Consent,
    @Inject(CONNECTION_BODIES) private readonly bodies: ConnectionBodies,
  ) {}

  @Get()
  @Allow('viewer')
  list(@Req() request: FastifyRequest) {
    return this.connections.list(callerOf(request).tenantId);
  }

  @Get('quickbooks/callback')
  @Allow('public')
  async callback(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: unknown,
  ) {
    const answer = await this.consent.finish(parseWith(CallbackQuery, query));
    if (!(request.headers.accept ?? '').includes('text/html')) return answer;
    void reply.type('text/html; charset=utf-8');
    return '<!doctype html><title>Tillstream</title><p>QuickBooks is connected. You can close this window.</p>';
  }

  @Post('quickbooks/authorize')
  @HttpCode(200)
  @Allow('admin')
  authorize(@Req() request: FastifyRequest) {
    return this.consent.begin(callerOf(request).tenantId);
  }

  @Get(':platform')
  @Allow('viewer')
  get(@Req() request: FastifyRequest, @Param('platform') platform: string) {
    return this.connections.get(callerOf(request).tenantId, parsePlatform(platform));
  }

  @Put(':platform')
  @Allow('admin')
  put(@Req() request: FastifyRequest, @Param('platform') text: string, @Query() query: unknown, @Body() body: unknown) {
    const platform = parsePlatform(text);
    const { replaceIdentity } = parseWith(PutConnectionQuery, query);
    const parsed = parseBody(this.bodies[platform], body);
    const { tenantId } = callerOf(request);
    return this.connections.put(tenantId, platform, parsed, replaceIdentity === 'true');
  }

  @Delete(':platform')
  @HttpCode(204)
  @Allow('admin')
  async delete(@Req() request: FastifyRequest, @Param('platform') platform: string): Promise<void> {
    await this.connections.delete(callerOf(request).tenantId, parsePlatform(platform));
  }

  @Post(':platform/test')
  @HttpCode(200)
  @Allow('admin')
  test(@Req() request: FastifyRequest, @Param('platform') platform: string) {
    return this.tests.run(callerOf(request).tenantId, parsePlatform(platform));
  }
}

function parsePlatform(text: string): Platform {
  const platform = Platform.safeParse(text);
  if (!platform.success) throw notFound(`The platform "${text.slice(0, 60)}"`);
  return platform.data;
}
