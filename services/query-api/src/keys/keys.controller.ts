import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Allow, callerOf } from '../http/access.js';
import { PageQuery } from '../http/lists.js';
import { parseBody, parseWith } from '../http/parse.js';
import { ApiProblem } from '../http/problem.js';
import { DEFAULT_TENANT, Keys } from './keys.js';
import { CreateKeyBody, CreateTenantBody } from './schemas.js';
import { Tenants } from './tenants.js';

@Controller('api')
export class KeysController {
  constructor(
    @Inject(Keys) private readonly keys: Keys,
    @Inject(Tenants) private readonly tenants: Tenants,
  ) {}

  @Post('keys')
  @HttpCode(201)
  @Allow('admin')
  create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { name, role } = parseBody(CreateKeyBody, body);
    return this.keys.create(callerOf(request).tenantId, name, role);
  }

  @Get('keys')
  @Allow('admin')
  list(@Req() request: FastifyRequest, @Query() query: unknown) {
    return this.keys.list(callerOf(request).tenantId, parseWith(z.strictObject(PageQuery), query));
  }

  @Delete('keys/:id')
  @HttpCode(204)
  @Allow('admin')
  async delete(@Req() request: FastifyRequest, @Param('id') id: string): Promise<void> {
    await this.keys.delete(callerOf(request).tenantId, id);
  }

  @Post('tenants')
  @HttpCode(201)
  @Allow('admin')
  createTenant(@Req() request: FastifyRequest, @Body() body: unknown) {
    if (callerOf(request).tenantId !== DEFAULT_TENANT) {
      throw new ApiProblem('forbidden', `Only an admin key of the tenant "${DEFAULT_TENANT}" may make tenants.`);
    }
    const { tenantId, name } = parseBody(CreateTenantBody, body);
    return this.tenants.create(tenantId, name);
  }
}
