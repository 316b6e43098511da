"""Requests of a batch about what hangs on a tab: charts, protection, rules, filters, tables, merges."""

from tests.google_double import a1
from tests.google_double.book import Book, bounded
from tests.google_double.errors import PROTECTED, JsonObject, Refused, plain
from tests.google_double.ranges import AXIS, stored
from tests.google_double.tab import Tab

CHART_KINDS = {
    "basicChart", "bubbleChart", "candlestickChart", "histogramChart", "orgChart",
    "pieChart", "scorecardChart", "treemapChart", "waterfallChart",
}  # fmt: skip


def add_chart(book: Book, body: JsonObject) -> JsonObject:
    """A chart with neither domain nor series always gets a 500 (live probe); one with a taken id is refused."""
    given = stored(body.get("chart", {}))
    _check_spec(given.get("spec", {}))
    taken = [chart["chartId"] for tab in book.tabs for chart in tab.charts]
    number = given.get("chartId") or book.new_id(taken)
    if number in taken:
        raise Refused(f"Chart with id {number} already exists.")
    position = given.get("position", {})
    if position.get("newSheet"):
        tab = book.add_tab({"title": f"Chart{len(book.tabs)}", "sheetType": "OBJECT"})
        position = {"sheetId": tab.id}
    else:
        anchor = position.get("overlayPosition", {}).get("anchorCell", {})
        tab = book.grid_by_id(anchor.get("sheetId", 0))
        _check_anchor(tab, anchor)
    chart = {"chartId": number, "spec": given["spec"], "position": position}
    tab.charts.append(chart)
    return {"chart": chart}


def _check_spec(spec: JsonObject) -> None:
    kinds = CHART_KINDS & set(spec)
    if len(kinds) != 1:
        raise Refused("Exactly one chart type must be specified.")
    basic = spec.get("basicChart")
    if basic is not None and not basic.get("domains") and not basic.get("series"):
        raise plain(500)


def _check_anchor(tab: Tab, anchor: JsonObject) -> None:
    row, column = anchor.get("rowIndex", 0), anchor.get("columnIndex", 0)
    if row >= tab.row_count:
        raise Refused(f"rowIndex[{row}] is after last row in grid[{tab.row_count - 1}]")
    if column >= tab.column_count:
        raise Refused(f"columnIndex[{column}] is after last column in grid[{tab.column_count - 1}]")


def update_chart_spec(book: Book, body: JsonObject) -> None:
    """The whole spec is replaced; a partial one is refused."""
    _, chart = _chart(book, body.get("chartId", 0))
    _check_spec(body.get("spec", {}))
    chart["spec"] = stored(body["spec"])


def delete_embedded_object(book: Book, body: JsonObject) -> None:
    tab, chart = _chart(book, body.get("objectId", 0))
    tab.charts.remove(chart)
    if not tab.is_grid:
        book.remove_tab(tab)


def _chart(book: Book, number: int) -> tuple[Tab, JsonObject]:
    for tab in book.tabs:
        for chart in tab.charts:
            if chart["chartId"] == number:
                return tab, chart
    raise Refused(f"No embedded object with id: {number}")


def add_protected_range(book: Book, body: JsonObject) -> JsonObject:
    """The caller becomes an editor; the reply does not say so yet (recorded: test_add_protected_range_normal)."""
    given = stored(body.get("protectedRange", {}))
    tab = book.grid_by_id(given.get("range", {}).get("sheetId", 0))
    taken = [one["protectedRangeId"] for other in book.tabs for one in other.protected]
    made: JsonObject = {"protectedRangeId": given.get("protectedRangeId") or book.new_id(taken)}
    if made["protectedRangeId"] in taken:
        raise Refused(f"Protected range with id {made['protectedRangeId']} already exists.")
    optional = ("description", "warningOnly", "unprotectedRanges")
    made |= {name: given[name] for name in optional if given.get(name)}
    made |= {"range": given.get("range", {}), "requestingUserCanEdit": True}
    users = [*given.get("editors", {}).get("users", []), book.editor]
    tab.protected.append(made | {"editors": {"users": list(dict.fromkeys(users))}})
    return {"protectedRange": made | {"editors": {}}}


def delete_protected_range(book: Book, body: JsonObject) -> None:
    number = body.get("protectedRangeId", 0)
    for tab in book.tabs:
        for one in tab.protected:
            if one["protectedRangeId"] == number:
                if book.editor not in one.get("editors", {}).get("users", [book.editor]):
                    raise Refused(PROTECTED)
                tab.protected.remove(one)
                return
    raise Refused(f"No protected range with id: {number}")


