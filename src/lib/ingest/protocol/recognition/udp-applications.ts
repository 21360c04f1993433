/** Games, messengers and devices over UDP by their datagrams: one line each. `observed`: no specification, bytes seen on the wire. */

import { allOf, hasText, holds, isText, u16, u32, u8 } from './bytes.ts';
import type { Pattern } from './matcher.ts';

/** RakNet's magic, in whatever order: 16 constant bytes. */
const RAKNET_MAGIC = '\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78';
/** Roblox's RakNet leaves the first byte's place to others. */
const ROBLOX_MAGIC = '\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78';

/** Epic's handshake of the Unreal engine: magic 0x…226574, session ids, then zeros. */
const isEpicHandshake = (b: Uint8Array): boolean => allOf(b, 14, 22, 0) && b[10] !== undefined;

// One line each: a table.
// prettier-ignore
export const UDP_APPLICATIONS: readonly Pattern[] = [
  // Messengers and calls
  { app: 'Telegram', source: "Telegram's reflectors: peer tag of 16 bytes, then 12 of ff; observed", size: [32, 200], test: (b) => allOf(b, 16, 28, 0xff) && !allOf(b, 0, 16, 0xff) && !allOf(b, 0, 16, 0) && [0xff, 0xfe, 0xfd, 0xc7].includes(u8(b, 28)) },
  { app: 'Discord', source: 'Discord developer docs, IP discovery: type 1 or 2, length 70', starts: ['00010046', '00020046'], size: 74 },
  { app: 'Discord', source: 'keep-alive 1337cafe; observed', starts: '1337cafe', size: 8 },
  { app: 'Viber', source: 'observed: session, type, zero', starts: ['....0100', '....0900', '....0c00', '....1100', '....1900', '....1a00'], ports: [5243, 7985, 7986, 7987], size: [18, 300] },
  { app: 'LineCall', source: 'observed: PLANET frames with a counter and 0x0602', ports: [20_610, 29_070], size: [40, 1500], test: (b) => u8(b, 0) >> 4 === 0xd },
  { app: 'IMO', source: 'observed: probes that end in 02 and zeros', starts: ['00', '09'], size: [10, 11], test: (b) => u8(b, b.length - 6) === 2 && allOf(b, b.length - 5, b.length, 0) },
  { app: 'Zoom', source: 'observed: 1f, length of the rest, type 1 (peer to peer)', starts: ['1f0101', '1f0201'], size: [20, 600] },
  { app: 'Zoom', source: 'observed: SFU media encapsulation on 8801', ports: [8801, 8802, 8803, 8804, 8805, 8806, 8807, 8808, 8809, 8810], starts: ['05', '01', '02', '03', '04'], size: [20, 1500] },
  { app: 'Skype_TeamsCall', source: 'Teams media over 3478–3481: TURN with its own attributes; observed', ports: [3478, 3479, 3480, 3481], starts: 'ff10', size: [12, 1500] },
  { app: 'OICQ', source: 'QQ: 02, version, command, … 03', starts: '02', ports: [8000], size: [10, 1500], test: (b) => u8(b, b.length - 1) === 3 && u8(b, 1) >= 0x0a && u8(b, 1) <= 0x40 },
  { app: 'TeamViewer', source: 'observed: 17 24 after 11 bytes', test: (b) => u16(b, 11) === 0x17_24 && u8(b, 10) === 3 && allOf(b, 0, 8, 0), size: [20, 1500] },
  { app: 'AnyDesk', source: 'discovery on 50001..50003; observed', starts: '3e', ports: [50_001, 50_002, 50_003], size: [40, 600], test: (b) => holds(b, 'anydesk', 400) },
  { app: 'Spotify', source: 'Spotify Connect on the LAN', text: 'SpotUdp0' },
  { app: 'Mumble', source: 'mumble-protocol: UDP ping of 12 bytes', starts: '00000000', size: 12, ports: [64_738] },
  { app: 'Mumble', source: 'ping answer: version 1.x, ident, users, maximum, bandwidth', starts: '000102', size: 24, ports: [64_738] },
  { app: 'TeamSpeak', source: 'TeamSpeak 3: TS3INIT1', text: 'TS3INIT1' },
  { app: 'TeamSpeak', source: 'TeamSpeak 2', starts: ['f4be0300', 'f1be0000', 'f0be0000'] },
  { app: 'TeamSpeak', source: 'weblist and licence servers 2010, 2011; observed', starts: '01', ports: [2010, 2011, 2008], size: [4, 64], test: (b) => u8(b, 3) <= 4 },
  // Engines and games
  { app: 'Source_Engine', source: 'Valve: Server queries', starts: ['ffffffff54536f7572636520456e67696e65', 'ffffffff41', 'ffffffff49', 'ffffffff44', 'ffffffff45', 'ffffffff55', 'ffffffff56'], ports: range(27_000, 27_100), size: [5, 1400] },
  { app: 'Source_Engine', source: 'Valve: A2S_INFO', text: '\xff\xff\xff\xffTSource Engine Query\0' },
  { app: 'Steam', source: 'Valve: discovery and connections', text: ['VS01', 'VT01'], size: [20, 1500] },
  { app: 'Steam', source: 'in-home streaming discovery', starts: 'ffffffff214c5fa0', size: [16, 600] },
  { app: 'Quake', source: 'Quake III: connectionless packets', text: ['\xff\xff\xff\xffgetinfo', '\xff\xff\xff\xffgetchallenge', '\xff\xff\xff\xffgetservers', '\xff\xff\xff\xffstatusResponse', '\xff\xff\xff\xffinfoResponse', '\xff\xff\xff\xffgetstatus', '\xff\xff\xff\xffrcon', '\xff\xff\xff\xffconnect'] },
  { app: 'Quake', source: 'QuakeWorld, Quake II', starts: ['8000000c01'], test: (b) => hasText(b, 5, 'QUAKE') },
  { app: 'RakNet', source: 'RakNet: unconnected ping and pong, open connection', starts: ['01', '05', '06', '07', '08', '1c', '02', '19', '1a'], size: [18, 1500], test: (b) => hasText(b, 1, RAKNET_MAGIC) || hasText(b, 9, RAKNET_MAGIC) || hasText(b, 17, RAKNET_MAGIC) },
  { app: 'RakNet', source: "Roblox's RakNet; observed", starts: ['78', '79', '7a', '7b', '7d', '7e'], size: [16, 1500], test: (b) => hasText(b, 2, ROBLOX_MAGIC) },
  { app: 'RakNet', source: 'Roblox, with its routing header before; observed', starts: '0100001f', size: [40, 1500], test: (b) => holds(b, ROBLOX_MAGIC, 96) },
  { app: 'Minecraft', source: 'wiki.vg: query protocol', starts: 'fefd09', size: [7, 7], ports: [25_565, 19_132] },
  { app: 'Yojimbo', source: 'netcode.io: version string', text: '\0NETCODE 1.0' },
  { app: 'AmongUs', source: 'Hazel: reliable hello with version; observed', starts: '08', ports: range(22_000, 22_100), size: [8, 80], test: (b) => u8(b, 3) === 1 || u8(b, 3) === 0 },
  { app: 'Activision', source: 'observed: Demonware NAT discovery', starts: ['0d02', '0c02'], size: 29, ports: [3074] },
  { app: 'Activision', source: 'observed', starts: ['28', '29'], size: [18, 27], ports: [3074] },
  { app: 'CoD_Mobile', source: 'observed: … "ping"', size: 12, test: (b) => hasText(b, 8, 'ping') },
  { app: 'EpicGames', source: 'Unreal engine: stateless handshake of 24-byte cookies; observed', starts: ['..1a2000', '..1a2008'], size: [40, 80], test: isEpicHandshake },
  { app: 'RiotGames', source: 'observed: a0 32 42 40 challenge', size: 53, ports: range(7000, 8500), test: (b) => u32(b, 8) === 0x01_00_00_00 },
  { app: 'RiotGames', source: 'observed: ping, aaaaaaaa bbbbbbbb', size: 36, test: (b) => allOf(b, 28, 32, 0xaa) && allOf(b, 32, 36, 0xbb) },
  { app: 'LoLWildRift', source: 'observed: 04, then 65; 10, then 355', starts: '04000000', size: 69, ports: range(10_000, 20_000) },
  { app: 'LoLWildRift', source: 'observed', starts: '0102', size: 22, test: (b) => u16(b, 15) === 0x1e_00 || hasText(b, 18, 'A0B1') },
  { app: 'GaijinEntertainment', source: 'observed: ENet of War Thunder', starts: ['8fff000182ff0001', '8fff......ff0001'], size: [40, 80] },
  { app: 'GaijinEntertainment', source: "observed: the launcher's statistics", ports: range(20_000, 20_100), size: [20, 600], test: (b) => holds(b, ',env=production,circuit=') },
  { app: 'NetEaseGames', source: 'observed: version, …, dN, version again', starts: ['01', '02'], size: 12, ports: range(4000, 5000), test: (b) => u8(b, 2) >> 4 === 0xd && u8(b, 3) === u8(b, 0) },
  { app: 'NetEaseGames', source: 'observed: KCP-like with 0708080c', starts: '0708080c', size: [20, 600] },
  { app: 'NetEaseGames', source: 'observed', starts: '........ff00', size: 30, test: (b) => isText(b, 7, 30) },
  { app: 'EAQ', source: 'Anatel\'s quality probes: counter, 24-byte cycle; observed', size: 16, ports: [6000], test: (b) => u16(b, 0) === 0 && (u32(b, 12) === 0x90_00 || u32(b, 12) === 0x60_00) },
  { app: 'GenshinImpact', source: 'KCP handshake: 000000ff … ffffffff', starts: '000000ff', size: 20, test: (b) => u32(b, 16) === 0xff_ff_ff_ff || u32(b, 12) === 0x49_96_02_d2 },
  { app: 'GenshinImpact', source: 'its answer: 00000145 … 14514545', starts: '00000145', size: 20, test: (b) => u32(b, 16) === 0x14_51_45_45 },
  { app: 'Armagetron', source: 'armagetronad: 000b or 001c messages', starts: ['000b0000', '001c'], ports: [4534, 4533], size: [10, 600] },
  { app: 'Nintendo', source: 'observed: Pia session: 32ab9864', starts: '32ab9864', size: [16, 1500] },
  { app: 'PlayStation', source: 'Remote Play discovery', text: ['SRC2 * HTTP/1.1', 'SRCH * HTTP/1.1'] },
  { app: 'TocaBoca', source: "Exit Games' Photon: connect commands", starts: ['ffff000100000000', 'ffff0001', 'ffff0101'], ports: [5055, 5056, 5058], size: [24, 600] },
  { app: 'CryNetwork', source: 'CryEngine: observed', starts: '3d', size: [20, 25], ports: [64_087, 64_088, 64_090, 64_100], test: (b) => u32(b, 1) > 0 },
  { app: 'MSDO', source: 'Delivery Optimization: "Swarm protocol"', text: '\x0eSwarm protocol' },
  // Houses and devices
  { app: 'Xiaomi', source: 'miIO: magic 2131, length', starts: '2131', ports: [54_321], size: [32, 1500], test: (b) => u16(b, 2) === b.length },
  { app: 'Kismet', source: 'kismet drones', text: ['KISMET', '*KISMET'] },
];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
