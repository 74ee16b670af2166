"""The report as HTML: a self-contained file that opens offline and plays its quotes, or a page that a server shows with a filter."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, select_autoescape

from voicepulse import __version__
from voicepulse.audio.encode import encode_mp3
from voicepulse.errors import AudioError
from voicepulse.progress import Progress, silent
from voicepulse.report.pictures import MOST_ROWS, css, matrix, movement_picture
from voicepulse.report.types import Findings, QuestionFindings

TEMPLATES = Path(__file__).parent / "templates"
AUDIO_BUDGET = 24_000_000  # bytes of MP3 in one page; past it only the clusters' typical quotes play
ALONE = "#6b6b6b"  # one person alone, or no reason heard
ENCODERS = 4
MOST_FIRST, MOST_NAMES = 4, 12  # sentences on the first screen, names in a row
MOST_CLUSTERS, MOST_QUOTES = 12, 6  # shown in the open; the rest stands in the tables
COLOURS = (
    "#0072b2",
    "#b34a00",
    "#00735a",
    "#a03f86",
    "#7a6000",
    "#176f94",
    "#6a3d9a",
    "#7b2d3b",
)  # after Okabe and Ito 2008, dark enough for white letters


@dataclass(frozen=True, slots=True)
class FilterBar:
    """What a leader can choose from, and has chosen. Every link on the page names the wave, for the study's own one moves on."""

    waves: tuple[str, ...]
    levels: tuple[str, ...]
    teams: tuple[str, ...]
    wave: str
    level: str | None = None
    team: str | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """The chosen ones by the names of the form's fields."""
        asked = {"wave": self.wave, "level": self.level, "team": self.team}
        return {name: value for name, value in asked.items() if value}

    @property
    def query(self) -> str:
        """The present page's query, with its question mark."""
        return f"?{urlencode(self.chosen)}"

    @property
    def sentence(self) -> str:
        """Which filter holds."""
        groups = [f"{name} {value}" for name, value in self.chosen.items() if name != "wave"]
        return f"Shown: {', '.join(groups) or 'all speakers'}, wave {self.wave}."


@dataclass(frozen=True, slots=True)
class LivePage:
    """What a page has that a server shows: its style and script by address, the filter, who is signed in (none: no log-out), and
    where the desk is for whom has one."""

    style_url: str
    script_url: str
    bar: FilterBar
    account: str = ""
    csrf_token: str = ""
    desk_url: str = ""


def live_style() -> str:
    """The style sheet behind `LivePage.style_url`: the report's, and that of the filter."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("style.css", "live.css"))


def page_script() -> str:
    """The script behind `LivePage.script_url`."""
    return (TEMPLATES / "page.js").read_text(encoding="utf-8")


def write_page(
    findings: Findings, recordings: Mapping[str, Path], target: Path, key: str, progress: Progress = silent
) -> None:
    """Write the page. `recordings` maps digests to audio files; `key` names what the page was made of (see `page_key`)."""
    audio = dict(_audio(findings, recordings, progress)) if findings.mode == "attributed" else {}
    missing = sum(digest not in audio for digest in recordings) if findings.mode == "attributed" else 0
    html = render_page(findings, audio, key=key, missing_audio=missing)
    incoming = target.with_name(f".{target.name}.incoming")
    incoming.write_text(html, encoding="utf-8")
    incoming.replace(target)


def render_page(
    findings: Findings, audio: Mapping[str, str], *, key: str, live: LivePage | None = None, missing_audio: int = 0
) -> str:
    """The page as text. `audio` maps digests of recordings to where their sound is (an anonymous page has none); without `live`
    it holds its style and script itself."""
    tradeoffs, rows = matrix(findings)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            findings=findings,
            live=live,
            tradeoffs=tradeoffs,
            rows=rows if len(rows) <= MOST_ROWS else (),
            most_dots=MOST_ROWS,
            most_names=MOST_NAMES,
            most_first=MOST_FIRST,
            most_clusters=MOST_CLUSTERS,
            most_quotes=MOST_QUOTES,
            audio=audio if findings.mode == "attributed" else {},
            key=key,
            version=__version__,
            made_at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            missing_audio=missing_audio,
        )
    )


def _environment() -> Environment:
    """Templates whose text is escaped, but for the style and the script."""
    environment = Environment(
        loader=PackageLoader("voicepulse.report"),
        autoescape=select_autoescape(["j2"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = "{:.0%}".format
    environment.filters["css"] = css
    environment.filters["movement"] = movement_picture
    environment.filters["colour"] = lambda number: ALONE if number is None else COLOURS[number]
    return environment


def template_digest() -> str:
    """What tells one layout from another; a page that was written with another is written anew."""
    digest = hashlib.sha256()
    for file in sorted(TEMPLATES.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def page_key(path: Path) -> str | None:
    """The key of a page that was written before, or None."""
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(600)
    except (OSError, UnicodeDecodeError):
        return None
    _, _, rest = head.partition('name="voicepulse-key" content="')
    return rest.partition('"')[0] or None


def _audio(findings: Findings, recordings: Mapping[str, Path], progress: Progress) -> Iterator[tuple[str, str]]:
    """Recordings as data URIs, the clusters' typical ones first, until the budget is used up."""
    wanted = [digest for digest in dict.fromkeys(_in_order(findings.questions)) if digest in recordings]
    used = 0
    with ThreadPoolExecutor(ENCODERS) as pool:  # the encoder leaves Python's lock alone
        encoded = pool.map(_encode, (recordings[digest] for digest in wanted))
        for done, (digest, sound) in enumerate(zip(wanted, encoded, strict=True)):
            progress("report", done, len(wanted))
            used += len(sound)
            if sound and used <= AUDIO_BUDGET:
                yield digest, f"data:audio/mpeg;base64,{base64.b64encode(sound).decode()}"
    progress("report", len(wanted), len(wanted))


def _encode(path: Path) -> bytes:
    try:
        return encode_mp3(path)
    except (AudioError, OSError):
        return b""  # the words stand without their sound


def _in_order(questions: tuple[QuestionFindings, ...]) -> Iterator[str]:
    for question in questions:
        yield from (cluster.quotes[0].recording for cluster in question.clusters if cluster.quotes)
    for question in questions:
        yield from (person.recording for person in question.people)
