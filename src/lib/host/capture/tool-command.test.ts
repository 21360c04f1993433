import { describe, expect, it } from 'vitest';
import { captureArguments, captureProblem, countsIn, type CaptureOrder } from './tool-command.ts';

const order: CaptureOrder = {
  interface: 'eth0',
  filter: 'udp port 53',
  snaplen: 96,
  packets: 10,
  ring: null,
  promiscuous: false,
};

describe('how a capture tool is asked', () => {
  it('tcpdump: nothing of the filter is ever an option, and no name is looked up', () => {
    expect(captureArguments('tcpdump', { ...order, filter: '-w /etc/passwd' }, '/tmp/x')).toEqual([
      ...['-i', 'eth0', '-s', '96', '-B', '65536', '-n', '-U', '-p', '-c', '10', '-w', '-'],
      ...['--', '-w /etc/passwd'],
    ]);
    const ring = { ...order, filter: '', packets: null, promiscuous: true, ring: { files: 3, megabytes: 5 } };
    expect(captureArguments('tcpdump', ring, '/tmp/x.pcap')).toEqual([
      ...['-i', 'eth0', '-s', '96', '-B', '65536', '-n', '-U', '-Z', 'root'],
      ...['-C', '5', '-W', '3', '-w', '/tmp/x.pcap'],
    ]);
  });

  it('dumpcap: pcap, and a ring of as many bytes', () => {
    expect(captureArguments('dumpcap', order, '/tmp/x')).toEqual([
      ...['-i', 'eth0', '-s', '96', '-B', '64', '-P', '-q', '-p', '-c', '10', '-f', 'udp port 53', '-w', '-'],
    ]);
    const ring = { ...order, filter: '', packets: null, promiscuous: true, ring: { files: 3, megabytes: 5 } };
    expect(captureArguments('dumpcap', ring, '/tmp/x.pcap')).toEqual([
      ...['-i', 'eth0', '-s', '96', '-B', '64', '-P', '-q'],
      ...['-b', 'filesize:5000', '-b', 'files:3', '-w', '/tmp/x.pcap'],
    ]);
  });
});

it('the last counts of either tool are the ones that hold', () => {
  const tcpdump =
    'tcpdump: listening on lo\ntcpdump: 5 packets captured, 10 packets received by filter, 0 packets dropped by kernel\n12 packets captured\n24 packets received by filter\n3 packets dropped by kernel\n';
  expect(countsIn(tcpdump)).toEqual({ captured: 12, received: 24, dropped: 3 });
  const dumpcap =
    "Capturing on 'lo'\nPackets captured: 20\nPackets received/dropped on interface 'Loopback: lo': 20/4 (pcap:4/dumpcap:0/flushed:0/ps_ifdrop:0) (83.3%)\n";
  expect(countsIn(dumpcap)).toEqual({ captured: 20, received: 20, dropped: 4 });
  expect(countsIn('')).toEqual({ captured: null, received: null, dropped: null });
});

it('a missing right gives the line to run, exactly', () => {
  const line = 'sudo setcap cap_net_raw,cap_net_admin=eip /usr/bin/dumpcap';
  for (const said of [
    "tcpdump: eth0: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)",
    "The capture session could not be initiated on interface 'eth0' (You don't have permission to capture on that device).",
  ])
    expect(captureProblem('dumpcap', '/usr/bin/dumpcap', said)).toContain(`\`${line}\``);
  expect(captureProblem('tcpdump', '/x', 'tcpdump: nosuch: No such device exists')).toContain('interface');
  expect(captureProblem('tcpdump', '/x', "tcpdump: can't parse filter expression: syntax error")).toContain(
    'filter',
  );
  expect(captureProblem('tcpdump', '/x', 'tcpdump: fwrite: No space left on device')).toContain(
    'disk is full',
  );
  expect(captureProblem('tcpdump', '/x', 'tcpdump: listening on lo\ntcpdump: odd trouble')).toBe(
    'tcpdump ended: odd trouble.',
  );
  expect(captureProblem('tcpdump', '/x', 'tcpdump: listening on lo\n3 packets captured')).toBeUndefined();
});
