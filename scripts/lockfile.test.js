import { describe, expect, it } from 'vitest';
import { readJson } from './checkout.mjs';

/** What makes `npm ci` work on the next machine, whichever it is. A registry that lags behind leaves holes here that `npm install` does not mention. */

const packages = readJson('package-lock.json').packages;
const manifest = readJson('package.json');

/** The lock's entry of `name` as the package at `from` finds it. */
function resolveFrom(from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const found = packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`];
    if (found !== undefined || folder === '') return found;
  }
}

const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

describe('package-lock.json', () => {
  it('has the binary of every platform that a package offers, in the release that it wants', () => {
    const holes = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.entries(optionalDependencies)
        .filter(([name, wanted]) => {
          const found = resolveFrom(path, name)?.version;
          return found === undefined || (exact.test(wanted) && found !== wanted);
        })
        .map(([name, wanted]) => `${path} wants ${name} ${wanted}`),
    );
    expect(holes).toEqual([]);
  });

  it('has no package with an install step', () => {
    expect(Object.keys(packages).filter((path) => packages[path].hasInstallScript)).toEqual([]);
  });

  it('has a checksum of every package', () => {
    expect(
      Object.keys(packages).filter((path) => path !== '' && packages[path].integrity === undefined),
    ).toEqual([]);
  });
});

describe('package.json', () => {
  it('pins every dependency to one release', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.entries(all).filter(([, wanted]) => !exact.test(wanted))).toEqual([]);
  });
});
