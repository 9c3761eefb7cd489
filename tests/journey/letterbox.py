"""An agency without an API, at its letterbox: somebody opens the link, reads, answers."""

import re

import httpx

from store.letterbox import notices


def answer_in_letterbox(link: str, **fields: str) -> None:
    """Do what an agency's agent does with a link: open it, read, answer."""
    with httpx.Client(follow_redirects=False) as browser:
        assert browser.get(link).is_success
        page = browser.post(link, data={"acte": "lire"})
        assert page.is_success
        number = re.search(r'name="envoi" value="([^"]+)"', page.text)
        assert number
        form = {"acte": "repondre", "envoi": number[1], **fields}
        assert browser.post(link, data=form).status_code < 400
        # A double click sends the same form twice.
        assert browser.post(link, data=form).status_code < 400


def link_in(text: str) -> str:
    """Return the link that a notice carries."""
    found = re.search(r"http://\S+/boite/\S+", text)
    assert found
    return found[0]


def links_to(address: str) -> list[str]:
    """Return the links that were sent to an agency, each once, oldest first."""
    sent = (link_in(notice.text) for notice in notices() if notice.address == address)
    return list(dict.fromkeys(sent))
