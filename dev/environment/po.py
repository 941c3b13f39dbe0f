"""Keep es.po in step with its .pot (run by the virtual environment's Python).

po.py merge FILE.pot...  rewrite es.po beside each: the template's messages in their
                         order, with the translations that are known
po.py check FILE.pot...  complain about what is not translated
"""

import sys
from pathlib import Path

import polib


def merge(pot_path):
    path = pot_path.with_name("es.po")
    known = polib.pofile(str(path)) if path.exists() else polib.POFile()
    texts = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in known}
    # As Odoo writes them: one line for each message.
    merged = polib.POFile(wrapwidth=0)
    template = polib.pofile(str(pot_path), wrapwidth=0)
    merged.header = template.header
    merged.metadata = {
        **template.metadata,
        **known.metadata,
        "Language": "es",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for entry in template:
        entry.msgstr = texts.get((entry.msgctxt, entry.msgid), "")
        merged.append(entry)
    merged.save(str(path))
    print(f"{path}: {len(merged.translated_entries())} of {len(merged)} translated")
    return True


def check(pot_path):
    path = pot_path.with_name("es.po")
    if not path.exists():
        print(f"{path} is missing")
        return False
    known = polib.pofile(str(path))
    translated = {(e.msgctxt, e.msgid) for e in known.translated_entries()}
    wanted = [(e.msgctxt, e.msgid) for e in polib.pofile(str(pot_path))]
    missing = [key[1] for key in wanted if key not in translated]
    for text in missing:
        print(f"{path}: not translated: {text!r}")
    print(f"{path}: {len(wanted) - len(missing)} of {len(wanted)} translated")
    return not missing


if __name__ == "__main__":
    action = {"merge": merge, "check": check}[sys.argv[1]]
    done = [action(Path(name)) for name in sys.argv[2:]]
    sys.exit(0 if all(done) else 1)
