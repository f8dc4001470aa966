export interface Stopwatch {
  /** The first call counts. */
  begin(): void;
  add(records: number): void;
  /** Records per second from `begin` until `total` records were added. */
  readonly rate: Promise<number>;
}

export function stopwatch(total: number): Stopwatch {
  const { promise, resolve } = Promise.withResolvers<number>();
  let began: number | undefined;
  let count = 0;
  return {
    rate: promise,
    begin: () => {
      began ??= performance.now();
    },
    add: (records) => {
      count += records;
      if (count >= total) resolve((count * 1000) / (performance.now() - (began ?? 0)));
    },
  };
}
