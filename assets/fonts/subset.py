"""Makes the fonts of this folder from the full ones: see README.md."""

import re
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

TEXT = [
    (0x0020, 0x024F), (0x0259, 0x0259), (0x02B0, 0x02FF), (0x0300, 0x036F), (0x0370, 0x03FF), (0x0400, 0x052F),
    (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218F), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2300, 0x23FF), (0x2500, 0x25FF), (0x2700, 0x27BF), (0xFFFD, 0xFFFD),
]


def save(font, unicodes, features, path):
    options = subset.Options()
    options.layout_features = features
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.hinting = True
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=unicodes)
    subsetter.subset(font)
    font.save(path)


def freeze_tabular_digits(font):
    """Digits of one width: the toolkit knows no OpenType features, so the character map points at them."""
    gsub = font["GSUB"].table
    chosen = {i for f in gsub.FeatureList.FeatureRecord if f.FeatureTag == "tnum" for i in f.Feature.LookupListIndex}
    swap = {}
    for index in chosen:
        for table in gsub.LookupList.Lookup[index].SubTable:
            swap.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
    for table in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in table.cmap:
                table.cmap[code] = swap.get(table.cmap[code], table.cmap[code])


def main():
    inter_regular, inter_semibold, mono, phosphor, icons = sys.argv[1:]
    text = [code for first, last in TEXT for code in range(first, last + 1)]
    for source, path in ((inter_regular, "Inter-Regular.otf"), (inter_semibold, "Inter-SemiBold.otf")):
        font = TTFont(source)
        freeze_tabular_digits(font)
        save(font, text, ["kern", "mark", "mkmk", "ccmp", "locl"], path)
    save(TTFont(mono), text, ["mark", "mkmk", "ccmp"], "JetBrainsMono-Regular.ttf")
    with open(icons, encoding="utf-8") as file:
        codes = [int(code, 16) for code in re.findall(r"= '\\u\{([0-9a-f]+)\}'", file.read())]
    save(TTFont(phosphor), codes, [], "Phosphor.ttf")


main()
