import type { Secrets } from '@tillstream/credentials';
import type { CrashPoints } from '@tillstream/kernel';
import type { ClientCredentials, QuickBooksOAuth, TokenResult } from '@tillstream/quickbooks';
import type { RefreshClaim } from './refresh-claims.js';
import { deferral } from './trouble.js';

export interface SpendParts {
  readonly secrets: Secrets;
  readonly crash: CrashPoints;
  readonly oauth: () => QuickBooksOAuth;
}

/**
 * Exchanges the newest refresh token of the claimed document or, when that is refused, the one before it (a crash or a
 * lost reply between the two). `invalid_grant` = neither counts. Throws a Deferral when the claim was lost on the way.
 */
export async function spendRefreshToken(
  claim: RefreshClaim,
  client: ClientCredentials,
  parts: SpendParts,
): Promise<TokenResult> {
  const { tenantId, connectionId, refreshToken, previousRefreshToken } = claim.stored.doc;
  let result: TokenResult = { kind: 'invalid_grant', detail: 'the refresh token is not valid any more' };
  for (const sealed of [refreshToken, ...(previousRefreshToken ? [previousRefreshToken] : [])]) {
    result = await ask(claim, client, parts.secrets.open(sealed, { tenantId, connectionId }), parts);
    parts.crash.hit('token.refresh.received');
    if (result.kind !== 'invalid_grant') break;
  }
  return result;
}

/** A lost reply may have rotated the token: ask once more with the same one, the server may give grace. */
async function ask(
  claim: RefreshClaim,
  client: ClientCredentials,
  refreshToken: string,
  { crash, oauth }: SpendParts,
): Promise<TokenResult> {
  if (!(await claim.cover())) throw tokensChanged();
  crash.hit('token.refresh.before');
  const first = await oauth().refresh(client, refreshToken);
  if (first.kind !== 'unknown_outcome') return first;
  if (!(await claim.cover())) throw tokensChanged();
  return oauth().refresh(client, refreshToken);
}

export const tokensChanged = () => deferral('quickbooks_busy', 'The tokens of this company changed meanwhile.');
