/**
 * Runs a command and tells how long it took, what processor time its tree used and how much memory it held.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const SAMPLE_MS = 50;
/** Kernel ticks a second; 100 on every Linux that Node runs on. */
const TICKS = 100;
const KEPT_OUTPUT = 1 << 20;

/** @param {string} path @returns {string | null} what a /proc file holds; null once its process is gone */
function proc(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** @param {number} pid @returns {number[]} */
function childrenOf(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((tid) =>
      (proc(`/proc/${pid}/task/${tid}/children`) ?? '').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** @param {number} pid @returns {number | null} bytes: private memory plus the process's part of what it shares */
function proportionalSetSize(pid) {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(proc(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** @param {number} pid @returns {number} seconds of processor time so far, without children; 0 once it is gone */
function processorSeconds(pid) {
  const fields = statFields(proc(`/proc/${pid}/stat`));
  return fields === null ? 0 : (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** @param {string | null} stat @returns {string[] | null} what follows the command's name, which may hold blanks */
function statFields(stat) {
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Sums the memory and the processor time of a process and all it started, those included whose parent ended before them or does not wait for them. */
export class ProcessTree {
  /** @type {Set<number>} */
  #known;
  /** @type {Map<number, number>} seconds of each, as last seen */
  #seconds = new Map();
  /** Bytes; 0 where /proc has no smaps_rollup. */
  peak = 0;
  samples = 0;

  /** @param {number} pid root of the tree */
  constructor(pid) {
    this.#known = new Set([pid]);
  }

  sample() {
    // A Set's iteration also visits what is added during it: grandchildren are found in the same pass.
    for (const pid of this.#known) for (const child of childrenOf(pid)) this.#known.add(child);
    let total = 0;
    for (const pid of this.#known) {
      const bytes = proportionalSetSize(pid);
      if (bytes === null) this.#known.delete(pid);
      else total += bytes;
      this.#seconds.set(pid, Math.max(this.#seconds.get(pid) ?? 0, processorSeconds(pid)));
    }
    if (total > 0) this.samples++;
    this.peak = Math.max(this.peak, total);
  }

  /** Seconds of processor time, as of the last sample of each process. */
  get seconds() {
    return [...this.#seconds.values()].reduce((a, b) => a + b, 0);
  }
}

/** @returns {number} seconds of processor time of children that have ended */
function childrenSeconds() {
  const fields = statFields(proc('/proc/self/stat'));
  if (fields === null) return 0;
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/**
 * @typedef {object} Measured
 * @property {number | null} exit null: ended by a signal
 * @property {boolean} overran stopped because it took longer than it was given
 * @property {number} wall_s from start to end
 * @property {number} cpu_s of the command and all that it started: what it waited for, or what the samples saw, where that is more
 * @property {number} peak_bytes sum of proportional set sizes over the process tree, sampled every 50 ms
 * @property {number} samples of memory
 * @property {string} stdout its last megabyte
 * @property {string} stderr its last megabyte
 */

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, limitSeconds: number }} options
 * @returns {Promise<Measured>}
 * @throws {Error} where the command cannot be started
 */
export function measure(command, args, { cwd, limitSeconds }) {
  return new Promise((resolve, reject) => {
    const cpuBefore = childrenSeconds();
    const began = performance.now();
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const tree = new ProcessTree(child.pid ?? 0);
    let overran = false;
    const sampling = setInterval(() => tree.sample(), SAMPLE_MS);
    const limit = setTimeout(() => {
      overran = true;
      child.kill('SIGKILL');
    }, limitSeconds * 1000);
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output.stdout = (output.stdout + text).slice(-KEPT_OUTPUT);
    });
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      output.stderr = (output.stderr + text).slice(-KEPT_OUTPUT);
    });
    let wall = 0;
    const orphan = () => child.kill('SIGKILL');
    process.once('exit', orphan);
    const stop = () => {
      process.off('exit', orphan);
      clearInterval(sampling);
      clearTimeout(limit);
      wall = (performance.now() - began) / 1000;
    };
    child.on('error', (error) => {
      stop();
      reject(new Error(`${command} cannot be started: ${error.message}`));
    });
    child.on('exit', stop);
    child.on('close', (exit) => {
      const cpu_s = Math.max(childrenSeconds() - cpuBefore, tree.seconds);
      resolve({
        exit,
        overran,
        wall_s: wall,
        cpu_s,
        peak_bytes: tree.peak,
        samples: tree.samples,
        ...output,
      });
    });
  });
}
