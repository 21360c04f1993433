import { spawn, spawnSync } from 'node:child_process';
import { root } from './checkout.mjs';

/**
 * Runs a program to its end, its output on ours.
 * @param {string} command @param {string[]} args
 * @param {{ env?: Record<string, string>, cwd?: string, quiet?: boolean }} [options] quiet: output only where it fails
 * @returns {Promise<number>} exit code; 127 where the program is not there
 */
export function run(command, args, { env = {}, cwd = root, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    child.on('error', () => resolve(127));
    child.on('close', (code) => {
      if (quiet && code !== 0) process.stdout.write(output);
      resolve(code ?? 1);
    });
  });
}

/** Runs a script of ours or of a package with this Node. @param {string} script @param {string[]} args @param {Parameters<typeof run>[2]} [options] */
export const node = (script, args, options) => run(process.execPath, [script, ...args], options);

/** Runs npm: the one that runs us where there is one, so that no shell is needed. @param {string[]} args @param {Parameters<typeof run>[2]} [options] */
export function npm(args, options) {
  const cli = process.env['npm_execpath'];
  return cli?.endsWith('.js') ? node(cli, args, options) : run('npm', args, options);
}

/** @param {string} command @param {string[]} args @returns {string | undefined} its standard output, undefined where it failed */
export function capture(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', cwd: root, maxBuffer: 64 << 20 });
  return result.status === 0 ? result.stdout : undefined;
}
