/** An answer of the simulated API that is an error: `{code, message, data: {status}}` with the same HTTP status. */
export class WooError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  get body(): Record<string, unknown> {
    return { code: this.code, message: this.message, data: { status: this.status, ...this.data } };
  }
}

/** 400 `rest_invalid_param`, with the detail code WordPress gives for that kind of mistake. */
export function invalidParam(
  name: string,
  detail: 'rest_out_of_bounds' | 'rest_not_in_enum' | 'rest_invalid_type' | 'rest_invalid_date',
  message: string,
): WooError {
  const top = name.replace(/\[.*$/, '');
  return new WooError(400, 'rest_invalid_param', `Invalid parameter(s): ${top}`, {
    params: { [top]: message },
    details: { [top]: { code: detail, message, data: null } },
  });
}

export function noRoute(): WooError {
  return new WooError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
}
