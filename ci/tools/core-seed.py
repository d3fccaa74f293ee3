#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Writes seeds of core_fuzzer: the BTF of an object, kernel BTF, and the object's CO-RE records.

Usage: core-seed.py OUT_PREFIX VMLINUX_BTF[,MODULE_BTF...] OBJECT...   objects without records are passed over
"""
import os
import struct
import sys


def sections(elf):
    """Contents of the sections of a 64-bit little-endian ELF file, by name."""
    shoff, = struct.unpack_from("<Q", elf, 0x28)
    shentsize, shnum, shstrndx = struct.unpack_from("<HHH", elf, 0x3A)
    heads = [struct.unpack_from("<IIQQQQ", elf, shoff + i * shentsize) for i in range(shnum)]
    names = heads[shstrndx][4]
    out = {}
    for name, _, _, _, off, size in heads:
        end = elf.index(b"\0", names + name)
        out.setdefault(elf[names + name:end].decode(), elf[off:off + size])
    return out


def records(secs):
    """struct bemu_core_relo with the two words it is about, for each record."""
    btf, ext = secs[".BTF"], secs[".BTF.ext"]
    hdr_len, _, _, str_off, _ = struct.unpack_from("<IIIII", btf, 4)
    strs = btf[hdr_len + str_off:]
    ext_hdr, = struct.unpack_from("<I", ext, 4)
    off, length = struct.unpack_from("<II", ext, 24) if ext_hdr >= 32 else (0, 0)
    pos, end = ext_hdr + off + 4, ext_hdr + off + length
    while pos + 8 <= end:
        sec, nr = struct.unpack_from("<II", ext, pos)
        pos += 8
        words = secs.get(strs[sec:strs.index(b"\0", sec)].decode(), b"")
        for _ in range(nr):
            rec = ext[pos:pos + 16]
            at, = struct.unpack_from("<I", rec)
            yield rec + words[at:at + 16].ljust(16, b"\0")
            pos += 16


def one_seed(kernel, path):
    """Bytes of a seed, or nothing."""
    with open(path, "rb") as f:
        elf = f.read()
    if elf[:6] != b"\x7fELF\x02\x01":
        return b""
    try:
        secs = sections(elf)
        recs = list(records(secs))
    except (KeyError, ValueError, IndexError, struct.error):
        return b""
    if not recs:
        return b""
    parts = [(b"LOCL", secs[".BTF"])] + kernel + [(b"RELO", b"".join(recs[:32]))]
    return b"".join(tag + struct.pack("<I", len(data)) + data for tag, data in parts)


def main(prefix, kernel, *objects):
    parts = []
    for i, path in enumerate(kernel.split(",")):
        with open(path, "rb") as f:
            parts.append((b"MODU" if i else b"VMLX", f.read()))
    for path in objects:
        seed = one_seed(parts, path)
        if seed:
            with open(prefix + os.path.basename(path).split(".bpf.o")[0], "wb") as f:
                f.write(seed)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
