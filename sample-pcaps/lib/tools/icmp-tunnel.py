"""Data in pings, as ptunnel and its like do it: replies carry other bytes than their requests.

icmp-tunnel.py serve ADDRESS SEED | icmp-tunnel.py send ADDRESS COUNT SEED
"""

import random
import socket
import struct
import sys


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo(kind, ident, seq, payload):
    head = struct.pack("!BBHHH", kind, 0, 0, ident, seq)
    return struct.pack("!BBHHH", kind, 0, checksum(head + payload), ident, seq) + payload


def noise(rng, low, high):
    return bytes(rng.randrange(256) for _ in range(rng.randrange(low, high)))


mode, address = sys.argv[1:3]
rng = random.Random(sys.argv[-1])
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
if mode == "serve":
    sock.bind((address, 0))
    while True:
        packet, peer = sock.recvfrom(65535)
        icmp = packet[20:]
        if icmp[0] == 8:
            ident, seq = struct.unpack("!HH", icmp[4:8])
            sock.sendto(echo(0, ident, seq, noise(rng, 400, 1300)), peer)
else:
    sock.settimeout(3)
    ident = rng.randrange(65536)
    for seq in range(int(sys.argv[3])):
        sock.sendto(echo(8, ident, seq, noise(rng, 60, 900)), (address, 0))
        while sock.recv(65535)[20] != 0:
            pass
