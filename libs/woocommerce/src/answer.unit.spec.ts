import { describe, expect, it } from 'vitest';
import { readAnswer } from './answer.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const html = { 'content-type': 'text/html; charset=UTF-8' };
const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readAnswer({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, NOW);
const woo = (code: string, message: string) => ({ code, message, data: { status: 0 } });

describe('readAnswer', () => {
  it('takes JSON arrays and objects, also behind a byte order mark', () => {
    expect(answer(200, [])).toEqual([]);
    expect(answer(201, '\uFEFF{"id":1}\n')).toEqual({ id: 1 });
  });

  it.each([
    ['an empty body', '', /empty body/],
    ['white space', '\n\n', /empty body/],
    ['a web page', '<!doctype html><html></html>', /web page/],
    ['JSON that is cut off', '[{"id":1},{"id"', /cut off/],
    ['a PHP notice before the JSON', '<br />\n<b>Notice</b>: x in y.php on line 3<br />\n[{"id":1}]', /PHP notice/],
    ['a bare text', 'null', /broken/],
    ['a number', '0', /broken/],
  ])('is source_unavailable for 200 with %s', (_what, body, message) => {
    expect(() => answer(200, body)).toThrow(
      expect.objectContaining({
        family: 'transient',
        code: 'source_unavailable',
        message: expect.stringMatching(message),
      }),
    );
  });

  it.each([
    [401, woo('woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.'), 'source_auth_failed'],
    [401, woo('woocommerce_rest_authentication_error', 'Consumer secret is invalid.'), 'source_auth_failed'],
    [401, woo('woocommerce_rest_authentication_error', 'Invalid timestamp.'), 'source_auth_failed'],
    [401, woo('woocommerce_rest_authentication_missing_parameter', 'Missing OAuth parameter'), 'source_auth_failed'],
    [401, '<html>401 Authorization Required</html>', 'source_auth_failed'],
    [
      401,
      woo('woocommerce_rest_authentication_error', 'The API key provided does not have read permissions.'),
      'source_permission_missing',
    ],
    [403, woo('woocommerce_rest_cannot_view', 'Sorry, you cannot list resources.'), 'source_permission_missing'],
    [404, woo('rest_no_route', 'No route was found matching the URL and request method.'), 'source_api_missing'],
    [404, '<html>Not found</html>', 'source_api_missing'],
    [404, woo('woocommerce_rest_shop_order_invalid_id', 'Invalid ID.'), 'source_not_found'],
    [400, woo('rest_invalid_param', 'Invalid parameter(s): per_page'), 'source_rejected'],
    [301, '', 'source_redirected'],
  ])('is permanent for HTTP %i %j: %s', (status, body, code) => {
    expect(() => answer(status, body)).toThrow(expect.objectContaining({ family: 'permanent', code }));
  });

  it.each([
    [403, '<html>Request blocked</html>'],
    [408, ''],
    [429, '<html>Too many requests</html>'],
    [500, woo('internal_server_error', 'There has been a critical error on this website.')],
    [502, '<html>Bad gateway</html>'],
    [503, '<html>Briefly unavailable for scheduled maintenance.</html>'],
    [520, ''],
  ])('is transient for HTTP %i', (status, body) => {
    expect(() => answer(status, body, html)).toThrow(
      expect.objectContaining({
        family: 'transient',
        code: 'source_unavailable',
        detail: expect.objectContaining({ httpStatus: status }),
      }),
    );
  });

  it('reads Retry-After in seconds and as a date', () => {
    expect(() => answer(429, '', { 'retry-after': '7' })).toThrow(expect.objectContaining({ retryAfterMs: 7_000 }));
    expect(() => answer(503, '', { 'retry-after': 'Mon, 23 Nov 2026 12:01:00 GMT' })).toThrow(
      expect.objectContaining({ retryAfterMs: 60_000 }),
    );
    expect(() => answer(503, '', { 'retry-after': 'soon' })).toThrow(
      expect.objectContaining({ retryAfterMs: undefined }),
    );
  });

  it('names only the origin of a redirect', () => {
    expect(() => answer(302, '', { location: 'https://www.shop.example/login?key=ck_1' })).toThrow(
      /^the shop redirects to https:\/\/www\.shop\.example; /,
    );
  });
});
