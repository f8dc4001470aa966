import { Controller, Get, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import type { Maintenance, RebuildView, StorageView } from '@tillstream/contracts';
import type { FastifyRequest } from 'fastify';
import { Allow, callerOf } from '../http/access.js';
import { ApiProblem, notFound } from '../http/problem.js';
import { DEFAULT_TENANT } from '../keys/keys.js';

/** The port of the storage's owner; null where the profile has none. */
export const MAINTENANCE = Symbol('Maintenance');

/** The instance's storage is shared by all tenants, so only an admin of `default` sees it and works on it. */
@Controller('api')
export class MaintenanceController {
  constructor(@Inject(MAINTENANCE) private readonly maintenance: Maintenance | null) {}

  @Get('storage')
  @Allow('admin')
  storage(@Req() request: FastifyRequest): Promise<StorageView> {
    return this.#port(request).storage();
  }

  @Post('rebuilds')
  @HttpCode(202)
  @Allow('admin')
  start(@Req() request: FastifyRequest): Promise<{ readonly rebuildId: string }> {
    return this.#port(request).startRebuild();
  }

  @Get('rebuilds/:id')
  @Allow('admin')
  async get(@Req() request: FastifyRequest, @Param('id') id: string): Promise<RebuildView> {
    const found = await this.#port(request).rebuild(id);
    if (!found) throw notFound(`The rebuild "${id.slice(0, 100)}"`);
    return found;
  }

  /** Throws `forbidden`, and `not_found` where nobody maintains the storage. */
  #port(request: FastifyRequest): Maintenance {
    if (callerOf(request).tenantId !== DEFAULT_TENANT) {
      throw new ApiProblem('forbidden', `Only an admin key of the tenant "${DEFAULT_TENANT}" may see the storage.`);
    }
    if (!this.maintenance) throw notFound('A storage that Tillstream maintains itself (embedded profile only)');
    return this.maintenance;
  }
}
