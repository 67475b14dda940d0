# SPDX-License-Identifier: MIT
"""h11 as a server of requests and a client of responses, with its defaults.

The end of a message is what it was given, less its trailing_data, when it
reports the end; an octet that it takes without using it is not told from one
that belongs to the message. It decides framing without showing how, so that is
told from the octets: see framed(). As a server it is asked about what follows
once a response is sent (CONNECT is declined), as a client once the next request
is; what it raises for a request is the status code that it recommends.
"""

from __future__ import annotations

import dataclasses
import importlib.metadata

import h11

import helper

AnyHead = h11.Request | h11.InformationalResponse | h11.Response
Head = (h11.Request, h11.InformationalResponse, h11.Response)
HOST = [("Host", "h")]
EMPTY = [("Content-Length", "0")]


@dataclasses.dataclass
class First:
    """What is known of the first message."""

    head_end: int = -1
    status: int = 0
    length: str | None = None
    body: bytearray = dataclasses.field(default_factory=bytearray)
    outcome: str = ""  # "" before it is complete


def ask(connection: h11.Connection, method: str) -> None:
    target = "h:80" if method == "CONNECT" else "/e"
    connection.send(h11.Request(method=method, target=target, headers=HOST))
    connection.send(h11.EndOfMessage())


def connect(case: helper.Case) -> h11.Connection:
    if case.is_request:
        return h11.Connection(h11.SERVER)
    connection = h11.Connection(h11.CLIENT)
    ask(connection, case.answers)
    return connection


def go_on(case: helper.Case, connection: h11.Connection, method: str) -> bool:
    """Do what lets the next message begin; False: there is none."""
    if case.is_request:
        status = 405 if method == "CONNECT" else 200
        connection.send(h11.Response(status_code=status, headers=EMPTY))
        connection.send(h11.EndOfMessage())
    done = (connection.our_state, connection.their_state)
    if done != (h11.DONE, h11.DONE):
        return False
    connection.start_next_cycle()
    if not case.is_request:
        ask(connection, "GET")
    return True


def note_head(
    first: First, event: AnyHead, head_end: int
) -> None:
    first.head_end = head_end
    if not isinstance(event, h11.Request):
        first.status = event.status_code
    for name, value in event.headers:
        if name == b"content-length":
            first.length = value.decode("latin-1")


def note_end(case: helper.Case, first: First, end: int, at_eof: bool) -> None:
    if at_eof:
        first.outcome = f"close:{len(first.body)}@{end}"
        return
    bodiless = first.status > 0 and helper.has_no_body(case, first.status)
    length = None if bodiless else first.length
    first.outcome = helper.framed(
        case, first.head_end, end, bytes(first.body), length
    )


class Reading:
    """One connection and how far it has come."""

    def __init__(self, case: helper.Case) -> None:
        self.case = case
        self.connection = connect(case)
        self.first = First()
        self.fed_octets = 0
        self.method = case.answers
        self.fate = "kept"

    def taken(self) -> int:
        return self.fed_octets - len(self.connection.trailing_data[0])

    def head(self, event: AnyHead) -> None:
        if isinstance(event, h11.Request):
            self.method = event.method.decode("latin-1")
        if self.first.outcome:
            return
        note_head(self.first, event, self.taken())
        if isinstance(event, h11.InformationalResponse):
            self.first.outcome = f"none@{self.first.head_end}"
        elif self.connection.their_state is h11.SWITCHED_PROTOCOL:
            self.first.outcome = f"tunnel@{self.first.head_end}"
            self.fate = "unknown"

    def feed(self, octets: bytes) -> bool:
        """Take one segment, b"" for the end; False: nothing more is read."""
        self.connection.receive_data(octets)
        self.fed_octets += len(octets)
        while True:
            event = self.connection.next_event()
            if event is h11.NEED_DATA:
                return True
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return False
            if isinstance(event, h11.Data):
                if not self.first.outcome:
                    self.first.body += event.data
            elif isinstance(event, h11.EndOfMessage):
                if not self.first.outcome:
                    note_end(self.case, self.first, self.taken(), not octets)
                if not octets or not go_on(
                    self.case, self.connection, self.method
                ):
                    self.fate = "closed"
                    return False
            elif isinstance(event, Head):
                self.head(event)

    def incomplete(self, at_eof: bool, error: Exception | None) -> helper.Answer:
        detail = "" if error is None else str(error)
        if at_eof:
            return helper.Answer("incomplete", "closed", detail=detail)
        if error is None:
            return helper.Answer("wait", "unknown")
        outcome = "error"
        if isinstance(error, h11.RemoteProtocolError) and self.case.is_request:
            outcome = f"reject:{error.error_status_hint}"
        return helper.Answer(outcome, "closed", detail=detail)


def read(case: helper.Case, segments: list[bytes]) -> helper.Answer:
    reading = Reading(case)
    first = reading.first
    failure: Exception | None = None
    octets = b"-"
    if case.peer_closes:
        segments = [*segments, b""]
    for octets in segments:
        if not octets and first.outcome:
            break  # who has closed cannot be read on from
        try:
            if not reading.feed(octets):
                break
        except h11.RemoteProtocolError as error:
            failure = error
            break
    if not first.outcome:
        return reading.incomplete(not octets, failure)
    fate = reading.fate if failure is None else "closed"
    detail = "" if failure is None else str(failure)
    return helper.Answer(first.outcome, fate, bytes(first.body), detail)


if __name__ == "__main__":
    helper.serve(importlib.metadata.version("h11"), read)
