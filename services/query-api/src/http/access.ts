import { RouteConfig } from '@nestjs/platform-fastify';
import type { Role } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller, Keys } from '../keys/keys.js';
import { ApiProblem } from './problem.js';

/** Who may call a route: everybody, or a key of at least this role. */
export type Access = Role | 'public';

/** From reading to administering. */
const RANK: Readonly<Record<Role, number>> = { viewer: 1, operator: 2, admin: 3 };

/** Is a key of `role` enough where `needed` is asked for. */
export function roleSuffices(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** The refusal of a key whose role is too low. */
export function roleTooLow(needed: Role | undefined): ApiProblem {
  return new ApiProblem('forbidden', `This needs a key of role ${needed ?? 'nobody has'}.`);
}

/** Declares who may call a handler. Every handler declares it; one that does not answers nobody. */
export const Allow = (access: Access): MethodDecorator => RouteConfig({ access });

const CALLERS = new WeakMap<FastifyRequest, Caller>();

/** The key that sent this request. Only for handlers that are not public. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = CALLERS.get(request);
  if (!caller) throw new InvariantError('caller_missing', 'a public handler asked for its caller');
  return caller;
}

/** Checks key and role before the body is read, so that a refused caller learns nothing about it. */
export function guardAccess(instance: FastifyInstance, keys: Keys): void {
  instance.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const { access } = request.routeOptions.config as { access?: Access };
    if (access === 'public') return;
    const caller = await keys.authenticate(request.headers.authorization);
    if (access === undefined || !roleSuffices(caller.role, access)) throw roleTooLow(access);
    CALLERS.set(request, caller);
  });
}
