"""When a request is whole, however it arrives."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.serving.arriving import MOST_HEAD, Arriving

LIMIT = 100


def arriving(*pieces: bytes, limit: int = LIMIT) -> Arriving:
    request = Arriving(lambda _: limit)
    for piece in pieces:
        request.feed(piece)
    return request


WHOLE = {
    "no body": b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "empty body": b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "length": b"POST /x HTTP/1.1\r\ncontent-length:  5\r\n\r\nhello",
    "chunks": b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n",
    "trailers": b"POST /x HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
    "a chunk that looks like an end": b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "odd, for the parser to say": b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "two lengths": b"POST /x HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "a length that is none": b"POST /x HTTP/1.1\r\nContent-Length: 5x\r\n\r\n",
}


@pytest.mark.parametrize("request_", WHOLE.values(), ids=WHOLE.keys())
def test_a_request_is_whole_with_its_last_byte(request_: bytes) -> None:
    assert arriving(request_).is_whole
    assert arriving(*[request_[i : i + 1] for i in range(len(request_))]).is_whole
    assert arriving(request_).take() == request_
    for size in range(1, request_.find(b"\r\n\r\n")):
        assert not arriving(request_[:size]).is_whole


@pytest.mark.parametrize("name", ["length", "chunks", "trailers", "a chunk that looks like an end"])
@given(data=st.data())
def test_however_it_is_cut_it_is_whole_at_the_same_byte(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    request = Arriving(lambda _: LIMIT)
    seen = 0
    for piece in pieces:
        seen += len(piece)
        assert request.feed(piece) == (seen == len(whole))


@given(st.binary(max_size=400))
def test_nothing_that_is_sent_breaks_the_loop(noise: bytes) -> None:
    for head in (
        b"",
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /x HTTP/1.1\r\nContent-Length: ",
    ):
        request = arriving(head, *[noise[i : i + 7] for i in range(0, len(noise), 7)])
        assert len(request.take()) <= len(head) + len(noise) + 40


def test_a_head_without_an_end_is_not_collected_for_ever() -> None:
    assert arriving(b"GET / HTTP/1.1\r\n", b"X: y\r\n" * (MOST_HEAD // 6 + 1)).is_whole


@pytest.mark.parametrize(
    "pieces",
    [
        [b"POST /x HTTP/1.1\r\nContent-Length: 101\r\n\r\n"],
        [b"POST /x HTTP/1.1\r\nContent-Length: 999999999999999\r\n\r\n", b"x" * 50],
        [b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"60\r\n" + b"x" * 96 + b"\r\n", b"60\r\n"],
        [b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"ffffffff\r\n"],
        [b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 101],
    ],
)
def test_what_is_too_large_is_dropped_and_its_head_says_so(pieces: list[bytes]) -> None:
    request = arriving(*pieces, b"y" * 1000)
    assert request.is_too_large
    assert len(request.data) < 100
    taken = request.take()
    assert taken.endswith(b"\r\nContent-Length: 101\r\n\r\n")
    assert not re.search(b"(?i)transfer-encoding", taken)
