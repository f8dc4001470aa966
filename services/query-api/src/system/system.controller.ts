import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Metrics } from '@tillstream/observability';
import type { FastifyReply } from 'fastify';
import { Allow } from '../http/access.js';
import { openApiDocument } from '../openapi/document.js';
import { docsPage } from '../openapi/docs-page.js';
import type { ConnectionBodies } from '../connections/schemas.js';
import { CONNECTION_BODIES } from '../connections/connections.controller.js';
import { type HealthProvider, readiness } from '@tillstream/service-host';

export const METRICS = Symbol('Metrics');
export const HEALTH = Symbol('HealthProviders');

@Controller()
export class SystemController {
  readonly #openApi: object;

  constructor(
    @Inject(METRICS) private readonly metrics: Metrics,
    @Inject(HEALTH) private readonly providers: readonly HealthProvider[],
    @Inject(CONNECTION_BODIES) bodies: ConnectionBodies,
  ) {
    this.#openApi = openApiDocument(bodies);
  }

  @Get('health/live')
  @Allow('public')
  live() {
    return { status: 'live' };
  }

  @Get('health/ready')
  @Allow('public')
  ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const state = readiness(this.providers);
    if (state.status !== 'ready') void reply.status(503).header('retry-after', '5');
    return state;
  }

  @Get('metrics')
  @Allow('public')
  async exposeMetrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const { contentType, body } = await this.metrics.expose();
    void reply.type(contentType);
    return body;
  }

  @Get('api/openapi.json')
  @Allow('public')
  openApi() {
    return this.#openApi;
  }

  @Get('api/docs')
  @Allow('public')
  docs(@Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.type('text/html; charset=utf-8');
    return docsPage(this.#openApi);
  }
}
