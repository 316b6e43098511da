"""What sheetsync relies on although Google has promised it nowhere in writing, tried on a scratch tab."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import NamedTuple

from sheetsync.doctor.words import many
from sheetsync.errors import SheetError
from sheetsync.model import Value
from sheetsync.sheets.grid import Cell, Cells, serial
from sheetsync.sheets.requests import Request, sort, without_metadata
from sheetsync.sheets.scratch import Body, Scratch

_ROUNDS = 4
_TEXTS = ("=1+1", "=NOW()", "007", "1-2", "+32", "1e5", "TRUE", "'quoted", "@name", "$5")
_NUMBERS: tuple[Value, ...] = (2**53, -1, 0.5, True, date(2026, 11, 22), datetime(2026, 11, 22, 6, 0, tzinfo=UTC))
_HEADER = ("date", "name")
_OLD = ("old", 1)
_NEW = ("new", 2)


class Experiment(NamedTuple):
    """One thing to be tried.

    Attributes:
        name: What it is called.
        relies: What sheetsync relies on.
        act: Tries it and says what Google did; raises ``SheetError`` with that when it is not what is relied on.
    """

    name: str
    relies: str
    act: Callable[[Scratch], str]


def _unlike(did: str) -> SheetError:
    return SheetError(
        did, "Google does not do here what sheetsync relies on. Please report it, with what `--json` prints."
    )


def _expect(well: bool, did: str) -> str:  # noqa: FBT001 - the verdict itself
    if not well:
        raise _unlike(did)
    return did


def _column(cells: Cells, at: int = 0) -> list[Cell]:
    return [line[at] if at < len(line) else "" for line in cells]


def _quote(said: str) -> str:
    return f"Google said: “{said}”"


# Markers.


def _two_writers(lab: Scratch) -> str:
    lab.lay([])
    other = lab.rival_scratch()
    outcomes = []
    for turn in range(_ROUNDS):
        first = lab.body(lab.append([f"{turn} first"]))
        second = lab.rival(first, lab.append([f"{turn} second"]))
        refused = _at_once(lab, other, first, second)
        outcomes.append((refused, lab.find(first.marker), (first.value, second.value)))
    names = _column(lab.cells())
    for turn, (refused, there, values) in enumerate(outcomes):
        rows = [f"{turn} first" in names, f"{turn} second" in names]
        winner = [not said for said in refused]
        if sorted(winner) != [False, True] or rows != winner or there != values[winner.index(True)]:
            raise _unlike(f"time {turn + 1} of {_ROUNDS}: {sum(winner)} of two were taken, {sum(rows)} rows are there")
    _expect(len(names) == _ROUNDS, f"{many(len(names), 'row')} after {_ROUNDS} times")
    words = next(filter(None, outcomes[-1][0]))
    return f"one of two was taken, {_ROUNDS} times of {_ROUNDS}. {_quote(words)}"


def _at_once(lab: Scratch, other: Scratch, first: Body, second: Body) -> list[str]:
    """Send two bodies in the same instant, on two connections."""
    gate = Barrier(2)

    def send(writer: Scratch, body: Body) -> str:
        gate.wait(60)
        return writer.carry_out(body)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(send, (lab, other), (first, second)))


def _again(lab: Scratch) -> str:
    lab.lay([])
    first = lab.body(lab.append(["first"]))
    _expect(not lab.carry_out(first), "the first request was refused")
    said = lab.carry_out(lab.rival(first, lab.append(["second"])))
    _expect(bool(said), "a second request with the same marker was carried out")
    _expect(_column(lab.cells()) == ["first"], "a request was refused, and a part of it was carried out")
    _expect(lab.find(first.marker) == first.value, "the marker is another one after a request that was refused")
    return f"the second request was refused, with all that was in it. {_quote(said)}"


def _lost(lab: Scratch) -> str:
    lab.lay([])
    body = lab.body(lab.append(["once"]))
    lab.hang_up(body)
    second, third = lab.repeat(body), lab.repeat(body)
    rows = len(lab.cells())
    _expect(bool(third), f"a third copy was carried out, too; there are {many(rows, 'row')}")
    _expect(rows == 1, f"{many(rows, 'row')} after three copies of one request")
    _expect(lab.find(body.marker) == body.value, "the marker is not that of the request")
    when = "the first copy had arrived, and the second was refused" if second else "the second copy was the first"
    return f"one row after three copies of one request ({when})"


def _seen(lab: Scratch) -> str:
    body = lab.body(lab.append(["seen"]))
    _expect(not lab.carry_out(body), "the request was refused")
    listed = {one.metadata_id: one.metadata_value for one in lab.look().developer_metadata}
    _expect(lab.find(body.marker) == body.value, "it was not found when it was looked up right after")
    _expect(listed.get(body.marker) == body.value, "it was not in the list that was read right after")
    return "it was found, and listed, in the next request"


def _half(lab: Scratch) -> str:
    lab.lay([["before"]])
    nowhere = {"appendCells": {"sheetId": lab.id + 1, "rows": [{}], "fields": "note"}}
    body = lab.body(lab.write(0, [["after"]]), nowhere)
    said = lab.carry_out(body)
    _expect(bool(said), "a request to a tab that does not exist was carried out")
    _expect(_column(lab.cells()) == ["before"], "the request before the faulty one was carried out")
    _expect(lab.find(body.marker) is None, "the marker before the faulty request was made")
    return f"nothing of it was carried out. {_quote(said)}"


def _gone(lab: Scratch) -> str:
    """Neither answer is relied on: only markers that were seen are taken away, and the marker judges a refusal."""
    lab.lay([["before"]])
    never = lab.body()  # its marker was never made
    said = lab.send(lab.write(0, [["after"]]), without_metadata(never.marker))
    _expect(_column(lab.cells()) == (["before"] if said else ["after"]), "a part of the batch was carried out")
    return f"the whole batch is refused. {_quote(said)}" if said else "the rest of the batch was carried out"


def _named_range(lab: Scratch) -> str:
    """In one batch that takes away what it makes, so that nothing is left whatever Google does."""
    at = {"sheetId": lab.id, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    named = [{"namedRangeId": str(lab.id), "name": f"sheetsync_test_{one}", "range": at} for one in "ab"]
    away: Request = {"deleteNamedRange": {"namedRangeId": str(lab.id)}}
    said = lab.send(*({"addNamedRange": {"namedRange": one}} for one in named), away, away)
    return f"refused. {_quote(said)}" if said else "taken, twice"


# What stands in cells.


def _texts(lab: Scratch) -> str:
    lab.lay([_HEADER], lab.append(_TEXTS))
    (found,) = lab.cells()[1:2] or [()]
    changed = [f"“{text}” became “{got}”" for text, got in zip(_TEXTS, found, strict=False) if text != got]
    _expect(not changed and len(found) == len(_TEXTS), "; ".join(changed) or "some texts are missing")
    return f"{len(_TEXTS)} texts are as they were sent, “{_TEXTS[0]}” among them"


def _numbers(lab: Scratch) -> str:
    lab.lay([_HEADER], lab.append(_NUMBERS))
    (found,) = lab.cells()[1:2] or [()]
    wanted = [serial(value) if isinstance(value, date) else value for value in _NUMBERS]
    same = len(found) == len(wanted) and all(map(_is_same, found, wanted))
    return _expect(same, "all are as they were sent" if same else f"{wanted} became {list(found)}")


def _is_same(one: Cell, other: Cell) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


# Where rows land.


def _lands(lab: Scratch, old: Sequence[Sequence[Value]], *further: Request, lines: int = 20) -> int:
    """Lay a tab out and append a row: below all that was there, whole, and nothing else changed.

    Returns:
        The line, counted from 1.
    """
    lab.lay(old, *further, lines=lines)
    before = lab.cells()
    if said := lab.send(lab.append(_NEW)):
        raise _unlike(f"the row was refused. {_quote(said)}")
    after = lab.cells()
    kept = all(_is_same(_at(after, line, at), cell) for line, row in enumerate(before) for at, cell in enumerate(row))
    _expect(kept, "the row was written over what was there")
    found = [line for line, row in enumerate(after, 1) if list(row[:2]) == list(_NEW)]
    _expect(bool(found), "the row is nowhere, or not in the first columns")
    _expect(len(found) == 1 and found[0] > _last(before), f"the row is in line {', '.join(map(str, found))}")
    return found[0]


def _at(cells: Cells, line: int, at: int) -> Cell:
    return cells[line][at] if line < len(cells) and at < len(cells[line]) else ""


def _last(cells: Cells) -> int:
    return max((line for line, row in enumerate(cells, 1) if any(cell != "" for cell in row)), default=0)


def _full(lab: Scratch) -> str:
    return f"the tab grew; the row is in line {_lands(lab, [_HEADER, _OLD], lines=2)} of what were two"


def _stray(lab: Scratch) -> str:
    old: list[Sequence[Value]] = [_HEADER, _OLD, (), (), (), (*[""] * 6, "note")]
    return f"below text in G6, the row is in line {_lands(lab, old)}, from column A on"


def _formats(lab: Scratch) -> str:
    style = {"userEnteredFormat": {"backgroundColor": {"red": 1}}}
    paint = {"repeatCell": {"range": _below(lab), "cell": style, "fields": "userEnteredFormat.backgroundColor"}}
    return _between(_lands(lab, [_HEADER, _OLD], paint), "coloured lines 3 to 8")


def _boxes(lab: Scratch) -> str:
    return _between(_lands(lab, [_HEADER, _OLD], _checkboxes(lab)), "checkboxes without a value in lines 3 to 8")


def _false_boxes(lab: Scratch) -> str:
    old: list[Sequence[Value]] = [_HEADER, _OLD, *[(False,)] * 6]
    return _between(_lands(lab, old, _checkboxes(lab)), "unticked checkboxes in lines 3 to 8")


def _below(lab: Scratch) -> Request:
    return {"sheetId": lab.id, "startRowIndex": 2, "endRowIndex": 8, "startColumnIndex": 0, "endColumnIndex": 1}


def _checkboxes(lab: Scratch) -> Request:
    rule = {"condition": {"type": "BOOLEAN"}}
    return {"setDataValidation": {"range": _below(lab), "rule": rule}}


def _between(line: int, what: str) -> str:
    where = "directly below the last row: they do not count as data" if line == len((_HEADER, _OLD)) + 1 else "below"
    return f"with {what}, the row is in line {line}, {where}"


def _sorted(lab: Scratch) -> str:
    lab.lay([_HEADER, (3, "c", "x"), (1, "a"), (2, "b", "y")], sort(lab.id, 0))
    found = [list(row) for row in lab.cells()[1:]]
    _expect(found == [[1, "a"], [2, "b", "y"], [3, "c", "x"]], f"the lines became {found}")
    return "each line moved with all its cells"


# What sheetsync keeps away from.


def _table(lab: Scratch) -> str:
    area = {"sheetId": lab.id, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    table = {"name": f"sheetsync_test_{lab.id}", "range": area}
    lab.lay([_HEADER, _OLD], {"addTable": {"table": table}})
    tab = lab.look().tab_by_id(lab.id)
    there = [str(one.get("tableId", "")) for one in tab.tables] if tab else []
    _expect(len(there) == 1, "Google does not tell that the table is there")
    arrived = _arrives(lab)
    lab.must({"deleteTable": {"tableId": there[0]}})
    return f"the table is seen; a row sent to the tab {arrived}"


def _filter(lab: Scratch) -> str:
    only = {"columnIndex": 0, "filterCriteria": {"hiddenValues": [_OLD[0], _NEW[0]]}}
    area = {"sheetId": lab.id, "startRowIndex": 0, "startColumnIndex": 0, "endColumnIndex": 2}
    lab.lay([_HEADER, _OLD], {"setBasicFilter": {"filter": {"range": area, "filterSpecs": [only]}}})
    tab = lab.look().tab_by_id(lab.id)
    _expect(tab is not None and tab.basic_filter is not None, "Google does not tell that the filter is there")
    arrived = _arrives(lab)
    lab.must({"clearBasicFilter": {"sheetId": lab.id}})
    return f"the filter is seen; a row sent below what it hides {arrived}"


def _arrives(lab: Scratch) -> str:
    said = lab.send(lab.append(_NEW))
    if said:
        return f"is refused. {_quote(said)}"
    there = any(list(row[:2]) == list(_NEW) for row in lab.cells())
    return "arrives all the same" if there else "is lost although Google says that it was written"


_NOTHING = "nothing here, it never comes to that"
EXPERIMENTS = (
    Experiment("two writers at once", "one is taken, and the other finds the marker of the first", _two_writers),
    Experiment("marker used again", "it is refused, with the whole batch", _again),
    Experiment("answer lost", "a copy is refused when another one has arrived, also a late one", _lost),
    Experiment("marker seen at once", "the next request sees it", _seen),
    Experiment("faulty batch", "nothing of it is carried out", _half),
    Experiment("marker that is gone", "taking it away is refused with the whole batch, or does nothing", _gone),
    Experiment("text", "text stays text, also when it looks like a formula, a date or a number", _texts),
    Experiment("numbers and dates", "they come back exactly, dates as serial numbers", _numbers),
    Experiment("full tab", "it grows when rows are appended", _full),
    Experiment("stray cells", "rows land below all that is there, from column A on", _stray),
    Experiment("formatted lines", "rows land below the last row, and nothing is written over", _formats),
    Experiment("empty checkboxes", "rows land below the last row, and nothing is written over", _boxes),
    Experiment("unticked checkboxes", "rows land below them, and nothing is written over", _false_boxes),
    Experiment("sorting", "lines move as a whole, the header stays", _sorted),
    Experiment("native table", "it is seen; sheetsync then writes no row", _table),
    Experiment("filter", "it is seen; sheetsync then writes no row", _filter),
    Experiment("named range id used again", f"{_NOTHING}; it could stand in for a marker", _named_range),
)
"""In this order: those on markers come first, because the others are sent behind one."""
