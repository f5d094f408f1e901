"""Functions that are simply called: here while they are not deployed, there afterwards.

eval "$(lambent env)"; lambent deploy app.py     deploys both; a second time it has nothing to do
eval "$(lambent env)"; python3 app.py            deploys what it needs, and calls it
"""

from dataclasses import dataclass

from greetings import GREETINGS

from lambent import function


@dataclass
class Guest:
    name: str
    language: str = "en"


@function(memory_mb=256, timeout_s=10)
def greet(guest: Guest) -> str:
    """Greets one guest. greetings.py goes along, because this file imports it."""
    return f"{GREETINGS[guest.language]}, {guest.name}"


@function(retries=0, environment={"LIMIT": "3"})
def guests(names: list[str]) -> list[Guest]:
    return [Guest(name) for name in names]


if __name__ == "__main__":
    print(greet(Guest("Ada")))  # not deployed yet: a call like any other
    greet.deploy()
    guests.deploy()
    print(greet(Guest("Ada", "it")))
    print([greet(guest) for guest in guests(["Bob", "Cleo"])])
