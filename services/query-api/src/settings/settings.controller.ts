import { Body, Controller, Get, Inject, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Allow, callerOf } from '../http/access.js';
import { parseBody } from '../http/parse.js';
import { PutSettingsBody, SettingsView } from './schemas.js';
import { TenantSettings } from './tenant-settings.js';

const SCHEMA = z.toJSONSchema(SettingsView, { io: 'input' });

@Controller('api/settings')
export class SettingsController {
  constructor(@Inject(TenantSettings) private readonly settings: TenantSettings) {}

  @Get()
  @Allow('viewer')
  get(@Req() request: FastifyRequest) {
    return this.settings.get(callerOf(request).tenantId);
  }

  @Get('schema')
  @Allow('viewer')
  schema() {
    return SCHEMA;
  }

  @Put()
  @Allow('admin')
  put(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { version, ...settings } = parseBody(PutSettingsBody, body);
    return this.settings.put(callerOf(request).tenantId, version, settings);
  }
}
