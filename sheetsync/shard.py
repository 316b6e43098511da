"""A run's part of the accounts, so that several machines share the work: a split that is the same everywhere (pure)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from unicodedata import normalize

from sheetsync.errors import ConfigError
from sheetsync.model import Account, Entry

_WRITTEN = re.compile(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_HOW = "Write it as in --shard 2/4: the second of four parts, counted from 1."


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts.

    Attributes:
        index: Which one, counted from 1.
        count: How many there are.
    """

    index: int = 1
    count: int = 1

    def has(self, account: Account) -> bool:
        """Whether the account belongs to this part, and so to no other of the same count."""
        return self._has(account.platform, account.kind, account.name)

    def has_entry(self, entry: Entry) -> bool:
        """Whether this part answers for an entry that names no account."""
        return self._has("", entry.platform, entry.text)

    def _has(self, *words: str) -> bool:
        # casefold: spellings that only a platform knows to be one account must not fall apart here
        spelled = "\0".join(normalize("NFC", word.casefold()) for word in words)
        digest = blake2b(spelled.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.index - 1


WHOLE = Shard()
"""All accounts."""


def parse_shard(text: str) -> Shard:
    """The part that a person named, as in ``2/4``.

    Raises:
        ConfigError: There is no such part.
    """
    written = _WRITTEN.fullmatch(text)
    if not written:
        raise ConfigError(f"“{text}” is no part of the accounts.", _HOW)
    return _part(int(written[1]), int(written[2]), text.strip())


def shard_of(environment: Mapping[str, str]) -> Shard:
    """The part that the environment names; all accounts when it names none.

    ``SHEETSYNC_SHARD`` goes first. Then comes an indexed Job of Kubernetes, which numbers its pods from 0 and does not
    tell them how many they are, so ``JOB_COMPLETIONS`` must; then an array of Slurm, which tells everything (see
    "OUTPUT ENVIRONMENT VARIABLES" in sbatch(1)).

    Raises:
        ConfigError: There is no such part, or something is missing.
    """
    if text := environment.get("SHEETSYNC_SHARD", "").strip():
        return parse_shard(text)
    if environment.get("JOB_COMPLETION_INDEX"):
        return _of_kubernetes(environment)
    if environment.get("SLURM_ARRAY_TASK_ID"):
        return _of_slurm(environment)
    return WHOLE


def _of_kubernetes(environment: Mapping[str, str]) -> Shard:
    if not environment.get("JOB_COMPLETIONS"):
        raise ConfigError(
            "JOB_COMPLETION_INDEX is set, but JOB_COMPLETIONS is not: how many parts are there?",
            "Give the pod an environment variable JOB_COMPLETIONS with the Job's `completions`, or SHEETSYNC_SHARD=1/1 "
            "if it is to visit every account.",
        )
    index, count = _number(environment, "JOB_COMPLETION_INDEX"), _number(environment, "JOB_COMPLETIONS")
    return _part(index + 1, count, f"JOB_COMPLETION_INDEX={index} with JOB_COMPLETIONS={count}")


def _of_slurm(environment: Mapping[str, str]) -> Shard:
    whole = {"SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_STEP": "1", **environment}
    this, count = _number(whole, "SLURM_ARRAY_TASK_ID"), _number(whole, "SLURM_ARRAY_TASK_COUNT")
    first, step = _number(whole, "SLURM_ARRAY_TASK_MIN"), max(1, _number(whole, "SLURM_ARRAY_TASK_STEP"))
    last = _number(whole, "SLURM_ARRAY_TASK_MAX") if "SLURM_ARRAY_TASK_MAX" in whole else first + (count - 1) * step
    before, odd = divmod(this - first, step)
    if odd or last != first + (count - 1) * step:
        raise ConfigError(
            "The numbers of this Slurm array are not evenly spaced, so which part is whose cannot be told.",
            "Submit it as in --array=1-8, or set SHEETSYNC_SHARD.",
        )
    return _part(before + 1, count, f"SLURM_ARRAY_TASK_ID={this} of {count} from {first}")


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name, "").strip()
    if not _NUMBER.fullmatch(text):
        raise ConfigError(
            f"{name} is “{text}”, which is no number.", "Or set SHEETSYNC_SHARD, as in SHEETSYNC_SHARD=2/4."
        )
    return int(text)


def _part(index: int, count: int, said: str) -> Shard:
    if not 1 <= index <= count:
        raise ConfigError(f"{said} is no part of the accounts.", _HOW)
    return Shard(index, count)
