/** What a secret belongs to; it can be opened only for the same owner. */
export interface SecretOwner {
  readonly tenantId: string;
  /** Connection id, or the name of what else holds the secret. */
  readonly connectionId: string;
}

/** A secret under the master key, as it is stored; the shape of `SealedSecret` in libs/contracts. */
export interface SealedSecret {
  readonly keyVersion: string;
  readonly nonce: string;
  readonly ciphertext: string;
}

/** Envelope for credentials (I10). Stored state: the format of a sealed secret never changes. */
export interface Secrets {
  /** Seals under the current master key. */
  seal(plaintext: string, owner: SecretOwner): SealedSecret;
  /** The secret in the clear. Throws `secret_undecryptable` for another owner, an unknown key or changed bytes. */
  open(sealed: SealedSecret, owner: SecretOwner): string;
  /** True when it was sealed under a key other than the current one: seal it again when its record is written. */
  isStale(sealed: SealedSecret): boolean;
}
