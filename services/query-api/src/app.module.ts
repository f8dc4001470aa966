import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CONNECTION_BODIES, ConnectionsController } from './connections/connections.controller.js';
import { ConnectionTests } from './connections/connection-tests.js';
import { Connections } from './connections/connections.js';
import { Consent } from './connections/consent.js';
import { connectionBodies } from './connections/schemas.js';
import { Documents } from './documents/documents.js';
import { DocumentsController } from './documents/documents.controller.js';
import { Failures } from './failures/failures.js';
import { FailuresController } from './failures/failures.controller.js';
import { Retries } from './failures/retries.js';
import type { GrpcFace } from './grpc/face.js';
import { RouteTable } from './http/route-table.js';
import { KeysController } from './keys/keys.controller.js';
import { Keys } from './keys/keys.js';
import { Tenants } from './keys/tenants.js';
import { Plans } from './runs/plans.js';
import { RunStarter } from './runs/run-starter.js';
import { RunsController } from './runs/runs.controller.js';
import { Runs } from './runs/runs.js';
import { Logs } from './logs/logs.js';
import { LogsController } from './logs/logs.controller.js';
import { MAINTENANCE, MaintenanceController } from './maintenance/maintenance.controller.js';
import type { UseCases } from './use-cases.js';
import { SettingsController } from './settings/settings.controller.js';
import { TenantSettings } from './settings/tenant-settings.js';
import { HEALTH, METRICS, SystemController } from './system/system.controller.js';

/** Nest is the shell: controllers and the use cases they call. The use cases know nothing of Nest. */
@Module({})
export class QueryApiModule {
  static of(useCases: UseCases, grpc: GrpcFace | null): DynamicModule {
    return {
      module: QueryApiModule,
      controllers: [
        SystemController,
        KeysController,
        ConnectionsController,
        SettingsController,
        FailuresController,
        RunsController,
        DocumentsController,
        LogsController,
        MaintenanceController,
        ...(grpc?.controllers ?? []),
      ],
      providers: [...providersOf(useCases), ...(grpc?.providers ?? [])],
    };
  }
}

function providersOf(useCases: UseCases): Provider[] {
  return [
    { provide: Keys, useValue: useCases.keys },
    { provide: Tenants, useValue: useCases.tenants },
    { provide: Connections, useValue: useCases.connections },
    { provide: ConnectionTests, useValue: useCases.connectionTests },
    { provide: Consent, useValue: useCases.consent },
    { provide: TenantSettings, useValue: useCases.settings },
    { provide: RunStarter, useValue: useCases.runStarter },
    { provide: Runs, useValue: useCases.runs },
    { provide: Plans, useValue: useCases.plans },
    { provide: Failures, useValue: useCases.failures },
    { provide: Retries, useValue: useCases.retries },
    { provide: Documents, useValue: useCases.documents },
    { provide: RouteTable, useValue: useCases.routes },
    { provide: CONNECTION_BODIES, useValue: connectionBodies(useCases.allowPrivateTargets) },
    { provide: Logs, useValue: useCases.logs },
    { provide: MAINTENANCE, useValue: useCases.maintenance },
    { provide: METRICS, useValue: useCases.metrics },
    { provide: HEALTH, useValue: useCases.health },
  ];
}