def add_rule(book: Book, body: JsonObject) -> None:
    """Rules are known by their place only; adding the same twice gives two."""
    rule = stored(body.get("rule", {}))
    if not rule.get("ranges"):
        raise Refused("No ranges specified.")
    tab = book.grid_by_id(rule["ranges"][0].get("sheetId", 0))
    tab.conditional_formats.insert(body.get("index", 0), rule)


def delete_rule(book: Book, body: JsonObject) -> JsonObject:
    tab = book.grid_by_id(body.get("sheetId", 0))
    index = body.get("index", 0)
    if index >= len(tab.conditional_formats):
        raise Refused(f"No conditional format on sheet: {tab.id} at index: {index}")
    return {"rule": tab.conditional_formats.pop(index)}


def set_basic_filter(book: Book, body: JsonObject) -> None:
    """One filter a tab, a new one takes its place; open ends are filled in (recorded: test_basic_filters)."""
    given = stored(body.get("filter", {}))
    tab, rect = a1.rect_of(given.get("range", {}), book)
    filled = {"startRowIndex": rect.top, "endRowIndex": rect.bottom}
    filled |= {"startColumnIndex": rect.left, "endColumnIndex": rect.right}
    tab.basic_filter = {**given, "range": {**given.get("range", {}), **filled}}


def clear_basic_filter(book: Book, body: JsonObject) -> None:
    book.grid_by_id(body.get("sheetId", 0)).basic_filter = None


def add_table(book: Book, body: JsonObject) -> JsonObject:
    """A native table over cells as they are; two cannot lie over each other."""
    given = stored(body.get("table", {}))
    tab, rect = a1.rect_of(given.get("range", {}), book)
    if any(rect.meets(bounded(tab, table["range"])) for table in tab.tables):
        raise Refused("You can't add a table that overlaps another table.")
    number = given.get("tableId") or str(book.new_id())
    if any(table["tableId"] == number for other in book.tabs for table in other.tables):
        raise Refused(f"Table with id {number} already exists.")
    table = {"tableId": number, "name": f"Table{len(tab.tables) + 1}", **given}
    tab.tables.append(table)
    return {"table": table}


def delete_table(book: Book, body: JsonObject) -> None:
    """Goes with what it holds, and takes the conditional rules over it along (live probe)."""
    number = body.get("tableId", "")
    for tab in book.tabs:
        for table in tab.tables:
            if table["tableId"] == number:
                _empty(tab, table)
                tab.tables.remove(table)
                return
    raise Refused(f"No table with id: {number}")


def _empty(tab: Tab, table: JsonObject) -> None:
    rect = bounded(tab, table["range"])
    for row in range(rect.top, rect.bottom):
        tab.put_row(row, rect.left, [None] * (rect.right - rect.left))
    tab.conditional_formats = [
        rule for rule in tab.conditional_formats if not any(rect.meets(bounded(tab, one)) for one in rule["ranges"])
    ]


def merge_cells(book: Book, body: JsonObject) -> None:
    """One merge for the range, one a row or one a column, in the place of those it covers; values are left alone."""
    tab, rect = a1.rect_of(body.get("range", {}), book)
    kind = body.get("mergeType", "MERGE_ALL")
    tab.merges = [old for old in tab.merges if not rect.holds(bounded(tab, old))]
    place = {"startRowIndex": rect.top, "endRowIndex": rect.bottom}
    place |= {"startColumnIndex": rect.left, "endColumnIndex": rect.right}
    if tab.id:
        place["sheetId"] = tab.id
    axis = {"MERGE_ROWS": AXIS["ROWS"], "MERGE_COLUMNS": AXIS["COLUMNS"]}.get(kind)
    if axis is None:
        tab.merges.append(place)
    else:
        first, last = axis
        tab.merges += [{**place, first: n, last: n + 1} for n in range(place[first], place[last])]


def unmerge_cells(book: Book, body: JsonObject) -> None:
    tab, rect = a1.rect_of(body.get("range", {}), book)
    tab.merges = [place for place in tab.merges if not rect.meets(bounded(tab, place))]


HANDLERS = {
    "addChart": add_chart,
    "updateChartSpec": update_chart_spec,
    "deleteEmbeddedObject": delete_embedded_object,
    "addProtectedRange": add_protected_range,
    "deleteProtectedRange": delete_protected_range,
    "addConditionalFormatRule": add_rule,
    "deleteConditionalFormatRule": delete_rule,
    "setBasicFilter": set_basic_filter,
    "clearBasicFilter": clear_basic_filter,
    "addTable": add_table,
    "deleteTable": delete_table,
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
}
