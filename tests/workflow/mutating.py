"""Random damage to the files of a study and to delivered files, the same for the same seed."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 3, 2024, 0.5, 1e300, "", " ", "x", "ja", "d_inv1", "S_invloed", "nan", "inf",
    "'; drop", "ë\u200b", "a" * 300, [], [1], ["d_inv1", "d_inv1"], [[]], {}, {"nl": "a"}, {"a": {"b": [None]}},
    [None], "2020-01-01", "1,5", "\u0000", "*", "d_kan = 1 and (", "../../etc", {"x": 1, 2: "y"},
)  # fmt: skip
SIGNS = "\t:{}[]\"'#&*!|>%@`,;=-\n \\?é\u2028\ufeff01"
MOVES = 3
"""How often a file is damaged at most."""


def damage_text(text: str, chance: random.Random) -> str:
    """Put in, take out or swap signs and lines."""
    for _ in range(chance.randint(1, MOVES)):
        place, kind = chance.randrange(len(text) + 1), chance.randrange(5)
        if kind == 0:
            text = text[:place] + chance.choice(SIGNS) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + chance.randint(1, 8) :]
        elif kind == 2:
            lines = text.splitlines(keepends=True) or [""]
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
            text = "".join(lines)
        elif kind == 3:
            lines = text.splitlines(keepends=True) or [""]
            del lines[chance.randrange(len(lines))]
            text = "".join(lines)
        else:
            words = text.split(" ")
            words[chance.randrange(len(words))] = chance.choice(words)
            text = " ".join(words)
    return text


def damage_yaml(text: str, chance: random.Random) -> str:
    """Put another value, another key or nothing in some place of a YAML file."""
    data = yaml.safe_load(text)
    for _ in range(chance.randint(1, MOVES)):
        holder, key = chance.choice(list(_places(data)) or [({}, "x")])
        kind = chance.randrange(4)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[chance.choice(["x", 1, "nl", "items", "a b", str(key)[:-1]])] = holder.pop(key)
        elif kind == 2:
            other, there = chance.choice(list(_places(data)) or [(holder, key)])
            holder[key] = yaml.safe_load(yaml.safe_dump(other[there])) if there in _keys(other) else None
        else:
            holder[key] = chance.choice(VALUES)
    return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))


def _keys(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def _places(data: Any) -> Any:
    """Every place in nested data, as what holds it and its key."""
    if isinstance(data, dict | list):
        for key in _keys(data):
            yield data, key
            yield from _places(data[key])


def damage_cells(text: str, delimiter: str, chance: random.Random) -> str:
    """Put other cells, other rows and other columns into a table."""
    table = [line.split(delimiter) for line in text.splitlines()]
    for _ in range(chance.randint(1, MOVES)):
        row, kind = chance.randrange(len(table)), chance.randrange(6)
        if kind == 0 and table[row]:
            table[row][chance.randrange(len(table[row]))] = str(chance.choice(VALUES))[:80]
        elif kind == 1:
            table[row] = table[row][: chance.randrange(len(table[row]) + 1)]
        elif kind == 2:
            table.insert(row, list(chance.choice(table)))
        elif kind == 3 and len(table) > 1:
            del table[row]
        elif kind == 4 and table[row]:
            place = chance.randrange(len(table[row]))
            for cells in table:
                del cells[place : place + 1]
        else:
            place, said = chance.randrange(40), str(chance.choice(VALUES))[:20]
            for cells in table[2:]:
                cells[place : place + 1] = [said]
    return "\r\n".join(delimiter.join(cells) for cells in table)


def damage_bytes(data: bytes, chance: random.Random) -> bytes:
    """Change, cut, double or zero some bytes."""
    for _ in range(chance.randint(1, MOVES)):
        if not data:
            return data
        place, kind = chance.randrange(len(data)), chance.randrange(4)
        if kind == 0:
            data = data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]
        elif kind == 1:
            data = data[:place]
        elif kind == 2:
            data = data[:place] + data[place : place + 64] + data[place:]
        else:
            data = data[:place] + bytes(16) + data[place + 16 :]
    return data


def damage(path: Path, chance: random.Random) -> None:
    """Damage one file in a way that suits its kind, or any other."""
    data = path.read_bytes()
    ways: list[Callable[[], bytes]] = [lambda: damage_bytes(data, chance)]
    if path.suffix != ".sav":
        encoding = "cp1252" if path.name.startswith("small20") else "utf-8"
        text = data.decode(encoding)
        delimiter = ";" if encoding == "cp1252" else ","
        ways += 3 * [lambda: damage_text(text, chance).encode(encoding, "replace")]
        if path.suffix == ".yaml":
            ways += 6 * [lambda: damage_yaml(text, chance).encode("utf-8", "replace")]
        else:
            ways += 6 * [lambda: damage_cells(text, delimiter, chance).encode(encoding, "replace")]
    path.write_bytes(chance.choice(ways)())
