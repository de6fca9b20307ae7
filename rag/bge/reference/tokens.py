"""Writes texts and the ids that the reference tokenizer gives them, as JSON lines.

    python3 tokens.py MODEL_FOLDER 10000 > tokens.jsonl
    go test ./rag/bge -run TestTokens -tokens tokens.jsonl

    python3 tokens.py MODEL_FOLDER 300 > ../testdata/tokens.jsonl      (the goldens)
    python3 tokens.py MODEL_FOLDER characters                          (one checksum)

The same number gives the same texts. The last form prints the SHA-256 of the
ids of "a"+c+"b" for every character c there is. Needs what
model.py needs.
"""

import hashlib
import json
import random
import sys

from model import tokenizer as load

WORDS = """the of and report Meeting café naïve Zürich São Ångström résumé Straße STRASSE ISTANBUL İstanbul ılık
Łódź Øresund smørrebrød coöperate über Ünïcödé œuvre ﬁle ﬂow ﬃ ＦＵＬＬ ｗｉｄｔｈ １２３ ½ x² H₂O ℃ Ω Å K €5 £3.50
don't e-mail C++ C# foo_bar() {"key":1} <div> a/b\\c user@host 3.14 1,000,000 0xFF #tag $HOME `code` ~10% 50°
привет Москва ёлка Київ їжак Ελληνικά Αθήνα ΣΊΣΥΦΟΣ שָׁלוֹם مَرْحَبًا سلام हिन्दी कर्म বাংলা தமிழ் ไทย ကမ္ဘာ
日本語 カタカナ ｶﾀｶﾅ がぎぐ 東京都 中文 漢字 𠀀𠀁 豈更 한국어 서울 각 tiếng Việt ngữ embeddings transformer
unbelievable antidisestablishmentarianism photosynthesis [CLS] [SEP] [MASK] [PAD] [UNK] [cls] ##ing ## [unused1]""".split()
EMOJI = ["😀", "👍🏽", "👨‍👩‍👧", "🇩🇪", "❤️", "☕", "✈️", "🫠", "1️⃣", "™", "©️"]
SPACES = [" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085", "\u000b", "\u000c", "\u1680", "\u200b", "\ufeff"]
CONTROLS = ["\0", "\x01", "\x1b[0m", "\x7f", "\u00ad", "\u200d", "\u200e", "\u202e", "\u2066", "\ufffd", "\ue000", "\U000f0000", "\ufffe", "\U000e0001"]
MARKS = ["\u0301", "\u0308", "\u0327", "\u20dd", "\u0345", "\u1dc4", "\ufe0f", "\u0489", "\u093e", "\u302e", "\u3099", "\u1ac0"]
PUNCTUATION = ["—", "…", "“", "”", "«", "»", "¿", "¡", "、", "。", "！", "·", "‰", "§", "¶", "†", "−", "＋", "^", "|", "\u2e5d", "\u2bd1"]


def character(r):
    """Any character that UTF-8 can hold, low ones more often."""
    while True:
        c = r.randrange(r.choice([0x100, 0x600, 0x3000, 0x10000, 0x20000, 0x110000]))
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def part(r):
    kind = r.randrange(12)
    if kind < 5:
        word = r.choice(WORDS)
        return word.upper() if r.random() < 0.1 else word
    if kind < 6:
        return r.choice(EMOJI)
    if kind < 7:
        return r.choice(CONTROLS) + r.choice(WORDS)
    if kind < 8:
        return r.choice(WORDS) + "".join(r.choice(MARKS) for _ in range(r.randrange(1, 5)))
    if kind < 9:
        return r.choice(PUNCTUATION)
    if kind < 10:
        return "".join(character(r) for _ in range(r.randrange(1, 6)))
    return "".join(r.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(r.randrange(1, 14)))


def text(r, i):
    if i % 100 == 7:  # around the limit of a word, and far beyond
        length = r.choice([99, 100, 101, 250, 5000])
        return r.choice(["a", "é", "x-", "中", "가", "\u0301", "ab", "Ⅷ"]) * length + " " + part(r)
    if i % 50 == 3:  # around the limit of a text
        return " ".join(r.choice(["one", "two", "unbelievable"]) for _ in range(r.randrange(240, 270)))
    if i % 50 == 11:
        return "".join(character(r) for _ in range(r.randrange(0, 60)))
    out = ""
    for _ in range(r.randrange(0, 25)):
        out += part(r) + (r.choice(SPACES) if r.random() < 0.8 else "")
    return out


def checksum(tokenizer):
    digest = hashlib.sha256()
    points = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for i in range(0, len(points), 10000):
        for e in tokenizer.encode_batch(["a" + chr(c) + "b" for c in points[i : i + 10000]]):
            digest.update((" ".join(map(str, e.ids)) + "\n").encode())
    return digest.hexdigest()


def main():
    tokenizer = load(sys.argv[1])
    if sys.argv[2] == "characters":
        print(checksum(tokenizer))
        return
    count = int(sys.argv[2])
    r = random.Random(count)
    for i in range(count):
        t = text(r, i)
        print(json.dumps({"text": t, "ids": tokenizer.encode(t).ids}, ensure_ascii=False))


main()
