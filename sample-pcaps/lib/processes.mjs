import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Seconds since the epoch, as labels give every time. */
export function now() {
  return Date.now() / 1000;
}

/**
 * Runs a command to its end.
 * @param {string[]} argv
 * @param {{ shown?: string[], input?: string|Buffer, env?: Record<string,string>, cwd?: string, timeoutMs?: number, accept?: number[]|null }} options
 *   accept: exit codes that are no error (default [0]; null: any); shown: the command as an error names it
 * @returns {Promise<{ code: number, stdout: string, stderr: string, start: number, end: number }>} times in epoch seconds
 */
export function run(argv, { input, env, cwd, timeoutMs = 60_000, accept = [0], shown = argv } = {}) {
  return new Promise((resolve, reject) => {
    const start = now();
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env: { ...process.env, LC_ALL: 'C', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const out = [];
    const err = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup(child, 'SIGKILL');
    }, timeoutMs);
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.stdin.on('error', () => {
      /* a command that reads no input closes it: no fault */
    });
    child.stdin.end(input);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const result = {
        code: code ?? 128,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
        start,
        end: now(),
      };
      if (late)
        reject(new Error(`${shown.join(' ')}: not finished after ${timeoutMs / 1000} s\n${result.stderr}`));
      else if (accept && !accept.includes(result.code)) {
        reject(
          new Error(`${shown.join(' ')}: exit ${signal ?? code}\n${result.stderr}${result.stdout}`.trimEnd()),
        );
      } else resolve(result);
    });
  });
}

/** Starts a process that goes on running; its output is kept to explain an early death. */
export function start(argv, { env, cwd, shown = argv } = {}) {
  const child = spawn(argv[0], argv.slice(1), {
    cwd,
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const running = { child, output: '', ended: false, argv: shown };
  const keep = (chunk) => {
    running.output = (running.output + chunk).slice(-8192);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  running.exit = new Promise((resolve) => {
    child.on('error', (error) => {
      running.output += String(error);
      running.ended = true;
      resolve(127);
    });
    child.on('close', (code) => {
      running.ended = true;
      resolve(code ?? 128);
    });
  });
  return running;
}

/** Waits until `done()` is true; an Error with the process's last output when it dies or the time is over. */
export async function waitFor(running, what, done, timeoutMs = 15_000) {
  const until = Date.now() + timeoutMs;
  for (;;) {
    if (running?.ended)
      throw new Error(`${running.argv.join(' ')}: ended before ${what}\n${running.output}`.trimEnd());
    if (await done()) return;
    if (Date.now() > until)
      throw new Error(
        `${running?.argv.join(' ') ?? 'script'}: no ${what} after ${timeoutMs / 1000} s\n${running?.output ?? ''}`.trimEnd(),
      );
    await sleep(50);
  }
}

export async function stop(running, signal = 'SIGTERM', graceMs = 3000) {
  if (running.ended) return;
  killGroup(running.child, signal);
  const ended = await Promise.race([running.exit.then(() => true), sleep(graceMs, false, { ref: false })]);
  if (!ended) {
    killGroup(running.child, 'SIGKILL');
    await running.exit;
  }
}

function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
