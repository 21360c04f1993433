/**
 * Whether a capture's checksums mean anything: where addresses were rewritten, or a network card was to compute what was captured before
 * it did, most are wrong, and judging packets by them would leave most of the capture out.
 */

import type { CaptureReader } from '../../model/capture.ts';
import { FRAGMENT, Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import { CHECKSUM_SAMPLE } from '../../model/limits.ts';
import { decodeLink } from '../decode/registry.ts';
import { emptyView } from './merge-files.ts';

const WITH_CHECKSUM = new Set<number>([IP_PROTO.tcp, IP_PROTO.udp, IP_PROTO.icmp, IP_PROTO.icmpv6]);

/**
 * Reads the first packets of the captures. Answers how many of them have a wrong checksum where that is more than half of those that have
 * one, and not just a few; 0 where checksums mean something. What an unfinished offload leaves (the pseudo header's sum, or zero) is not
 * counted as wrong: it is told one by one.
 */
export async function meaninglessChecksums(readers: readonly CaptureReader[]): Promise<number> {
  const h = new Headers();
  h.verifyChecksums = true;
  h.forgiveOffload = true;
  const view = emptyView();
  let judged = 0;
  let wrong = 0;
  for (const reader of readers) {
    let left = CHECKSUM_SAMPLE.packets;
    while (left > 0 && (await reader.refill())) {
      while (left > 0 && reader.next(view)) {
        left--;
        h.reset(view);
        if (view.caplen === 0) continue;
        decodeLink(view.linkType, h, view.off, h.end);
        const layer = h.layers - 1;
        if (layer < 0 || h.fragment[layer] !== FRAGMENT.none || !WITH_CHECKSUM.has(h.ipProto[layer]))
          continue;
        judged++;
        if (h.badChecksum[layer] !== 0) wrong++;
      }
    }
  }
  return wrong >= CHECKSUM_SAMPLE.leastWrong && 2 * wrong > judged ? wrong : 0;
}
