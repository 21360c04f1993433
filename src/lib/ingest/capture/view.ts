/** A packet view to be reused from packet to packet. */

import type { PacketView } from '../../model/capture.ts';

export const newView = (): PacketView => {
  const bytes = new Uint8Array(0);
  return {
    bytes,
    data: new DataView(bytes.buffer),
    off: 0,
    caplen: 0,
    len: 0,
    // Not small integers: so that the fields are doubles from the first packet on.
    tsSec: 0.5,
    tsNsec: 0,
    linkType: 0,
    interfaceIndex: 0,
    fcsLen: 0,
    n: 0,
    fileOffset: 0.5,
    recovered: false,
  };
};
