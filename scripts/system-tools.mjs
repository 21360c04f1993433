import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { node, run } from './commands.mjs';
import { root } from './checkout.mjs';

/** Programs of the system that tests use: where they are, and how they are had where they are not. */

/** Names that a program goes by, and Debian's package of it. */
const programs = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debian: 'chromium',
  },
  tshark: { names: ['tshark'], debian: 'tshark' },
  capinfos: { names: ['capinfos'], debian: 'wireshark-common' },
  tcpdump: { names: ['tcpdump'], debian: 'tcpdump' },
  ip: { names: ['ip'], debian: 'iproute2' },
};

/** @typedef {keyof typeof programs} Program */

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name @returns {string | undefined} its path; /usr/sbin is looked into even where a user's PATH lacks it */
function onPath(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @param {Program} program */
export const findProgram = (program) =>
  programs[program].names.map(onPath).find((path) => path !== undefined);

/** @returns {Promise<string | undefined>} the browser to test with: CHROMIUM, the system's, or the one that Playwright downloaded */
export async function findChromium() {
  const chosen = process.env['CHROMIUM'];
  if (chosen && isExecutable(chosen)) return chosen;
  const system = findProgram('chromium');
  if (system !== undefined) return system;
  const { chromium } = await import(pathToFileURL(join(root, 'node_modules/playwright-core/index.mjs')).href);
  const own = chromium.executablePath();
  return existsSync(own) ? own : undefined;
}

async function installFromDebian(packages) {
  if (process.getuid?.() !== 0 || onPath('apt-get') === undefined) return;
  console.log(`Installing ${packages.join(', ')} from Debian …`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-q'], { env, quiet: true });
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env, quiet: true });
}

/**
 * Tries to have every program that is asked for.
 * @param {Program[]} wanted @returns {Promise<string[]>} one sentence for each that cannot be had
 */
export async function provide(wanted) {
  const lacking = async (program) =>
    (program === 'chromium' ? await findChromium() : findProgram(program)) === undefined;
  const filterLacking = async (names) => {
    const found = await Promise.all(names.map(lacking));
    return names.filter((_name, i) => found[i]);
  };
  let missing = await filterLacking(wanted);
  if (missing.length > 0) await installFromDebian(missing.map((program) => programs[program].debian));
  missing = await filterLacking(missing);
  if (missing.includes('chromium')) {
    console.log("Installing Playwright's Chromium …");
    await node('node_modules/playwright/cli.js', ['install', 'chromium'], { quiet: true });
    missing = await filterLacking(missing);
  }
  return missing.map(
    (program) =>
      `${program} is not here and cannot be installed (Debian: apt-get install ${programs[program].debian}): its tests are skipped`,
  );
}
