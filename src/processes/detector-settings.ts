/** Detectors' parameters: rules/detectors.yml as it comes with Coldwire, and files that a run names. */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  NO_SETTINGS,
  parseDetectorSettings,
  type ReadSettings,
  withOverrides,
} from '../lib/analysis/detect/run/settings.ts';
import { PACKAGE_ROOT } from './paths.ts';

/** A file that cannot be read is refused as a whole: the defaults then hold. */
function settingsFile(path: string): ReadSettings {
  try {
    return parseDetectorSettings(readFileSync(path, 'utf8'), basename(path));
  } catch (error) {
    const why = `The file cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { settings: NO_SETTINGS, refused: [{ file: basename(path), line: null, why }] };
  }
}

export const shippedDetectorSettings = (): ReadSettings =>
  settingsFile(join(PACKAGE_ROOT, 'rules', 'detectors.yml'));

/** The shipped parameters with those of a file above them. */
export function detectorSettingsWith(path: string | undefined): ReadSettings {
  const shipped = shippedDetectorSettings();
  if (path === undefined) return shipped;
  const own = settingsFile(path);
  return {
    settings: withOverrides(shipped.settings, own.settings),
    refused: [...shipped.refused, ...own.refused],
  };
}
