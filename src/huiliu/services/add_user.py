"""Let a person sign in to the console."""

from __future__ import annotations

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from huiliu.governance.notices import DEPARTMENTS
from huiliu.kernel.errors import BadInput, Problem
from huiliu.kernel.texts import LOCALES, text
from huiliu.ports import Action, User, World
from huiliu.services.passwords import hash_password, password_problems

__all__ = ["ROLES", "NewUser", "add_user", "user_from"]

#: What a user may be, most powerful first.
ROLES = ("admin", "marketer", "service", "viewer")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is asked of a person who shall sign in."""

    email: str
    name: str
    password: str
    role: str = "viewer"
    locale: str = LOCALES[0]
    #: Whose word it is in decisions; "" = nobody's.
    department: str = ""


def add_user(world: World, brand_id: int, new: NewUser, by: int = 0) -> User:
    """Store a user and return it.

    Args:
        world: the instance.
        brand_id: whose user.
        new: what is asked of them.
        by: the user who adds them; 0 = the command line.

    Raises:
        BadInput: every problem of the address, name, password, role and language.
        Conflict: the address is taken.
    """
    user = user_from(new, brand_id, world.clock.now())
    with world.store.transaction(brand_id) as tx:
        made = tx.accounts.put_user(user)
        action = Action(brand_id, user.created_at, by, "user_added", str(made.user_id))
        tx.console.record_action(action)
    return made


def user_from(new: NewUser, brand_id: int, now: int) -> User:
    """Return the user that was asked for, with the password hashed; raise BadInput."""
    problems = [*_address_problems(new.email), *password_problems(new.password)]
    if not 1 <= len(new.name.strip()) <= _LONGEST_NAME:
        problems.append(Problem("name", text("accounts.name_length", most=_LONGEST_NAME)))
    if new.role not in ROLES:
        problems.append(Problem("role", text("accounts.unknown_role", known=", ".join(ROLES))))
    if new.department and new.department not in DEPARTMENTS:
        said = text("departments.unknown", known=", ".join(DEPARTMENTS))
        problems.append(Problem("department", said))
    if new.locale not in LOCALES:
        known = ", ".join(LOCALES)
        problems.append(Problem("locale", text("accounts.unknown_locale", known=known)))
    if problems:
        raise BadInput(tuple(problems))
    return User(
        brand_id=brand_id,
        user_id=0,
        email=new.email.strip(),
        name=new.name.strip(),
        password_hash=hash_password(new.password),
        role=new.role,
        locale=new.locale,
        created_at=now,
        department=new.department,
    )


def _address_problems(email: str) -> list[Problem]:
    """Return what is wrong with an address; its host is not looked up."""
    try:
        validate_email(
            email.strip(),
            check_deliverability=False,
            # A house may use `admin@huiliu.local` or `.test`: this is a name to sign in by.
            test_environment=True,
            globally_deliverable=False,
        )
    except EmailNotValidError:
        return [Problem("email", text("accounts.bad_email"))]
    return []
