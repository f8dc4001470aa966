import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { connectOptions } from './connection.js';
import { openError, storageError } from './errors.js';

describe('the options of a connection', () => {
  it('always ask for a majority and the journal, whatever the address says', () => {
    expect(connectOptions('mongodb://h/db?w=1&journal=false')).toMatchObject({
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
    });
  });

  it('let the address set its times and sizes', () => {
    const options = connectOptions('mongodb://h:1,h:2/db?serverselectiontimeoutms=900&maxPoolSize=3');
    expect(options).not.toHaveProperty('serverSelectionTimeoutMS');
    expect(options).not.toHaveProperty('maxPoolSize');
    expect(options).toHaveProperty('connectTimeoutMS', 5000);
  });

  it.each([
    ['mongodb://h', 'tillstream'],
    ['mongodb://h/?w=1', 'tillstream'],
    ['mongodb+srv://u:p@h/books', undefined],
  ])('use the database of %s, else "tillstream"', (uri, name) => {
    expect(connectOptions(uri).dbName).toBe(name);
  });

  it.each(['', 'localhost:27017', 'postgres://u:secret@h/db', 'mongodb://'])(
    'refuse the address "%s" without repeating it',
    (uri) => {
      const refused = thrownBy(() => connectOptions(uri));
      expect(refused).toMatchObject({ code: 'storage_uri_invalid', family: 'permanent' });
      expect(inspect(refused)).not.toContain('secret');
    },
  );
});

describe('an error of the driver', () => {
  const named = (name: string, code?: number) => Object.assign(new Error('told'), { code, name });

  it.each([
    [named('MongoServerSelectionError'), 'storage_unavailable', 'transient'],
    [named('MongooseServerSelectionError'), 'storage_unavailable', 'transient'],
    [named('MongoNetworkError'), 'storage_unavailable', 'transient'],
    [named('MongoNetworkTimeoutError'), 'storage_unavailable', 'transient'],
    [named('MongoPoolClearedError'), 'storage_unavailable', 'transient'],
    [named('MongoServerError', 11600), 'storage_unavailable', 'transient'],
    [named('MongoServerError', 18), 'storage_auth_failed', 'transient'],
    [named('MongoServerError', 13), 'storage_auth_failed', 'transient'],
    [named('MongoServerError', 14031), 'storage_full', 'transient'],
    [named('MongoServerError', 17419), 'document_too_large', 'permanent'],
    [named('MongoServerError', 10334), 'document_too_large', 'permanent'],
    [named('MongoCompatibilityError'), 'storage_incompatible', 'permanent'],
    [named('MongoServerError', 2), 'storage_failed', 'transient'],
    [Object.assign(new Error('This socket has been ended'), { code: 'EPIPE' }), 'storage_unavailable', 'transient'],
    [Object.assign(new Error('told'), { code: 'ENOENT' }), 'storage_failed', 'transient'],
    ['thrown text', 'storage_failed', 'transient'],
  ])('%s becomes %s', (thrown, code, family) => {
    expect(storageError(thrown)).toMatchObject({ code, family });
  });

  it('about an address does not repeat it', () => {
    const error = openError(
      Object.assign(new Error('Invalid connection string "mongodb://u:secret@"'), { name: 'MongoParseError' }),
    );
    expect(error).toMatchObject({ code: 'storage_uri_invalid' });
    expect(inspect(error)).not.toContain('secret');
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
