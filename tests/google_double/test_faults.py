"""What the caller sees of a fault, and what became of the request."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import google_double
from tests.google_double import Fault, Google, NotModelled, faults


@pytest.fixture
def spreadsheet(google: Google) -> str:
    return google.new_spreadsheet(tabs={"T": [["start"]]})


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


def post(session: requests.Session, google: Google, spreadsheet: str, text: str = "x", **more: Any) -> Any:
    rows = [{"values": [{"userEnteredValue": {"stringValue": text}}]}]
    body = {"requests": [{"appendCells": {"rows": rows, "fields": "userEnteredValue"}}]}
    return session.post(f"{google.origin}/v4/spreadsheets/{spreadsheet}:batchUpdate", json=body, timeout=10, **more)


def rows(google: Google, spreadsheet: str) -> list[str]:
    return [row[0] for row in google.people(spreadsheet).values("T")[1:]]


QUOTA = (
    "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per user' "
    "of service 'sheets.googleapis.com' for consumer 'project_number:123456789012'."
)
SILENT = {"reply lost", "cut before", "zombie", "reply cut off"}


@pytest.mark.parametrize("fault", faults.ALL, ids=lambda fault: fault.name)
def test_a_fault_does_what_it_says_once(
    google: Google, spreadsheet: str, session: requests.Session, fault: Fault
) -> None:
    google.faults.at(2, fault)
    assert post(session, google, spreadsheet, "1").ok
    if fault.name in SILENT:
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            post(session, google, spreadsheet, "2")
    else:
        answer = post(session, google, spreadsheet, "2")
        assert answer.status_code == (fault.answer.status if fault.answer else 200)
        assert "Retry-After" not in answer.headers
    assert post(session, google, spreadsheet, "3").ok
    assert rows(google, spreadsheet) == (["1", "2", "3"] if fault.applies else ["1", "3"])
    assert [call.applied for call in google.calls] == [True, fault.applies, True]
    assert [call.fault for call in google.calls] == ["", fault.name, ""]


def test_names_of_faults_are_all_different() -> None:
    assert len({fault.name for fault in faults.ALL}) == len(faults.ALL) > 20


def test_the_bodies_of_the_errors(google: Google, spreadsheet: str, session: requests.Session) -> None:
    google.faults.at(1, faults.status(429))
    google.faults.at(2, faults.status(503))
    google.faults.at(3, faults.html_status(502))
    google.faults.at(4, faults.truncated_json())
    quota = post(session, google, spreadsheet).json()["error"]
    assert (quota["code"], quota["status"], quota["message"]) == (
        429,
        "RESOURCE_EXHAUSTED",
        QUOTA,
    )
    assert quota["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert quota["details"][0]["metadata"]["quota_limit_value"] == "60"
    assert post(session, google, spreadsheet).json() == {
        "error": {"code": 503, "message": "The service is currently unavailable.", "status": "UNAVAILABLE"}
    }
    page = post(session, google, spreadsheet)
    assert (page.headers["Content-Type"], page.text[:15]) == ("text/html; charset=UTF-8", "<!DOCTYPE html>")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        post(session, google, spreadsheet).json()


def test_a_zombie_is_carried_out_when_it_is_let_go(google: Google, spreadsheet: str, session: requests.Session) -> None:
    google.faults.next(faults.zombie())
    with pytest.raises(requests.ConnectionError):
        post(session, google, spreadsheet, "late")
    post(session, google, spreadsheet, "early")
    assert google.release_zombies() == [200]
    assert rows(google, spreadsheet) == ["early", "late"]
    assert google.release_zombies() == []


def test_a_marker_refuses_the_zombie_of_its_own_batch(
    google: Google, spreadsheet: str, session: requests.Session
) -> None:
    location = {"spreadsheet": True}
    marker = {"metadataId": 7, "metadataKey": "k", "visibility": "DOCUMENT", "location": location}
    rows_ = [{"values": [{"userEnteredValue": {"stringValue": "once"}}]}]
    append = {"rows": rows_, "fields": "userEnteredValue"}
    body = {"requests": [{"createDeveloperMetadata": {"developerMetadata": marker}}, {"appendCells": append}]}
    url = f"{google.origin}/v4/spreadsheets/{spreadsheet}:batchUpdate"
    google.faults.next(faults.zombie())
    with pytest.raises(requests.ConnectionError):
        session.post(url, json=body, timeout=10)
    assert session.post(url, json=body, timeout=10).ok
    assert google.release_zombies() == [400]
    assert rows(google, spreadsheet) == ["once"]


@pytest.mark.parametrize("applied_first", [True, False])
def test_an_answer_waits_for_an_event(
    google: Google, spreadsheet: str, session: requests.Session, *, applied_first: bool
) -> None:
    event, arrived = threading.Event(), threading.Event()
    google.faults.next(faults.delayed(event, applied_first=applied_first))
    google.hooks.append(lambda _: arrived.set())
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.append(post(session, google, spreadsheet, "slow")))
    caller.start()
    assert arrived.wait(10)
    with requests.Session() as other:
        post(other, google, spreadsheet, "quick")
    assert answers == []
    event.set()
    caller.join()
    assert answers[0].ok
    assert sorted(rows(google, spreadsheet)) == ["quick", "slow"]


def test_a_caller_who_gives_up_may_still_be_served(google: Google, spreadsheet: str) -> None:
    event = threading.Event()
    google.faults.next(faults.delayed(event))
    url = f"{google.origin}/v4/spreadsheets/{spreadsheet}/values/T:clear"
    with requests.Session() as session, pytest.raises(requests.ReadTimeout):
        session.post(url, json={}, timeout=(10, 0.05))
    assert google.people(spreadsheet).values("T") == [["start"]]
    event.set()
    google.settle()
    assert google.people(spreadsheet).values("T") == []


def test_faults_by_what_a_call_is_and_for_all_calls(
    google: Google, spreadsheet: str, session: requests.Session
) -> None:
    google.faults.when(lambda call: "appendCells" in call.kinds, faults.status(500))
    assert session.get(f"{google.origin}/v4/spreadsheets/{spreadsheet}", timeout=10).ok
    assert [post(session, google, spreadsheet).status_code for _ in range(2)] == [500, 200]
    google.faults.every(faults.status(503))
    assert [post(session, google, spreadsheet).status_code for _ in range(2)] == [503, 503]
    google.faults.clear()
    assert post(session, google, spreadsheet).ok


def test_calls_are_written_down(google: Google, spreadsheet: str, session: requests.Session) -> None:
    post(session, google, spreadsheet)
    session.get(f"{google.origin}/v4/spreadsheets/{spreadsheet}/values/T!A1?majorDimension=COLUMNS", timeout=10)
    first, second = google.calls
    assert (first.number, first.verb, first.method, first.kinds) == (1, "POST", "batchUpdate", ("appendCells",))
    assert (first.status, first.applied, first.body_size > 50) == (200, True, True)
    assert (second.method, second.path) == ("values.get", f"/v4/spreadsheets/{spreadsheet}/values/T!A1")
    google.forget_calls()
    assert google.calls == []


def test_sixty_writes_a_minute(google: Google, spreadsheet: str, session: requests.Session) -> None:
    now = [1000.0]
    google.quota, google.clock = True, lambda: now[0]
    assert {post(session, google, spreadsheet).status_code for _ in range(60)} == {200}
    refused = post(session, google, spreadsheet)
    assert (refused.status_code, len(rows(google, spreadsheet))) == (429, 60)
    assert session.get(f"{google.origin}/v4/spreadsheets/{spreadsheet}", timeout=10).ok
    url = f"{google.origin}/v4/spreadsheets/{spreadsheet}"
    assert {session.get(url, timeout=10).status_code for _ in range(59)} == {200}
    assert "Read requests per minute" in session.get(url, timeout=10).json()["error"]["message"]
    now[0] += 60
    assert post(session, google, spreadsheet).ok
    assert session.get(url, timeout=10).ok


def test_many_callers_at_once_lose_nothing(google: Google, spreadsheet: str) -> None:
    def caller(name: int) -> None:
        with requests.Session() as session:
            for n in range(5):
                assert post(session, google, spreadsheet, f"{name}-{n}").ok

    callers = [threading.Thread(target=caller, args=(name,)) for name in range(20)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    assert sorted(rows(google, spreadsheet)) == sorted(f"{name}-{n}" for name in range(20) for n in range(5))


def test_what_is_not_modelled_is_said_aloud() -> None:
    by_place = {"developerMetadata": {}, "dataFilters": [{"a1Range": "A1"}], "fields": "metadataValue"}

    def ask(session: requests.Session, request: dict[str, Any]) -> None:
        with google_double.serve() as google:
            spreadsheet = google.new_spreadsheet()
            url = f"{google.origin}/v4/spreadsheets/{spreadsheet}:batchUpdate"
            location = {"spreadsheet": True}
            marker = {"metadataKey": "k", "visibility": "DOCUMENT", "location": location}
            body = {"requests": [{"createDeveloperMetadata": {"developerMetadata": marker}}, request]}
            assert session.post(url, json=body, timeout=10).status_code == 501
            assert google.book(spreadsheet).metadata == {}

    with requests.Session() as session:
        with pytest.raises(NotModelled, match="copyPaste"):
            ask(session, {"copyPaste": {}})
        with pytest.raises(NotModelled, match="a1Range"):
            ask(session, {"updateDeveloperMetadata": by_place})
