import { COLLECTIONS, type RealmStatusDocument, TOPICS, type WriterReply } from '@tillstream/contracts';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, TENANT } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const REALM = '9130001';
const stats = () => harness.control.stats(REALM).oauth;

async function connectionChanged(): Promise<void> {
  await harness.publish(TOPICS.config.name, 'ConnectionChanged', {
    platform: 'quickbooks',
    connectionId: 'con_qbo',
    identity: REALM,
    removed: false,
    identityReplaced: false,
  });
}

const status = async () =>
  (await harness.storage.store.get<RealmStatusDocument>(COLLECTIONS.realmStatus.name, `${TENANT}:${REALM}`))?.doc
    .status;

describe.each([
  { processes: 'in the only process', sharedStore: false },
  { processes: 'where other processes may refresh too', sharedStore: true },
])('tokens (D15) $processes', ({ sharedStore }) => {
  it('single-flight refresh: many records that need a token ask for one', async () => {
    harness = await Harness.start({ sharedStore });
    const orders = Array.from({ length: 12 }, (_unused, index) => makeOrder(`${3000 + index}`));
    await harness.send(orders);
    await harness.settled(orders.map(({ id }) => `woo:${id}`));
    expect(stats()).toMatchObject({ refreshes: 1, peakConcurrent: 1 });
  });

  it('keeps what it has and goes on after a restart', async () => {
    harness = await Harness.start({ sharedStore, oauth: { rotateAfterMs: 0, oldRefreshToken: 'diesAtOnce' } });
    await harness.deliver(makeOrder('1042'));
    harness.control.expireAccessTokens(REALM);
    await harness.restart();
    expect((await harness.deliver(makeOrder('1043'))).outcome).toBe('created');
    expect(stats().invalidGrants).toBe(0);
  });

  it('survives a rotation whose reply was lost when the old token has grace', async () => {
    harness = await Harness.start({ sharedStore });
    harness.control.addFault({ kind: 'rotateAndLoseReply', match: { path: '/tokens/bearer' }, times: 1 });
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('created');
    expect(harness.control.firedFaults).toHaveLength(1);
  });

  it('parks the work when no token is left, and goes on by itself after a new consent', async () => {
    harness = await Harness.start({ sharedStore, oauth: { oldRefreshToken: 'diesAtOnce' } });
    harness.control.addFault({ kind: 'rotateAndLoseReply', match: { path: '/tokens/bearer' }, times: 1 });
    await harness.send([makeOrder('1042'), makeOrder('1043')]);
    const deferred = await eventually(async () => {
      const events = await harness.events(TOPICS.results.name);
      return events.length >= 2 ? events : null;
    });
    expect(deferred.map(({ facts }) => facts)).toMatchObject([
      { problem: { code: 'connection_parked' }, nextAttemptAt: null },
      { problem: { code: 'connection_parked' }, nextAttemptAt: null },
    ]);
    expect(await status()).toBe('needs_reconnect');
    await harness.restart();
    await harness.connect(harness.control.issueRefreshToken(REALM), 2);
    await connectionChanged();
    const settled = await harness.settled(['woo:1042', 'woo:1043']);
    expect([...settled.values()].map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    expect(await status()).toBe('connected');
    expect(harness.live().invoices).toHaveLength(2);
  });
});

describe('a consent that comes while the old token is being refused', () => {
  it('counts, and nothing parks over it', async () => {
    const held = Promise.withResolvers<void>();
    let asked = false;
    harness = await Harness.start({
      wrapSend: (send) => async (request) => {
        if (asked || !request.url.includes('/tokens/bearer')) return send(request);
        asked = true;
        const refused = await send(request);
        await held.promise;
        return refused;
      },
    });
    harness.control.revokeAll(REALM);
    await harness.send([makeOrder('1042')]);
    await eventually(() => asked);
    await harness.connect(harness.control.issueRefreshToken(REALM), 2);
    await connectionChanged();
    const tokens = () =>
      harness.storage.store.get<{ adoptedSecretsVersion: number }>('quickbooks_tokens', `${TENANT}:${REALM}`);
    await eventually(async () => (await tokens())?.doc.adoptedSecretsVersion === 2);
    held.resolve();
    expect((await harness.settled(['woo:1042'])).get('woo:1042')?.outcome).toBe('created');
    expect(await status()).toBe('connected');
  });
});

describe('a token that is never accepted', () => {
  it('asks for a person and goes on by itself when it passes', async () => {
    const body =
      '<IntuitResponse><Fault type="AuthenticationFault"><Error code="100"><Message>General Authentication Error</Message></Error></Fault></IntuitResponse>';
    let refused = true;
    harness = await Harness.start({
      wrapSend: (send) => async (request) =>
        refused && request.url.includes('/v3/company/') ? { status: 401, headers: {}, body } : send(request),
    });
    await harness.send([makeOrder('1042')]);
    const [deferred] = await eventually(async () => {
      const events = await harness.events(TOPICS.results.name);
      return events.length > 0 ? events : null;
    });
    expect(deferred?.facts).toMatchObject({
      problem: { code: 'connection_parked' },
      nextAttemptAt: expect.any(String),
    });
    refused = false;
    expect((await harness.settled(['woo:1042'])).get('woo:1042')?.outcome).toBe('created');
  });
});

describe('another company', () => {
  it('holds the work of the one before, which does not wait for ever', async () => {
    harness = await Harness.start();
    harness.control.revokeAll(REALM);
    await harness.send([makeOrder('1042')]);
    await eventually(async () => (await harness.events(TOPICS.results.name)).length > 0);
    await harness.connect(null, 2, '9130002');
    await connectionChanged();
    const settled = (await harness.settled(['woo:1042'])).get('woo:1042');
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'connection_missing' } });
    expect(harness.writer.openWork()).toBe(0);
  });
});

