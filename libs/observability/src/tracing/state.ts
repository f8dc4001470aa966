/** Asked on hot paths: with tracing off neither a span nor a header is made. */
let on = false;

export const tracingIsOn = (): boolean => on;

/** Only for whoever starts and stops the SDK. */
export function setTracing(enabled: boolean): void {
  on = enabled;
}
