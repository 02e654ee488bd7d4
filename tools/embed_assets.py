"""Makes an assembly source that holds files, compressed: embed_assets.py LIST OUT_DIR.

LIST is YAML: a sequence of {path, file}; files are relative to it. Written are OUT_DIR/embedded_assets.S,
whose table src/admin/embedded_assets.cpp reads, and one `.gz` for each file. The same files make the same bytes.
"""
import gzip
import hashlib
import sys
from pathlib import Path

import yaml

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
}
OTHER_TYPE = "text/plain; charset=utf-8"
ETAG_DIGITS = 32
HEAD = """// Generated from web/api-docs/assets.yaml; change that file.
// One row of the table: path, type, digest (texts that end in 0), first and last byte, size uncompressed.
    .section .note.GNU-stack,"",%progbits
    .section .rodata.apiforge_assets,"a",%progbits
"""
TABLE = """
    .section .data.rel.ro.apiforge_assets,"aw",%progbits
    .balign 8
    .globl apiforge_assets_begin
    .globl apiforge_assets_end
apiforge_assets_begin:
"""


def assembly_of(number: int, path: str, kind: str, digest: str, compressed: Path) -> str:
    return (f'.Lpath{number}: .asciz "{path}"\n.Ltype{number}: .asciz "{kind}"\n'
            f'.Ldigest{number}: .asciz "{digest}"\n'
            f'.Lbytes{number}: .incbin "{compressed}"\n.Lend{number}:\n')


def main() -> None:
    listing, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    data, rows = HEAD, TABLE
    for number, entry in enumerate(yaml.safe_load(listing.read_text(encoding="utf-8"))):
        source = (listing.parent / entry["file"]).resolve()
        content = source.read_bytes()
        compressed = target / f"asset{number}.gz"
        compressed.write_bytes(gzip.compress(content, 9, mtime=0))
        digest = hashlib.sha256(content).hexdigest()[:ETAG_DIGITS]
        data += assembly_of(number, entry["path"], TYPES.get(source.suffix, OTHER_TYPE), digest, compressed)
        rows += (f"    .quad .Lpath{number}, .Ltype{number}, .Ldigest{number}, "
                 f".Lbytes{number}, .Lend{number}, {len(content)}\n")
    (target / "embedded_assets.S").write_text(f"{data}{rows}apiforge_assets_end:\n", encoding="ascii")


main()
