import '../bin/require-node.js';
import { parseArgs } from 'node:util';
import { install, isInstalled } from './freshness.mjs';
import { closingLine, outcome, sum, withoutSkips } from './outcome.mjs';
import { build, layers, lint, notices, types } from './parts/checks.mjs';
import { unit } from './parts/unit.mjs';
import { pack } from './parts/pack.mjs';
import { browser } from './parts/browser.mjs';
import { provide } from './system-tools.mjs';

/**
 * `npm test`: installs what the tests need, runs every part, and ends with one line of counts over all of them.
 * `npm test -- --only unit,browser` runs those parts alone. With CI set, what would be skipped fails.
 */

/**
 * In the order that they run: what is quick and fails often first. `built`: the build runs before; `onlyBuilt`: senseless where it failed.
 * `reads`: it only reads the sources, in one thread, so that it runs beside its neighbours of that kind.
 * @type {Record<string, { run: () => Promise<import('./outcome.mjs').Outcome>, needs?: import('./system-tools.mjs').Program[], reads?: true, built?: true, onlyBuilt?: true }>}
 */
const parts = {
  lint: { run: lint, reads: true },
  types: { run: types, reads: true },
  layers: { run: layers, reads: true },
  notices: { run: notices, reads: true },
  build: { run: build },
  unit: { run: unit, needs: ['tshark', 'capinfos', 'tcpdump', 'ip'], built: true },
  pack: { run: pack, built: true, onlyBuilt: true },
  browser: { run: browser, needs: ['chromium'], built: true, onlyBuilt: true },
};

function chosenParts() {
  const names = Object.keys(parts);
  try {
    const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
    const chosen = values.only?.flatMap((list) => list.split(',')) ?? names;
    const unknown = chosen.find((name) => !names.includes(name));
    if (unknown === undefined) return names.filter((name) => chosen.includes(name));
    console.error(`"${unknown}" is no part of the tests: choose among ${names.join(', ')}.`);
  } catch (error) {
    console.error(
      `${error.message.split('. ')[0]}. npm test takes --only with one or more of ${names.join(', ')}.`,
    );
  }
  return process.exit(2);
}

/** The chosen parts in order, those that may run beside each other together. */
function stages(names) {
  const found = [];
  for (const name of names) {
    const last = found.at(-1);
    if (last !== undefined && parts[name].reads && parts[last[0]].reads) last.push(name);
    else found.push([name]);
  }
  return found;
}

async function runPart(name) {
  const started = performance.now();
  const result = await parts[name].run();
  for (const note of result.notes) console.log(`   ${note}`);
  console.log(`   ${name}: ${closingLine(result)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}

const inCi = Boolean(process.env['CI']) && process.env['CI'] !== 'false';
let chosen = chosenParts();

if (!isInstalled() && !(await install())) {
  console.error('npm ci failed: its message above says why. No test was run.');
  console.log(closingLine(outcome({ failed: 1 })));
  process.exit(1);
}

const results = [];
const missing = await provide([...new Set(chosen.flatMap((name) => parts[name].needs ?? []))]);
for (const sentence of missing) console.log(sentence);
if (inCi) results.push(outcome({ failed: missing.length, notes: missing }));

if (!chosen.includes('build') && chosen.some((name) => parts[name].built)) chosen = ['build', ...chosen];
let built = true;
for (const stage of stages(chosen)) {
  console.log(`\n── ${stage.join(', ')}`);
  const ended = await Promise.all(
    stage.map((name) =>
      built || !parts[name].onlyBuilt
        ? runPart(name)
        : outcome({ failed: 1, notes: [`${name} not run: the build failed`] }),
    ),
  );
  if (stage.includes('build')) built = sum(ended).failed === 0;
  results.push(...ended);
}

const total = inCi ? withoutSkips(sum(results)) : sum(results);
if (total.failed > 0) console.log(`\nWhat failed:\n${total.notes.map((note) => `   ${note}`).join('\n')}`);
console.log(`\n${closingLine(total)}`);
process.exit(total.failed > 0 ? 1 : 0);
