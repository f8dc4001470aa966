/** `<realmId>#<epoch>`: what cursors, id maps and effects of a target belong to. */
export const targetIdentity = (identity: string, epoch: number): string => `${identity}#${epoch}`;

/** The remote's own name in a target identity. */
export function identityName(identity: string): string {
  const cut = identity.lastIndexOf('#');
  return cut < 0 ? identity : identity.slice(0, cut);
}
