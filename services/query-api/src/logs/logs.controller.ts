import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Allow, callerOf } from '../http/access.js';
import { parseWith } from '../http/parse.js';
import { logCsv } from './csv.js';
import { Logs } from './logs.js';
import { LogsQuery } from './schemas.js';

@Controller('api/logs')
export class LogsController {
  constructor(@Inject(Logs) private readonly logs: Logs) {}

  /** CSV has no place for a cursor: it stands in the header `Next-Cursor`. */
  @Get()
  @Allow('viewer')
  async list(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Query() query: unknown) {
    const wanted = parseWith(LogsQuery, query);
    const page = await this.logs.list(callerOf(request).tenantId, wanted);
    if (wanted.format === 'json') return page;
    void reply.type('text/csv; charset=utf-8');
    if (page.nextCursor !== null) void reply.header('next-cursor', page.nextCursor);
    return logCsv(page.items);
  }
}
