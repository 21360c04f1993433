import { readFile, writeFile } from 'node:fs/promises';

/**
 * Classic pcap as tcpdump writes it on this machine (little-endian, microseconds).
 * @returns {Promise<{ seconds: number, micros: number, bytes: Buffer }[]>}
 */
export async function readPcap(file) {
  const data = await readFile(file);
  if (data.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error(`${file}: not a little-endian microsecond pcap`);
  const packets = [];
  for (let at = 24; at < data.length;) {
    const length = data.readUInt32LE(at + 8);
    packets.push({
      seconds: data.readUInt32LE(at),
      micros: data.readUInt32LE(at + 4),
      bytes: data.subarray(at + 16, at + 16 + length),
    });
    at += 16 + length;
  }
  return packets;
}

/** @param {number} linkType https://www.tcpdump.org/linktypes.html */
export async function writePcap(file, linkType, packets) {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(linkType, 20);
  const records = packets.flatMap(({ seconds, micros, bytes }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(seconds, 0);
    record.writeUInt32LE(micros, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  await writeFile(file, Buffer.concat([head, ...records]));
}
