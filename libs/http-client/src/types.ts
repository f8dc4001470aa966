/** One HTTP exchange with a remote. Redirects are never followed: a 3xx is an answer like any other. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute http(s) URL. Its query may hold a secret: it is never part of an error or a log line. */
  readonly url: string;
  /** Sent as they are (trace headers included); `user-agent`, `host` and `content-length` are the client's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds of the injected clock from `send` to the last byte of the answer; the only deadline there is (D16). */
  readonly deadlineMs: number;
  /** Longest accepted answer in bytes, after decompression. Default 20 MiB. */
  readonly maxBodyBytes?: number;
  /** Gives the exchange up; the outcome is classified as at the deadline. */
  readonly signal?: AbortSignal;
  /** Called once, synchronously, when the whole request was handed to the socket: from here on it may take effect. */
  readonly onSent?: () => void;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8. */
  readonly body: string;
}

export interface HttpClient {
  /**
   * Sends the request once; never repeats it by itself.
   * @throws HttpNotSent nothing reached the remote: no effect.
   * @throws HttpOutcomeUnknown bytes may have reached the remote: it may or may not have acted.
   * @throws PermanentError `target_not_allowed` (address or scheme refused), `request_invalid` (not sendable at all).
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes all connections; requests in flight fail as at their deadline. */
  close(): Promise<void>;
}
