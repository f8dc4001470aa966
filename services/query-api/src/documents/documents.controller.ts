import { Controller, Get, Inject, Param, Req } from '@nestjs/common';
import { Entity } from '@tillstream/contracts';
import type { FastifyRequest } from 'fastify';
import { Allow, callerOf } from '../http/access.js';
import { ApiProblem } from '../http/problem.js';
import { Documents } from './documents.js';

@Controller('api/documents')
export class DocumentsController {
  constructor(@Inject(Documents) private readonly documents: Documents) {}

  @Get(':entity/:sourceId')
  @Allow('viewer')
  get(@Req() request: FastifyRequest, @Param('entity') text: string, @Param('sourceId') sourceId: string) {
    const entity = Entity.safeParse(text);
    if (!entity.success) throw new ApiProblem('unknown_entity', `There is no entity "${text.slice(0, 60)}".`);
    return this.documents.get(callerOf(request).tenantId, entity.data, sourceId);
  }
}
