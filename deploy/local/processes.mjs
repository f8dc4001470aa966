// Server processes that outlive the command that started them: started, recognised and ended by process id.
import { execFileSync, spawn } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

export class StackError extends Error {}

/** Starts a server in a session of its own, output into `log`. Identity = pid and start time: pids are used again. */
export function startServer(command, args, { log, cwd, env = process.env }) {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined) throw new StackError(`${command} could not be started`);
  return { pid: child.pid, startedAt: startTime(child.pid) };
}

/** When the process began, as the system tells it; '' when there is none. A zombie counts as gone. */
export function startTime(pid) {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return state?.startsWith('Z') ? '' : started.join(' ');
  } catch {
    return '';
  }
}

export const isAlive = ({ pid, startedAt }) => startedAt !== '' && startTime(pid) === startedAt;

export function signalServer(server, signal) {
  if (!isAlive(server)) return false;
  process.kill(server.pid, signal);
  return true;
}

/** SIGTERM (also to a stopped process), SIGKILL when it does not end in time; resolves when it is gone. */
export async function endServer(server, graceMs = 10_000) {
  if (!signalServer(server, 'SIGTERM')) return;
  signalServer(server, 'SIGCONT');
  if (await until(() => !isAlive(server), graceMs)) return;
  signalServer(server, 'SIGKILL');
  if (!(await until(() => !isAlive(server), 5000))) throw new StackError(`process ${server.pid} does not end`);
}

export async function until(condition, timeoutMs, everyMs = 50) {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return false;
}

/** Ports nobody listens on now. Another process may take one before it is used: the caller then tries others. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

export function lastLines(file, count = 15) {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

/** Whether a program answers: `works('java', ['-version'])`. */
export function works(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
