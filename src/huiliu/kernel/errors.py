"""Every error Huiliu raises, as one tree.

HuiliuError
├── BadInput        problems: (path, message, line) each      422, exit 2   all problems at once
├── NotFound        kind, id                                  404, exit 3
├── Conflict        what, expected, found                     409, exit 4
│   ├── Occupied    folder, by, pid                           exit 4, at start-up only
│   ├── InUse       kind, slug, users                         409, exit 4      nothing in use goes
│   └── Overtaken   what, expected, found, changes            409, exit 4      published meanwhile
├── AwaitsApproval  decision, risk, need, departments         202, exit 4      live when approved
├── Unauthorised    want                                      401, exit 2
├── Forbidden       permission                                403, exit 2
├── Refused         reason: consent, cap, quota, expired      a result, not an alarm
│   └── NotRedeemed reason, refused, currency                 409, exit 4      nothing was taken
├── DeliveryFailed  channel, permanent, response              retried unless permanent
├── ShopFailed      shop, fault, response, retry_after        502, exit 69     asked again later
├── PlatformFailed  platform, code, response, retry_after     502, exit 69
├── Unavailable     service, cause                            503, exit 69
├── EngineFailed    engine, statement, cause                  500
├── Unsupported     engine, feature                           names both
└── BadSetting      name, value, want                         exit 78, at start-up only

The core returns `Problem` values for users' faults and raises only for programmers'. Only the
shell turns errors into statuses: `web/errors.py` and `cli/errors.py` each hold one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from huiliu.kernel.texts import Text

__all__ = [
    "AwaitsApproval",
    "BadInput",
    "BadSetting",
    "Conflict",
    "DeliveryFailed",
    "EngineFailed",
    "Forbidden",
    "HuiliuError",
    "InUse",
    "NotFound",
    "NotRedeemed",
    "Occupied",
    "Overtaken",
    "PlatformFailed",
    "Problem",
    "Refused",
    "ShopFailed",
    "ShopFault",
    "Unauthorised",
    "Unavailable",
    "Unsupported",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what a user gave: where it is, what is wrong, and how to mend it."""

    #: Where: a path of keys such as `nodes.wait.for`, a field or a file name.
    path: str
    #: What is wrong and how to mend it, as a text of both catalogues.
    text: Text
    #: The line in the user's file, 1-based; 0 where there is no file.
    line: int = 0


class HuiliuError(Exception):
    """Something went wrong that Huiliu can name."""


class BadInput(HuiliuError):
    """What was given cannot be used; every problem is listed."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Hold all problems, never the first only."""
        super().__init__("; ".join(f"{p.path}: {p.text}" for p in problems))
        #: All problems found, in the order of the input.
        self.problems = problems


class NotFound(HuiliuError):
    """There is no such thing."""

    def __init__(self, kind: str, id: str) -> None:  # noqa: A002 - the field's own word
        """Name the kind of thing and the id that was asked for."""
        super().__init__(f"no {kind} {id!r}")
        self.kind = kind
        self.id = id


class Conflict(HuiliuError):
    """Someone else changed it first: read again and retry."""

    def __init__(self, what: str, expected: object, found: object) -> None:
        """Say what was expected and what stands there."""
        super().__init__(f"{what}: expected {expected}, found {found}")
        self.what = what
        self.expected = expected
        self.found = found


class Occupied(Conflict):
    """Another process runs this instance."""

    def __init__(self, folder: str, by: str, pid: int) -> None:
        """Say which folder, and who runs it."""
        super().__init__(folder, "no one", f"{by} (pid {pid})")
        self.folder = folder
        self.by = by
        self.pid = pid


class InUse(Conflict):
    """Others need it, so it cannot be removed."""

    def __init__(self, kind: str, slug: str, users: tuple[str, ...]) -> None:
        """Name what was to be removed and everything that uses it, as `kind slug`."""
        super().__init__(f"{kind} {slug}", "no one", ", ".join(users))
        self.kind = kind
        self.slug = slug
        self.users = ", ".join(users)


class Overtaken(Conflict):
    """Somebody published the document meanwhile: nothing was written, nothing is lost."""

    def __init__(self, what: str, expected: int, found: int, changes: tuple[Text, ...]) -> None:
        """Name both versions, and say what the newer one does differently."""
        super().__init__(what, f"version {expected}", f"version {found}")
        self.versions = (expected, found)
        self.changes = changes


