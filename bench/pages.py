"""Profile pages shaped and sized like TikTok's, of people who do not exist.

A page weighs some 300 KB; half of it is JSON, of which a dozen values matter. The rest is what surrounds them on real
pages: translations, experiments, styles, scripts, links. Words are invented, and as frequent as words are, so that the
pages compress as real ones do.
"""

import json
import random
from html import escape
from itertools import accumulate

SCRIPT = "__UNIVERSAL_DATA_FOR_REHYDRATION__"
_SYLLABLES = [
    start + end for start in "bcdfghjklmnprstvwz" for end in ("a", "e", "i", "o", "u", "ai", "or", "en", "ist")
]
_FIXED = random.Random(7)
_WORDS = ["".join(_FIXED.choices(_SYLLABLES, k=_FIXED.randint(1, 4))) for _ in range(6000)]
_FREQUENCIES = list(accumulate(1 / (rank + 3) for rank in range(len(_WORDS))))


def handle(number: int) -> str:
    """The handle of an invented person."""
    return f"invented.{number:05}"


def truth(number: int) -> dict[str, object]:
    """What the person's page shows, by sheetsync's field names."""
    dice = random.Random(number)
    return {
        "followers": dice.randint(1, 90_000_000),
        "following": dice.randint(1, 5_000),
        "likes": dice.randint(1, 3_000_000_000),
        "posts": dice.randint(1, 4_000),
        "id": str(dice.randint(10**18, 7 * 10**18)),
        "name": f"{_text(dice, 2).title()} 🔥",
        "verified": dice.random() < 0.2,
        "private": False,
        "bio": f'{_text(dice, 9)}\n"<b>quoted</b>" & 東京',
        "link": f"links.example/{handle(number)}",
        "region": "BE",
    }


def page(number: int) -> bytes:
    """The whole page."""
    dice = random.Random(-1 - number)
    known = truth(number)
    text = json.dumps(_document(dice, number, known), ensure_ascii=False, separators=(",", ":"))
    text = text.replace("/", "\\u002F").replace("<", "\\u003C")
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8">',
            *_head(dice, f"{known['name']} (@{handle(number)})"),
            "</head><body>",
            f'<script id="{SCRIPT}" type="application/json">{text}</script>',
            *_body(dice, number),
            "</body></html>",
        ]
    ).encode()


def _text(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(_WORDS, cum_weights=_FREQUENCIES, k=words))


def _hex(dice: random.Random, digits: int) -> str:
    return f"{dice.getrandbits(4 * digits):0{digits}x}"


def _url(dice: random.Random) -> str:
    return (
        f"https://p16.cdn.example/avatar/{_hex(dice, 32)}~c5_720x720.jpeg?lk3s={_hex(dice, 8)}"
        f"&refresh_token={_hex(dice, 32)}&x-expires={dice.randint(1_700_000_000, 1_799_999_999)}"
        f"&x-signature={_hex(dice, 32)}%3D"
    )


_TRANSLATIONS = {f"{_text(_FIXED, 2)}_{n}".replace(" ", "_"): _text(_FIXED, _FIXED.randint(2, 12)) for n in range(1650)}
_EXPERIMENTS = {f"{_FIXED.choice(_WORDS)}_{n}": {"vid": f"v{n % 5}", "on": _FIXED.random() < 0.5} for n in range(300)}
_STYLE = "".join(
    f".css-{_hex(_FIXED, 9)}-{_FIXED.choice(_WORDS)}{{display:flex;margin:{_FIXED.randint(0, 40)}px;"
    f"color:rgba({_FIXED.randint(0, 255)},{_FIXED.randint(0, 255)},0,{_FIXED.random():.2f});font-family:Arial}}\n"
    for _ in range(620)
)


