import { beacon } from './beacon.mjs';
import { cardNumbers, clearText, lyingMime } from './content.mjs';
import { bruteForce } from './guessing.mjs';
import { lateral } from './lateral.mjs';
import { dga, dnsTunnel } from './names.mjs';
import { overlap } from './overlap.mjs';
import { decoyScan, distributedScan, slowScan } from './patient-scans.mjs';
import { arpSpoofing, rogueDhcp } from './segment.mjs';
import { oddServices, rareClient } from './services.mjs';
import { exfiltration, icmpTunnel, synFlood } from './volume.mjs';

/** One capture each of what the behaviour detectors look for. */
export const attacks = [
  beacon,
  dnsTunnel,
  dga,
  bruteForce,
  arpSpoofing,
  rogueDhcp,
  exfiltration,
  icmpTunnel,
  synFlood,
  clearText,
  cardNumbers,
  lyingMime,
  lateral,
  oddServices,
  rareClient,
  overlap,
  slowScan,
  distributedScan,
  decoyScan,
];
