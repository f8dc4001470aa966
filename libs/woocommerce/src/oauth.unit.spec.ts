import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { percentEncode, sign, signatureBase, signedParameters } from './oauth.js';

/** The worked example of OAuth Core 1.0, appendix A.5. */
const PHOTOS = {
  method: 'get',
  url: 'http://photos.example.net/photos',
  parameters: {
    file: 'vacation.jpg',
    size: 'original',
    oauth_consumer_key: 'dpf43f3p2l4k3l03',
    oauth_token: 'nnch734d00sl2jdk',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: '1191242096',
    oauth_nonce: 'kllo9940pd9333jh',
    oauth_version: '1.0',
  },
};

describe('OAuth 1.0a', () => {
  it('builds the signature base string of the specification', () => {
    expect(signatureBase(PHOTOS)).toBe(
      'GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26oauth_consumer_key%3Ddpf43f3p2l4k3l03' +
        '%26oauth_nonce%3Dkllo9940pd9333jh%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1191242096' +
        '%26oauth_token%3Dnnch734d00sl2jdk%26oauth_version%3D1.0%26size%3Doriginal',
    );
  });

  it('signs like the specification', () => {
    const signature = sign(PHOTOS, 'kd94hf93k423kf44', { tokenSecret: 'pfkkdhi9sl3r4s00', algorithm: 'sha1' });
    expect(signature).toBe('tR3+Ty81lMeYAr/Fid0kMTYa/WM=');
  });

  it('encodes as RFC 3986 and sorts by the encoded name', () => {
    expect(percentEncode("a b+c*d!e'f(g)h~i-j._")).toBe('a%20b%2Bc%2Ad%21e%27f%28g%29h~i-j._');
    const base = signatureBase({
      method: 'GET',
      url: 'http://x/',
      parameters: { b: '2', a_b: '1', a: '1,2', 'a[0]': 'x' },
    });
    expect(base).toBe('GET&http%3A%2F%2Fx%2F&a%3D1%252C2%26a%255B0%255D%3Dx%26a_b%3D1%26b%3D2');
  });

  it('signs one-legged with HMAC-SHA256 and keeps the secret out of the parameters', () => {
    const request = {
      method: 'GET',
      url: 'http://shop.test/wp-json/wc/v3/orders',
      parameters: { status: 'any', page: '1' },
    };
    const parameters = signedParameters(request, {
      consumerKey: 'ck_1',
      consumerSecret: 'cs_1',
      nonce: 'abc',
      timestampSeconds: 1_700_000_000,
    });
    const base =
      'GET&http%3A%2F%2Fshop.test%2Fwp-json%2Fwc%2Fv3%2Forders&oauth_consumer_key%3Dck_1%26oauth_nonce%3Dabc' +
      '%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1700000000%26page%3D1%26status%3Dany';
    expect(parameters).toEqual({
      status: 'any',
      page: '1',
      oauth_consumer_key: 'ck_1',
      oauth_nonce: 'abc',
      oauth_signature_method: 'HMAC-SHA256',
      oauth_timestamp: '1700000000',
      oauth_signature: createHmac('sha256', 'cs_1&').update(base).digest('base64'),
    });
  });
});