describe('commands (D15)', () => {
  async function ask(send: (replyTo: string, deadline: string) => Promise<void>): Promise<WriterReply> {
    const replyTo = `cmd_${Math.random()}`;
    await send(replyTo, new Date(harness.clock.now() + 600_000).toISOString());
    return eventually(async () => {
      const events = await harness.events(TOPICS.writerReplies.name);
      const found = events.find((event) => event.type === 'WriterReply' && event.facts.replyTo === replyTo);
      return found?.type === 'WriterReply' ? found.facts : null;
    });
  }
  const command = TOPICS.writerCommands.name;

  it('tests the connection by reading only', async () => {
    harness = await Harness.start();
    const reply = await ask((replyTo, deadline) =>
      harness.publish(command, 'TestQuickBooksConnection', { replyTo, deadline }),
    );
    expect(reply).toMatchObject({ ok: true, code: null });
    expect(reply.checks?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['company', 'tax', 'numbers', 'account salesIncome', 'account depositTo']),
    );
    expect(harness.writes()).toEqual([]);
    expect(await status()).toBe('connected');
  });

  it('says what is wrong in words', async () => {
    harness = await Harness.start();
    harness.control.revokeAll(REALM);
    const reply = await ask((replyTo, deadline) =>
      harness.publish(command, 'TestQuickBooksConnection', { replyTo, deadline }),
    );
    expect(reply.ok).toBe(false);
    expect(reply.checks?.[0]).toMatchObject({ name: 'company', ok: false, detail: expect.stringContaining('consent') });
  });

  it('finishes a consent once, and parked work goes on', async () => {
    harness = await Harness.start();
    harness.control.revokeAll(REALM);
    await harness.send([makeOrder('1042')]);
    await eventually(async () => (await harness.events(TOPICS.results.name)).length > 0);
    const redirectUri = 'https://till.example/callback';
    const built = await ask((replyTo, deadline) =>
      harness.publish(command, 'BuildAuthorizeUrl', { replyTo, deadline, redirectUri }),
    );
    const { code, state } = await harness.consent(built.authorizeUrl ?? '');
    const sealedCode = JSON.stringify(harness.secrets.seal(code, { tenantId: TENANT, connectionId: 'con_qbo' }));
    const finish = (replyTo: string, deadline: string) =>
      harness.publish(command, 'FinishAuthorization', {
        replyTo,
        deadline,
        redirectUri,
        sealedCode,
        state,
        realmId: REALM,
      });
    expect(await ask(finish)).toMatchObject({ ok: true });
    expect(await ask(finish)).toMatchObject({ ok: false, code: 'consent_failed' });
    expect((await harness.settled(['woo:1042'])).get('woo:1042')?.outcome).toBe('created');
  });
});