def _document(dice: random.Random, number: int, known: dict[str, object]) -> dict[str, object]:
    """The page's JSON: the profile is one of five parts."""
    return {
        "__DEFAULT_SCOPE__": {
            "webapp.app-context": {"language": "en", "wid": _hex(dice, 16), "abTestVersion": _EXPERIMENTS},
            "webapp.biz-context": {"domains": {word: _url(dice) for word in dice.sample(_WORDS, 25)}},
            "webapp.i18n-translation": _TRANSLATIONS,
            "seo.abtest": {"vidList": [_hex(dice, 8) for _ in range(300)], "parameters": _EXPERIMENTS},
            "webapp.user-detail": {
                "userInfo": {"itemList": [_item(dice) for _ in range(10)], **_info(dice, number, known)},
                "shareMeta": {"title": known["name"], "desc": _text(dice, 12)},
                "statusCode": 0,
                "statusMsg": "",
            },
        }
    }


def _info(dice: random.Random, number: int, known: dict[str, object]) -> dict[str, object]:
    counts = {"followers": "followerCount", "following": "followingCount", "likes": "heartCount", "posts": "videoCount"}
    shown = {name: known[field] for field, name in counts.items()}
    user = {
        "id": known["id"],
        "shortId": "",
        "uniqueId": handle(number),
        "nickname": known["name"],
        "avatarLarger": _url(dice),
        "avatarMedium": _url(dice),
        "avatarThumb": _url(dice),
        "signature": known["bio"],
        "createTime": dice.randint(1_400_000_000, 1_700_000_000),
        "verified": known["verified"],
        "secUid": f"MS4wLjABAAAA{_hex(dice, 64)}",
        "privateAccount": known["private"],
        "bioLink": {"link": known["link"], "risk": 0},
        "commerceUserInfo": {"commerceUser": False},
        "region": known["region"],
        "language": "en",
        "profileTab": {"showPlayListTab": True},
    }
    return {"user": user, "stats": shown, "statsV2": {name: str(value) for name, value in shown.items()}}


def _item(dice: random.Random) -> dict[str, object]:
    stats = {"diggCount": dice.randint(0, 10**6), "playCount": dice.randint(0, 10**8)}
    return {"id": str(dice.getrandbits(62)), "desc": _text(dice, 12), "cover": _url(dice), "stats": stats}


def _head(dice: random.Random, title: str) -> list[str]:
    script = "window.__{0}=function(){{var e={1};if(e<9&&window.{0}){{return '{2}'}}}};"
    return [
        f"<title>{escape(title)}</title>",
        f'<meta name="description" content="{escape(title)} {_text(dice, 14)}">',
        f'<meta property="og:image" content="{escape(_url(dice))}">',
        *(
            f'<link rel="alternate" hreflang="{w}" href="https://example.org/?lang={w}">'
            for w in dice.sample(_WORDS, 70)
        ),
        *(f'<link rel="preload" as="script" href="https://cdn.example/{_hex(dice, 20)}.js">' for _ in range(60)),
        *(f"<script>{script.format(w, dice.random(), _text(dice, 25))}</script>" for w in dice.sample(_WORDS, 60)),
        *(f"<style data-s='{n}'>{_STYLE[n : n + 5000]}</style>" for n in range(0, len(_STYLE), 5000)),
    ]


def _body(dice: random.Random, number: int) -> list[str]:
    scripts = [f'<script src="https://cdn.example/{_hex(dice, 20)}.js" defer></script>' for _ in range(60)]
    videos = [_video(dice, number) for _ in range(80)]
    return ['<div id="app"><div class="css-1 DivBodyContainer">', *videos, "</div></div>", *scripts]


def _video(dice: random.Random, number: int) -> str:
    return (
        f'<div class="css-{_hex(dice, 9)}-DivItem e{_hex(dice, 5)}">'
        f'<a href="/@{handle(number)}/video/{dice.getrandbits(62)}" title="{_text(dice, 6)}">'
        f'<span data-e2e="video-title">{_text(dice, 8)}</span><strong>{dice.randint(1, 999)}K</strong>'
        f'<svg width="24" viewBox="0 0 48 48"><path d="M1 {dice.random():.4f}C{dice.random():.4f} 4 5 6Z"></path></svg>'
        f'<br><img alt="{_text(dice, 5)}" src="{escape(_url(dice))}"></a></div>'
    )