class AwaitsApproval(HuiliuError):
    """Several departments decide about this together; it goes live by itself once they agree."""

    def __init__(self, decision: int, risk: str, need: int, departments: Sequence[str]) -> None:
        """Name the decision, its class, and how many of which departments have to say yes."""
        super().__init__(f"decision {decision} ({risk}): {need} of {', '.join(departments)}")
        self.decision = decision
        self.risk = risk
        self.need = need
        self.departments = tuple(departments)


class Unauthorised(HuiliuError):
    """No valid key or session came with the request."""

    def __init__(self, want: str) -> None:
        """Say what would have been accepted."""
        super().__init__(f"not signed in: {want}")
        self.want = want


class Forbidden(HuiliuError):
    """The key or person may not do this."""

    def __init__(self, permission: str) -> None:
        """Name the permission that is missing."""
        super().__init__(f"the permission {permission!r} is missing")
        self.permission = permission


class Refused(HuiliuError):
    """A rule says no; this is a result, not an alarm."""

    def __init__(self, reason: str) -> None:
        """Give the reason code that a person can read."""
        super().__init__(reason)
        self.reason = reason


class NotRedeemed(Refused):
    """An order does not get what it asked for; nothing of it was taken."""

    def __init__(self, reason: str, refused: Sequence[object] = (), currency: str = "") -> None:
        """Say why, of which codes as they were priced, and the basket's currency."""
        super().__init__(reason)
        self.refused = tuple(refused)
        self.currency = currency


class DeliveryFailed(HuiliuError):
    """A provider did not take the message."""

    def __init__(self, channel: str, *, permanent: bool, response: str) -> None:
        """Keep the provider's own answer."""
        super().__init__(f"{channel}: {response}")
        self.channel = channel
        self.permanent = permanent
        self.response = response


class ShopFault(StrEnum):
    """Why a shop's platform did not give what was asked."""

    #: Too many requests: the same again later.
    BUSY = "busy"
    #: The token is no longer good: renew it once and ask once more.
    EXPIRED = "expired"
    #: It does not answer, or not sensibly.
    DOWN = "down"
    #: It says no, and will say so again: an operator must look.
    REFUSED = "refused"


class ShopFailed(HuiliuError):
    """A shop's platform did not give what was asked; nothing is lost, it is asked again."""

    def __init__(self, shop: str, fault: ShopFault, response: str, *, retry_after: int = 0) -> None:
        """Keep the platform's own words; `retry_after` in microseconds, 0 = it did not say."""
        super().__init__(f"{shop}: {fault.value}: {response}")
        self.shop = shop
        self.fault = fault
        self.response = response
        self.retry_after = retry_after


class PlatformFailed(HuiliuError):
    """A platform did not do what an account of ours asked, besides sending."""

    def __init__(
        self,
        platform: str,
        code: str,
        response: str,
        *,
        retry_after: int = 0,
        is_put_off: bool = False,
    ) -> None:
        """Keep the platform's own code and words; `retry_after` in microseconds, 0 = unsaid.

        `is_put_off`: it says nothing of what was asked; later it may well do it.
        """
        super().__init__(f"{platform}: {response}")
        self.platform = platform
        #: "" = there was no answer.
        self.code = code
        self.response = response
        self.retry_after = retry_after
        self.is_put_off = is_put_off


class Unavailable(HuiliuError):
    """A part that is needed does not answer."""

    def __init__(self, service: str, cause: str) -> None:
        """Name the part and why."""
        super().__init__(f"{service} is not available: {cause}")
        self.service = service
        self.cause = cause


class EngineFailed(HuiliuError):
    """An analytical engine refused a statement."""

    def __init__(self, engine: str, statement: str, cause: str) -> None:
        """Carry the statement that failed."""
        super().__init__(f"{engine}: {cause}")
        self.engine = engine
        self.statement = statement
        self.cause = cause


class Unsupported(HuiliuError):
    """An engine cannot do this."""

    def __init__(self, engine: str, feature: str) -> None:
        """Name both the engine and the feature."""
        super().__init__(f"{engine} does not support {feature}")
        self.engine = engine
        self.feature = feature


class BadSetting(HuiliuError):
    """A setting cannot be used; raised at start-up only."""

    def __init__(self, name: str, value: str, want: Text | str) -> None:
        """Say which setting, what it is, and what it should be; a text is told in any language."""
        super().__init__(f"{name}={value!r}: {want}")
        self.name = name
        self.value = value
        self.want = want
